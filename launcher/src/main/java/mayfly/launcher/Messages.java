package mayfly.launcher;

import java.io.PrintStream;
import java.util.Optional;
import mayfly.client.MayflyException;

/** What is said to people, on standard error. */
final class Messages {
    private final PrintStream out;

    Messages(PrintStream out) {
        this.out = out;
    }

    /** Mayfly failed: what, and on a second line what can be done. */
    void complain(String message, Optional<String> remedy) {
        out.println("mayfly: " + message);
        remedy.ifPresent(out::println);
    }

    /** The same for a failure of the client; its exit status. */
    int complain(MayflyException e) {
        complain(String.valueOf(e.getMessage()), e.remedy());
        return e.status();
    }

    void notice(String text) {
        out.println("mayfly: " + text);
    }
}
