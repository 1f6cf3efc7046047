package mayfly.clonepool.protocol;

/** The peer speaks another version of the protocol. */
public final class VersionException extends ProtocolException {
    private static final long serialVersionUID = 1L;

    private final int theirs;

    VersionException(int theirs) {
        super("the peer speaks version " + Integer.toUnsignedString(theirs) + " of the protocol, this program "
                + Protocol.VERSION);
        this.theirs = theirs;
    }

    /** The version that the peer speaks. */
    public int theirs() {
        return theirs;
    }
}
