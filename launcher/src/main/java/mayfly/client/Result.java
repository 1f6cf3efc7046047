package mayfly.client;

import java.time.Duration;
import java.util.OptionalInt;
import mayfly.sandbox.Bytes;

/**
 * How a command ended.
 *
 * @param exit its exit code, unless a signal ended it
 * @param signal the number of the signal that ended it
 * @param elapsed from its start to its end
 * @param user processor time in user mode, of the command and what it waited for
 * @param system the same in system mode
 * @param peakKib largest resident set of one of its processes, KiB
 * @param stdout what it wrote, where that was captured
 * @param stderr what it wrote, where that was captured
 * @param origin a JSON object that tells where it ran: template, snapshot, backend, clone
 */
public record Result(
        OptionalInt exit,
        OptionalInt signal,
        Duration elapsed,
        Duration user,
        Duration system,
        long peakKib,
        Captured stdout,
        Captured stderr,
        String origin) {

    /**
     * What was written to one descriptor.
     *
     * @param truncated whether there was more than was to be kept
     */
    public record Captured(Bytes bytes, boolean truncated) {
        static final Captured NOTHING = new Captured(Bytes.empty(), false);

        /** The bytes read as UTF-8. */
        public String text() {
            return bytes.text();
        }
    }

    /** The exit status that a shell would show: the exit code, or 128 and the signal's number. */
    public int status() {
        return signal.isPresent() ? 128 + signal.getAsInt() : exit.orElseThrow();
    }
}
