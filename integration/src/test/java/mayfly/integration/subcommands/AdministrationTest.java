package mayfly.integration.subcommands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Terminal;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** Orders about templates and pools, by who may give them: root, a user with his own service, a maintainer. */
@InWorkshop(with = Client.C)
class AdministrationTest {
    private static final String TIME = "20\\d{6}-\\d{6}";

    /** A root of one static program. */
    private static final String FILL = """
            mkdir -p $1/bin $1/etc $1/tmp $1/proc $1/dev $1/sys $1/run
            cp "$(command -v busybox)" $1/bin/busybox
            for name in sh cat echo sleep true tty; do ln -s busybox $1/bin/$name; done
            echo first >$1/etc/name
            """;

    /** One for each test; the last one is for root alone to change. */
    private static final List<String> TEMPLATES =
            List.of("life", "pool", "busy", "shell", "terminal", "watched", "kept");

    private final Workshop workshop;
    private final Path place;

    AdministrationTest(Workshop workshop) {
        this.workshop = workshop;
        // A service of root's changes nothing in what another user could rename.
        place = workshop.directory().resolve("templates");
        if (!Files.exists(place)) {
            Directories.of(workshop.serviceAccount(), place);
        }
        StringBuilder configuration = new StringBuilder();
        for (String name : TEMPLATES) {
            configuration
                    .append("[template.")
                    .append(name)
                    .append("]\n")
                    .append("store = \"directory\"\npath = \"")
                    .append(place.resolve(name))
                    .append("\"\nready = 0\n");
            if (!name.equals("kept")) {
                configuration
                        .append("maintainers = [\"")
                        .append(workshop.account().name())
                        .append("\"]\n");
            }
        }
        workshop.configured(configuration.toString());
    }

    /** Fills a template's directory, which it may be that only the service can write to. */
    private void fill(String template) {
        workshop.service();
        workshop.callAs(
                        workshop.serviceAccount(),
                        List.of(
                                "bash",
                                "-e",
                                "-c",
                                FILL,
                                "bash",
                                place.resolve(template).toString()))
                .run()
                .succeeds();
    }

    private void make(String template) {
        if (!Files.exists(place.resolve(template))) {
            order("template", "create", template);
            fill(template);
        }
    }

    private String order(String... words) {
        workshop.service();
        return workshop.subcommand(words).run().exits(0).text();
    }

    private List<String> ready(String template) {
        return workshop.clones().stream()
                .filter(name -> name.matches(template + "_\\d+"))
                .toList();
    }

    private void awaitReady(String template, int count) {
        Eventually.holds(count + " clones of " + template, () -> ready(template).size() == count);
    }

    private void write(String template, String text) {
        workshop.callAs(
                        workshop.serviceAccount(),
                        List.of("sh", "-c", "echo " + text + " >" + place.resolve(template + "/etc/name")))
                .run()
                .succeeds();
    }

    @Test
    void a_template_lives_from_its_creation_to_its_destruction() {
        assertEquals(place.resolve("life").toString(), order("template", "create", "life"));
        workshop.subcommand("template", "create", "life")
                .run()
                .fails(125, "cannot create template life: .* exists", "");
        fill("life");

        assertEquals("one", order("template", "snapshot", "life", "one"));
        write("life", "second");
        String second = order("template", "snapshot", "life");
        assertTrue(second.matches(TIME), second);
        assertEquals("one\n" + second, order("template", "snapshots", "life"));
        assertTrue(order("template", "list")
                .lines()
                .anyMatch(line -> line.matches("life +directory +" + second + " +/.*")));
        assertEquals("second", workshop.prints("-z", "life", "cat", "/etc/name"));

        order("pool", "refill", "life", "2");
        workshop.subcommand("template", "rollback", "life", "one")
                .run()
                .fails(
                        125,
                        "cannot read the command line: there is no terminal to ask on",
                        "--yes rolls back without being asked");
        assertEquals("one", order("template", "rollback", "life", "one", "--yes"));
        assertEquals("one", order("template", "snapshots", "life"));
        assertEquals("first", workshop.prints("-z", "life", "cat", "/etc/name"));

        assertEquals("destroyed life@one", order("template", "destroy", "life", "one", "--yes"));
        assertEquals("", order("template", "snapshots", "life"));
        assertEquals("destroyed life", order("template", "destroy", "life", "--yes"));
        assertFalse(Files.exists(place.resolve("life")));
        awaitReady("life", 0);
        workshop.mayfly("-z", "life", "cat").run().exits(125);
    }

    @Test
    void a_pool_is_refilled_replaced_swept_and_drained() {
        make("pool");
        order("template", "snapshot", "pool", "s");
        String ready = order("pool", "refill", "pool", "3");
        assertTrue(ready.matches("pool: 3 ready of snapshot s, 3 made, 0 given up"), ready);
        awaitReady("pool", 3);
        List<String> first = ready("pool");

        assertTrue(order("-r", "pool", "5").startsWith("pool: 5 ready"));
        assertTrue(ready("pool").containsAll(first));
        assertTrue(order("-f", "-r", "pool", "2").startsWith("pool: 2 ready"));
        awaitReady("pool", 2);
        assertFalse(ready("pool").stream().anyMatch(first::contains));
        assertEquals("pool: 2 ready of snapshot s, 0 made, 0 given up", order("-r", "pool", "-s"));
        assertEquals("", order("-qr", "pool", "3"));
    }

    @Test
    void the_java_launcher_refills_too() {
        make("pool");
        assertTrue(order("--java", "-r", "pool", "1").startsWith("pool: 1 ready"));
        assertTrue(order("--java", "run", "--refill=pool", "--quiet", "2").isEmpty());
        awaitReady("pool", 2);
        assertTrue(order("pool", "drain", "pool").matches("2 given up"));
        awaitReady("pool", 0);
        assertEquals("first", workshop.prints("-z", "pool", "cat", "/etc/name"));
    }

    @Test
    void draining_gives_up_what_is_parked_and_nothing_is_parked_until_a_refill() {
        make("pool");
        assertEquals("first", workshop.prints("-z", "pool", "cat", "/etc/name"));
        awaitUsed(1);
        order("pool", "drain", "pool");
        awaitUsed(0);
        assertEquals("first", workshop.prints("-z", "pool", "cat", "/etc/name"));
        awaitUsed(0);
        order("pool", "refill", "pool", "1");
        assertEquals("first", workshop.prints("-z", "pool", "cat", "/etc/name"));
        awaitUsed(1);
        order("pool", "drain", "pool");
    }

    /** Those of parked sandboxes, while no command runs. */
    private void awaitUsed(int count) {
        Eventually.holds(
                count + " clones in use",
                () -> workshop.clones().stream()
                                .filter(name -> name.matches("pool_\\d+\\.used"))
                                .count()
                        == count);
    }

    @Test
    void a_command_s_own_words_are_no_refill() {
        make("pool");
        for (List<String> words : List.of(
                List.of("-z", "pool", "echo", "-r", "pool"),
                List.of("-z", "pool", "--", "echo", "-r", "pool"),
                List.of("run", "-zpool", "echo", "-r", "pool"))) {
            assertEquals("-r pool", workshop.prints(words.toArray(new String[0])));
        }
        workshop.mayfly("-z", "pool", "--", "-r", "pool").run().exits(127);
        workshop.mayfly("-f", "true")
                .run()
                .fails(125, "cannot read the command line: options --force and --sweep go with --refill only", ".+");
        workshop.mayfly("-r", "pool", "sh").run().fails(125, "cannot read the command line: .* not sh", ".+");
    }

    @Test
    void a_command_that_runs_is_not_ended_for_a_rollback() {
        make("busy");
        order("template", "snapshot", "busy", "one");
        order("template", "snapshot", "busy", "two");
        Call.Running command = workshop.mayfly("-z", "busy", "sh", "-c", "echo ready; read word </etc/name; sleep 1000")
                .start()
                .prints("ready");
        workshop.subcommand("template", "rollback", "busy", "one", "--yes")
                .run()
                .fails(
                        125,
                        "cannot roll back template busy: a command runs in one of the clones that have to be gone",
                        "end what runs there, .*");
        assertTrue(command.isAlive());
        command.signal("TERM").await();
        Eventually.holds("its lease is over", () -> template("busy").number("leased") == 0);
        order("template", "rollback", "busy", "one", "--yes");
    }

    private Json template(String name) {
        return Json.object(order("pool", "status", "--json")).objects("templates").stream()
                .filter(template -> template.text("name").equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_command_works_in_the_template_itself_and_a_snapshot_follows() {
        make("shell");
        workshop.callAs(
                        workshop.serviceAccount(),
                        List.of("chmod", "-R", "a+w", place.resolve("shell/etc").toString()))
                .run()
                .succeeds();
        Outcome failed = workshop.subcommand(
                        "template", "shell", "shell", "--snapshot", "--", "sh", "-c", "echo lost >/etc/name; exit 7")
                .run()
                .exits(7);
        assertEquals("", failed.text());
        assertEquals("lost", Directories.read(place.resolve("shell/etc/name")).strip());

        assertEquals(
                "gone",
                order("template", "shell", "shell", "--", "sh", "-c", "echo kept >/etc/name; echo ${TMPDIR-gone}"));
        assertEquals("", order("template", "snapshots", "shell"));
        String printed = order(
                "template", "shell", "shell", "-v", "A=b", "--snapshot", "--", "sh", "-c", "echo $A; cat /etc/name");
        assertTrue(printed.matches("b\nkept\n" + TIME), printed);
        assertEquals(printed.substring("b\nkept\n".length()), order("template", "snapshots", "shell"));
        assertEquals("kept", workshop.prints("-z", "shell", "cat", "/etc/name"));
    }

    @Test
    void the_shell_has_the_terminal_and_the_person_is_asked() {
        make("terminal");
        try (Terminal terminal = Terminal.open(workshop)) {
            terminal.line("mayfly template shell terminal")
                    .taken()
                    .line("tty; echo in\"side\"; exit")
                    .showsLine("/dev/.*")
                    .shows("Take a snapshot of terminal now? [Y/n]")
                    .line("n")
                    .prompts();
            assertEquals("", order("template", "snapshots", "terminal"));
            clean(terminal)
                    .line("mayfly template shell terminal -- true; echo status \"\"$?")
                    .shows("Take a snapshot of terminal now? [Y/n]")
                    .line("")
                    .showsLine(TIME)
                    .shows("status 0");
            String snapshot = order("template", "snapshots", "terminal");
            assertTrue(snapshot.matches(TIME), snapshot);
            clean(terminal)
                    .line("mayfly template destroy terminal " + snapshot + "; echo status \"\"$?")
                    .shows("Destroy the snapshot " + snapshot + " of template terminal? [y/N]")
                    .line("")
                    .shows("status 1");
            clean(terminal)
                    .line("mayfly template destroy terminal " + snapshot + "; echo status \"\"$?")
                    .shows("[y/N]")
                    .line("y")
                    .shows("status 0");
            assertEquals("", order("template", "snapshots", "terminal"));
        }
    }

    /** What is waited for is not what was there before. */
    private static Terminal clean(Terminal terminal) {
        return terminal.line("clear; echo \"cle\"an").showsLine("clean").prompts();
    }

    @Test
    void who_is_no_maintainer_is_told_who_may() {
        workshop.callAs(
                        workshop.serviceAccount(),
                        List.of("mkdir", "-p", place.resolve("kept").toString()))
                .run()
                .succeeds();
        if (workshop.identity() != Identity.MEMBER) {
            order("pool", "refill", "kept", "0");
            return;
        }
        workshop.service();
        String may = " template kept: user " + workshop.account().uid() + " may not";
        for (List<String> words : List.of(
                List.of("pool", "refill", "kept"),
                List.of("-r", "kept", "3"),
                List.of("pool", "drain", "kept"),
                List.of("template", "create", "kept"),
                List.of("template", "snapshot", "kept"),
                List.of("template", "rollback", "kept", "--yes"),
                List.of("template", "destroy", "kept", "--yes"),
                List.of("template", "shell", "kept"))) {
            workshop.subcommand(words.toArray(new String[0]))
                    .run()
                    .fails(125, "cannot .*" + may, "root may; maintainers in mayfly.toml names who else may");
        }
        assertEquals("", order("template", "snapshots", "kept"));
    }

    @Test
    void the_status_has_all_members_and_is_shown_again_each_second() {
        make("watched");
        order("pool", "refill", "watched", "1");
        Json template = template("watched");
        assertTrue(
                template.names()
                        .containsAll(List.of(
                                "name",
                                "store",
                                "path",
                                "snapshot",
                                "drained",
                                "target",
                                "making",
                                "ready",
                                "parked",
                                "leased",
                                "dirty",
                                "claims",
                                "hits",
                                "hit_rate",
                                "refills_per_minute",
                                "last_error")),
                template.toString());
        assertEquals(1, template.number("ready"));
        Call.Running watch =
                workshop.subcommand("pool", "status", "--json", "--watch").start();
        Eventually.holds("a second line", () -> watch.output().lines().count() >= 2);
        watch.signal("INT").await();
        assertTrue(watch.output().lines().allMatch(line -> line.startsWith("{\"version\"") && line.endsWith("}")));
    }
}
