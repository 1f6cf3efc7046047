package mayfly.client;

/** The words that were to be run start a session, as those of {@code session start} do: it was started, and nothing was run. */
public final class NothingRunException extends MayflyException {
    private static final long serialVersionUID = 1L;

    NothingRunException() {
        super("cannot run a command: the words start a session, which was started", "");
    }
}
