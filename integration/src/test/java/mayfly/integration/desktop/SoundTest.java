package mayfly.integration.desktop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

@InWorkshop
class SoundTest {
    private static final int LOUD = 8_000;

    /** A second of 440 Hz, stereo, as raw samples. */
    private static final String TONE = """
            import math, struct, sys
            for i in range(44100):
                sample = int(16000 * math.sin(2 * math.pi * 440 * i / 44100))
                sys.stdout.buffer.write(struct.pack('<hh', sample, sample))
            """;

    private final Workshop workshop;

    SoundTest(Workshop workshop) {
        this.workshop = workshop;
    }

    private static String server(Outcome outcome) {
        return outcome.exits(0).lines().stream()
                .filter(line -> line.startsWith("Server String: ") || line.startsWith("Default Sink: "))
                .reduce("", (all, line) -> all + line + ";");
    }

    @Test
    void the_server_is_there_and_takes_a_tone() {
        try (SoundServerProcess server = SoundServerProcess.start(workshop)) {
            assertEquals(
                    "Server String: unix:/run/pulse/native;Default Sink: nowhere;",
                    server(server.mayfly("-2", "pactl", "info").run()));

            Call.Running recorder = server.outside("parec", "-d", "nowhere.monitor", "--raw", "--latency-msec=20")
                    .start();
            try {
                Eventually.holds(
                        "silence is recorded", () -> !recorder.rawOutput().isEmpty());
                server.mayfly("--pulseaudio", "sh", "-c", "python3 -c \"$1\" | pacat --raw", "sh", TONE)
                        .run()
                        .succeeds();
                Eventually.holds("the tone is recorded", () -> SoundServerProcess.peak(recorder.rawOutput()) > LOUD);
            } finally {
                recorder.signal("TERM");
                recorder.await();
            }
        }
    }

    @Test
    @Against(Attack.SOUND)
    void a_command_without_the_option_is_kept_out() {
        try (SoundServerProcess server = SoundServerProcess.start(workshop)) {
            Outcome outcome = server.mayfly(
                            "-v", "PULSE_SERVER=unix:" + server.socket(), "-v", "PULSE_COOKIE", "pactl", "info")
                    .run();
            assertNotEquals(0, outcome.status(), outcome.toString());
        }
    }

    @Test
    void the_variable_names_the_server_in_all_its_forms() throws IOException {
        String machine = workshop.bash("cat /etc/machine-id").run().text();
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        String tcp = "module-native-protocol-tcp listen=127.0.0.1 port=" + port;
        try (SoundServerProcess server = SoundServerProcess.start(workshop, tcp)) {
            String unix = "unix:" + server.socket();
            List<String> forms = List.of(
                    unix,
                    server.socket().toString(),
                    "{" + machine + "}" + unix,
                    "{0123}tcp:elsewhere " + unix,
                    unix + " tcp:elsewhere");
            for (String form : machine.isEmpty() ? forms.subList(0, 2) : forms) {
                assertEquals(
                        "Server String: unix:/run/pulse/native;Default Sink: nowhere;",
                        server(server.mayfly("-2", "pactl", "info")
                                .env("PULSE_SERVER", form)
                                .env("XDG_RUNTIME_DIR", "/nowhere")
                                .run()),
                        form);
            }
            String network = "tcp:127.0.0.1:" + port;
            server.mayfly("-2", "true")
                    .env("PULSE_SERVER", network)
                    .run()
                    .fails(
                            125,
                            "cannot use the sound server " + network
                                    + ": it is reached by the network, which the sandbox does not have",
                            "--share-net gives it the host's");
            assertEquals(
                    "Server String: " + network + ";Default Sink: nowhere;",
                    server(server.mayfly("-2", "-n", "pactl", "info")
                            .env("PULSE_SERVER", network)
                            .run()));
            assertEquals(
                    "Server String: unix:/run/pulse/native;Default Sink: nowhere;",
                    server(server.mayfly(
                                    "-2", "-v", "PULSE_SERVER=tcp:elsewhere", "-v", "PULSE_COOKIE", "pactl", "info")
                            .run()));
        }
    }

    @Test
    void a_server_of_another_name_is_refused() {
        List<String> hostile = List.of(
                "unix:relative",
                "unix:",
                "a;b c",
                "tcp:a/b",
                "tcp6:[::1",
                "{0123}unix:/x",
                "x\ny",
                "-" + "x".repeat(1000));
        for (String name : hostile) {
            workshop.mayfly("-2", "true")
                    .env("PULSE_SERVER", name)
                    .run()
                    .fails(125, "cannot use the sound server .*: it (is no name of a server|names no server .*)", ".*");
        }
    }

    @Test
    void without_a_server_or_a_cookie_that_was_named_it_is_refused() {
        workshop.mayfly("-2", "true")
                .env("XDG_RUNTIME_DIR", "/nowhere")
                .run()
                .fails(
                        125,
                        "cannot give the sound: there is no socket at /nowhere/pulse/native",
                        "start PulseAudio .*");
        workshop.mayfly("-2", "true")
                .env("PULSE_SERVER", "unix:/etc/passwd")
                .run()
                .fails(125, "cannot give the sound: there is no socket at /etc/passwd", "start PulseAudio .*");
        try (SoundServerProcess server = SoundServerProcess.start(workshop)) {
            server.mayfly("-2", "true")
                    .env("PULSE_COOKIE", "/nowhere/cookie")
                    .run()
                    .fails(125, "cannot give the sound: the cookie /nowhere/cookie cannot be read", "PULSE_COOKIE .*");
        }
        assertTrue(workshop.service().isAlive());
    }
}
