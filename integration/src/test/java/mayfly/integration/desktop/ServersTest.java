package mayfly.integration.desktop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** X servers that are not as most are, and roots that are not the machine's own. */
@InWorkshop(with = Client.C)
class ServersTest {
    private static final String MAKE_ROOT = """
            mkdir -p $1/etc $1/tmp $1/proc $1/dev $1/sys $1/run $1/usr/bin
            for program in sh xdpyinfo; do
                file=$(readlink -f "$(command -v $program)")
                cp "$file" $1/usr/bin/$program
                for library in $(ldd "$file" | grep -o '/[^ )]*'); do
                    mkdir -p "$1${library%/*}"
                    cp -L "$library" "$1$library"
                done
            done
            ln -s usr/bin $1/bin
            """;
    private static final int AT_ONCE = 12;
    private static final String TRUSTED = "--x11=trusted gives the command your own rights on the display.*";

    private final Workshop workshop;
    private final Path root;

    ServersTest(Workshop workshop) {
        this.workshop = workshop;
        root = workshop.template("root");
        workshop.configured("[template.small]\nstore = \"directory\"\npath = \"%1$s\"\nready = 1\n".formatted(root));
        if (!Files.exists(root.resolve("etc"))) {
            workshop.call(List.of("bash", "-e", "-c", MAKE_ROOT, "bash", root.toString()))
                    .run()
                    .succeeds();
        }
    }

    private static void assertSeen(XServer server, String... words) {
        String seen = server.mayfly(words).run().succeeds();
        assertTrue(seen.startsWith("name of display:    "), seen);
    }

    @Test
    void a_server_without_untrusted_clients_is_for_trusted_ones_only() {
        try (XServer server = XServer.start(workshop, "-extension", "SECURITY")) {
            server.mayfly("-1", "true")
                    .run()
                    .fails(
                            125,
                            "cannot use the display " + server.display()
                                    + ": its server has no extension SECURITY, which untrusted clients need",
                            TRUSTED);
            assertSeen(server, "--x11=trusted", "xdpyinfo");
        }
    }

    @Test
    void a_server_that_asks_nobody_for_a_cookie_is_for_trusted_clients_only() {
        try (XServer server = XServer.start(workshop, "-ac")) {
            server.mayfly("-1", "true")
                    .run()
                    .fails(
                            125,
                            "cannot use the display " + server.display()
                                    + ": its server lets you in without a cookie, so no client of yours is untrusted",
                            "see xhost.*");
            String seen = server.mayfly("--x11=trusted", "xdpyinfo")
                    .env("XAUTHORITY", "/dev/null")
                    .run()
                    .succeeds();
            assertTrue(seen.startsWith("name of display:    " + server.display()), seen);
            for (String[] words : new String[][] {{"-v", "DISPLAY", "xdpyinfo"}, {"-n", "-v", "DISPLAY", "xdpyinfo"}}) {
                Outcome without = server.mayfly(words).run();
                assertTrue(without.stderr().contains("unable to open display"), without.toString());
            }
        }
    }

    @Test
    @Against({Attack.DISPLAY, Attack.ABSTRACT_SOCKETS})
    void an_abstract_socket_is_reached_with_the_hosts_network_only() {
        try (XServer server = XServer.start(workshop, "-nolisten", "unix", "-listen", "local")) {
            server.mayfly("-1", "true")
                    .run()
                    .fails(
                            125,
                            "cannot use the display " + server.display()
                                    + ": its server has an abstract socket only, .*",
                            "--share-net shares that, or start the server with -listen unix");
            assertSeen(server, "-1", "-n", "xdpyinfo");
            Outcome without = server.mayfly("-n", "-v", "DISPLAY", "-v", "XAUTHORITY", "xdpyinfo")
                    .run();
            assertTrue(without.stderr().contains("unable to open display"), without.toString());
        }
    }

    @Test
    void a_display_of_the_network_is_reached_with_the_hosts_network_only() {
        try (XServer server = XServer.start(workshop, "-listen", "tcp")) {
            String display = "localhost" + server.display() + ".0";
            server.mayfly("-1", "true")
                    .env("DISPLAY", display)
                    .run()
                    .fails(
                            125,
                            "cannot use the display " + display
                                    + ": it is reached by the network, which the sandbox does not have",
                            "--share-net gives it the host's");
            for (String option : List.of("-1", "--x11=trusted")) {
                String seen = server.mayfly(option, "-n", "xdpyinfo")
                        .env("DISPLAY", display)
                        .run()
                        .succeeds();
                assertTrue(seen.startsWith("name of display:    " + display), seen);
            }
        }
    }

    @Test
    void it_works_in_clones_of_other_templates() {
        try (XServer server = XServer.start(workshop)) {
            for (String option : List.of("-1", "--x11=trusted")) {
                assertSeen(server, option, "-z", "small", "xdpyinfo");
            }
            assertTrue(!Files.exists(root.resolve("tmp/.X11-unix")));
        }
    }

    @Test
    void a_directory_whose_changes_stay_needs_the_place_for_the_socket() {
        try (XServer server = XServer.start(workshop)) {
            String place = "/tmp/.X11-unix/X" + server.number();
            server.mayfly("-1", "-t", root.toString(), "xdpyinfo")
                    .run()
                    .fails(125, "cannot use the mount point " + place + ": No such file or directory", "");
            workshop.bash("mkdir -p root/tmp/.X11-unix; : >root" + place).run().succeeds();
            assertSeen(server, "-1", "-t", root.toString(), "xdpyinfo");
            workshop.bash("rm -r root/tmp/.X11-unix").run().succeeds();
        }
    }

    @Test
    void many_commands_get_the_display_at_once() {
        try (XServer server = XServer.start(workshop)) {
            List<Call.Running> all = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                all.add(server.mayfly("-1", "xdpyinfo").start());
            }
            for (Call.Running running : all) {
                assertEquals(
                        "name of display:    " + server.display(),
                        running.await().succeeds().lines().findFirst().orElse(""));
            }
        }
    }

    @Test
    void a_server_that_never_answers_keeps_only_its_own_clients_waiting() {
        String display = ":" + (40_000 + ProcessHandle.current().pid() % 10_000);
        String silent = """
                import os, socket, sys
                path = '/tmp/.X11-unix/X' + sys.argv[1]
                listener = socket.socket(socket.AF_UNIX)
                listener.bind(path)
                listener.listen(99)
                print('listens', flush=True)
                open('end').read()
                os.unlink(path)
                """;
        try (XServer server = XServer.start(workshop)) {
            workshop.bash("rm -f end; mkfifo end").run().succeeds();
            Call.Running listener = workshop.call(List.of("python3", "-c", silent, display.substring(1)))
                    .start()
                    .prints("listens");
            try {
                assertOthersAreServed(server, display);
            } finally {
                workshop.bash(": >end").run().succeeds();
                listener.await().exits(0);
            }
        }
    }

    private void assertOthersAreServed(XServer server, String silent) {
        List<Call.Running> waiting = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            waiting.add(server.mayfly("-1", "true").env("DISPLAY", silent).start());
        }

        workshop.prints("true");
        assertTrue(waiting.stream().allMatch(Call.Running::isAlive));
        waiting.subList(1, AT_ONCE).forEach(Call.Running::kill);
        waiting.get(0).await().fails(125, "cannot use the display " + silent + ": it took too long", "");
        assertSeen(server, "-1", "xdpyinfo");
    }
}
