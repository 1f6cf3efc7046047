package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Whoever listens in the machine's /run, where the services of systemd, D-Bus and docker do. */
@InWorkshop(
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC, Backend.CHROOT})
@EnabledIf(value = "mayfly.integration.workshop.Host#isRoot", disabledReason = "root has to listen in /run")
class HostSocketsTest {
    /**
     * Listens at each path where nothing is, for everybody, and says so; in the end, takes all away that it has made. What is there
     * already stays as it is. Two of these wait for each other.
     */
    private static final String LISTEN = """
            import fcntl, os, signal, socket, sys
            uid, paths = int(sys.argv[1]), sys.argv[2:]
            made, sockets = [], []
            def end(*_):
                raise SystemExit
            signal.signal(signal.SIGTERM, end)
            fcntl.flock(os.open('/run', os.O_RDONLY), fcntl.LOCK_EX)
            try:
                for path in paths:
                    if os.path.lexists(path):
                        continue
                    parts = path.split('/')
                    for i in range(2, len(parts)):
                        directory = '/'.join(parts[:i])
                        if not os.path.lexists(directory):
                            os.mkdir(directory, 0o755)
                            made.append((os.rmdir, directory))
                            if directory.startswith('/run/user/'):
                                os.chown(directory, uid, -1)
                                os.chmod(directory, 0o700)
                    sockets.append(socket.socket(socket.AF_UNIX))
                    sockets[-1].bind(path)
                    made.append((os.unlink, path))
                    os.chmod(path, 0o666)
                    sockets[-1].listen(64)
                    print('made', path, flush=True)
                print('ready', flush=True)
                while True:
                    signal.pause()
            finally:
                for remove, path in reversed(made):
                    remove(path)
            """;

    private static final String CONNECT = """
            import socket, sys
            for path in sys.argv[1:]:
                try:
                    socket.socket(socket.AF_UNIX).connect(path)
                    print('reached', path)
                except OSError:
                    pass
            print('tried')
            """;

    private final Workshop workshop;

    HostSocketsTest(Workshop workshop) {
        this.workshop = workshop;
    }

    private List<String> paths() {
        String own = "/run/user/" + workshop.account().uid();
        return List.of(
                "/run/dbus/system_bus_socket",
                "/run/docker.sock",
                "/run/mayfly-test.sock",
                "/run/systemd/private",
                own + "/bus",
                own + "/systemd/private");
    }

    private List<String> connect(String... options) {
        List<String> words = new ArrayList<>(List.of(options));
        words.addAll(List.of("python3", "-c", CONNECT));
        words.addAll(paths());
        words.add("/var/run/mayfly-test.sock");
        return words;
    }

    private String inside(String... options) {
        return workshop.prints(connect(options).toArray(new String[0]));
    }

    @Test
    @Against(Attack.HOST_SOCKETS)
    void nobody_who_listens_in_the_machines_run_is_reached() {
        List<String> words = new ArrayList<>(List.of(
                "python3", "-c", LISTEN, String.valueOf(workshop.account().uid())));
        words.addAll(paths());
        workshop.service();
        Call.Running listeners =
                workshop.callAs(workshop.host().own(), words).start().prints("ready");
        try {
            List<String> made = listeners
                    .output()
                    .lines()
                    .filter(line -> line.startsWith("made "))
                    .map(line -> line.replace("made ", "reached "))
                    .toList();
            List<String> reached =
                    workshop.call(connect()).run().succeeds().lines().toList();
            assertTrue(
                    !made.isEmpty()
                            && reached.containsAll(made)
                            && reached.contains("reached /var/run/mayfly-test.sock"),
                    made + " made, of which outside: " + reached);

            assertEquals("tried", inside());
            if (workshop.backend() != Backend.LXC) { // whose -n is a bridge
                assertEquals("tried", inside("-n"));
            }
            if (workshop.identity() != Identity.USER) {
                assertEquals("tried", inside("--as-root"));
            }
            // The same is reached where it is bound on purpose, but in the host's network before Linux 6.12.
            boolean hasNone = workshop.backend() == Backend.CHROOT && Landlock.version(workshop) < Landlock.WITH_SCOPES;
            assertEquals(
                    hasNone ? "tried" : "reached /run/mayfly-test.sock\ntried",
                    inside("-d", "/run/mayfly-test.sock:/run/mayfly-test.sock")
                            .replace("reached /var/run/mayfly-test.sock\n", ""));
        } finally {
            listeners.signal("TERM").await();
        }
    }
}
