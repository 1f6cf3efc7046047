package mayfly.launcher;

/** A command line that makes no sense. */
final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String remedy;

    UsageException(String message) {
        this(message, "mayfly help lists the subcommands");
    }

    UsageException(String message, String remedy) {
        super(message);
        this.remedy = remedy;
    }

    String remedy() {
        return remedy;
    }
}
