package mayfly.clonepool.protocol;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import mayfly.clonepool.protocol.Protocol.FrameType;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;

/** One frame of docs/protocol.md as a value; the meaning of each component stands in the tables there. */
public sealed interface Frame {
    FrameType type();

    /** @param variables {@code NAME=VALUE}; only those of {@link Protocol#CLAIM_VARIABLES} are of use */
    record Claim(List<Bytes> words, boolean truncated, Optional<Bytes> cwd, List<Bytes> variables) implements Frame {
        public Claim {
            words = List.copyOf(words);
            variables = List.copyOf(variables);
        }

        @Override
        public FrameType type() {
            return FrameType.CLAIM;
        }
    }

    /**
     * @param first index of the command in the client's argument vector
     * @param flags sum of {@code Protocol.FLAG_…}
     * @param origin members of a JSON object without its braces
     * @param command its number in its session
     */
    record Claimed(
            int first,
            int flags,
            Optional<Bytes> shell,
            Optional<Bytes> chdir,
            List<Bytes> env,
            OptionalInt statusFd,
            String origin,
            List<String> notes,
            OptionalLong command)
            implements Frame {
        public Claimed {
            env = List.copyOf(env);
            notes = List.copyOf(notes);
        }

        /** In no session. */
        public Claimed(
                int first,
                int flags,
                Optional<Bytes> shell,
                Optional<Bytes> chdir,
                List<Bytes> env,
                OptionalInt statusFd,
                String origin,
                List<String> notes) {
            this(first, flags, shell, chdir, env, statusFd, origin, notes, OptionalLong.empty());
        }

        @Override
        public FrameType type() {
            return FrameType.CLAIMED;
        }
    }

    /** The one frame that every version understands; {@code version} is the service's. */
    record Refused(int version, int status, String message, Optional<String> remedy) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.REFUSED;
        }
    }

    record Ask(String json) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.ASK;
        }
    }

    record Answer(String json) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.ANSWER;
        }
    }

    /** What the service is doing for an {@link Ask}; the answer follows. */
    record Progress(String json) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.PROGRESS;
        }
    }

    /** @param words those of a subcommand, which the claim's words stand for */
    record Subcommand(List<Bytes> words) implements Frame {
        public Subcommand {
            words = List.copyOf(words);
        }

        @Override
        public FrameType type() {
            return FrameType.SUBCOMMAND;
        }
    }

    record Parked() implements Frame {
        @Override
        public FrameType type() {
            return FrameType.PARKED;
        }
    }

    /**
     * @param workdir empty bytes: a directory that has been deleted; absent: {@code /}
     * @param modes {@code struct termios}, {@link Protocol#TERMIOS_BYTES} bytes
     * @param window {@code struct winsize}, {@link Protocol#WINSIZE_BYTES} bytes
     * @param limits soft and hard limit of each resource in turn
     * @param command as in {@link Claimed}
     */
    record Run(
            List<Bytes> argv,
            List<Bytes> environ,
            Optional<Bytes> workdir,
            int open,
            int pty,
            boolean defer,
            Optional<Bytes> modes,
            Optional<Bytes> window,
            int umask,
            int nice,
            List<Long> limits,
            Optional<Bytes> cpus,
            long ignored,
            long blocked,
            Optional<Bytes> fallback,
            OptionalLong command)
            implements Frame {
        public Run {
            argv = List.copyOf(argv);
            environ = List.copyOf(environ);
            limits = List.copyOf(limits);
        }

        @Override
        public FrameType type() {
            return FrameType.RUN;
        }
    }

    record Started() implements Frame {
        @Override
        public FrameType type() {
            return FrameType.STARTED;
        }
    }

    record Signal(int number) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.SIGNAL;
        }
    }

    record Resize(Bytes window) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.RESIZE;
        }
    }

    /** @param modes with the first one after a start in the background */
    record Foreground(Optional<Bytes> modes) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.FOREGROUND;
        }
    }

    record WantsTerminal() implements Frame {
        @Override
        public FrameType type() {
            return FrameType.WANTS_TERMINAL;
        }
    }

    record Stopped(int signal) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.STOPPED;
        }
    }

    record Ended(Outcome outcome, long elapsedMicros, long userMicros, long systemMicros, long peakKib)
            implements Frame {
        @Override
        public FrameType type() {
            return FrameType.ENDED;
        }
    }

    record Failed(int status, String message, Optional<String> remedy) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.FAILED;
        }
    }

    /** Before {@link Run}, which is sent after the answer. */
    record AskRoot() implements Frame {
        @Override
        public FrameType type() {
            return FrameType.ASK_ROOT;
        }
    }

    /** With two descriptors: the root directory and the mount namespace. */
    record Root() implements Frame {
        @Override
        public FrameType type() {
            return FrameType.ROOT;
        }
    }

    /**
     * The service's, with one descriptor: a listening socket.
     *
     * @param idle in s; 0: no limit
     * @param total in s; 0: no limit
     */
    record Serve(int idle, int total) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.SERVE;
        }
    }

    record Serving() implements Frame {
        @Override
        public FrameType type() {
            return FrameType.SERVING;
        }
    }

    /** In place of {@link Run}. */
    record EndSession() implements Frame {
        @Override
        public FrameType type() {
            return FrameType.END_SESSION;
        }
    }

    /**
     * Init's word to the service alone.
     *
     * @param end absent: {@code failure} says why the command was not started, or that its session has ended under it
     * @param command as in {@link Run}
     * @param roots how often {@link Root} was given
     */
    record Finished(
            Optional<Outcome> end,
            long userMicros,
            long systemMicros,
            long peakKib,
            Optional<Bytes> failure,
            OptionalLong command,
            int roots)
            implements Frame {
        @Override
        public FrameType type() {
            return FrameType.FINISHED;
        }
    }

    /**
     * @param owner whose rights count for the sources
     * @param maker without groups: whose rights count for mount points that only the sandbox has
     * @param root where mayfly-enter put the root together; absent: no mount point is made
     * @param followsLinks whether symbolic links may lead to the sources
     */
    record Bind(Caller owner, Caller maker, Optional<Bytes> root, List<mayfly.sandbox.Bind> binds, boolean followsLinks)
            implements Frame {
        public Bind {
            binds = List.copyOf(binds);
        }

        @Override
        public FrameType type() {
            return FrameType.BIND;
        }
    }

    /** @param failure absent: all is mounted */
    record Bound(Optional<Bytes> failure) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.BOUND;
        }
    }

    /** How a command ended. */
    sealed interface Outcome {
        record Exited(int code) implements Outcome {}

        record Killed(int signal) implements Outcome {}
    }
}
