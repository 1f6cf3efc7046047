package mayfly.integration.subcommands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Host;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

@InWorkshop(with = Client.C)
class SubcommandsTest {
    private final Workshop workshop;

    SubcommandsTest(Workshop workshop) {
        this.workshop = workshop;
    }

    private Json ask(String... words) {
        return Json.object(workshop.subcommand(words).run().succeeds());
    }

    @Test
    void pool_status_counts_what_happens() {
        workshop.prints("true");
        workshop.hasParked("host");
        Json before = ask("pool", "status", "--json").objects("templates").get(0);
        workshop.prints("true");
        Json status = ask("pool", "status", "--json");
        Json host = status.objects("templates").get(0);

        assertEquals("host", host.text("name"));
        assertEquals("overlay", host.text("store"));
        assertEquals(before.number("claims") + 1, host.number("claims"));
        assertTrue(host.number("hits") >= 1, status.toString());
        Json shape = status.objects("shapes").get(0);
        assertEquals(workshop.account().uid(), shape.number("uid"));
        assertEquals("bwrap", shape.text("backend"));
        assertTrue(
                status.names().containsAll(Set.of("running", "limits", "version", "uptime_seconds")),
                status.toString());
    }

    @Test
    void pool_status_prints_a_table() {
        workshop.prints("true");

        String table = workshop.subcommand("pool", "status").run().succeeds();

        assertTrue(table.contains("host") && table.contains("overlay"), table);
        assertTrue(table.lines().allMatch(line -> line.equals(line.stripTrailing())), table);
    }

    @Test
    void template_list_lists_the_templates() {
        workshop.service();

        assertTrue(workshop.subcommand("template", "list").run().succeeds().contains("host"));
        Json host = ask("template", "list", "--json").objects("templates").get(0);
        assertEquals(
                "host overlay / true",
                host.text("name") + " " + host.text("store") + " " + host.text("path") + " " + host.flag("default"));
    }

    @Test
    void doctor_finds_that_commands_can_run_here() {
        String text = workshop.subcommand("doctor").run().succeeds();

        assertTrue(text.endsWith("Commands can run."), text);
        Json found = ask("doctor", "--json");
        assertTrue(found.flag("usable"));
        Json overlay = found.objects("checks").stream()
                .filter(check -> check.text("check").equals("overlay"))
                .findFirst()
                .orElseThrow();
        boolean whole = workshop.identity().isRoot() || Host.hasUserAttributesOnTmpfs();
        assertEquals(whole ? "ok" : "note", overlay.text("state"));
    }

    @Test
    void config_check_tells_all_problems_at_once_with_their_lines() {
        workshop.write("bad.toml", """
                default-template = "hots"

                [service]
                idle-minutes = "many"
                idel = 3

                [template.one]
                store = "zsf"
                path = "relative"

                [template.two]
                """);

        Outcome outcome =
                workshop.subcommand("config", "check", "bad.toml").run().exits(1);

        String text = outcome.text() + outcome.stderr();
        for (String problem : List.of(
                "bad.toml:1: .*hots.*did you mean host.*",
                "bad.toml:4: .*idle-minutes.*",
                "bad.toml:5: unknown key .*idel.*",
                "bad.toml:8: .*store.*",
                "bad.toml:9: .*path.*must begin with /.*",
                "bad.toml:11: .*path.* is missing.*")) {
            assertTrue(text.lines().anyMatch(line -> line.matches(".*" + problem)), problem + " in " + text);
        }
    }

    @Test
    void config_check_accepts_what_is_right_and_tells_what_it_cannot_read() {
        workshop.write("good.toml", "[template.host]\nsize = \"10%\"\n");

        assertTrue(workshop.subcommand("config", "check", "good.toml")
                .run()
                .succeeds()
                .endsWith("no problems"));
        workshop.subcommand("config", "check", "missing.toml")
                .run()
                .fails(125, "cannot read .*missing.toml: No such file or directory", "");
        workshop.write("syntax.toml", "a = \n[b\n");
        String text = workshop.subcommand("config", "check", "syntax.toml")
                .run()
                .exits(1)
                .text();
        assertTrue(text.contains("syntax.toml:1:"), text);
    }

    @Test
    void version_and_help_speak_on_standard_output() {
        for (String word : List.of("version", "--version", "-V")) {
            assertEquals("mayfly 0.1.0", workshop.subcommand(word).run().succeeds());
        }
        String help = workshop.subcommand("help").run().succeeds();
        assertEquals(help, workshop.subcommand("--help").run().succeeds());
        assertEquals(help, workshop.subcommand("-h").run().succeeds());
        for (String word : List.of(
                "run",
                "pool status",
                "pool refill",
                "pool drain",
                "template list",
                "template create",
                "template shell",
                "template snapshot",
                "template snapshots",
                "template rollback",
                "template destroy",
                "serve",
                "doctor",
                "config check")) {
            assertTrue(help.contains(word), word + " in " + help);
            String text = workshop.bash("mayfly help " + word).run().succeeds();
            assertTrue(text.startsWith("Usage: mayfly "), text);
        }
        String run = workshop.subcommand("help", "run").run().succeeds();
        for (String option : List.of(
                "--backend",
                "--template",
                "--root",
                "--share-net",
                "--chdir",
                "--bind",
                "--env",
                "--ignore-sigint",
                "--quiet",
                "--trace",
                "--status-fd",
                "--refill")) {
            assertTrue(run.contains(option), option + " in " + run);
        }
    }

    @Test
    void unknown_subcommands_and_options_are_refused() {
        workshop.subcommand("pool", "flood").run().fails(125, "cannot read the command line: .*pool flood", ".+");
        workshop.subcommand("doctor", "--cure")
                .run()
                .fails(125, "cannot read the command line: unknown option --cure", ".+");
        workshop.subcommand("help", "nothing").run().fails(125, "cannot read the command line: .*nothing", ".+");
    }
}
