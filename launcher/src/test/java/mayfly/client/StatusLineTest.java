package mayfly.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.Frame.Outcome;
import org.junit.jupiter.api.Test;

class StatusLineTest {
    @Test
    void a_code_is_an_exit() {
        Frame.Ended ended = new Frame.Ended(new Outcome.Exited(3), 1_002_003, 40, 0, 5);
        assertEquals(
                "{\"exit\":3,\"signal\":null,\"elapsed_ms\":1002.003,\"user_ms\":0.040,\"system_ms\":0.000,"
                        + "\"max_rss_kib\":5,\"template\":\"host\"}\n",
                StatusLine.of(ended, "\"template\":\"host\""));
    }

    @Test
    void a_signal_is_no_exit() {
        Frame.Ended ended = new Frame.Ended(new Outcome.Killed(9), 0, 0, 0, 0);
        assertEquals(
                "{\"exit\":null,\"signal\":9,\"elapsed_ms\":0.000,\"user_ms\":0.000,\"system_ms\":0.000,"
                        + "\"max_rss_kib\":0}\n",
                StatusLine.of(ended, ""));
    }

    @Test
    void a_closed_descriptor_is_refused_before_anything_runs() {
        MayflyException e = assertThrows(MayflyException.class, () -> StatusLine.check(1_000_000));
        assertEquals("cannot write the status line: Bad file descriptor", e.getMessage());
        assertEquals(Optional.of("--status-fd names a descriptor that must be open: 3>file"), e.remedy());
    }
}
