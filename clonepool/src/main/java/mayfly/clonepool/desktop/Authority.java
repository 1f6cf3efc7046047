package mayfly.clonepool.desktop;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;

/**
 * Files of X11 authority, as libXau's {@code AuWrite.c} writes them: entries of a family and four strings (address,
 * display number, name of the protocol, data), each number of two bytes, the most significant first.
 */
final class Authority {
    private static final int ANY_HOST = 0xFFFF;
    private static final int NUMBER_BYTES = 2;
    private static final int MOST_BYTES = 256; // servers make 16
    private static final Bytes PROTOCOL = Bytes.utf8("MIT-MAGIC-COOKIE-1");

    private Authority() {}

    /**
     * A file with the first cookie of some entries, for the display on whatever host: a sandbox's host name is its own.
     *
     * @param entries as xauth gives them
     * @return empty: there is no cookie among them
     */
    static Optional<Bytes> file(Bytes entries, DisplayName display) throws RefusedException {
        ByteBuffer in = ByteBuffer.wrap(entries.toArray());
        try {
            while (in.hasRemaining()) {
                in.getShort(); // family
                string(in);
                string(in);
                Bytes protocol = string(in);
                Bytes data = string(in);
                if (protocol.equals(PROTOCOL) && data.length() <= MOST_BYTES) {
                    return Optional.of(entry(Integer.toString(display.number()), data));
                }
            }
        } catch (BufferUnderflowException e) {
            throw new RefusedException("cannot read the cookie of the display " + display + ": an entry is cut off");
        }
        return Optional.empty();
    }

    private static Bytes string(ByteBuffer in) {
        int length = Short.toUnsignedInt(in.getShort());
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        return Bytes.take(in, length);
    }

    private static Bytes entry(String number, Bytes data) {
        ByteBuffer out = ByteBuffer.allocate(5 * NUMBER_BYTES + number.length() + PROTOCOL.length() + data.length());
        out.putShort((short) ANY_HOST);
        for (Bytes string : new Bytes[] {Bytes.empty(), Bytes.utf8(number), PROTOCOL, data}) {
            out.putShort((short) string.length());
            string.putInto(out);
        }
        return Bytes.of(out.array());
    }
}
