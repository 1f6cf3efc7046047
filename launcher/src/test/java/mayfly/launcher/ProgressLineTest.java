package mayfly.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import mayfly.client.Progress;
import mayfly.launcher.ProgressLine.Manner;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final AtomicLong now = new AtomicLong();

    private String shown(Manner manner) {
        now.set(0);
        bytes.reset();
        try (ProgressLine line =
                new ProgressLine(new PrintStream(bytes, true, StandardCharsets.UTF_8), manner, now::get)) {
            for (int i = 0; i < 5; i++) {
                line.accept(new Progress("making", OptionalInt.of(i), OptionalInt.of(4)));
                now.addAndGet(TimeUnit.MILLISECONDS.toNanos(500));
            }
            now.addAndGet(TimeUnit.SECONDS.toNanos(9));
            line.accept(new Progress("making", OptionalInt.of(4), OptionalInt.of(4)));
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void elsewhere_than_on_a_terminal_there_is_a_line_a_second_at_most() {
        assertEquals("mayfly: making 2/4\nmayfly: making 4/4\n", shown(Manner.LINES));
    }

    @Test
    void on_a_terminal_one_line_is_drawn_again_and_removed() {
        String clear = "\r\u001b[K";
        assertEquals(
                clear + "making 0/4" + clear + "making 1/4" + clear + "making 2/4" + clear + "making 3/4" + clear
                        + "making 4/4" + clear + "making 4/4" + clear,
                shown(Manner.DRAWN));
    }

    @Test
    void a_trace_has_everything_with_its_time() {
        assertEquals(
                "mayfly: 0.000 s: making 0/4",
                shown(Manner.TRACED).lines().findFirst().orElse(""));
        assertEquals(6, shown(Manner.TRACED).lines().count());
    }

    @Test
    void nothing_is_shown_to_who_wants_quiet() {
        assertEquals("", shown(ProgressLine.manner(true, true, false)));
        assertEquals(Manner.DRAWN, ProgressLine.manner(true, false, false));
        assertEquals(Manner.LINES, ProgressLine.manner(false, false, false));
        assertEquals(Manner.TRACED, ProgressLine.manner(true, true, true));
    }
}
