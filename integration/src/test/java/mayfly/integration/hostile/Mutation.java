package mayfly.integration.hostile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** What becomes of messages in the hands of somebody who means ill. For one thread. */
final class Mutation {
    private static final int[] EXTREMES = {0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 255, 65_535, 262_144, 262_145
    };
    private static final int MOST_GARBAGE = 5_000;

    private final Random random;
    private final List<byte[]> others;

    /** @param others what may come in between */
    Mutation(Random random, List<byte[]> others) {
        this.random = random;
        this.others = List.copyOf(others);
    }

    List<byte[]> of(List<byte[]> messages) {
        List<byte[]> result = new ArrayList<>(messages);
        // Some are left as they are: what comes after them is reached by nothing else.
        for (int rest = random.nextInt(4); rest > 0; rest--) {
            change(result);
        }
        return result;
    }

    private void change(List<byte[]> messages) {
        int at = random.nextInt(messages.size());
        byte[] message = messages.get(at);
        switch (random.nextInt(9)) {
            case 0 -> messages.set(at, flipped(message));
            case 1 -> messages.set(at, withNumber(message, 0, length(message)));
            case 2 -> messages.set(at, Arrays.copyOf(message, random.nextInt(message.length + 1)));
            case 3 -> messages.add(at, message);
            case 4 -> Collections.shuffle(messages, random);
            case 5 -> messages.add(at, others.get(random.nextInt(others.size())));
            case 6 -> messages.add(random.nextInt(messages.size() + 1), garbage());
            case 7 -> messages.set(at, withNumber(message, random.nextInt(message.length + 1), extreme()));
            default -> messages.set(at, joined(message, garbage()));
        }
    }

    private byte[] flipped(byte[] message) {
        byte[] changed = message.clone();
        for (int i = random.nextInt(8); i >= 0 && changed.length > 0; i--) {
            changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return changed;
    }

    private int length(byte[] message) {
        return random.nextBoolean() ? message.length - 4 + random.nextInt(5) - 2 : extreme();
    }

    private int extreme() {
        return EXTREMES[random.nextInt(EXTREMES.length)];
    }

    private static byte[] withNumber(byte[] message, int at, int number) {
        byte[] changed = message.clone();
        if (at + Integer.BYTES <= changed.length) {
            ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putInt(at, number);
        }
        return changed;
    }

    private byte[] garbage() {
        byte[] bytes = new byte[random.nextInt(MOST_GARBAGE)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] joined(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }
}
