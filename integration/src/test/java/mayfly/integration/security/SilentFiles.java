package mayfly.integration.security;

import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Account;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;

/**
 * A user's file system, by fuse(4), full of directories, which nobody else may look into, root neither. It does not answer some
 * programs, which the kernel then keeps.
 */
final class SilentFiles implements AutoCloseable {
    private static final String DAEMON = """
            import ctypes, os, struct, sys
            place, owner, silent = sys.argv[1], int(sys.argv[2]), sys.argv[3].split(',')
            fuse = os.open('/dev/fuse', os.O_RDWR)
            options = f'fd={fuse},rootmode=40000,user_id={owner},group_id={owner}'
            NOSUID_NODEV = 6
            if ctypes.CDLL(None, use_errno=True).mount(
                    b'silent', place.encode(), b'fuse', NOSUID_NODEV, options.encode()) != 0:
                raise OSError(ctypes.get_errno(), 'mount')
            print('mounted', flush=True)

            LOOKUP, FORGET, GETATTR, INIT, INTERRUPT, DESTROY, BATCH_FORGET = 1, 2, 3, 26, 36, 38, 42
            ENOSYS = 38

            def attributes(node):
                return struct.pack('<6Q10I', node, 0, 0, 0, 0, 0, 0, 0, 0, 0o40755, 2, owner, owner, 0, 4096, 0)

            def name_of(pid):
                try:
                    with open(f'/proc/{pid}/comm') as file:
                        return file.read().strip()
                except OSError:
                    return ''

            while True:
                request = os.read(fuse, 1 << 20)
                _, kind, number, node, _, _, pid, _ = struct.unpack('<IIQQIIII', request[:40])
                if kind in (FORGET, INTERRUPT, BATCH_FORGET, DESTROY) or name_of(pid) in silent:
                    continue
                error, answer = 0, b''
                if kind == INIT:
                    answer = struct.pack('<4I2H2I2H8I', 7, 31, 0, 0, 0, 0, 4096, 1, 0, 0, *[0] * 8)
                elif kind == LOOKUP:
                    answer = struct.pack('<4Q2I', node + 1, 0, 0, 0, 0, 0) + attributes(node + 1)
                elif kind == GETATTR:
                    answer = struct.pack('<Q2I', 0, 0, 0) + attributes(node)
                else:
                    error = -ENOSYS
                os.write(fuse, struct.pack('<IiQ', 16 + len(answer), error, number) + answer)
            """;

    private final Path place;
    private final Call.Running daemon;

    /** @param silent names of programs that get no answer */
    SilentFiles(Workshop workshop, String... silent) {
        place = workshop.work().resolve("silent");
        workshop.bash("mkdir silent").run().succeeds();
        Account own = Account.own();
        daemon = workshop.callAs(
                        own,
                        List.of(
                                "python3",
                                workshop.script("silent.py", DAEMON).toString(),
                                place.toString(),
                                String.valueOf(workshop.account().uid()),
                                String.join(",", silent)))
                .start()
                .prints("mounted");
    }

    String path(String name) {
        return place.resolve(name).toString();
    }

    /** Whoever waits for an answer is told that there is none, and ends. */
    @Override
    public void close() {
        daemon.kill();
        daemon.await();
        Tool.output("umount", "-l", place.toString());
        Tool.output("rmdir", place.toString());
    }
}
