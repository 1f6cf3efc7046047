package mayfly.sandbox;

import java.util.Optional;

/**
 * Why there will be no sandbox, in words for the person who asked: {@code cannot <verb> <object>: <reason>}, and what
 * to do about it. An ordinary answer, so it carries no stack trace.
 */
public final class RefusedException extends Exception {
    /** The exit status that says that Mayfly itself failed. */
    public static final int STATUS = 125;

    private static final long serialVersionUID = 1L;

    private final String message;
    private final String remedy;

    public RefusedException(String message) {
        this(message, "");
    }

    public RefusedException(String message, String remedy) {
        super(message, null, false, false);
        this.message = OneLine.of(message);
        this.remedy = OneLine.of(remedy);
    }

    @Override
    public String getMessage() {
        return message;
    }

    /** What can be done, one line. */
    public Optional<String> remedy() {
        return remedy.isEmpty() ? Optional.empty() : Optional.of(remedy);
    }
}
