package mayfly.integration.hostile;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.Sockets;

/** Descriptors that nobody expects, to be sent along with a message. */
final class WrongDescriptors implements AutoCloseable {
    private final List<Integer> chosen = new ArrayList<>();
    private final List<Integer> others = new ArrayList<>();

    /** @param own a socket that is being talked on */
    WrongDescriptors(Random random, int count, int own) throws IOException {
        try {
            for (int i = 0; i < count; i++) {
                choose(random, own);
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void choose(Random random, int own) throws IOException {
        switch (random.nextInt(7)) {
            case 0 -> one(random, Sockets.pair());
            case 1 -> one(random, Sockets.messagePair());
            case 2 -> one(random, Descriptors.pipe());
            case 3 -> chosen.add(Descriptors.open(Bytes.utf8("/"), Kernel.O_RDONLY, 0));
            case 4 -> chosen.add(Descriptors.open(Bytes.utf8("/dev/null"), Kernel.O_RDWR, 0));
            case 5 -> chosen.add(Descriptors.duplicate(own, 3));
            default -> chosen.add(Descriptors.memory(Bytes.utf8("hostile"), 100));
        }
    }

    /** One end, whose other end is closed at once or later. */
    private void one(Random random, int[] ends) {
        int end = random.nextInt(2);
        chosen.add(ends[end]);
        if (random.nextBoolean()) {
            Descriptors.close(ends[1 - end]);
        } else {
            others.add(ends[1 - end]);
        }
    }

    List<Integer> descriptors() {
        return chosen;
    }

    @Override
    public void close() {
        chosen.forEach(Descriptors::close);
        others.forEach(Descriptors::close);
        chosen.clear();
        others.clear();
    }
}
