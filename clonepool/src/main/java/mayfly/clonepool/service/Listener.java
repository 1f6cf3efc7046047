package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mayfly.clonepool.config.ListenConfiguration;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.OneLine;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.Poller;
import mayfly.sandbox.posix.Processes;
import mayfly.sandbox.posix.Sockets;
import mayfly.sandbox.posix.Spawn;

/**
 * One mayfly-listen process of the service's, started again when it has ended. It says on its descriptor 0 how it is, line
 * by line, and notices by that socket's end that the service has. For the door's thread.
 */
final class Listener {
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);
    private static final int LINE_BYTES = 1024;
    private static final int STANDARD_ERROR = 2;
    private static final Bytes NOTHING = Bytes.utf8("/dev/null");
    private static final Bytes ROOT = Bytes.utf8("/");
    private static final Pattern COUNTS = Pattern.compile("counts ([0-9]{1,9}) ([0-9]{1,18}) ([0-9]{1,18})");
    private static final Pattern USER = Pattern.compile("user ([0-9]{1,10})");
    private static final String TROUBLE = "trouble ";
    private static final long NOBODY = -1;

    private final EventLoop loop;
    private final ListenConfiguration configuration;
    private final List<Bytes> words;
    private final List<Bytes> environment;
    private final Log log;
    private final ByteBuffer incoming = ByteBuffer.allocateDirect(LINE_BYTES);
    private final StringBuilder line = new StringBuilder();
    private int socket = -1;
    private int pid;
    private long uid = NOBODY;
    private long began;
    private long pause = FIRST_PAUSE.toNanos();
    private long againAt;
    private boolean listening;
    private boolean stopped;
    private View view = new View(0, 0, 0);
    private Optional<String> trouble = Optional.empty();

    /** How many connections are open, have been served, and were refused. */
    record View(int connections, long served, long refused) {}

    Listener(EventLoop loop, ListenConfiguration configuration, List<Bytes> words, List<Bytes> environment, Log log) {
        this.loop = loop;
        this.configuration = configuration;
        this.words = List.copyOf(words);
        this.environment = List.copyOf(environment);
        this.log = log;
    }

    /** Starts it now. */
    void begin(long now) {
        begin(now, Optional.empty());
    }

    /** @param never why it must not be started at all */
    void begin(long now, Optional<String> never) {
        began = now;
        againAt = Long.MAX_VALUE;
        if (never.isPresent()) {
            trouble = never;
            log.line("cannot listen for " + name() + ": " + never.get());
            return;
        }
        try {
            start();
        } catch (IOException e) {
            trouble = Optional.of("cannot start mayfly-listen: " + Failure.reason(e));
            log.line(trouble.get());
            retry(now);
        }
    }

    private void start() throws IOException {
        int[] ends = Sockets.pair();
        try {
            Descriptors.setNonBlocking(ends[0], true);
            pid = spawn(ends[1]);
            socket = ends[0];
            loop.watch(socket, Poller.IN | Poller.PEER_CLOSED, events -> hear());
        } catch (IOException e) {
            if (socket != ends[0]) {
                Descriptors.close(ends[0]);
            }
            throw e;
        } finally {
            Descriptors.close(ends[1]);
        }
    }

    private int spawn(int input) throws IOException {
        int nothing = Descriptors.open(NOTHING, Kernel.O_RDWR, 0);
        try {
            List<Integer> given = List.of(input, nothing, STANDARD_ERROR);
            return new Spawn(words.get(0), words, environment, given, Optional.of(ROOT), true).start();
        } finally {
            Descriptors.close(nothing);
        }
    }

    /** Its words; at the socket's end it has ended, or is just about to. */
    private void hear() throws IOException {
        incoming.clear();
        int count = Descriptors.read(socket, incoming);
        if (count == 0) {
            ended();
            return;
        }
        incoming.flip();
        while (incoming.hasRemaining()) {
            char next = (char) (incoming.get() & 0xFF);
            if (next == '\n') {
                obey(new String(line.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
                line.setLength(0);
            } else if (line.length() < LINE_BYTES) {
                line.append(next);
            }
        }
    }

    private void obey(String words) {
        Matcher counts = COUNTS.matcher(words);
        Matcher user = USER.matcher(words);
        if (counts.matches()) {
            listening = true;
            view = new View(
                    Integer.parseInt(counts.group(1)),
                    Long.parseLong(counts.group(2)),
                    Long.parseLong(counts.group(3)));
        } else if (user.matches()) {
            uid = Long.parseLong(user.group(1));
        } else if (words.startsWith(TROUBLE)) {
            trouble = Optional.of(OneLine.of(words.substring(TROUBLE.length()))).filter(why -> !why.isEmpty());
        }
    }

    private void ended() throws IOException {
        loop.forget(socket);
        Descriptors.close(socket);
        socket = -1;
        uid = NOBODY;
        listening = false;
        line.setLength(0);
        // It has closed its end, and so does nothing more; its commands would be without their leases.
        Processes.kill(pid, Kernel.SIGKILL);
        Processes.reapLater(pid);
        view = new View(0, view.served(), view.refused());
        if (!stopped) {
            log.line("the listener " + name() + " has ended"
                    + trouble.map(why -> ": " + why).orElse(""));
            retry(System.nanoTime());
        }
    }

    private void retry(long now) {
        if (now - began > LONGEST_PAUSE.toNanos()) {
            pause = FIRST_PAUSE.toNanos();
        }
        againAt = now + pause;
        pause = Math.min(2 * pause, LONGEST_PAUSE.toNanos());
    }

    /** Accepts nothing more; the commands of its connections go on. */
    void stop() throws IOException {
        stopped = true;
        againAt = Long.MAX_VALUE;
        if (socket >= 0) {
            Processes.kill(pid, Kernel.SIGTERM);
        }
    }

    long left(long now) {
        return againAt == Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(0, againAt - now);
    }

    void tick(long now) {
        if (!stopped && socket < 0 && againAt <= now) {
            begin(now);
        }
    }

    /**
     * Whether it has made this connection: its process, as the user that it says that it has become, since it was started. It says
     * so before it makes its first connection, but on another socket.
     */
    boolean isPeer(Connection connection) {
        if (socket < 0 || connection.pid() != pid || connection.since() - began < 0) {
            return false;
        }
        if (uid == NOBODY) {
            try {
                hear();
            } catch (IOException e) {
                log.line("cannot hear the listener " + name() + ": " + Failure.reason(e));
            }
        }
        return connection.uid() == uid;
    }

    String name() {
        return configuration.name();
    }

    ListenConfiguration configuration() {
        return configuration;
    }

    /** {@code listening}, {@code starting} or {@code failed}. */
    String state() {
        if (listening) {
            return "listening";
        }
        return socket >= 0 ? "starting" : "failed";
    }

    View view() {
        return view;
    }

    Optional<String> trouble() {
        return trouble;
    }
}
