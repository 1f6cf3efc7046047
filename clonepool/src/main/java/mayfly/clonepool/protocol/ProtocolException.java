package mayfly.clonepool.protocol;

import java.io.IOException;

/** The peer broke the protocol; the connection cannot be used any more. */
public class ProtocolException extends IOException {
    private static final long serialVersionUID = 1L;

    public ProtocolException(String message) {
        super(message);
    }
}
