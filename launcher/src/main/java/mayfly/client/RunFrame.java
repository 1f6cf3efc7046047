package mayfly.client;

import java.util.List;
import java.util.Optional;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.Protocol;
import mayfly.sandbox.Bytes;

/** Makes the frame RUN of what the service answered, what this process is, and the descriptors. */
final class RunFrame {
    private static final Bytes FALLBACK = Bytes.utf8("/bin/sh");

    /** All fields but the strings fit into this. */
    private static final int REST_BYTES = 16_384;

    private RunFrame() {}

    static Frame.Run of(List<Bytes> words, Frame.Claimed claimed, OwnProcess own, Streams streams, Keyboard keyboard) {
        boolean deferred = keyboard.exists() && !keyboard.isFree();
        boolean shell = claimed.first() == words.size();
        return new Frame.Run(
                shell ? List.of(claimed.shell().orElseThrow()) : words.subList(claimed.first(), words.size()),
                Environment.of(own.variables(), claimed.env()),
                directory(claimed, own),
                streams.open(),
                streams.terminals(),
                deferred,
                keyboard.exists() && !deferred ? Optional.of(keyboard.modes()) : Optional.empty(),
                keyboard.exists() ? keyboard.window() : Optional.empty(),
                own.umask(),
                own.nice(),
                own.limits(),
                Optional.of(own.cpus()),
                own.ignored(),
                own.blocked(),
                shell ? Optional.of(FALLBACK) : Optional.empty(),
                claimed.command());
    }

    private static Optional<Bytes> directory(Frame.Claimed claimed, OwnProcess own) {
        if ((claimed.flags() & Protocol.FLAG_CALLERS_DIRECTORY) != 0) {
            return Optional.of(own.directory().orElse(Bytes.empty()));
        }
        return claimed.chdir();
    }

    /** A size that the frame does not exceed, its length word included. */
    static int size(Frame.Run run) throws MayflyException {
        long size = REST_BYTES;
        for (List<Bytes> strings : List.of(run.argv(), run.environ())) {
            for (Bytes string : strings) {
                size += string.length() + 1;
            }
        }
        if (size > Protocol.RUN_FRAME_BYTES) {
            throw new MayflyException(
                    126, "cannot run the command: its arguments and variables are longer than 16 MiB", "");
        }
        return (int) size;
    }
}
