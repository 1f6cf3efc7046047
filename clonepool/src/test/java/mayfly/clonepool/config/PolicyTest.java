package mayfly.clonepool.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import mayfly.clonepool.config.Permissions.Offer;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;

final class PolicyTest {
    private static Configuration configuration(String... lines) throws ConfigurationException {
        return ConfigurationFile.parse(String.join("\n", lines), "m.toml");
    }

    private static Rules rules(String template, String... lines) throws ConfigurationException {
        return Rules.ofOthers(configuration(lines), Optional.of(template));
    }

    /** For whom these names stand. */
    private static Rules of(String template, List<String> names, String... lines) throws ConfigurationException {
        return Rules.of(configuration(lines), Optional.of(template), names::equals);
    }

    private static Bind bind(String source, boolean readOnly) {
        return new Bind(Bytes.utf8(source), Bytes.utf8("/x"), readOnly);
    }

    private static String message(Optional<RefusedException> why) {
        return why.map(it -> it.getMessage() + "\n" + it.remedy().orElse("")).orElse("permitted");
    }

    @Test
    void without_a_word_nothing_is_restricted() throws ConfigurationException {
        Rules rules = rules("host", "");
        assertEquals(Permissions.all(), rules.permissions());
        assertEquals("permitted", message(rules.backend("lxc")));
        assertEquals("permitted", message(rules.shareNet()));
        assertEquals("permitted", message(rules.bind(bind("/etc/../root", false))));
        assertEquals("permitted", message(rules.root(Bytes.utf8("/srv"))));
        assertEquals("permitted", message(rules.oneMore(() -> 1_000)));
        assertFalse(rules.restrictsBinds());
        assertEquals(Policy.open(), Configuration.defaults().policy());
    }

    @Test
    void each_key_has_its_effect_and_is_named_in_the_remedy() throws ConfigurationException {
        Rules rules = rules(
                "host",
                "[template.host]",
                "backends = ['bwrap']",
                "share-net = false",
                "binds = ['/srv/data/', '/home:ro']",
                "leases = 2");
        assertEquals("permitted", message(rules.backend("bwrap")));
        assertEquals(
                "cannot use backend lxc: users may not in template host\n"
                        + "backends under [template.host] in mayfly.toml names those that they may use: bwrap",
                message(rules.backend("lxc")));
        assertEquals(
                "cannot share the host's network: users may not in template host\n"
                        + "share-net = true under [template.host] in mayfly.toml lets them",
                message(rules.shareNet()));
        String remedy = "\nbinds under [template.host] in mayfly.toml names what they may bind: /srv/data, /home:ro";
        assertEquals(
                "cannot bind /home/x for writing: users may not in template host" + remedy,
                message(rules.bind(bind("/home/x", false))));
        assertEquals(
                "cannot bind /etc: users may not in template host" + remedy, message(rules.bind(bind("/etc", true))));
        assertEquals("permitted", message(rules.oneMore(() -> 1)));
        assertEquals(
                "cannot claim a sandbox in template host: you have 2, the limit of leases under [template.host]\n"
                        + "wait until one has ended, or raise the limit in mayfly.toml",
                message(rules.oneMore(() -> 2)));
    }

    @Test
    void a_source_is_permitted_by_its_place_alone() throws ConfigurationException {
        Rules rules = rules("host", "[template.host]", "binds = ['/srv/data', '/home:ro']");
        for (String source : List.of("/srv/data", "/srv/data/", "/srv/data/x/y")) {
            assertEquals("permitted", message(rules.bind(bind(source, false))));
        }
        assertEquals("permitted", message(rules.bind(bind("/home/ann", true))));
        for (String source : List.of("/srv", "/srv/database", "/srv/data/../x", "/srv/data/./x", "/srv/data/..", "/")) {
            assertTrue(rules.bind(bind(source, true)).isPresent(), source);
        }
        Rules none = rules("host", "[template.host]", "binds = []");
        assertTrue(message(none.bind(bind("/srv", true))).endsWith("names what they may bind: none"));
        assertTrue(none.restrictsBinds());
        assertEquals(
                "permitted", message(rules("host", "[policy]", "binds = ['/']").bind(bind("/etc", false))));
    }

    @Test
    void what_a_template_says_counts_before_the_policy_for_all() throws ConfigurationException {
        String[] lines = {
            "[policy]",
            "backends = ['bwrap', 'lxc']",
            "share-net = false",
            "leases = 3",
            "[template.deb]",
            "path = '/srv/deb'",
            "share-net = true",
            "backends = []"
        };
        assertEquals("permitted", message(rules("deb", lines).shareNet()));
        assertTrue(message(rules("deb", lines).backend("bwrap")).endsWith("names those that they may use: none"));
        assertEquals(OptionalInt.of(3), rules("deb", lines).leases());
        assertEquals("permitted", message(rules("host", lines).backend("lxc")));
        assertTrue(message(rules("host", lines).shareNet()).contains("share-net = true under [policy]"));
        Rules directory = Rules.ofOthers(configuration(lines), Optional.empty());
        assertEquals(
                "cannot share the host's network: users may not in a directory itself\n"
                        + "share-net = true under [policy] in mayfly.toml lets them",
                message(directory.shareNet()));
    }

    @Test
    void what_users_bring_along_is_for_those_whom_a_key_names() throws ConfigurationException {
        String[] lines = {
            "[policy]",
            "x11 = []",
            "hooks = ['ann', '%staff']",
            "[template.deb]",
            "path = '/srv/deb'",
            "x11 = ['%desktop']",
        };
        assertEquals(
                "cannot use the display (--x11): not everybody may in template host\n"
                        + "x11 under [policy] in mayfly.toml names who may: none",
                message(rules("host", lines).offer(Offer.X11)));
        assertEquals(
                "cannot use the display (--x11): not everybody may in template deb\n"
                        + "x11 under [template.deb] in mayfly.toml names who may: %desktop",
                message(rules("deb", lines).offer(Offer.X11)));
        assertEquals("permitted", message(of("deb", List.of("%desktop"), lines).offer(Offer.X11)));
        assertEquals("permitted", message(rules("deb", lines).offer(Offer.SOUND)));
        assertEquals(
                "cannot run hooks of their own: not everybody may in template deb\n"
                        + "hooks under [policy] in mayfly.toml names who may: ann, %staff",
                message(rules("deb", lines).offer(Offer.HOOKS)));
        assertEquals(
                List.of("x11 for %desktop", "hooks for ann, %staff"),
                rules("deb", lines).permissions().words());
        assertEquals(
                List.of("x11 for nobody", "hooks for ann, %staff"),
                rules("host", lines).permissions().words());
    }

    @Test
    void what_is_said_of_some_users_counts_before_what_is_said_of_all_in_the_same_place()
            throws ConfigurationException {
        String[] lines = {
            "[policy]",
            "backends = ['bwrap']",
            "share-net = false",
            "binds = []",
            "leases = 1",
            "sound = []",
            "root-dirs = []",
            "[lxc]",
            "bridges = ['br_all']",
            "[policy.staff]",
            "who = ['%staff']",
            "share-net = true",
            "binds = ['/srv']",
            "leases = 5",
            "sound = true",
            "root-dirs = ['/srv/roots']",
            "bridges = ['br_staff']",
            "tun = true",
            "[policy.admins-of-deb]",
            "who = ['%staff']",
            "templates = ['deb']",
            "backends = ['lxc']",
            "hooks = false",
            "as-root = true",
            "unfiltered = true",
            "[policy.later]",
            "who = ['%staff']",
            "leases = 7",
            "[template.deb]",
            "path = '/srv/deb'",
            "leases = 3",
            "[template.red]",
            "path = '/srv/red'"
        };
        List<String> staff = List.of("%staff");
        Rules deb = of("deb", staff, lines);
        assertEquals("permitted", message(deb.backend("lxc")));
        assertTrue(message(deb.backend("bwrap"))
                .endsWith("backends under [policy.admins-of-deb] in mayfly.toml names"
                        + " those that they may use: lxc"));
        assertEquals("permitted", message(deb.shareNet()));
        assertEquals("permitted", message(deb.bind(bind("/srv/x", false))));
        assertTrue(message(deb.bind(bind("/etc", false))).contains("binds under [policy.staff]"));
        assertEquals(OptionalInt.of(3), deb.leases());
        assertEquals("permitted", message(deb.offer(Offer.SOUND)));
        assertEquals(
                "cannot run hooks of their own: not everybody may in template deb\n"
                        + "hooks = true under [policy.admins-of-deb] in mayfly.toml lets them",
                message(deb.offer(Offer.HOOKS)));
        assertTrue(deb.asRoot() && deb.unfiltered());
        assertEquals(new LxcConfiguration(Set.of("br_staff"), true), deb.lxc());

        Rules red = of("red", staff, lines);
        assertEquals("permitted", message(red.backend("bwrap")));
        assertEquals("permitted", message(red.offer(Offer.HOOKS)));
        assertEquals(OptionalInt.of(5), red.leases());
        assertFalse(red.asRoot() || red.unfiltered());

        Rules directory = Rules.of(configuration(lines), Optional.empty(), staff::equals);
        assertEquals("permitted", message(directory.root(Bytes.utf8("/srv/roots/a"))));
        assertEquals(OptionalInt.of(5), directory.leases());
        assertFalse(directory.asRoot());

        Rules others = of("deb", List.of("ann"), lines);
        assertTrue(message(others.backend("lxc")).contains("under [policy] "));
        assertTrue(message(others.shareNet()).contains("under [policy] "));
        assertTrue(
                message(others.offer(Offer.SOUND)).endsWith("sound under [policy] in mayfly.toml names who may: none"));
        assertFalse(others.asRoot() || others.unfiltered());
        assertEquals(new LxcConfiguration(Set.of("br_all"), false), others.lxc());
        assertEquals(Optional.of(List.of()), others.rootDirs());
        assertEquals(
                List.of(
                        "binds of /srv only",
                        "at most 5 sandboxes at once",
                        "sound for %staff",
                        "the host's network",
                        "directories (-t) in and below /srv/roots",
                        "bridges br_staff",
                        "/dev/net/tun"),
                configuration(lines).policy().people().get(0).words());
    }

    @Test
    void problems_of_tables_for_some_users_are_told_with_their_lines() {
        ConfigurationException problems = assertThrows(
                ConfigurationException.class,
                () -> configuration(
                        "[policy.a]",
                        "who = []",
                        "leases = 2",
                        "[policy.b]",
                        "who = ['ann']",
                        "as-root = true",
                        "hooks = ['ann']",
                        "users = ['ann']",
                        "[policy.c]",
                        "who = ['ann']",
                        "templates = ['dbe']",
                        "root-dirs = ['/srv']",
                        "[policy.d]",
                        "who = ['ann']",
                        "templates = []",
                        "[template.deb]",
                        "path = '/srv/deb'"));
        assertEquals(
                List.of(
                        "m.toml:1: policy.a.who is missing: the users, and groups with % before them, it is for",
                        "m.toml:6: policy.b.as-root has a meaning with templates only",
                        "m.toml:7: policy.b.hooks must be true or false",
                        "m.toml:8: unknown key policy.b.users",
                        "m.toml:11: there is no template dbe",
                        "m.toml:12: policy.c.root-dirs has no meaning with templates: it is for runs without any",
                        "m.toml:15: policy.d.templates must name a template; left out, it is for all"),
                problems.problems());
    }

    @Test
    void directories_of_the_users_choice_are_bounded_by_root_dirs() throws ConfigurationException {
        Rules rules = Rules.ofOthers(configuration("[policy]", "root-dirs = ['/srv/roots']"), Optional.empty());
        assertEquals("permitted", message(rules.root(Bytes.utf8("/srv/roots/a"))));
        for (String directory : List.of("/srv", "/srv/roots/../x", "/srv/rootsx")) {
            assertEquals(
                    "cannot use the directory " + directory + ": users may not run commands in it\n"
                            + "root-dirs under [policy] in mayfly.toml names those in which they may: /srv/roots",
                    message(rules.root(Bytes.utf8(directory))));
        }
    }

    @Test
    void problems_are_told_with_their_lines() {
        ConfigurationException problems = assertThrows(
                ConfigurationException.class,
                () -> configuration(
                        "[policy]",
                        "backends = ['bwarp']",
                        "share-net = 1",
                        "binds = ['data']",
                        "leases = 0",
                        "root-dirs = 'x'",
                        "sound = ['%']",
                        "users = ['ann']",
                        "[template.host]",
                        "users = ['@staff']",
                        "root-dirs = ['/x']"));
        assertEquals(
                List.of(
                        "m.toml:2: policy.backends: there is no backend bwarp (did you mean bwrap?)",
                        "m.toml:3: policy.share-net must be true or false",
                        "m.toml:4: policy.binds must be a list of paths that begin with /: data",
                        "m.toml:5: policy.leases must be a number from 1 to 1000000",
                        "m.toml:6: policy.root-dirs must be a list of texts",
                        "m.toml:7: policy.sound must be a list of users, and of groups with % before them: %",
                        "m.toml:8: unknown key policy.users",
                        "m.toml:10: template.host.users must be a list of users, and of groups with % before them: @staff",
                        "m.toml:11: unknown key template.host.root-dirs"),
                problems.problems());
    }

    @Test
    void members_are_users_and_whoever_is_in_a_group() throws IOException {
        List<String> unknown = new ArrayList<>();
        Members members = Members.of(List.of("root", "%daemon", "%no-such-group", "no-such-user"), unknown::add);
        assertEquals(List.of("the group no-such-group", "the user no-such-user"), unknown);
        assertEquals(Set.of(0L), members.uids());
        long daemon = members.gids().iterator().next();
        assertTrue(members.contains(new Caller(0, 0, List.of())));
        assertTrue(members.contains(new Caller(5_000, daemon, List.of())));
        assertTrue(members.contains(new Caller(5_000, 5_000, List.of(7L, daemon))));
        assertFalse(members.contains(new Caller(5_000, 5_000, List.of(7L))));
        assertFalse(members.contains(new Caller(daemon, 5_000, List.of())));
    }
}
