package mayfly.clonepool.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import mayfly.clonepool.protocol.Protocol.Field;
import mayfly.clonepool.protocol.Protocol.FrameType;
import mayfly.sandbox.Bytes;

/** The fields of one received frame, checked as they are taken. */
final class Fields {
    private static final int HEADER_BYTES = 1 + Integer.BYTES;

    private record Entry(int tag, ByteBuffer value) {}

    private final FrameType type;
    private final List<Entry> entries = new ArrayList<>();

    Fields(FrameType type, ByteBuffer payload) throws ProtocolException {
        this.type = type;
        while (payload.hasRemaining()) {
            if (payload.remaining() < HEADER_BYTES) {
                throw broken("trailing bytes");
            }
            int tag = payload.get() & 0xFF;
            long length = Integer.toUnsignedLong(payload.getInt());
            if (length > payload.remaining()) {
                throw broken("a field that overruns it");
            }
            entries.add(new Entry(
                    tag, payload.slice(payload.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN)));
            payload.position(payload.position() + (int) length);
        }
    }

    /** Requires this program's version; to be called before anything that another version may have changed. */
    void version() throws ProtocolException {
        int theirs = number(Field.VERSION);
        if (theirs != Protocol.VERSION) {
            throw new VersionException(theirs);
        }
    }

    /** Refuses all fields but these, and those that come twice without being repeatable. */
    void allow(Field... allowed) throws ProtocolException {
        int[] seen = new int[allowed.length];
        for (Entry entry : entries) {
            int index = 0;
            while (index < allowed.length && allowed[index].tag() != entry.tag()) {
                index++;
            }
            if (index == allowed.length) {
                throw broken("an unknown field " + entry.tag());
            }
            if (++seen[index] > 1 && !allowed[index].repeatable()) {
                throw broken("the field " + allowed[index] + " twice");
            }
        }
    }

    int lengthOf(Field field) {
        for (Entry entry : entries) {
            if (entry.tag() == field.tag()) {
                return entry.value().remaining();
            }
        }
        return 0;
    }

    boolean flag(Field field) throws ProtocolException {
        Optional<ByteBuffer> value = optional(field);
        if (value.isPresent() && value.get().hasRemaining()) {
            throw broken("a field " + field + " that is not empty");
        }
        return value.isPresent();
    }

    int number(Field field) throws ProtocolException {
        return sized(field, mandatory(field), Integer.BYTES).getInt(0);
    }

    OptionalInt optionalNumber(Field field) throws ProtocolException {
        Optional<ByteBuffer> value = optional(field);
        return value.isEmpty()
                ? OptionalInt.empty()
                : OptionalInt.of(sized(field, value.get(), Integer.BYTES).getInt(0));
    }

    /** A number that is used as a count, an index or a descriptor: from 0 to 2^31-1. */
    int count(Field field) throws ProtocolException {
        return notNegative(field, number(field));
    }

    OptionalInt optionalCount(Field field) throws ProtocolException {
        OptionalInt value = optionalNumber(field);
        if (value.isPresent()) {
            notNegative(field, value.getAsInt());
        }
        return value;
    }

    long wide(Field field) throws ProtocolException {
        return sized(field, mandatory(field), Long.BYTES).getLong(0);
    }

    OptionalLong optionalWide(Field field) throws ProtocolException {
        return optional(field).isPresent() ? OptionalLong.of(wide(field)) : OptionalLong.empty();
    }

    String text(Field field) throws ProtocolException {
        return decode(field, mandatory(field));
    }

    Optional<String> optionalText(Field field) throws ProtocolException {
        Optional<ByteBuffer> value = optional(field);
        return value.isEmpty() ? Optional.empty() : Optional.of(decode(field, value.get()));
    }

    List<String> everyText(Field field) throws ProtocolException {
        List<String> texts = new ArrayList<>();
        for (Entry entry : entries) {
            if (entry.tag() == field.tag()) {
                texts.add(decode(field, entry.value()));
            }
        }
        return texts;
    }

    /** Bytes without NUL. */
    Optional<Bytes> path(Field field) throws ProtocolException {
        Optional<ByteBuffer> value = optional(field);
        return value.isEmpty() ? Optional.empty() : Optional.of(withoutNul(field, value.get()));
    }

    List<Bytes> everyPath(Field field) throws ProtocolException {
        List<Bytes> paths = new ArrayList<>();
        for (Entry entry : entries) {
            if (entry.tag() == field.tag()) {
                paths.add(withoutNul(field, entry.value()));
            }
        }
        return paths;
    }

    Optional<Bytes> block(Field field) {
        return optional(field).map(value -> Bytes.take(value.duplicate(), value.remaining()));
    }

    Optional<Bytes> block(Field field, int length) throws ProtocolException {
        Optional<Bytes> block = block(field);
        if (block.isPresent() && block.get().length() != length) {
            throw broken("a field " + field + " of " + block.get().length() + " bytes");
        }
        return block;
    }

    /** Pairs of 64-bit numbers, flat; empty when the field is absent. */
    List<Long> pairs(Field field) throws ProtocolException {
        Optional<ByteBuffer> value = optional(field);
        if (value.isEmpty()) {
            return List.of();
        }
        ByteBuffer numbers = value.get().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (numbers.remaining() % (2 * Long.BYTES) != 0) {
            throw broken("a field " + field + " that is not pairs of numbers");
        }
        List<Long> pairs = new ArrayList<>(numbers.remaining() / Long.BYTES);
        while (numbers.hasRemaining()) {
            pairs.add(numbers.getLong());
        }
        return pairs;
    }

    /** User or group ids of 32 bits. */
    List<Long> ids(Field field) throws ProtocolException {
        ByteBuffer numbers = mandatory(field).duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (numbers.remaining() % Integer.BYTES != 0) {
            throw broken("a field " + field + " that is not ids");
        }
        List<Long> ids = new ArrayList<>(numbers.remaining() / Integer.BYTES);
        while (numbers.hasRemaining()) {
            ids.add(Integer.toUnsignedLong(numbers.getInt()));
        }
        return ids;
    }

    /** A list of strings, each ended by one NUL. */
    List<Bytes> strings(Field field, int least, int most) throws ProtocolException {
        ByteBuffer value = mandatory(field).duplicate();
        List<Bytes> strings = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < value.limit(); i++) {
            if (value.get(i) == 0) {
                strings.add(Bytes.take(value, i - start));
                value.position(i + 1);
                start = i + 1;
            }
        }
        if (start != value.limit()) {
            throw broken("a string without its end in " + field);
        }
        if (strings.size() < least || strings.size() > most) {
            throw broken(strings.size() + " strings in " + field);
        }
        return strings;
    }

    private ByteBuffer mandatory(Field field) throws ProtocolException {
        Optional<ByteBuffer> value = optional(field);
        if (value.isEmpty()) {
            throw new ProtocolException("a frame " + type + " without " + field);
        }
        return value.get();
    }

    private Optional<ByteBuffer> optional(Field field) {
        for (Entry entry : entries) {
            if (entry.tag() == field.tag()) {
                return Optional.of(entry.value());
            }
        }
        return Optional.empty();
    }

    private ByteBuffer sized(Field field, ByteBuffer value, int length) throws ProtocolException {
        if (value.remaining() != length) {
            throw broken("a field " + field + " of " + value.remaining() + " bytes");
        }
        return value;
    }

    private int notNegative(Field field, int value) throws ProtocolException {
        if (value < 0) {
            throw broken("a field " + field + " of " + Integer.toUnsignedString(value));
        }
        return value;
    }

    private String decode(Field field, ByteBuffer value) throws ProtocolException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(value.duplicate()).toString();
        } catch (CharacterCodingException e) {
            throw broken("a field " + field + " that is not UTF-8");
        }
    }

    private Bytes withoutNul(Field field, ByteBuffer value) throws ProtocolException {
        Bytes bytes = Bytes.take(value.duplicate(), value.remaining());
        if (bytes.contains('\0')) {
            throw broken("a NUL in " + field);
        }
        return bytes;
    }

    private ProtocolException broken(String what) {
        return new ProtocolException("a frame " + type + " with " + what);
    }
}
