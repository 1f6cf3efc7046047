package mayfly.clonepool.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import mayfly.clonepool.protocol.Protocol.Field;
import mayfly.clonepool.protocol.Protocol.FrameType;
import mayfly.clonepool.protocol.Protocol.Sender;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;

/**
 * Reads the frames that one sender may send; everything else is a {@link ProtocolException}. Keeps no state between
 * frames and may be used by many threads.
 */
public final class FrameReader {
    private static final int HEADER_BYTES = Protocol.LENGTH_BYTES + 1;

    private final Set<FrameType> expected;

    private FrameReader(Set<FrameType> expected) {
        this.expected = expected;
    }

    /** A reader of all that the given peer may send. */
    public static FrameReader from(Sender sender) {
        Set<FrameType> types = EnumSet.noneOf(FrameType.class);
        for (FrameType type : FrameType.values()) {
            if (type.sender() == sender) {
                types.add(type);
            }
        }
        return new FrameReader(types);
    }

    /**
     * Whether a complete frame stands between the buffer's position and its limit. Looks at the type and the length
     * as soon as they are there, so that a peer cannot make its receiver wait for what it would refuse.
     *
     * @return the whole frame's length in bytes with its length word, or -1 when bytes are missing
     */
    public int complete(ByteBuffer in) throws ProtocolException {
        int available = in.remaining();
        if (available < Protocol.LENGTH_BYTES) {
            return -1;
        }
        long length = Integer.toUnsignedLong(in.order(ByteOrder.LITTLE_ENDIAN).getInt(in.position()));
        if (length < 1) {
            throw new ProtocolException("a frame without a type");
        }
        if (length > Protocol.RUN_FRAME_BYTES) {
            throw new ProtocolException("a frame of " + length + " bytes");
        }
        if (available < HEADER_BYTES) {
            return -1;
        }
        FrameType type = type(in.get(in.position() + Protocol.LENGTH_BYTES));
        if (length > type.bound()) {
            throw new ProtocolException("a frame " + type + " of " + length + " bytes");
        }
        return available < Protocol.LENGTH_BYTES + length ? -1 : Protocol.LENGTH_BYTES + (int) length;
    }

    /**
     * Reads the complete frame at the buffer's position and moves the position past it.
     *
     * @throws VersionException when the frame names another version, whatever else it holds
     * @throws ProtocolException when the frame is not as docs/protocol.md says
     */
    public Frame read(ByteBuffer in) throws ProtocolException {
        int length = complete(in);
        if (length < 0) {
            throw new ProtocolException("a truncated frame");
        }
        FrameType type = type(in.get(in.position() + Protocol.LENGTH_BYTES));
        ByteBuffer payload =
                in.slice(in.position() + HEADER_BYTES, length - HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        in.position(in.position() + length);
        return new Decoder(type, payload).frame();
    }

    private FrameType type(byte code) throws ProtocolException {
        for (FrameType type : expected) {
            if (type.code() == (code & 0xFF)) {
                return type;
            }
        }
        throw new ProtocolException("an unexpected frame of type " + (code & 0xFF));
    }

    /** Builds one frame from its fields. */
    private static final class Decoder {
        private final FrameType type;
        private final Fields fields;

        Decoder(FrameType type, ByteBuffer payload) throws ProtocolException {
            this.type = type;
            this.fields = new Fields(type, payload);
        }

        Frame frame() throws ProtocolException {
            return switch (type) {
                case CLAIM -> claim();
                case CLAIMED -> claimed();
                case REFUSED -> refused();
                case ASK -> new Frame.Ask(ask());
                case ANSWER -> new Frame.Answer(ask());
                case PROGRESS -> new Frame.Progress(ask());
                case SUBCOMMAND -> subcommand();
                case PARKED -> parked();
                case RUN -> run();
                case STARTED -> empty(new Frame.Started());
                case SIGNAL -> new Frame.Signal(number());
                case RESIZE -> resize();
                case FOREGROUND -> foreground();
                case WANTS_TERMINAL -> empty(new Frame.WantsTerminal());
                case STOPPED -> new Frame.Stopped(number());
                case ENDED -> ended();
                case FAILED -> failed();
                case ASK_ROOT -> empty(new Frame.AskRoot());
                case ROOT -> empty(new Frame.Root());
                case SERVE -> serve();
                case SERVING -> empty(new Frame.Serving());
                case END_SESSION -> empty(new Frame.EndSession());
                case FINISHED -> finished();
                case BIND -> bind();
                case BOUND -> bound();
            };
        }

        private Frame claim() throws ProtocolException {
            fields.version();
            fields.allow(Field.VERSION, Field.WORDS, Field.TRUNCATED, Field.CWD, Field.VARIABLE);
            List<Bytes> words = words();
            Optional<Bytes> cwd = fields.path(Field.CWD);
            if (cwd.isPresent() && (cwd.get().isEmpty() || cwd.get().at(0) != '/')) {
                throw new ProtocolException("a relative CWD");
            }
            if (cwd.isPresent() && cwd.get().length() > Protocol.PATH_BYTES) {
                throw new ProtocolException("a CWD of " + cwd.get().length() + " bytes");
            }
            return new Frame.Claim(words, fields.flag(Field.TRUNCATED), cwd, variables());
        }

        private List<Bytes> variables() throws ProtocolException {
            List<Bytes> variables = fields.everyPath(Field.VARIABLE);
            if (variables.size() > Protocol.VARIABLES_COUNT) {
                throw new ProtocolException(variables.size() + " VARIABLEs");
            }
            for (Bytes variable : variables) {
                if (variable.length() > Protocol.VARIABLE_BYTES) {
                    throw new ProtocolException("a VARIABLE of " + variable.length() + " bytes");
                }
            }
            return variables;
        }

        private Frame subcommand() throws ProtocolException {
            fields.version();
            fields.allow(Field.VERSION, Field.WORDS);
            return new Frame.Subcommand(words());
        }

        private List<Bytes> words() throws ProtocolException {
            if (fields.lengthOf(Field.WORDS) > Protocol.WORDS_BYTES) {
                throw new ProtocolException("too many bytes in WORDS");
            }
            return fields.strings(Field.WORDS, 1, Protocol.WORDS_COUNT);
        }

        private Frame claimed() throws ProtocolException {
            fields.version();
            fields.allow(
                    Field.VERSION,
                    Field.FIRST,
                    Field.FLAGS,
                    Field.SHELL,
                    Field.CHDIR,
                    Field.ENV,
                    Field.STATUS_FD,
                    Field.ORIGIN,
                    Field.NOTE,
                    Field.COMMAND);
            int flags = fields.number(Field.FLAGS);
            if ((flags & ~Protocol.ALL_FLAGS) != 0) {
                throw new ProtocolException("unknown bits in FLAGS");
            }
            return new Frame.Claimed(
                    fields.count(Field.FIRST),
                    flags,
                    fields.path(Field.SHELL),
                    fields.path(Field.CHDIR),
                    fields.everyPath(Field.ENV),
                    fields.optionalCount(Field.STATUS_FD),
                    fields.text(Field.ORIGIN),
                    fields.everyText(Field.NOTE),
                    command());
        }

        private Frame refused() throws ProtocolException {
            fields.allow(Field.VERSION, Field.STATUS, Field.MESSAGE, Field.REMEDY);
            return new Frame.Refused(
                    fields.number(Field.VERSION),
                    fields.count(Field.STATUS),
                    fields.text(Field.MESSAGE),
                    fields.optionalText(Field.REMEDY));
        }

        private String ask() throws ProtocolException {
            fields.version();
            fields.allow(Field.VERSION, Field.JSON);
            return fields.text(Field.JSON);
        }

        private Frame parked() throws ProtocolException {
            fields.version();
            fields.allow(Field.VERSION);
            return new Frame.Parked();
        }

        private Frame run() throws ProtocolException {
            fields.version();
            fields.allow(
                    Field.VERSION,
                    Field.ARGV,
                    Field.ENVIRON,
                    Field.WORKDIR,
                    Field.OPEN,
                    Field.PTY,
                    Field.DEFER,
                    Field.MODES,
                    Field.WINDOW,
                    Field.UMASK,
                    Field.NICE,
                    Field.LIMITS,
                    Field.CPUS,
                    Field.IGNORED,
                    Field.BLOCKED,
                    Field.FALLBACK,
                    Field.COMMAND);
            int open = fields.number(Field.OPEN);
            OptionalInt pty = fields.optionalNumber(Field.PTY);
            if ((open & ~7) != 0 || (pty.orElse(0) & ~7) != 0 || (open & pty.orElse(0)) != 0) {
                throw new ProtocolException("contradictory OPEN and PTY");
            }
            return new Frame.Run(
                    fields.strings(Field.ARGV, 1, Integer.MAX_VALUE),
                    fields.strings(Field.ENVIRON, 0, Integer.MAX_VALUE),
                    fields.path(Field.WORKDIR),
                    open,
                    pty.orElse(0),
                    fields.flag(Field.DEFER),
                    fields.block(Field.MODES, Protocol.TERMIOS_BYTES),
                    fields.block(Field.WINDOW, Protocol.WINSIZE_BYTES),
                    fields.number(Field.UMASK),
                    fields.number(Field.NICE),
                    fields.pairs(Field.LIMITS),
                    fields.block(Field.CPUS),
                    fields.wide(Field.IGNORED),
                    fields.wide(Field.BLOCKED),
                    fields.path(Field.FALLBACK),
                    command());
        }

        private Frame foreground() throws ProtocolException {
            fields.allow(Field.MODES);
            return new Frame.Foreground(fields.block(Field.MODES, Protocol.TERMIOS_BYTES));
        }

        private Frame resize() throws ProtocolException {
            fields.allow(Field.WINDOW);
            return new Frame.Resize(fields.block(Field.WINDOW, Protocol.WINSIZE_BYTES)
                    .orElseThrow(() -> new ProtocolException("a frame RESIZE without WINDOW")));
        }

        private Frame ended() throws ProtocolException {
            fields.allow(Field.CODE, Field.NUMBER, Field.ELAPSED, Field.USER, Field.SYSTEM, Field.PEAK);
            return new Frame.Ended(
                    outcome().orElseThrow(() -> new ProtocolException("a frame ENDED needs one of CODE and NUMBER")),
                    fields.wide(Field.ELAPSED),
                    fields.wide(Field.USER),
                    fields.wide(Field.SYSTEM),
                    fields.wide(Field.PEAK));
        }

        private Optional<Frame.Outcome> outcome() throws ProtocolException {
            OptionalInt code = fields.optionalCount(Field.CODE);
            OptionalInt signal = fields.optionalCount(Field.NUMBER);
            if (code.isPresent() && signal.isPresent()) {
                throw new ProtocolException("a frame " + type + " with both CODE and NUMBER");
            }
            if (code.isPresent()) {
                return Optional.of(new Frame.Outcome.Exited(code.getAsInt()));
            }
            return signal.isPresent() ? Optional.of(new Frame.Outcome.Killed(signal.getAsInt())) : Optional.empty();
        }

        private Frame finished() throws ProtocolException {
            Optional<Frame.Outcome> end = outcome();
            boolean ended = end.isPresent();
            if (ended) {
                fields.allow(
                        Field.CODE, Field.NUMBER, Field.USER, Field.SYSTEM, Field.PEAK, Field.COMMAND, Field.ROOTS);
            } else {
                fields.allow(Field.MESSAGE, Field.COMMAND, Field.ROOTS);
            }
            Optional<Bytes> failure = fields.path(Field.MESSAGE);
            if (!ended && failure.isEmpty()) {
                throw new ProtocolException("a frame FINISHED that says nothing");
            }
            return new Frame.Finished(
                    end,
                    ended ? fields.wide(Field.USER) : 0,
                    ended ? fields.wide(Field.SYSTEM) : 0,
                    ended ? fields.wide(Field.PEAK) : 0,
                    failure,
                    command(),
                    fields.count(Field.ROOTS));
        }

        private OptionalLong command() throws ProtocolException {
            OptionalLong command = fields.optionalWide(Field.COMMAND);
            if (command.isPresent() && command.getAsLong() == 0) {
                throw new ProtocolException("a COMMAND of no number");
            }
            return command;
        }

        private Frame failed() throws ProtocolException {
            fields.allow(Field.STATUS, Field.MESSAGE, Field.REMEDY);
            Optional<String> remedy = fields.optionalText(Field.REMEDY);
            return new Frame.Failed(fields.count(Field.STATUS), fields.text(Field.MESSAGE), remedy);
        }

        private Frame serve() throws ProtocolException {
            fields.version();
            fields.allow(Field.VERSION, Field.IDLE, Field.TOTAL);
            return new Frame.Serve(fields.count(Field.IDLE), fields.count(Field.TOTAL));
        }

        private Frame bind() throws ProtocolException {
            fields.allow(Field.OWNER, Field.GROUPS, Field.MAKER, Field.ROOT, Field.BINDS);
            List<Long> owner = fields.ids(Field.OWNER);
            List<Long> maker = fields.ids(Field.MAKER);
            if (owner.size() != 2 || maker.size() != 2) {
                throw new ProtocolException("a user who is not two ids");
            }
            List<Bytes> words = fields.strings(Field.BINDS, 3, 3 * Protocol.BINDS_COUNT);
            if (words.size() % 3 != 0) {
                throw new ProtocolException("a bind that is not three strings");
            }
            List<Bind> binds = new ArrayList<>();
            boolean followsLinks = words.isEmpty() || Protocol.followsLinks(words.get(2));
            for (int i = 0; i < words.size(); i += 3) {
                if (Protocol.followsLinks(words.get(i + 2)) != followsLinks) {
                    throw new ProtocolException("links to some binds only");
                }
                binds.add(Protocol.bind(words.get(i), words.get(i + 1), words.get(i + 2)));
            }
            return new Frame.Bind(
                    new Caller(owner.get(0), owner.get(1), fields.ids(Field.GROUPS)),
                    new Caller(maker.get(0), maker.get(1), List.of()),
                    fields.path(Field.ROOT),
                    binds,
                    followsLinks);
        }

        private Frame bound() throws ProtocolException {
            fields.allow(Field.MESSAGE);
            return new Frame.Bound(fields.path(Field.MESSAGE));
        }

        private int number() throws ProtocolException {
            fields.allow(Field.NUMBER);
            return fields.count(Field.NUMBER);
        }

        private Frame empty(Frame frame) throws ProtocolException {
            fields.allow();
            return frame;
        }
    }
}
