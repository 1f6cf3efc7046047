package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** Files of the host that a command has as its standard input and output, as from {@code <file} and {@code >file}. */
@InWorkshop(
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC})
class GivenFilesTest {
    /** Tries to make more of standard input than reading, by itself and from a process of its own. */
    private static final String WRITES = """
            import os, sys
            def attempt(name, act):
                try:
                    act()
                    print(name + ': done')
                except PermissionError:
                    print(name + ': refused')
            def all(way):
                attempt('write', lambda: os.write(os.open(way, os.O_WRONLY), b'overwritten'))
                attempt('read and write', lambda: os.write(os.open(way, os.O_RDWR), b'overwritten'))
                attempt('append', lambda: os.write(os.open(way, os.O_WRONLY | os.O_APPEND), b'appended'))
                attempt('truncate as it is opened', lambda: os.open(way, os.O_RDONLY | os.O_TRUNC))
                attempt('truncate with no access', lambda: os.open(way, 3 | os.O_TRUNC))
                attempt('truncate', lambda: os.truncate(way, 0))
                attempt('read', lambda: os.read(os.open(way, os.O_RDONLY), 1))
            all('/proc/self/fd/0')
            sys.stdout.flush()
            child = os.fork()
            if child == 0:
                all(f'/proc/{os.getppid()}/fd/0')
                sys.stdout.flush()
                os._exit(0)
            os.waitpid(child, 0)
            """;

    private static final List<String> MORE_THAN_READING = List.of(
            "write", "read and write", "append", "truncate as it is opened", "truncate with no access", "truncate");

    /** Tries to make standard output a file that gives its runners rights; says so on standard error. */
    private static final String ELEVATES = """
            import os, sys
            def attempt(name, act):
                try:
                    act()
                    print(name + ': done', file=sys.stderr)
                except OSError as e:
                    print(name + ': ' + e.strerror, file=sys.stderr)
            for mode in 0o4755, 0o2755, 0o6755:
                attempt('fchmod', lambda: os.fchmod(1, mode))
                attempt('chmod', lambda: os.chmod('/proc/self/fd/1', mode))
            capabilities = bytes.fromhex('0100000202000000000000000000000000000000')
            attempt('capabilities', lambda: os.setxattr('/proc/self/fd/1', 'security.capability', capabilities))
            os.fchmod(1, 0o755)
            """;

    private final Workshop workshop;

    GivenFilesTest(Workshop workshop) {
        this.workshop = workshop;
    }

    private String script(String script, String program) {
        return workshop.bash(script).env("PROGRAM", program).run().succeeds();
    }

    @Test
    @Against(Attack.GIVEN_FILE)
    void what_is_given_for_reading_is_not_written_to() {
        String once = Stream.concat(MORE_THAN_READING.stream().map(way -> way + ": refused"), Stream.of("read: done"))
                .collect(Collectors.joining("\n"));
        assertEquals(
                once + "\n" + once + "\ngiven",
                script("echo given >file; mayfly python3 -c \"$PROGRAM\" <file; cat file", WRITES));
        assertEquals("0", script("python3 -c \"$PROGRAM\" <file >/dev/null; stat -c %s file", WRITES));
    }

    @Test
    @Against({Attack.GIVEN_FILE, Attack.SETUID_FILE})
    void what_is_given_for_writing_gives_nobody_rights() {
        String refused = Stream.of("fchmod", "chmod", "fchmod", "chmod", "fchmod", "chmod", "capabilities")
                .map(way -> way + ": Operation not permitted")
                .collect(Collectors.joining("\n"));
        String tell = "python3 -c 'import os; s = os.stat(\"out\"); print(oct(s.st_mode), os.listxattr(\"out\"))'";
        assertEquals(
                refused + "\n0o100755 []",
                script("mayfly python3 -c \"$PROGRAM\" >out 2>err; cat err; " + tell, ELEVATES));
        if (workshop.identity() == Identity.ROOT) {
            // The number that the kernel has for those without one inside, where all have.
            assertEquals(
                    refused + "\n0o100755 []",
                    script(
                            "chown 65534 out; mayfly python3 -c \"$PROGRAM\" 2>&1 >out </dev/null | cat; " + tell,
                            ELEVATES));
        }
        // Outside its owner may.
        assertEquals("4755", script("chmod 4755 out; stat -c %a out", ""));
    }

    /** A command that was there before, and looks for descriptors of later ones: what it finds it says, and whether it can use it. */
    private static final String LOOKS = """
            import os, sys
            print('ready', flush=True)
            sys.stdin.readline()
            found = 0
            for pid in filter(str.isdigit, os.listdir('/proc')):
                try:
                    with open(f'/proc/{pid}/cmdline') as file:
                        if file.read() != 'sleep\\0001000.5\\0':
                            continue
                except OSError:
                    continue
                found += 1
                for number, way in (0, os.O_RDWR), (0, os.O_RDONLY), (1, os.O_WRONLY):
                    try:
                        os.write(os.open(f'/proc/{pid}/fd/{number}', way), b'overwritten')
                        print('open', number, way)
                    except PermissionError:
                        pass
                try:
                    os.chmod(f'/proc/{pid}/fd/1', 0o4755)
                    print('chmod')
                except PermissionError:
                    pass
            print(found, 'found')
            """;

    @Test
    @Against({Attack.GIVEN_FILE, Attack.SETUID_FILE})
    void nor_by_an_earlier_command_of_the_same_session() {
        assertEquals("1 found\ngiven\n644 0", script("""
                        echo given >file; umask 022; rm -f out
                        mkfifo go said
                        mayfly --session given python3 -c "$PROGRAM" <go >said &
                        exec 3>go 4<said
                        read -r line <&4; [ "$line" = ready ] || exit 9
                        mayfly --session given sleep 1000.5 <file >out &
                        until mayfly --session given pgrep -x sleep >/dev/null </dev/null; do :; done
                        echo go >&3
                        cat <&4
                        mayfly --session given pkill -x sleep </dev/null
                        wait
                        cat file; stat -c '%a %s' out
                        """, LOOKS));
        workshop.subcommand("session", "end", "given").run().exits(0);
    }

    @Test
    void all_else_is_done_with_them_as_ever() {
        assertEquals("given\ngiven again\nto output\nto error\nmoved\nto a shell", script("""
                        echo given >file
                        mayfly sh -e -c '
                            cat; cat </dev/stdin | sed "s/$/ again/"
                            echo to output >>/dev/stdout; echo to error >>/dev/stderr
                            mkdir /tmp/a /tmp/b; echo moved >/tmp/a/x; ln /tmp/a/x /tmp/b/y; mv /tmp/a/x /tmp/b/z; rm /tmp/b/y; cat /tmp/b/z
                            ' <file >>both 2>>both
                        cat both
                        while read -r line; do mayfly true; mayfly cat; done <<'END'
                        first
                        to a shell
                        END
                        """, ""));
    }
}
