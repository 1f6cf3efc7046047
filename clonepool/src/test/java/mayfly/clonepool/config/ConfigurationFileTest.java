package mayfly.clonepool.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import mayfly.clonepool.config.TemplateConfiguration.Access;
import mayfly.clonepool.config.TemplateConfiguration.Hooks;
import mayfly.clonepool.config.TemplateConfiguration.Place;
import mayfly.clonepool.config.TemplateConfiguration.Stock;
import mayfly.clonepool.config.TemplateConfiguration.Store;
import mayfly.clonepool.config.TemplateConfiguration.Upper;
import mayfly.sandbox.Seccomp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigurationFileTest {
    private static Configuration parse(String... lines) throws ConfigurationException {
        return ConfigurationFile.parse(String.join("\n", lines), "m.toml");
    }

    private static List<String> problems(String... lines) {
        return assertThrows(ConfigurationException.class, () -> parse(lines)).problems();
    }

    @Test
    void an_empty_file_means_the_defaults() throws ConfigurationException {
        Configuration configuration = parse("");
        assertEquals(Configuration.defaults(), configuration);
        assertEquals("host", configuration.defaultTemplate());
        assertEquals("bwrap", configuration.defaultBackend());
        assertEquals(Duration.ofMinutes(15), configuration.idle());
        assertEquals(16L << 30, configuration.imageBytes());
        assertEquals(new Limits(512, 256, 16, 8, 16, 4096), configuration.limits());
        assertEquals(
                new TemplateConfiguration(
                        "host",
                        Store.OVERLAY,
                        new Place(Optional.empty(), Optional.empty(), Optional.empty()),
                        new Stock(OptionalInt.empty(), OptionalInt.empty(), 64 << 20, OptionalLong.empty()),
                        Upper.MEMORY,
                        "50%",
                        new Access(List.of(), List.of())),
                configuration.template("host").orElseThrow());
        assertTrue(configuration.template("host").orElseThrow().isHost());
    }

    @Test
    void an_unknown_escape_sequence_is_a_problem_wherever_it_is() {
        for (String line : List.of("path = \"\\E\"", "\"\\E\" = 1", "[\"\\E\"]", "[[\"\\E\"]]")) {
            List<String> found = problems("[template.a]", line);
            assertTrue(found.get(0).startsWith("m.toml:2: Invalid escape sequence '\\E'"), found.toString());
        }
    }

    @Test
    void users_get_of_lxc_what_the_file_names() throws ConfigurationException {
        assertEquals(LxcConfiguration.defaults(), parse("[lxc]").lxc());
        assertEquals(
                new LxcConfiguration(Set.of("br0", "br1"), true),
                parse("[lxc]", "bridges = ['br0', 'br1']", "tun = true").lxc());
        assertEquals(
                List.of("m.toml:2: lxc.bridges must be a list of texts", "m.toml:3: lxc.tun must be true or false"),
                problems("[lxc]", "bridges = 'br0'", "tun = 'yes'"));
    }

    @Test
    void no_two_templates_share_their_place() {
        assertEquals(
                List.of(
                        "m.toml:4: template.b.path is already that of template a",
                        "m.toml:6: template.c.path lies in the path of template a",
                        "m.toml:6: template.c.path lies in the path of template b",
                        "m.toml:12: template.f.path has the path of template d in it",
                        "m.toml:16: template.z.dataset is already that of template y"),
                problems(
                        "[template.a]",
                        "path = '/srv/a'",
                        "[template.b]",
                        "path = '/srv/x/../a/'",
                        "[template.c]",
                        "path = '/srv/a/c'",
                        "[template.d]",
                        "path = '/e/d'",
                        "[template.e]",
                        "path = '/ee'",
                        "[template.f]",
                        "path = '/e'",
                        "[template.y]",
                        "dataset = 'p/y'",
                        "[template.z]",
                        "dataset = 'p/y'"));
    }

    @Test
    void the_default_backend_is_one() throws ConfigurationException {
        assertEquals(
                List.of("m.toml:1: there is no backend natvie (did you mean native?)"),
                problems("default-backend = 'natvie'"));
        assertEquals(
                List.of("m.toml:1: default-backend: chroot is no boundary against root: it is for who names it"),
                problems("default-backend = 'chroot'"));
        assertEquals("native", parse("default-backend = 'native'").defaultBackend());
    }

    @Test
    void a_disk_image_is_large_enough_for_a_filesystem() {
        assertEquals(
                List.of("m.toml:2: service.image-size must be 64m or more"),
                problems("[service]", "image-size = '10m'"));
    }

    @Test
    void what_leaves_a_sandbox_no_room_to_begin_is_a_problem() throws ConfigurationException {
        for (String size : List.of("1023k", "4096", "1000000g", "999999999999m", "1000%")) {
            assertEquals(
                    List.of("m.toml:2: template.host.size must be from 1m to 999999g, or to 999%"),
                    problems("[template.host]", "size = '" + size + "'"),
                    size);
        }
        assertEquals(
                List.of("m.toml:2: limits.processes must be 0, or 32 or more"), problems("[limits]", "processes = 31"));
        assertEquals(0, parse("[limits]", "processes = 0").limits().processes());
        assertEquals(
                "1024k",
                parse("[template.host]", "size = '1024k'")
                        .template("host")
                        .orElseThrow()
                        .size());
    }

    @Test
    void each_key_has_its_effect() throws ConfigurationException {
        Configuration configuration = parse(
                "default-template = 'deb'",
                "default-backend = 'lxc'",
                "[service]",
                "idle-minutes = 3",
                "image-size = '512m'",
                "[limits]",
                "sandboxes = 10",
                "sandboxes-per-user = 5",
                "parked = 4",
                "parked-per-shape = 0",
                "parked-per-user = 3",
                "clones = 99",
                "processes = 77",
                "[template.deb]",
                "store = 'directory'",
                "path = '/srv/deb'",
                "clones = '/srv/clones'",
                "ready = 7",
                "ready-max = 9",
                "min-free = '2g'",
                "users = ['ann', 'bob']",
                "maintainers = ['eve']",
                "as-root = true",
                "seccomp = 'strict'",
                "unfiltered = true",
                "[template.zed]",
                "dataset = 'tank/zed'",
                "quota = '1g'",
                "[template.over]",
                "path = '/srv/over'",
                "upper = 'disk'",
                "size = '512m'",
                "[template.host]",
                "size = '10%'");
        assertEquals("deb", configuration.defaultTemplate());
        assertEquals("lxc", configuration.defaultBackend());
        assertEquals(Duration.ofMinutes(3), configuration.idle());
        assertEquals(512L << 20, configuration.imageBytes());
        assertEquals(new Limits(10, 5, 4, 0, 3, 99, 77, Limits.Sessions.defaults()), configuration.limits());
        assertEquals(
                new TemplateConfiguration(
                        "deb",
                        Store.DIRECTORY,
                        new Place(Optional.of("/srv/deb"), Optional.empty(), Optional.of("/srv/clones")),
                        new Stock(OptionalInt.of(7), OptionalInt.of(9), 2L << 30, OptionalLong.empty()),
                        Upper.MEMORY,
                        "50%",
                        new Access(List.of("ann", "bob"), List.of("eve"), true, Seccomp.STRICT, true)),
                configuration.template("deb").orElseThrow());
        assertEquals(
                new TemplateConfiguration(
                        "over",
                        Store.AUTO,
                        new Place(Optional.of("/srv/over"), Optional.empty(), Optional.empty()),
                        Stock.defaults(),
                        Upper.DISK,
                        "512m",
                        Access.everybody()),
                configuration.template("over").orElseThrow());
        TemplateConfiguration zed = configuration.template("zed").orElseThrow();
        assertEquals(Store.ZFS, zed.store());
        assertEquals(Optional.of("tank/zed"), zed.place().dataset());
        assertEquals(OptionalLong.of(1L << 30), zed.stock().quota());
        assertEquals("tank/zed", zed.where());
        assertEquals("10%", configuration.template("host").orElseThrow().size());
    }

    @Test
    void the_store_is_chosen_by_the_template_s_place_unless_it_is_named() throws ConfigurationException {
        Configuration configuration = parse("[template.d]", "store = 'auto'", "path = '/d'");
        assertEquals(Store.AUTO, configuration.template("d").orElseThrow().store());
        configuration = parse("[template.d]", "dataset = 'tank/d'");
        assertEquals(Store.ZFS, configuration.template("d").orElseThrow().store());
    }

    @Test
    void hooks_are_programs_with_their_arguments() throws ConfigurationException {
        Configuration configuration = parse(
                "[template.host]",
                "pre-start = ['/bin/a', 'b  c', '']",
                "hook-seconds = 30",
                "[template.t]",
                "path = '/t'",
                "post-stop = ['/bin/d']");

        assertEquals(
                new Hooks(List.of("/bin/a", "b  c", ""), List.of(), 30),
                configuration.template("host").orElseThrow().hooks());
        assertEquals(
                new Hooks(List.of(), List.of("/bin/d"), 10),
                configuration.template("t").orElseThrow().hooks());
        assertEquals(Hooks.none(), parse("").template("host").orElseThrow().hooks());
    }

    @Test
    void a_hook_that_is_no_program_is_a_problem() {
        String must = " must be a list of texts: a program, by its path from / on, and its arguments";
        for (String hook :
                List.of("'/bin/a b'", "[]", "['a']", "['']", "['/bin/a', 1]", "[['/bin/a']]", "['/a\\u0000']")) {
            assertEquals(
                    List.of("m.toml:3: template.t.pre-start" + must, "m.toml:4: template.t.post-stop" + must),
                    problems(
                            "[template.t]",
                            "path = '/t'",
                            "pre-start = " + hook.replace('\'', '"'),
                            "post-stop = " + hook.replace('\'', '"')));
        }
        assertEquals(
                List.of("m.toml:3: template.t.hook-seconds has a meaning with pre-start or post-stop only"),
                problems("[template.t]", "path = '/t'", "hook-seconds = 5"));
        assertEquals(
                List.of("m.toml:4: template.t.hook-seconds must be a number from 1 to 30"),
                problems("[template.t]", "path = '/t'", "post-stop = ['/a']", "hook-seconds = 31"));
    }

    @Test
    void a_size_beyond_all_numbers_is_the_largest_one() throws ConfigurationException {
        Configuration configuration = parse("[template.d]", "path = '/d'", "min-free = '999999999999t'");
        assertEquals(
                Long.MAX_VALUE,
                configuration.template("d").orElseThrow().stock().minFree());
    }

    @Test
    void all_problems_are_told_at_once_with_their_lines() {
        assertEquals(
                List.of(
                        "m.toml:1: there is no template hst (did you mean host?)",
                        "m.toml:2: unknown key sevice (did you mean service?)",
                        "m.toml:5: limits.sandboxes must be a number from 1 to 1000000",
                        "m.toml:6: unknown key limits.parkd (did you mean parked?)",
                        "m.toml:8: template.a.path must begin with /",
                        "m.toml:9: template.a.store must be one of auto, overlay, directory, btrfs, zfs",
                        "m.toml:10: template.a.users must be a list of texts",
                        "m.toml:11: template.a.size must be a number with k, m, g, %, as 512m",
                        "m.toml:12: template.b.path is missing: the directory that holds the template's root"),
                problems(
                        "default-template = 'hst'",
                        "[sevice]",
                        "idle-minutes = 3",
                        "[limits]",
                        "sandboxes = 0",
                        "parkd = 1",
                        "[template.a]",
                        "path = 'x'",
                        "store = 'zsf'",
                        "users = ['a', 1]",
                        "size = 'big'",
                        "[template.b]"));
    }

    @Test
    void who_may_be_root_is_true_or_false_and_in_the_machines_own_system_nobody_may() {
        assertEquals(
                List.of(
                        "m.toml:3: template.a.as-root must be true or false",
                        "m.toml:5: unknown key template.host.as-root"),
                problems("[template.a]", "path = '/a'", "as-root = 'yes'", "[template.host]", "as-root = true"));
    }

    @Test
    void a_key_without_a_meaning_is_a_problem() {
        assertEquals(
                List.of(
                        "m.toml:3: template.a.dataset has a meaning with store = \"zfs\" only",
                        "m.toml:8: template.b.upper has no meaning with store = \"directory\"",
                        "m.toml:9: template.b.size has no meaning with store = \"directory\"",
                        "m.toml:10: template.b.ready-max must not be less than template.b.ready",
                        "m.toml:13: template.z.dataset must be a ZFS dataset in a pool, as rpool/isolate/debian",
                        "m.toml:14: template.z.path has no meaning with store = \"zfs\": its dataset says where it is",
                        "m.toml:16: unknown key template.host.path"),
                problems(
                        "[template.a]",
                        "path = '/a'",
                        "dataset = 'tank/a'",
                        "store = 'overlay'",
                        "[template.b]",
                        "path = '/b'",
                        "store = 'directory'",
                        "upper = 'disk'",
                        "size = '5m'",
                        "ready-max = 1",
                        "ready = 2",
                        "[template.z]",
                        "dataset = 'tank'",
                        "path = '/z'",
                        "[template.host]",
                        "path = '/x'"));
    }

    @Test
    void wrong_types_and_names_are_problems() {
        assertEquals(
                List.of(
                        "m.toml:1: service must be a table: [service]",
                        "m.toml:2: default-template must be a text in quotes",
                        "m.toml:3: a template's name has the characters a-z 0-9 . _ - only and begins with a letter or"
                                + " digit: Up"),
                problems("service = 1", "default-template = 7", "[template.Up]", "path = '/'"));
    }

    @Test
    void a_default_template_that_has_problems_itself_is_one_problem() {
        assertEquals(
                1,
                problems("default-template = 'a'", "[template.a]", "path = 'x'").size());
    }

    @Test
    void a_file_that_is_no_toml_is_told_with_its_line() {
        List<String> problems = problems("[limits]", "sandboxes = = 1");
        assertTrue(problems.get(0).startsWith("m.toml:2: "), problems.toString());
    }

    @Test
    void a_file_is_read(@TempDir Path directory) throws IOException, ConfigurationException {
        Path file = Files.writeString(directory.resolve("mayfly.toml"), "[service]\nidle-minutes = 2\n");
        assertEquals(Duration.ofMinutes(2), ConfigurationFile.read(file).idle());
        Files.write(file, new byte[] {(byte) 0xff});
        assertThrows(ConfigurationException.class, () -> ConfigurationFile.read(file));
        Files.delete(file);
        assertThrows(NoSuchFileException.class, () -> ConfigurationFile.read(file));
    }

    @Test
    void only_what_is_near_is_suggested() {
        assertEquals(Optional.of("sandboxes"), Nearest.to("sandboxs", List.of("sandboxes", "parked")));
        assertEquals(Optional.empty(), Nearest.to("colour", List.of("sandboxes", "parked")));
        assertEquals(Optional.empty(), Nearest.to("zzz", List.of("a")));
    }

    @Test
    void sessions_have_limits() throws ConfigurationException {
        assertEquals(
                new Limits.Sessions(16, 3_600, 604_800, 86_400, 604_800),
                Configuration.defaults().limits().sessions());
        Configuration configuration = ConfigurationFile.parse(
                "[limits]\nsessions-per-user = 0\nsession-idle = '90'\nsession-idle-max = '2h'\nsession-time = '10d'\n",
                "f");
        assertEquals(
                new Limits.Sessions(0, 90, 7_200, 864_000, 864_000),
                configuration.limits().sessions());
    }

    @Test
    void limits_of_sessions_that_make_no_sense_are_problems() {
        ConfigurationException problems = assertThrows(
                ConfigurationException.class,
                () -> ConfigurationFile.parse(
                        "[limits]\nsession-idle = '2h'\nsession-idle-max = '1h'\nsession-time = 5\nsession-time-max = 'x'\n",
                        "f"));
        assertEquals(3, problems.problems().size(), problems.problems().toString());
    }
}
