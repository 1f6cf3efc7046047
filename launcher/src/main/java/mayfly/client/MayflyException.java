package mayfly.client;

import java.util.Optional;

/** A command that Mayfly could not run, or whose end it could not learn. What a command did itself is a {@link Result}. */
public class MayflyException extends Exception {
    /** Mayfly itself failed. */
    public static final int FAILED = 125;

    private static final long serialVersionUID = 1L;

    private final int status;
    private final String remedy;

    MayflyException(int status, String message, String remedy) {
        super(message);
        this.status = status;
        this.remedy = remedy;
    }

    public MayflyException(String message) {
        this(FAILED, message, "");
    }

    MayflyException(String message, String remedy) {
        this(FAILED, message, remedy);
    }

    /** What the command line exits with: 125 Mayfly failed, 126 found but not executable, 127 not found. */
    public int status() {
        return status;
    }

    /** What can be done about it, one line. */
    public Optional<String> remedy() {
        return remedy.isEmpty() ? Optional.empty() : Optional.of(remedy);
    }
}
