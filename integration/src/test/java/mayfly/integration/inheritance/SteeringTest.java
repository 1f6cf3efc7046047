package mayfly.integration.inheritance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.security.MarkingLibrary;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** A library, a PATH and variables that would have programs do something else. */
@InWorkshop(
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC})
class SteeringTest {
    private static final List<String> PROGRAMS = List.of(
            "bwrap",
            "sh",
            "bash",
            "env",
            "getent",
            "id",
            "java",
            "lxc-start",
            "newuidmap",
            "newgidmap",
            "readlink",
            "mayfly-enter",
            "mayfly-init",
            "mayfly-java",
            "xauth",
            "mount");

    private final Workshop workshop;

    SteeringTest(Workshop workshop) {
        this.workshop = workshop;
    }

    /** A run of the client with all that steers programs. */
    private Call steered(MarkingLibrary library, String options) {
        return steeredCommand(
                library, "exec " + String.join(" ", workshop.client()) + " " + options + " -- /bin/echo ran");
    }

    /** A shell's command with all that steers programs; PATH has programs, BASH_ENV a script that leave a mark in a file. */
    private Call steeredCommand(MarkingLibrary library, String command) {
        Path places = workshop.work();
        workshop.bash("mkdir -p programs; for n in " + String.join(" ", PROGRAMS)
                        + "; do printf '#!/bin/busybox sh\\necho \"$0\" >>%s/called\\nexit 9\\n' \"$PWD\" >programs/$n;"
                        + " chmod +x programs/$n; done; echo 'echo steered >>" + places + "/called' >steer.sh;"
                        + " [ -e called ] || { : >called; chmod 666 called; }")
                .run()
                .succeeds();
        StringBuilder exports = new StringBuilder();
        Map.of(
                        places + "/steer.sh",
                        List.of("BASH_ENV", "ENV"),
                        places + "/programs:$PATH",
                        List.of("PATH"),
                        "/x",
                        List.of("PYTHONSTARTUP", "PYTHONPATH", "CLASSPATH"),
                        "-Mx",
                        List.of("PERL5OPT"),
                        "-agentpath:" + library.path(),
                        List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"),
                        places.toString(),
                        List.of("GCONV_PATH", "LD_LIBRARY_PATH"),
                        library.path().toString(),
                        List.of("LD_AUDIT", "LD_PRELOAD"))
                .forEach((value, names) ->
                        names.forEach(name -> exports.append("export ").append(name + "=" + value + "; ")));
        return workshop.bash(exports + command);
    }

    /** Without this, that there is no mark says nothing. */
    private void othersAreSteered(MarkingLibrary library) {
        String java = Tool.output("sh", "-c", "readlink -f \"$(command -v java)\"");
        String bash = Tool.output("readlink", "-f", "/bin/bash");
        steeredCommand(library, java + " -version; getent passwd; exec /bin/bash -c :")
                .run();
        List<String> programs = library.programs();
        assertTrue(programs.contains(java) && programs.contains(bash), programs.toString());
        assertEquals(workshop.work() + "/programs/getent\nsteered\n", workshop.read("called"));
        workshop.write("called", "");
    }

    private void assertOnlyTheClientIsSteered(MarkingLibrary library) {
        String client = workshop.host().mayfly().toString();
        assertTrue(
                library.programs().stream().allMatch(client::equals),
                "more than the client, which is the caller's own");
        assertEquals("", workshop.read("called"));
    }

    @Test
    @Against(Attack.STEERING_VARIABLES)
    void nothing_but_the_client_itself_loads_or_runs_anything_of_the_callers() {
        MarkingLibrary library = MarkingLibrary.of(workshop);
        othersAreSteered(library);
        workshop.write("bound", "bound");
        for (String options : List.of("", "--as-root", "-d bound:/tmp/bound", "-x", "--session steered")) {
            assertEquals("ran", steered(library, options).run().exits(0).text(), options);
        }
        workshop.subcommand("session", "end", "steered").run().succeeds();
        assertOnlyTheClientIsSteered(library);
        // None of what the service has started, or starts ahead, has it.
        for (ProcessTable.Entry entry : ProcessTable.about(workshop.directory())) {
            Path environment = Path.of("/proc/" + entry.pid() + "/environ");
            if (environment.toFile().canRead()) {
                String text = workshop.callAs(
                                workshop.serviceAccount(), List.of("sh", "-c", "cat " + environment + " 2>/dev/null"))
                        .run()
                        .stdout();
                assertTrue(!text.contains(library.path().toString()) && !text.contains("programs:"), entry + text);
            }
        }
    }

    @Test
    @Against(Attack.STEERING_VARIABLES)
    void a_service_that_the_client_starts_is_not_steered_either() {
        MarkingLibrary library = MarkingLibrary.of(workshop);
        Path place = workshop.work().resolve("first-use");

        Outcome outcome =
                steered(library, "").env("MAYFLY_RUNTIME_DIR", place.toString()).run();

        // A user's own service has no backend that is root's.
        boolean runs = workshop.identity() != Identity.MEMBER || workshop.backend() == Backend.BWRAP;
        assertEquals(runs ? "ran" : "", outcome.exits(runs ? 0 : 125).text());
        assertOnlyTheClientIsSteered(library);
        workshop.subcommand("serve", "--stop", "--runtime-dir", place.toString())
                .run()
                .succeeds();
        Eventually.holds("the service ends", () -> ProcessTable.about(place).isEmpty());
        assertEquals(List.of(), library.programs());
        assertEquals("", workshop.read("called"));
        assertEquals(List.of(), Directories.names(place.resolve("clones")));
    }
}
