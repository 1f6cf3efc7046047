package mayfly.integration.failures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * Root's service, whose helpers and clients are killed at their system calls, one call after the other; refuse.c knows their names.
 * A command that was running before runs to its end.
 */
@InWorkshop(as = Identity.ROOT, with = Client.C)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class KilledHelpersTest {
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final int SIGSYS = 31;
    private static final Pattern CLONE = Pattern.compile("\"clone\":\"([^\"]+)\"");

    /** From mayfly-enter's first to what mayfly-init does when the command has ended. */
    private static final List<String> MAKERS = List.of(
            "close_range",
            "setsid",
            "unshare",
            "mount",
            "openat2",
            "mount_setattr",
            "mkdirat",
            "pivot_root",
            "umount2",
            "capset",
            "signalfd4",
            "prctl-parent",
            "prctl-dumpable",
            "prctl-no-new-privs",
            "capget",
            "landlock_create_ruleset",
            "landlock_restrict_self",
            "seccomp",
            "socketpair",
            "clone",
            "sendmsg",
            "recvmsg",
            "poll",
            "setpgid",
            "getpriority",
            "wait4",
            "exit_group");

    /** What only mayfly-enter does, and only where it builds the sandbox itself. */
    private static final List<String> NATIVES_MAKERS = List.of("setns", "setgroups", "setresuid");

    private static final List<String> CLIENTS =
            List.of("socket", "connect", "sendmsg", "recvmsg", "signalfd4", "getpriority", "poll", "exit_group");

    private static final List<String> BINDERS = List.of(
            "close_range",
            "setsid",
            "recvmsg",
            "setgroups",
            "setresuid",
            "openat2",
            "open_tree",
            "mount_setattr",
            "setns",
            "move_mount",
            "sendmsg",
            "exit_group");

    private final Workshop workshop;
    private final Path directory;
    private final Set<String> given = new HashSet<>();
    private final List<Call.Running> started = new ArrayList<>();

    KilledHelpersTest(Workshop workshop) {
        this.workshop = workshop;
        directory = workshop.directory().resolve("own");
    }

    /** An installation whose helpers are killed at the call that a file beside them names. */
    @BeforeEach
    void install() {
        Path file = Directories.write(
                workshop.directory().resolve("refuse.c"), Directories.resource(getClass(), "refuse.c"));
        Tool.output("mkdir", directory.toString());
        Tool.output("cc", "-o", directory + "/refuse", file.toString());
        Path build = workshop.host().mayfly().resolve("../..").normalize();
        Tool.output("cp", "-a", build + "/bin", build + "/lib", directory.toString());
        for (String helper : List.of("mayfly-enter", "mayfly-binder")) {
            Path place = helper(helper);
            Tool.output("mv", place.toString(), place + ".real");
            Directories.write(place, """
                    #!/bin/sh
                    if read -r call <"$0.call"; then exec %s/refuse "$call" kill "$0.real" "$@"; fi
                    exec "$0.real" "$@"
                    """.formatted(directory));
            Tool.output("chmod", "755", place.toString());
            killAt(helper, "");
        }
        BusyboxRoot.make(workshop.template("t"));
    }

    @AfterEach
    void uninstall() {
        started.forEach(Call.Running::kill); // a sandbox ends with its client, also without a service
        Tool.output("rm", "-r", directory.toString());
    }

    private Path helper(String name) {
        return directory.resolve("lib/mayfly").resolve(name);
    }

    private void killAt(String helper, String call) {
        Directories.write(Path.of(helper(helper) + ".call"), call.isEmpty() ? "" : call + "\n");
    }

    private Call.Running serve(String limits) {
        Path configuration =
                Directories.write(directory.resolve("mayfly.toml"), limits + """
                [template.t]
                store = "directory"
                path = "%s"
                ready = 2
                ready-max = 2
                """.formatted(workshop.template("t")));
        List<String> words = List.of(
                directory + "/bin/mayfly",
                "serve",
                "--runtime-dir",
                workshop.runtime().toString(),
                "--data-dir",
                workshop.data().toString(),
                "--config",
                configuration.toString(),
                "--ready");
        Call.Running service = workshop.call(words).within(LIMIT).start();
        started.add(service);
        return service.prints("ready");
    }

    private void end(Call.Running service) {
        service.signal("TERM").await().exits(0);
        workshop.assertNothingIsLeft();
    }

    /** A command that looks for what another one left in its root, and leaves something. */
    private Outcome run(List<String> before, String... options) {
        List<String> words = new ArrayList<>(before);
        words.addAll(List.of(workshop.host().mayfly().toString(), "-z", "t", "--status-fd", "2"));
        words.addAll(List.of(options));
        words.addAll(List.of("/bin/sh", "-c", "[ ! -e /mark ] || echo SEEN; echo x >/mark; echo ran"));
        Outcome outcome = workshop.call(words).run();
        assertTrue(!outcome.stdout().contains("SEEN"), outcome.toString());
        Matcher clone = CLONE.matcher(outcome.stderr());
        if (clone.find()) {
            assertTrue(given.add(clone.group(1)), clone.group(1) + " was given out twice");
        }
        return outcome;
    }

    private void runs(String after, String... options) {
        Outcome outcome = run(List.of(), options);
        assertEquals("ran", outcome.text(), () -> "after " + after + ": " + outcome);
    }

    private Call.Running sleeper() {
        Call.Running sleeper = workshop.call(List.of(
                        workshop.host().mayfly().toString(),
                        "-z",
                        "t",
                        "/bin/sh",
                        "-c",
                        "trap 'exit 6' USR1; echo started; while :; do sleep 0.1; done"))
                .within(LIMIT)
                .start();
        started.add(sleeper);
        return sleeper.prints("started");
    }

    /** Waits until the service's clones are those of the directory, the sleeper's among them, and nothing is under way. */
    private void nothingIsLeftButTheSleeper() {
        Eventually.holds("all is as the service says: " + workshop.status() + workshop.clones(), () -> {
            Json status = workshop.status();
            Json template = status.objects("templates").stream()
                    .filter(each -> each.text("name").equals("t"))
                    .findFirst()
                    .orElseThrow();
            return status.number("running") == 1
                    && status.number("dirty") == 0
                    && status.number("adopted") == 0
                    && template.number("making") == 0
                    && template.number("ready") + template.number("parked") + 1
                            == workshop.clones().size();
        });
        String mounts = Directories.read(Path.of("/proc/self/mountinfo"));
        assertTrue(!mounts.contains(workshop.directory().toString()), mounts);
    }

    @Test
    @Against(Attack.VIOLENT_ENDS)
    void who_makes_a_sandbox_is_killed_and_the_next_run_has_one() {
        Call.Running service = serve("[limits]\nparked = 0\n");
        Call.Running sleeper = sleeper();
        for (String backend : List.of("bwrap", "native")) {
            List<String> calls = new ArrayList<>(MAKERS);
            if (backend.equals("native")) {
                calls.addAll(NATIVES_MAKERS);
            }
            for (String call : calls) {
                killAt("mayfly-enter", call);
                Outcome outcome = run(List.of(), "--backend", backend);
                assertNotEquals(0, outcome.status(), () -> call + ": " + outcome);
                killAt("mayfly-enter", "");
                runs(call, "--backend", backend);
            }
            nothingIsLeftButTheSleeper();
        }
        sleeper.signal("USR1").await().exits(6);
        end(service);
    }

    @Test
    @Against(Attack.VIOLENT_ENDS)
    void a_client_is_killed_and_its_sandbox_goes() {
        Call.Running service = serve("[limits]\nparked = 0\n");
        Call.Running sleeper = sleeper();
        for (String call : CLIENTS) {
            Outcome outcome = run(List.of(directory + "/refuse", call, "kill"));
            assertEquals(128 + SIGSYS, outcome.status(), () -> call + ": " + outcome);
            runs(call);
        }
        nothingIsLeftButTheSleeper();
        sleeper.signal("USR1").await().exits(6);
        end(service);
    }

    @Test
    @Against(Attack.VIOLENT_ENDS)
    void the_binder_is_killed_and_the_next_run_has_its_binds() {
        String bind = workshop.write("bound", "bound") + ":/made";
        Call.Running service = serve("");
        Call.Running sleeper = sleeper();
        for (String call : BINDERS) {
            killAt("mayfly-binder", call);
            killBinder();
            Outcome outcome = run(List.of(), "-d", bind);
            if (call.equals("exit_group")) {
                assertEquals("ran", outcome.text(), outcome::toString); // it had answered
            } else {
                assertEquals(125, outcome.status(), () -> call + ": " + outcome);
            }
            killAt("mayfly-binder", "");
            // One whose processes were killed before they took anything does not see it: the service does.
            if (!call.equals("recvmsg")) {
                killBinder();
            }
            runs(call, "-d", bind);
        }
        nothingIsLeftButTheSleeper();
        sleeper.signal("USR1").await().exits(6);
        end(service);
    }

    /** All of its processes, also one that it starts meanwhile, so that the service has to start another binder. */
    private void killBinder() {
        Eventually.holds("the binder has ended", () -> {
            List<ProcessTable.Entry> processes = binder();
            processes.forEach(entry -> ProcessHandle.of(entry.pid()).ifPresent(ProcessHandle::destroyForcibly));
            return processes.isEmpty();
        });
    }

    private List<ProcessTable.Entry> binder() {
        return ProcessTable.about(directory).stream()
                .filter(entry -> entry.words().stream().findFirst().orElse("").endsWith("mayfly-binder.real"))
                .toList();
    }
}
