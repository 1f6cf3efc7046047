package mayfly.integration.hostile;

import java.util.List;

/**
 * What one connection of a real client has said, message by message.
 *
 * @param door to the service
 * @param sandbox to the sandbox that the service has given it; none where it gave none
 */
record Exchange(List<byte[]> door, List<Said> sandbox) {
    /** One message to a sandbox. */
    static final class Said {
        final byte[] bytes;
        /** How many came along. */
        final int descriptors;

        Said(byte[] bytes, int descriptors) {
            this.bytes = bytes;
            this.descriptors = descriptors;
        }
    }

    Exchange {
        door = List.copyOf(door);
        sandbox = List.copyOf(sandbox);
    }
}
