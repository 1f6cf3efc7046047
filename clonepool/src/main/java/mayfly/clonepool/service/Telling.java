package mayfly.clonepool.service;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.FrameReader;
import mayfly.clonepool.protocol.Protocol;
import mayfly.clonepool.protocol.Protocol.Sender;
import mayfly.clonepool.protocol.ProtocolException;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.posix.MessageBuffer;

/** Hears what mayfly-init has said of its commands. For the door's thread. */
final class Telling {
    private static final FrameReader FROM_INIT = FrameReader.from(Sender.INIT_TO_SERVICE);

    private final MessageBuffer incoming = new MessageBuffer(Protocol.LENGTH_BYTES + Protocol.SANDBOX_FRAME_BYTES);
    private final Log log;

    Telling(Log log) {
        this.log = log;
    }

    /**
     * What was said on the socket since the last time, in order; does not wait.
     *
     * @param socket -1: nothing is said
     */
    List<Frame.Finished> hear(int socket) {
        if (socket < 0) {
            return List.of();
        }
        List<Frame.Finished> heard = new ArrayList<>(1);
        try {
            for (incoming.data().clear();
                    incoming.receiveBytes(socket) > 0;
                    incoming.data().clear()) {
                read().ifPresent(heard::add);
            }
        } catch (IOException e) {
            trouble(e);
        }
        return heard;
    }

    /** One message; what comes after one that makes no sense may make some. */
    private Optional<Frame.Finished> read() {
        try {
            return FROM_INIT.read(incoming.data().flip()) instanceof Frame.Finished finished
                    ? Optional.of(finished)
                    : Optional.empty();
        } catch (ProtocolException e) {
            trouble(e);
            return Optional.empty();
        }
    }

    private void trouble(IOException e) {
        log.line("cannot hear how a command has ended: " + Failure.reason(e));
    }
}
