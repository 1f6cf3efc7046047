package mayfly.integration.workshop;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/**
 * A client that sends TCP sockets whose last close takes as long as their other ends, which do not read, like: here until this is
 * closed.
 */
public final class LingeringDescriptors implements AutoCloseable {
    private static final String SCRIPT = """
            import signal, socket, struct, sys
            doors, servers = [], socket.create_server(('127.0.0.1', 0))
            def lingering():
                client = socket.create_connection(servers.getsockname())
                doors.append(servers.accept()[0])
                client.setblocking(False)
                try:
                    while True:
                        client.send(bytes(1 << 16))
                except BlockingIOError:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 3600))
                    return client
            def door(claim = b''):
                door = socket.socket(socket.AF_UNIX)
                door.connect(sys.argv[1])
                door.sendall(claim)
                doors.append(door)
                return door
            def send(door, flags = 0):
                sent = lingering()
                door.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack('i', sent.fileno()))], flags)
                sent.close()
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
            claim, when = bytes.fromhex(sys.argv[2]), sys.argv[3]
            first = door(claim if when == 'after its claim' else claim[:10])
            if when == 'after its claim':
                first.recv(65536)
            elif when == 'too many':
                for i in range(1024):
                    door()
            print('ready', flush = True)
            signal.sigwait([signal.SIGUSR1])
            if when == 'at once':
                send(door())
            elif when == 'too many':
                for i in range(70):
                    send(door())
            else:
                send(first, socket.MSG_OOB if when == 'out of band' else 0)
            print('sent', flush = True)
            signal.pause()
            """;

    private final Call.Running client;

    private LingeringDescriptors(Call.Running client) {
        this.client = client;
    }

    /**
     * Connects.
     *
     * @param said what it says first: whole with {@code after its claim}, otherwise ten bytes of it
     * @param when {@code at once}, by a second connection; {@code out of band}, {@code after a beginning}, {@code after its claim}, by
     *     the first; {@code too many}, by 70 after 1024
     */
    public static LingeringDescriptors ready(Workshop workshop, Path socket, byte[] said, String when) {
        List<String> words = List.of(
                "/usr/bin/python3",
                "-c",
                SCRIPT,
                socket.toString(),
                HexFormat.of().formatHex(said),
                when);
        return new LingeringDescriptors(workshop.call(words).start().prints("ready"));
    }

    /** Sends them to a process that has the last references to them afterwards: it waits until they are sent. */
    public void sendTo(long pid) {
        Tool.output("kill", "-s", "STOP", Long.toString(pid));
        try {
            client.signal("USR1").prints("sent");
        } finally {
            Tool.output("kill", "-s", "CONT", Long.toString(pid));
        }
    }

    @Override
    public void close() {
        client.kill();
        client.await();
    }
}
