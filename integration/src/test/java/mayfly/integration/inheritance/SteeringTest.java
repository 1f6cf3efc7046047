package mayfly.integration.inheritance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.security.MarkingLibrary;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** A library, a PATH and variables that would have programs do something else. */
@InWorkshop(with = Client.C)
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

    /** Exports what steers programs; PATH has programs that leave a mark in a file. */
    private String steered(MarkingLibrary library, Path places) {
        workshop.bash("mkdir -p programs; for n in " + String.join(" ", PROGRAMS)
                        + "; do printf '#!/bin/busybox sh\\necho \"$0\" >>%s/called\\nexit 9\\n' \"$PWD\" >programs/$n;"
                        + " chmod +x programs/$n; done; echo 'touch " + places + "/called' >steer.sh;"
                        + " : >called; chmod 666 called")
                .run()
                .succeeds();
        return "export BASH_ENV=" + places + "/steer.sh ENV=" + places + "/steer.sh PATH=" + places + "/programs:$PATH"
                + " PYTHONSTARTUP=/x PYTHONPATH=/x PERL5OPT=-Mx JAVA_TOOL_OPTIONS=-agentpath:" + library.path()
                + " JDK_JAVA_OPTIONS=-agentpath:" + library.path() + " _JAVA_OPTIONS=-agentpath:" + library.path()
                + " CLASSPATH=/x GCONV_PATH=" + places + " LD_LIBRARY_PATH=" + places + " LD_AUDIT=" + library.path()
                + " LD_PRELOAD=" + library.path() + "; ";
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
        String mayfly = workshop.host().mayfly().toString();
        String steered = steered(library, workshop.work());
        workshop.write("bound", "bound");
        workshop.service();
        for (String options : List.of("", "--as-root", "-d bound:/tmp/bound", "-x", "--session steered")) {
            assertEquals(
                    "ran",
                    workshop.bash(steered + "exec " + mayfly + " " + options + " -- /bin/echo ran")
                            .run()
                            .exits(0)
                            .text(),
                    options);
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
        String mayfly = workshop.host().mayfly().toString();
        String steered = steered(library, workshop.work());
        Path place = workshop.work().resolve("first-use");

        String text = workshop.bash(steered + "exec " + mayfly + " -- /bin/echo ran")
                .env("MAYFLY_RUNTIME_DIR", place.toString())
                .run()
                .exits(0)
                .text();

        assertEquals("ran", text);
        assertOnlyTheClientIsSteered(library);
        workshop.subcommand("serve", "--stop", "--runtime-dir", place.toString())
                .run()
                .succeeds();
        Eventually.holds("the service ends", () -> ProcessTable.about(place).isEmpty());
        assertOnlyTheClientIsSteered(library);
        assertEquals(List.of(), Directories.names(place.resolve("clones")));
    }
}
