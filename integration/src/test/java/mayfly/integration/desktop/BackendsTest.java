package mayfly.integration.desktop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Display and sound with the backends of root's service. */
@InWorkshop(
        as = {Identity.ROOT, Identity.MEMBER},
        with = Client.C,
        on = {Backend.NATIVE, Backend.LXC})
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class BackendsTest {
    private final Workshop workshop;

    BackendsTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    void the_display_is_there() {
        try (XServer server = XServer.start(workshop)) {
            assertTrue(server.mayfly("-1", "xdpyinfo")
                    .run()
                    .succeeds()
                    .startsWith("name of display:    " + server.display()));
        }
    }

    @Test
    void the_sound_is_there() {
        try (SoundServerProcess server = SoundServerProcess.start(workshop)) {
            Outcome outcome = server.mayfly("-2", "pactl", "info").run().exits(0);
            assertTrue(outcome.text().contains("Server String: unix:/run/pulse/native"), outcome.toString());
        }
    }

    @Test
    @Against({Attack.DISPLAY, Attack.SOUND})
    void without_the_options_neither_is_reached() {
        try (XServer server = XServer.start(workshop)) {
            Outcome outcome = server.mayfly("-v", "DISPLAY", "-v", "XAUTHORITY", "xdpyinfo")
                    .run();
            assertTrue(outcome.stderr().contains("unable to open display"), outcome.toString());
        }
        try (SoundServerProcess server = SoundServerProcess.start(workshop)) {
            Outcome outcome = server.mayfly(
                            "-v", "PULSE_SERVER=unix:" + server.socket(), "-v", "PULSE_COOKIE", "pactl", "info")
                    .run();
            assertTrue(outcome.stderr().contains("Connection refused"), outcome.toString());
        }
    }
}
