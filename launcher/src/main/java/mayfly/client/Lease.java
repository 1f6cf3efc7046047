package mayfly.client;

import mayfly.clonepool.protocol.Frame;
import mayfly.sandbox.posix.Descriptors;

/**
 * A client's hold on one sandbox: it ends when the door's connection does.
 *
 * @param sandbox the sandbox's socket
 * @param startedService whether a service was started for it
 */
record Lease(Door door, int sandbox, Frame.Claimed claimed, boolean startedService) implements AutoCloseable {
    @Override
    public void close() {
        Descriptors.close(sandbox);
        door.close();
    }
}
