package mayfly.sandbox.options;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;

/** The kept inputs of a fuzzer, each with pieces exchanged; the same ones each time. The modules have this class in common. */
final class ChangedInputs {
    private static final int COUNT = 5_000;
    private static final int MOST_CHANGES = 4;
    private static final int LONGEST_PIECE = 16;

    private final Random random = new Random(1);
    private final List<byte[]> kept;

    private ChangedInputs(List<byte[]> kept) {
        this.kept = kept;
    }

    /** A fuzzer's method. */
    interface Fuzzer {
        void take(byte[] input) throws Exception;
    }

    /** Gives them to the method of that name. */
    static void giveTo(Class<?> test, String method, Fuzzer fuzzer) throws IOException {
        ChangedInputs inputs = new ChangedInputs(kept(test.getResource(test.getSimpleName() + "Inputs/" + method)));
        for (int i = 0; i < COUNT; i++) {
            byte[] input = inputs.next();
            try {
                fuzzer.take(input);
            } catch (Exception | Error e) {
                throw new AssertionError("input " + HexFormat.of().formatHex(input), e);
            }
        }
    }

    private static List<byte[]> kept(URL directory) throws IOException {
        List<byte[]> kept = new ArrayList<>();
        try (Stream<Path> files =
                Files.list(Path.of(Objects.requireNonNull(directory).toURI()))) {
            for (Path file : files.sorted().toList()) {
                kept.add(Files.readAllBytes(file));
            }
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
        return kept;
    }

    private byte[] next() {
        byte[] input = any();
        for (int changes = random.nextInt(MOST_CHANGES); changes >= 0; changes--) {
            input = changed(input);
        }
        return input;
    }

    private byte[] any() {
        return kept.get(random.nextInt(kept.size()));
    }

    /** A piece, often an empty one, goes; one of another input, often an empty one, or any byte comes in its place. */
    private byte[] changed(byte[] input) {
        int begin = random.nextInt(input.length + 1);
        int end = begin + piece(input.length - begin);
        ByteArrayOutputStream changed = new ByteArrayOutputStream();
        changed.write(input, 0, begin);
        if (random.nextBoolean()) {
            byte[] other = any();
            int from = random.nextInt(other.length + 1);
            changed.write(other, from, piece(other.length - from));
        } else {
            changed.write(random.nextInt());
        }
        changed.write(input, end, input.length - end);
        return changed.toByteArray();
    }

    private int piece(int most) {
        return random.nextBoolean() ? 0 : random.nextInt(Math.min(most, LONGEST_PIECE) + 1);
    }
}
