package mayfly.clonepool.audit;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Shape;
import mayfly.sandbox.posix.Processes.Usage;

/** What the audit log has a line for. Made without a system call and without text; immutable. */
public sealed interface Entry {
    /** What an entry takes in memory beside the words in it, and more. */
    int FIXED_WEIGHT = 1_024;

    /** How long a message is at most, in characters. */
    int MESSAGE_LENGTH = 1_000;

    /** When it was, in ms since 1970. */
    long millis();

    /** On whose account it is kept; -1: nobody's. */
    default long uid() {
        return -1;
    }

    /** About what it takes in memory, in bytes. */
    default int weight() {
        return FIXED_WEIGHT;
    }

    /**
     * A sandbox was given to a client, for a command or as a session; or a command was let into a session.
     *
     * @param made empty for a command in a session, whose sandbox has a line already
     * @param chdir the working directory that was asked for
     * @param argv the command; none: a shell, or the session itself
     */
    record Start(long millis, Who who, Place place, Optional<Made> made, Optional<Bytes> chdir, Words argv)
            implements Entry {
        @Override
        public long uid() {
            return who.uid();
        }

        @Override
        public int weight() {
            int more = chdir.map(Bytes::length).orElse(0);
            return FIXED_WEIGHT + more + argv.weight() + made.map(Made::weight).orElse(0);
        }
    }

    /**
     * What a sandbox is like.
     *
     * @param binds {@code SOURCE:DESTINATION}, or with {@code :ro}
     * @param desktop what it has of its caller's desktop
     * @param hooks whether those of its template are run around it
     * @param idle of a session, where it was asked for, in s
     * @param time likewise
     */
    record Made(
            Shape shape, Words binds, Desktop desktop, Room room, boolean hooks, OptionalLong idle, OptionalLong time) {
        private int weight() {
            return binds.weight() + shape.root().map(Bytes::length).orElse(0);
        }
    }

    /**
     * How much its command can write, where that is not as much as usual.
     *
     * @param size of its tmpfs, as mount(8) takes it
     * @param quota of its clone, in bytes
     */
    record Room(Optional<String> size, OptionalLong quota) {
        public static final Room USUAL = new Room(Optional.empty(), OptionalLong.empty());
    }

    /** @param x11 {@code trusted} or {@code untrusted}; empty: none */
    record Desktop(Optional<String> x11, boolean sound) {
        public static final Desktop NONE = new Desktop(Optional.empty(), false);
    }

    /**
     * How a command has ended, as mayfly-init says.
     *
     * @param exit its exit status, or 128 and the number of the signal that has ended it
     * @param signal that signal
     * @param failed why it was not started, or what has ended under it
     * @param ownHooks whether its client was shown the root, as hooks of the caller's need it
     */
    record Finish(OptionalInt exit, OptionalInt signal, Optional<Bytes> failed, boolean ownHooks) {
        /** Nothing is known. */
        public static final Finish UNTOLD =
                new Finish(OptionalInt.empty(), OptionalInt.empty(), Optional.empty(), false);
    }

    /**
     * That has ended.
     *
     * @param who empty: an earlier service gave it, which has said to whom
     * @param nanos how long it took; empty: its beginning is not known
     * @param usage of the sandbox's outermost process with what that has waited for; or of a session's command likewise
     */
    record End(long millis, Optional<Who> who, Place place, Finish finish, Optional<Long> nanos, Optional<Usage> usage)
            implements Entry {
        @Override
        public long uid() {
            return who.map(Who::uid).orElse(-1L);
        }

        @Override
        public int weight() {
            return FIXED_WEIGHT + finish.failed().map(Bytes::length).orElse(0);
        }
    }

    /**
     * Something was refused.
     *
     * @param argv the command; none: nothing was read of it
     */
    record Refusal(long millis, Who who, Words argv, String message) implements Entry {
        public Refusal {
            message = message.length() <= MESSAGE_LENGTH ? message : message.substring(0, MESSAGE_LENGTH);
        }

        @Override
        public long uid() {
            return who.uid();
        }

        @Override
        public int weight() {
            return FIXED_WEIGHT + argv.weight() + 2 * message.length();
        }
    }

    /** So many refusals of one user got no line each: he made too many. */
    record Omitted(long millis, long user, long refusals) implements Entry {}

    /** The service has begun to serve, or has ended in order. */
    record ServiceState(long millis, boolean serves, long pid) implements Entry {}

    /** So many entries got no line. */
    record Lost(long millis, long lines) implements Entry {}
}
