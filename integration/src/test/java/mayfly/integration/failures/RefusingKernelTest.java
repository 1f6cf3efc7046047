package mayfly.integration.failures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.security.Landlock;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A kernel, or a security module, that refuses one of the system calls by which a sandbox is made. */
@InWorkshop(
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC})
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class RefusingKernelTest {
    private static final int EPERM = 1;
    private static final int ENOSYS = 38;
    private static final String NOT_PERMITTED = "Operation not permitted";

    /** By errno, which of them are refused; refuse.c knows the names. */
    private static final Map<Integer, List<String>> CALLS = Map.of(
            EPERM,
            List.of(
                    "seccomp",
                    "prctl-seccomp",
                    "prctl-no-new-privs",
                    "prctl-dumpable",
                    "prctl-parent",
                    "mount",
                    "umount2",
                    "pivot_root",
                    "unshare",
                    "setns",
                    "openat2",
                    "mount_setattr",
                    "capset",
                    "sethostname"),
            ENOSYS,
            List.of("seccomp", "openat2", "memfd_create", "open_tree", "move_mount", "mount_setattr", "pidfd_open"));

    /** What holds a command, as it sees it. */
    private static final String HELD = """
            grep -E '^(Cap|NoNewPrivs|Seccomp)' /proc/self/status
            cat /proc/self/uid_map /proc/1/status 2>/dev/null | grep -v -E '^(Vm|Rss|volun|nonvol|Cpus|Mems|HugetlbP|Sig)' | wc -l
            for n in mnt pid ipc uts net user cgroup; do
                case "$1" in *$(readlink /proc/self/ns/$n)*) echo $n of the host ;; *) echo $n of its own ;; esac
            done
            python3 -c "
            import ctypes, os
            call = ctypes.CDLL(None, use_errno=True).syscall
            keyctl_mount_unshare_ptrace = (250, 165, 272, 101) if os.uname().machine == 'x86_64' else (219, 40, 97, 117)
            print([call(number, 0, 0, 0, 0, 0) == -1 and ctypes.get_errno() for number in keyctl_mount_unshare_ptrace])"
            for f in /proc/1/exe /proc/1/cwd /proc/1/fd/3; do readlink $f; done
            awk '{ print $5, $6 }' /proc/self/mountinfo | sort
            """;

    /** Gives a command a Unix socket as its standard input, which could be connected still, or is. */
    private static final String GIVER = """
            import socket, subprocess, sys
            kind = getattr(socket, sys.argv[2])
            made = socket.socketpair(socket.AF_UNIX, kind) if sys.argv[1] == 'connected' else [socket.socket(socket.AF_UNIX, kind)]
            sys.exit(subprocess.run(sys.argv[3:], stdin=made[0]).returncode)
            """;

    private static final String UNIX_SOCKET = """
            import socket
            socket.socketpair()
            socket.socket(socket.AF_INET)
            try:
                socket.socket(socket.AF_UNIX)
            except OSError as e:
                print(e.strerror)
            """;
    private static final String CONNECT = """
            import socket
            try:
                socket.socket(fileno=0).connect(("127.0.0.1", 1))
            except OSError as e:
                print(e.strerror)
            """;

    private final Workshop workshop;

    RefusingKernelTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @BeforeEach
    void build() throws IOException {
        Path program = workshop.directory().resolve("refuse");
        if (!program.toFile().exists()) {
            Path file = Directories.write(
                    workshop.directory().resolve("refuse.c"), Directories.resource(getClass(), "refuse.c"));
            Tool.output("cc", "-o", program.toString(), file.toString());
            Files.copy(
                    workshop.script("pass", "#!/bin/sh\nshift 2\nexec \"$@\"\n"),
                    workshop.directory().resolve("pass"));
        }
    }

    /**
     * A run in which the service is refused a call, and the client too where it starts the service.
     *
     * @param words the run's
     */
    private Outcome refused(String call, int errno, String... words) {
        return refusedWithInput("exec </dev/null", call, errno, "\"$REFUSE\"", words);
    }

    /**
     * The same.
     *
     * @param before what the shell does first
     * @param refuse how it calls refuse
     */
    private Outcome refusedWithInput(String before, String call, int errno, String refuse, String... words) {
        String namespaces = Tool.output("sh", "-c", "readlink /proc/self/ns/*").replace('\n', ' ');
        return served(
                call,
                errno,
                workshop.bash(before + "; exec " + refuse + " " + call + " " + errno + " mayfly "
                                + String.join(" ", words) + " bash -c \"$HELD\" bash \"$NAMESPACES\"")
                        .env("HELD", HELD)
                        .env("NAMESPACES", namespaces)
                        .env("GIVER", GIVER));
    }

    /** Runs a script with a service of its own to which the call is refused: root's for a member, else the script has it started. */
    private Outcome served(String call, int errno, Call script) {
        boolean roots = workshop.identity() == Identity.MEMBER;
        Path place = (roots ? workshop.directory() : workshop.work()).resolve("place");
        script.env("MAYFLY_RUNTIME_DIR", place.toString())
                .env(
                        "REFUSE",
                        workshop.directory().resolve(roots ? "pass" : "refuse").toString())
                .env("MAYFLY", workshop.host().mayfly().toString());
        Optional<Call.Running> service = roots ? Optional.of(startService(call, errno, place)) : Optional.empty();
        try {
            // Where the service does not even start, this is how the run fails.
            return service.filter(running -> !running.isAlive())
                    .map(Call.Running::await)
                    .orElseGet(script::run);
        } finally {
            workshop.ofServiceAccount("serve", "--stop", "--runtime-dir", place.toString())
                    .run();
            Eventually.holds(
                    "the service has ended", () -> ProcessTable.about(place).isEmpty());
            Tool.output("rm", "-rf", place.toString());
        }
    }

    private Call.Running startService(String call, int errno, Path place) {
        Call.Running service = workshop.callAs(
                        workshop.serviceAccount(),
                        List.of(
                                workshop.directory() + "/refuse",
                                call,
                                String.valueOf(errno),
                                workshop.host().mayfly().toString(),
                                "serve",
                                "--runtime-dir",
                                place.toString(),
                                "--data-dir",
                                place + "/data",
                                "--ready"))
                .start();
        Eventually.holds("it is ready or has ended", () -> service.output().contains("ready") || !service.isAlive());
        return service;
    }

    private static void assertIsAnError(String what, Outcome outcome) {
        assertEquals(125, outcome.status(), what + ": " + outcome);
        assertEquals("", outcome.stdout(), what);
        assertTrue(
                outcome.stderr().lines().anyMatch(line -> line.startsWith("mayfly: cannot ")), what + ": " + outcome);
    }

    @Test
    @Against(Attack.MISSING_FEATURES)
    void a_command_is_held_as_ever_or_does_not_run() {
        String held = refused("swapon", EPERM).exits(0).text();
        assertTrue(held.contains("pid of its own") && held.lines().count() > 20, held);
        int errors = 0;
        for (Map.Entry<Integer, List<String>> calls : CALLS.entrySet()) {
            for (String call : calls.getValue()) {
                String what = call + " is refused with " + calls.getKey();
                Outcome outcome = refused(call, calls.getKey());
                if (outcome.status() == 0) {
                    assertEquals(held, outcome.text(), what);
                } else {
                    assertIsAnError(what, outcome);
                    errors++;
                }
            }
        }
        assertTrue(errors > 5, errors + " errors");
    }

    @Test
    @Against({Attack.MISSING_FEATURES, Attack.ABSTRACT_SOCKETS})
    void the_hosts_network_is_not_shared_when_landlock_is_there_and_refuses() {
        if (workshop.backend() == Backend.LXC) {
            // Its -n gives a bridge, and the host's network is another one in any case.
            refused("landlock_create_ruleset", EPERM).exits(0);
            refused("landlock_restrict_self", EPERM).exits(0);
            return;
        }
        assertIsAnError("landlock_create_ruleset", refused("landlock_create_ruleset", EPERM, "-n"));
        Outcome outcome = refused("landlock_restrict_self", EPERM, "-n");
        if (isUsed(Landlock.WITH_SCOPES)) {
            assertIsAnError("landlock_restrict_self", outcome);
        } else {
            outcome.exits(0);
        }
        assertEquals(
                "Address family not supported by protocol",
                withoutLandlock("mayfly -n python3 -c \"$INSIDE\" </dev/null", UNIX_SOCKET)
                        .exits(0)
                        .text());
    }

    /** Whether the kernel's Landlock can do what it is wanted for; where it cannot, a filter of system calls does it. */
    private boolean isUsed(int since) {
        return Landlock.version(workshop) >= since;
    }

    /** What a kernel does that is older than Landlock, or was built without. */
    private Outcome withoutLandlock(String script, String inside) {
        return served(
                "landlock_create_ruleset",
                ENOSYS,
                workshop.bash("\"$REFUSE\" landlock_create_ruleset " + ENOSYS + " " + script)
                        .env("INSIDE", inside));
    }

    @Test
    @Against({Attack.MISSING_FEATURES, Attack.GIVEN_FILE})
    void a_file_is_not_given_for_reading_when_landlock_refuses_or_is_not_there() {
        workshop.write("input", "given\n");
        for (String call : List.of("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self")) {
            Outcome given =
                    refusedWithInput("exec <input", call, EPERM, "\"$REFUSE\"").exits(125);
            assertTrue(
                    given.stderr().contains("cannot keep the command to the files that it is given: " + NOT_PERMITTED),
                    given.toString());
        }
        Outcome refused = withoutLandlock("mayfly cat <input", "").exits(125);
        assertTrue(
                refused.stderr()
                        .contains("cannot keep the command from opening anew the file that it is given for reading: "),
                refused.toString());
        assertEquals(
                "given",
                withoutLandlock("sh -c 'cat input | mayfly cat'", "").exits(0).text());
    }

    @Test
    @Against({Attack.MISSING_FEATURES, Attack.GIVEN_SOCKET})
    void a_socket_of_the_hosts_is_not_given_when_landlock_refuses_and_all_that_needs_none_is_done() throws IOException {
        String kept = "cannot keep the command from the network of a socket that it is given: ";
        String giver = "python3 -c \"$GIVER\" ";
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String connects = "exec 0<>/dev/tcp/127.0.0.1/" + server.getLocalPort();
            for (String call : List.of("landlock_create_ruleset", "landlock_restrict_self")) {
                refused(call, EPERM).exits(0);
                boolean isAsked = call.equals("landlock_create_ruleset");
                Outcome given = refusedWithInput(connects, call, EPERM, "\"$REFUSE\"");
                if (isAsked || isUsed(Landlock.WITH_NETWORK)) {
                    given.exits(125);
                    assertEquals("", given.stdout());
                    assertTrue(given.stderr().contains(kept + NOT_PERMITTED), given.toString());
                } else {
                    given.exits(0);
                }
                String reason = isAsked || isUsed(Landlock.WITH_SCOPES) ? NOT_PERMITTED : "Function not implemented";
                for (String kind : List.of("SOCK_DGRAM", "SOCK_STREAM")) {
                    Outcome unconnected = refusedWithInput("true", call, EPERM, giver + "free " + kind + " \"$REFUSE\"")
                            .exits(125);
                    assertTrue(unconnected.stderr().contains(kept + reason), unconnected.toString());
                }
                refusedWithInput("true", call, EPERM, giver + "connected SOCK_STREAM \"$REFUSE\"")
                        .exits(0);
            }
            assertEquals(
                    "Permission denied",
                    withoutLandlock(
                                    "mayfly python3 -c \"$INSIDE\" 0<>/dev/tcp/127.0.0.1/" + server.getLocalPort(),
                                    CONNECT)
                            .exits(0)
                            .text());
        }
    }

    @Test
    @Against({Attack.MISSING_FEATURES, Attack.GIVEN_SOCKET})
    void nor_to_a_command_of_a_session() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Outcome outcome = served(
                            "landlock_create_ruleset",
                            EPERM,
                            workshop.bash("""
                                    "$REFUSE" landlock_create_ruleset 1 mayfly --session kept echo fine </dev/null
                                    mayfly --session kept echo given <>/dev/tcp/127.0.0.1/$PORT; echo $?
                                    $MAYFLY session end kept >&2
                                    """).env("PORT", String.valueOf(server.getLocalPort())))
                    .exits(0);
            assertEquals("fine\n125", outcome.text());
            assertTrue(outcome.stderr().contains("cannot keep the command from the network"), outcome.toString());
        }
    }

    @Test
    @Against({Attack.MISSING_FEATURES, Attack.GIVEN_FILE})
    void a_command_of_a_session_is_kept_from_the_files_of_others_or_does_not_run() {
        Outcome outcome =
                served("landlock_restrict_self", EPERM, workshop.bash("""
                                    "$REFUSE" landlock_restrict_self 1 mayfly --session kept echo fine </dev/null
                                    echo $?; $MAYFLY session end kept >&2
                                    """)).exits(0);
        if (isUsed(Landlock.WITH_REFER)) {
            assertEquals("125", outcome.text());
            assertTrue(
                    outcome.stderr()
                            .contains("cannot keep the command to the files that it is given: " + NOT_PERMITTED),
                    outcome.toString());
        } else {
            assertEquals("fine\n0", outcome.text());
        }
    }

    @Test
    @Against({Attack.MISSING_FEATURES, Attack.GIVEN_SOCKET})
    void a_descriptor_that_may_not_be_looked_into_is_not_taken_for_no_socket() {
        Outcome outcome = refused("getsockopt-domain", EPERM).exits(125);
        assertEquals("", outcome.stdout());
        assertTrue(
                outcome.stderr().contains("cannot keep the command from the network of a socket that it is given: "),
                outcome.stderr());
    }
}
