package mayfly.sandbox;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * An immutable string of bytes: an argument, a variable or a path as Linux knows them, in no particular encoding.
 * Safe for use by many threads.
 */
public final class Bytes {
    private static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] bytes;
    private final int hash;

    private Bytes(byte[] owned) {
        this.bytes = owned;
        this.hash = Arrays.hashCode(owned);
    }

    /** The string of length 0. */
    public static Bytes empty() {
        return EMPTY;
    }

    /** A copy of the given bytes. */
    public static Bytes of(byte[] bytes) {
        return new Bytes(bytes.clone());
    }

    /** The text in UTF-8, for text that is known to be text. */
    public static Bytes utf8(String text) {
        return new Bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The inverse of {@link #latin1()}: each character becomes one byte.
     *
     * @throws IllegalArgumentException when a character is above U+00FF
     */
    public static Bytes fromLatin1(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0xFF) {
                throw new IllegalArgumentException("not a Latin-1 character at index " + i);
            }
        }
        return new Bytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Takes {@code length} bytes from the buffer and moves its position past them. */
    public static Bytes take(ByteBuffer buffer, int length) {
        byte[] taken = new byte[length];
        buffer.get(taken);
        return new Bytes(taken);
    }

    /** Puts all bytes into the buffer at its position. */
    public void putInto(ByteBuffer buffer) {
        buffer.put(bytes);
    }

    public int length() {
        return bytes.length;
    }

    public boolean isEmpty() {
        return bytes.length == 0;
    }

    /** The byte at the index as a number from 0 to 255. */
    public int at(int index) {
        return bytes[index] & 0xFF;
    }

    /** The index of the first such byte at or after {@code from}, or -1. */
    public int indexOf(char ascii, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == (byte) ascii) {
                return i;
            }
        }
        return -1;
    }

    /** The index of the last such byte, or -1. */
    public int lastIndexOf(char ascii) {
        for (int i = bytes.length - 1; i >= 0; i--) {
            if (bytes[i] == (byte) ascii) {
                return i;
            }
        }
        return -1;
    }

    public boolean contains(char ascii) {
        return indexOf(ascii, 0) >= 0;
    }

    public boolean startsWith(Bytes prefix) {
        return bytes.length >= prefix.bytes.length
                && Arrays.equals(bytes, 0, prefix.bytes.length, prefix.bytes, 0, prefix.bytes.length);
    }

    /** The part from {@code from} up to, but without, {@code to}. */
    public Bytes slice(int from, int to) {
        return from == 0 && to == bytes.length ? this : new Bytes(Arrays.copyOfRange(bytes, from, to));
    }

    /** These bytes followed by the others. */
    public Bytes plus(Bytes other) {
        byte[] joined = Arrays.copyOf(bytes, bytes.length + other.bytes.length);
        System.arraycopy(other.bytes, 0, joined, bytes.length, other.bytes.length);
        return new Bytes(joined);
    }

    public byte[] toArray() {
        return bytes.clone();
    }

    /** One character for each byte, U+0000 to U+00FF: never fails, and {@link #fromLatin1} gives the bytes back. */
    public String latin1() {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** The bytes read as UTF-8, for messages to people: what is not UTF-8 is replaced. */
    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes that && hash == that.hash && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return text();
    }
}
