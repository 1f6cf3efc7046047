package mayfly.integration.desktop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Host;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@InWorkshop
class DisplayTest {
    private static final int RED = 0xFF0000;
    private static final String NO_ENTRY = "unable to open display";
    private static final String TAKES_A_PICTURE = "xwd -root -silent | wc -c";

    private final Workshop workshop;
    private final XServer server;

    DisplayTest(Workshop workshop) {
        this.workshop = workshop;
        server = XServer.start(workshop);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void assertKeptOut(Call call) {
        Outcome outcome = call.run();
        assertNotEquals(0, outcome.status(), outcome.toString());
        assertTrue(outcome.stderr().contains(NO_ENTRY), outcome.toString());
    }

    private static int pictureBytes(Outcome outcome) {
        return Integer.parseInt(outcome.exits(0).text().strip());
    }

    @Test
    void the_display_is_there_under_its_own_name() {
        assertEquals(
                server.display() + "\n/run/mayfly/Xauthority",
                server.mayfly("-1", "sh", "-c", "echo $DISPLAY; echo $XAUTHORITY")
                        .run()
                        .succeeds());
        assertTrue(
                server.mayfly("-1", "xdpyinfo").run().succeeds().startsWith("name of display:    " + server.display()));
        assertTrue(server.mayfly("--x11=trusted", "xdpyinfo").run().succeeds().contains("MIT-SHM"));
    }

    @Test
    void a_window_appears_on_the_screen_and_goes_with_its_command() {
        int before = server.pixels(RED);
        Call.Running terminal = server.mayfly(
                        "-1", "xterm", "-geometry", "30x8+5+5", "-bg", "red", "-T", "a throwaway window", "-e", "cat")
                .start();
        try {
            Eventually.holds("the window is listed", () -> server.windows().contains("\"a throwaway window\""));
            Eventually.holds("the screen shows it", () -> server.pixels(RED) > before + 5_000);
        } finally {
            terminal.kill();
            terminal.await();
        }
        Eventually.holds("it is gone", () -> server.pixels(RED) == before);
    }

    @Test
    void an_untrusted_command_cannot_look_at_the_screen_and_a_trusted_one_can() {
        assertEquals(
                0, pictureBytes(server.mayfly("-1", "sh", "-c", TAKES_A_PICTURE).run()));
        assertEquals(
                0,
                pictureBytes(server.mayfly("--x11=untrusted", "-n", "sh", "-c", TAKES_A_PICTURE)
                        .run()));
        assertTrue(pictureBytes(server.mayfly("--x11=trusted", "sh", "-c", TAKES_A_PICTURE)
                        .run())
                > 100_000);
    }

    @Test
    void an_untrusted_command_cannot_touch_another_window_and_a_trusted_one_can() {
        Call.Running other =
                server.outside("xterm", "-T", "another window", "-e", "cat").start();
        try {
            Eventually.holds("the window is there", () -> server.windows().contains("another window"));

            String mark = "xprop -name 'another window' -f MARK 8s -set MARK $1";
            Outcome refused =
                    server.mayfly("-1", "sh", "-c", mark, "sh", "untrusted").run();
            assertTrue(refused.stderr().contains("BadAccess"), refused.toString());
            server.mayfly("--x11=trusted", "sh", "-c", mark, "sh", "trusted")
                    .run()
                    .succeeds();
            assertEquals(
                    "MARK(STRING) = \"trusted\"",
                    server.outside("xprop", "-name", "another window", "MARK")
                            .run()
                            .succeeds());
        } finally {
            other.kill();
            other.await();
        }
    }

    @Test
    void an_untrusted_command_has_none_of_the_servers_extensions() {
        String extensions = "xdpyinfo | sed -n 's/^number of extensions: *//p; /^ *[A-Z-]*$/s/ //gp' | sort | xargs";

        assertEquals(
                "2 BIG-REQUESTS XC-MISC",
                server.mayfly("-1", "sh", "-c", extensions).run().succeeds());
    }

    @Test
    void an_untrusted_command_does_not_find_its_callers_cookie() {
        String path = server.authority().toString();
        String tries = "XAUTHORITY=$1 " + TAKES_A_PICTURE;
        workshop.bash("rm -f .Xauthority; ln -s " + path + " .Xauthority; cp " + path + " .serverauth.1; ln -sfn . me")
                .run()
                .succeeds();

        for (String place : List.of(path, workshop.work() + "/.Xauthority", workshop.work() + "/.serverauth.1")) {
            assertEquals(0, pictureBytes(inHome("-1", "sh", "-c", tries, "sh", place)));
        }
        assertEquals(0, pictureBytes(inHome("-1", "-d", ".:/mnt/home", "sh", "-c", tries, "sh", inside(path))));
        assertEquals(0, pictureBytes(inHome("-1", "-d", "me:/mnt/home", "sh", "-c", tries, "sh", inside(path))));
        assertEquals(0, pictureBytes(inHome("-1", "-d", path + ":/mnt/file", "sh", "-c", tries, "sh", "/mnt/file")));
        assertTrue(pictureBytes(inHome("--x11=trusted", "sh", "-c", tries, "sh", path)) > 100_000);
    }

    private static String inside(String path) {
        return "/mnt/home/" + Path.of(path).getFileName();
    }

    private Outcome inHome(String... words) {
        return server.mayfly(words).env("HOME", workshop.work().toString()).run();
    }

    @Test
    @Against(Attack.DISPLAY)
    void a_command_without_the_option_is_kept_out() {
        assertKeptOut(server.mayfly("-v", "DISPLAY", "-v", "XAUTHORITY", "xdpyinfo"));
        assertKeptOut(server.mayfly("-n", "-v", "DISPLAY", "-v", "XAUTHORITY", "xdpyinfo"));
    }

    @Test
    void with_the_hosts_network_the_display_works_too() {
        server.mayfly("-1", "-n", "xdpyinfo").run().succeeds();
        server.mayfly("--x11=trusted", "-n", "xdpyinfo").run().succeeds();
    }

    @Test
    void variables_of_ones_own_do_not_break_it() {
        server.mayfly("-1", "-v", "DISPLAY", "-v", "XAUTHORITY", "xdpyinfo")
                .run()
                .succeeds();
        server.mayfly("-1", "-v", "DISPLAY=:9999", "-v", "XAUTHORITY=/none", "xdpyinfo")
                .run()
                .succeeds();
    }

    @Test
    void the_cookie_is_nobody_elses_and_goes_with_the_run() {
        Path cookies = workshop.runtime().resolve("cookies");
        workshop.bash("rm -f go; mkfifo go").run().succeeds();
        Call.Running running = server.mayfly("-1", "-d", ".:/mnt/work", "sh", "-c", "echo up; read word </mnt/work/go")
                .start()
                .prints("up");
        List<String> files = Directories.names(cookies);
        assertEquals(2, files.size(), files.toString());
        if (Host.isRoot()) {
            String file = cookies.resolve(files.get(0)).toString();
            workshop.callAs(workshop.host().outsider(), List.of("cat", file))
                    .in(Path.of("/"))
                    .run()
                    .exits(1);
        }
        workshop.bash("echo word >go").run().succeeds();
        running.await().succeeds();
        Eventually.holds(
                "the cookie is removed", () -> Directories.names(cookies).equals(List.of("pulse-client.conf")));

        Outcome outcome = server.mayfly(
                        "-1", "sh", "-c", "ls -l /run/mayfly/Xauthority; echo x >/run/mayfly/Xauthority")
                .run();
        assertTrue(outcome.stdout().startsWith("-r") && outcome.stdout().contains("-----"), outcome.toString());
        assertNotEquals(0, outcome.status(), outcome.toString());
    }

    @Test
    void a_display_of_another_name_is_refused() {
        String message = "cannot use the display .*: it is no name of a display";
        String remedy = "DISPLAY is \\[HOST\\]:NUMBER\\[.SCREEN\\], as :0";
        List<String> hostile = List.of(
                ":0;x",
                ":../../x",
                ":0\nquit",
                "-:0",
                ":0.0.0",
                ":70000",
                "::0",
                ":",
                "0",
                "unix:/tmp/x",
                "a b:0",
                "$(id):0",
                ":" + "1".repeat(1000),
                "x".repeat(1000) + ":0");
        for (String display : hostile) {
            server.mayfly("-1", "true").env("DISPLAY", display).run().fails(125, message, remedy);
        }
    }

    @Test
    void without_a_display_it_is_refused() {
        workshop.mayfly("-1", "true")
                .run()
                .fails(125, "cannot give the X11 display: DISPLAY is not set", "set DISPLAY, or leave out --x11");
        server.mayfly("-1", "true")
                .env("DISPLAY", ":59321")
                .run()
                .fails(125, "cannot use the display :59321: no server listens at /tmp/.X11-unix/X59321", ".*");
    }

    @Test
    void without_a_cookie_it_is_refused() {
        for (String authority : List.of("/dev/null", "/mayfly/test/none", "relative/none")) {
            server.mayfly("-1", "true")
                    .env("XAUTHORITY", authority)
                    .run()
                    .fails(
                            125,
                            "cannot use the display " + server.display() + ": its server does not let you in",
                            "XAUTHORITY names .*");
        }
        assertKeptOut(server.mayfly("--x11=trusted", "xdpyinfo").env("XAUTHORITY", "/dev/null"));
    }

    @Test
    void binds_in_the_way_are_refused() {
        server.mayfly("-1", "-d", ".:/tmp", "true")
                .run()
                .fails(125, "cannot bind at /tmp/.X11-unix/X" + server.number() + ": the bind at /tmp is there", "");
    }

    @Test
    void the_display_outlives_the_service_that_gave_it() {
        workshop.bash("rm -f go; mkfifo go").run().succeeds();
        Call.Running running = server.mayfly(
                        "-1", "-d", ".:/mnt/work", "sh", "-c", "echo up; read word </mnt/work/go; xdpyinfo | head -n 1")
                .start()
                .prints("up");
        workshop.service().kill();
        workshop.startAgain();

        assertEquals(
                List.of("pulse-client.conf"),
                Directories.names(workshop.runtime().resolve("cookies")));
        workshop.bash("echo word >go").run().succeeds();
        assertEquals(
                "up\nname of display:    " + server.display(), running.await().succeeds());
    }
}
