package mayfly.launcher;

import java.io.PrintStream;
import java.util.Optional;
import mayfly.client.MayflyException;

/** What is said to people, and asked, on standard error. */
final class Messages {
    private final PrintStream out;
    private final Person person;

    Messages(PrintStream out, Person person) {
        this.out = out;
        this.person = person;
    }

    /** Who can be asked. */
    Person person() {
        return person;
    }

    /** Shows how far something is. */
    ProgressLine progress(ProgressLine.Manner manner) {
        return new ProgressLine(out, manner, System::nanoTime);
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
