package mayfly.clonepool.protocol;

import java.util.List;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Terminals;

/** The numbers of docs/protocol.md, in the order of its tables. */
public final class Protocol {
    /** The version of the protocol that this code speaks. */
    public static final int VERSION = 1;

    /** The length word before each frame, in bytes. */
    public static final int LENGTH_BYTES = 4;

    /** Largest frame at the door, in bytes after the length word. */
    public static final int DOOR_FRAME_BYTES = 262_144;

    /** Largest frame {@code RUN}. */
    public static final int RUN_FRAME_BYTES = 16 * 1024 * 1024;

    /** Largest other frame on a sandbox socket. */
    public static final int SANDBOX_FRAME_BYTES = 4_096;

    /** Time to complete a request at the door, in milliseconds. */
    public static final int REQUEST_MILLIS = 5_000;

    /** Connections at the door of each uid. */
    public static final int CONNECTIONS_PER_UID = 1_024;

    /** Bytes of {@code WORDS}, each word's NUL included. */
    public static final int WORDS_BYTES = 200_000;

    /** Words in {@code WORDS}. */
    public static final int WORDS_COUNT = 1_024;

    /** The caller's variables that go into {@code VARIABLE}, where they are set. */
    public static final List<String> CLAIM_VARIABLES = List.of(
            "DEBUG_LXC_SPAWN",
            "DISABLE_SECCOMP_WRAPPER",
            "DISPLAY",
            "HOME",
            "LXC_CPU_QUOTA",
            "LXC_MAP_TUN",
            "LXC_MEM_MB_QUOTA",
            "LXC_NET_BR",
            "MAYFLY_JAIL_ADDRESSES",
            "PULSE_COOKIE",
            "PULSE_SERVER",
            "XAUTHORITY",
            "XDG_CONFIG_HOME",
            "XDG_RUNTIME_DIR");

    /** Bytes of {@code CWD}: PATH_MAX of Linux. */
    public static final int PATH_BYTES = 4_096;

    /** Bytes of one {@code VARIABLE}; longer ones are left out. */
    public static final int VARIABLE_BYTES = 4_096;

    /** {@code VARIABLE}s of one claim: an environment may have the same name more than once. */
    public static final int VARIABLES_COUNT = 64;

    /** A length of a {@code termios} as it travels in {@code MODES}: this system's kernel's. */
    public static final int TERMIOS_BYTES = Terminals.MODES_BYTES;

    /** A length of a {@code winsize} as it travels in {@code WINDOW}. */
    public static final int WINSIZE_BYTES = 8;

    public static final int FLAG_IGNORE_SIGINT = 1;
    public static final int FLAG_QUIET = 2;
    public static final int FLAG_TRACE = 4;
    public static final int FLAG_CALLERS_DIRECTORY = 8;
    /** Nothing is to be run: a session was started. */
    public static final int FLAG_NO_COMMAND = 16;
    /** The sandbox is a session's: others have run, or run, in it. */
    public static final int FLAG_SESSION = 32;

    static final int ALL_FLAGS = 63;

    private static final Bytes READ_ONLY = Bytes.utf8("ro");
    private static final Bytes WRITABLE = Bytes.utf8("rw");
    /** Behind one of these: no symbolic link may lead to the source. */
    private static final Bytes NO_LINKS = Bytes.utf8("!");

    /** The listening sockets that a {@code RUN} may bring. */
    public static final int LISTENERS_COUNT = 16;

    /** The binds in one {@code BIND}. */
    public static final int BINDS_COUNT = 128;

    private Protocol() {}

    /** The third word of a bind in {@code BINDS}. */
    static Bytes mode(Bind bind, boolean followsLinks) {
        Bytes mode = bind.readOnly() ? READ_ONLY : WRITABLE;
        return followsLinks ? mode : mode.plus(NO_LINKS);
    }

    /** Whether that word lets symbolic links lead to the source. */
    static boolean followsLinks(Bytes mode) {
        return !mode.contains('!');
    }

    static Bind bind(Bytes source, Bytes destination, Bytes word) throws ProtocolException {
        Bytes mode = followsLinks(word) ? word : word.slice(0, word.indexOf('!', 0));
        if (!word.equals(mode) && !word.equals(mode.plus(NO_LINKS))) {
            throw new ProtocolException("a bind with more than one word");
        }
        if (!mode.equals(READ_ONLY) && !mode.equals(WRITABLE)) {
            throw new ProtocolException("a bind that is neither ro nor rw");
        }
        return new Bind(source, destination, mode.equals(READ_ONLY));
    }

    /** Who sends a frame, and in which of the conversations. */
    public enum Sender {
        CLIENT_AT_DOOR,
        SERVICE_AT_DOOR,
        CLIENT_AT_SANDBOX,
        INIT_AT_SANDBOX,
        INIT_TO_SERVICE,
        SERVICE_AT_BINDER,
        BINDER_AT_SERVICE
    }

    /** The kinds of frames. */
    public enum FrameType {
        CLAIM(1, Sender.CLIENT_AT_DOOR),
        CLAIMED(2, Sender.SERVICE_AT_DOOR),
        REFUSED(3, Sender.SERVICE_AT_DOOR),
        ASK(4, Sender.CLIENT_AT_DOOR),
        ANSWER(5, Sender.SERVICE_AT_DOOR),
        PROGRESS(6, Sender.SERVICE_AT_DOOR),
        SUBCOMMAND(7, Sender.SERVICE_AT_DOOR),
        PARKED(16, Sender.INIT_AT_SANDBOX),
        RUN(17, Sender.CLIENT_AT_SANDBOX),
        STARTED(18, Sender.INIT_AT_SANDBOX),
        SIGNAL(19, Sender.CLIENT_AT_SANDBOX),
        RESIZE(20, Sender.CLIENT_AT_SANDBOX),
        FOREGROUND(21, Sender.CLIENT_AT_SANDBOX),
        WANTS_TERMINAL(22, Sender.INIT_AT_SANDBOX),
        STOPPED(23, Sender.INIT_AT_SANDBOX),
        ENDED(24, Sender.INIT_AT_SANDBOX),
        FAILED(25, Sender.INIT_AT_SANDBOX),
        ASK_ROOT(26, Sender.CLIENT_AT_SANDBOX),
        ROOT(27, Sender.INIT_AT_SANDBOX),
        SERVE(28, Sender.CLIENT_AT_SANDBOX),
        SERVING(29, Sender.INIT_AT_SANDBOX),
        END_SESSION(30, Sender.CLIENT_AT_SANDBOX),
        FINISHED(31, Sender.INIT_TO_SERVICE),
        BIND(32, Sender.SERVICE_AT_BINDER),
        BOUND(33, Sender.BINDER_AT_SERVICE);

        private final int code;
        private final Sender sender;

        FrameType(int code, Sender sender) {
            this.code = code;
            this.sender = sender;
        }

        public int code() {
            return code;
        }

        public Sender sender() {
            return sender;
        }

        /** The largest length word that a frame of this type may have. */
        public int bound() {
            return switch (sender) {
                case CLIENT_AT_DOOR, SERVICE_AT_DOOR, SERVICE_AT_BINDER -> DOOR_FRAME_BYTES;
                case CLIENT_AT_SANDBOX, INIT_AT_SANDBOX, INIT_TO_SERVICE, BINDER_AT_SERVICE ->
                    this == RUN ? RUN_FRAME_BYTES : SANDBOX_FRAME_BYTES;
            };
        }
    }

    /** The tags of fields. */
    public enum Field {
        VERSION(1),
        WORDS(2),
        TRUNCATED(3),
        CWD(4),
        FIRST(5),
        FLAGS(6),
        SHELL(7),
        CHDIR(8),
        ENV(9),
        STATUS_FD(10),
        ORIGIN(11),
        NOTE(12),
        STATUS(13),
        MESSAGE(14),
        REMEDY(15),
        JSON(16),
        VARIABLE(17),
        ARGV(32),
        ENVIRON(33),
        WORKDIR(34),
        OPEN(35),
        PTY(36),
        DEFER(37),
        MODES(38),
        WINDOW(39),
        UMASK(40),
        NICE(41),
        LIMITS(42),
        CPUS(43),
        IGNORED(44),
        BLOCKED(45),
        NUMBER(46),
        CODE(47),
        ELAPSED(48),
        USER(49),
        SYSTEM(50),
        PEAK(51),
        FALLBACK(52),
        OWNER(58),
        GROUPS(59),
        MAKER(60),
        ROOT(61),
        BINDS(62),
        IDLE(64),
        TOTAL(65),
        LISTENERS(66),
        OR_ROOT(67),
        COMMAND(68),
        ROOTS(69);

        private final int tag;

        Field(int tag) {
            this.tag = tag;
        }

        public int tag() {
            return tag;
        }

        /** May come more than once in one frame. */
        public boolean repeatable() {
            return this == ENV || this == NOTE || this == VARIABLE;
        }
    }
}
