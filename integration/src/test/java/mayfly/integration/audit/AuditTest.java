package mayfly.integration.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import mayfly.integration.workshop.Account;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The audit log, for an ordinary user of root's service. */
@InWorkshop(as = Identity.MEMBER, with = Client.C)
@EnabledIf(value = "mayfly.integration.workshop.Host#isRoot", disabledReason = "the service is root's")
class AuditTest {

    private final Workshop workshop;
    private final Path file;

    AuditTest(Workshop workshop) {
        this.workshop = workshop;
        this.file = workshop.directory().resolve("audit/audit.log");
        workshop.configured(configuration(""));
    }

    @BeforeEach
    void nothing_runs_and_the_log_is_empty() throws IOException {
        workshop.service();
        workshop.reload(configuration(""));
        Eventually.holds("nothing runs", () -> !workshop.subcommand("pool", "status", "--json")
                .run()
                .succeeds()
                .matches(".*\"leased\":[1-9].*"));
        // What is written comes in order: when this is there, nothing of before is to come.
        String mark = "mark" + System.nanoTime();
        workshop.mayfly("true", mark, "-z").run().exits(0);
        Eventually.holds("the mark is there", () -> {
            boolean isThere = Files.exists(file) && Directories.read(file).contains(mark);
            List<Json> lines = lines();
            return isThere && lines.get(lines.size() - 1).text("event").equals("end");
        });
        for (String name : List.of("", ".1", ".2")) {
            Files.deleteIfExists(Path.of(file + name));
        }
    }

    private String configuration(String more) {
        return "[audit]\nfile = \"" + file + "\"\njournal = false\n" + more;
    }

    private List<Json> lines() {
        String written = Files.exists(file) ? Directories.read(file) : "";
        // A line may be written just now.
        return written.substring(0, written.lastIndexOf('\n') + 1)
                .lines()
                .map(Json::object)
                .toList();
    }

    private List<Json> events(String event) {
        return lines().stream().filter(line -> line.text("event").equals(event)).toList();
    }

    private List<Json> events(String event, int count) {
        Eventually.holds(count + " lines " + event, () -> events(event).size() >= count);
        List<Json> events = events(event);
        assertEquals(count, events.size());
        return events;
    }

    @Test
    void a_run_has_a_start_and_an_end_by_whoever_the_kernel_says() throws IOException {
        Call.Running run = workshop.mayfly(
                        "-v",
                        "TOKEN=secret",
                        "-d",
                        workshop.work() + ":/mnt:ro",
                        "sh",
                        "-c",
                        "echo a; cat /dev/zero | head -c 50000000 >/dev/null")
                .start();
        run.await().exits(0);
        Json start = events("start", 1).get(0);
        Json end = events("end", 1).get(0);
        assertEquals(workshop.account().uid(), start.number("uid"));
        assertEquals(workshop.account().gid(), start.number("gid"));
        assertEquals((double) run.pid(), start.number("pid"));
        assertEquals("host", start.text("template"));
        assertEquals("bwrap", start.text("backend"));
        assertEquals(List.of(workshop.work() + ":/mnt:ro"), start.texts("bind"));
        assertEquals(List.of("sh", "-c", "echo a; cat /dev/zero | head -c 50000000 >/dev/null"), start.texts("argv"));
        assertEquals(start.text("clone"), end.text("clone"));
        assertEquals(workshop.account().uid(), end.number("uid"));
        assertEquals(workshop.account().gid(), end.number("gid"));
        assertEquals(0, end.number("exit"));
        assertTrue(end.number("elapsed_ms") >= 0);
        assertTrue(end.number("max_rss_kib") > 0);
        assertFalse(Directories.read(file).contains("secret"));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        workshop.call(List.of("cat", file.toString())).run().exits(1);

        workshop.service().stop();
        assertEquals("service-end", lines().get(lines().size() - 1).text("event"));
        workshop.startAgain();
        events("service-start", 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bwrap", "native", "lxc", "chroot"})
    void an_end_says_how_the_command_has_ended(String backend) {
        List<String> words = new ArrayList<>(List.of(workshop.host().mayfly().toString(), "--backend", backend));
        boolean forRoot = backend.equals("chroot");
        if (forRoot) {
            Path root = workshop.directory().resolve("root");
            BusyboxRoot.make(root);
            words.addAll(List.of("-t", root.toString()));
        }
        Account who = forRoot ? workshop.serviceAccount() : workshop.account();
        ends(who, words, "exit 7").exits(7);
        ends(who, words, "kill -KILL $$").exits(137);
        ends(who, words, "exit 137").exits(137);
        List<String> nothing = new ArrayList<>(words);
        nothing.add("/no/such");
        workshop.callAs(who, nothing).run().exits(127);
        events("end", 4);
        Call.Running left = script(who, words, "echo up; sleep 1000").start().prints("up\n");
        left.kill();
        left.await();

        List<Json> ends = events("end", 5);
        assertEquals(7, ends.get(0).number("exit"));
        assertFalse(ends.get(0).names().contains("signal"));
        assertEquals(137, ends.get(1).number("exit"));
        assertEquals(9, ends.get(1).number("signal"));
        assertEquals(137, ends.get(2).number("exit"));
        assertFalse(ends.get(2).names().contains("signal"));
        assertEquals(
                "cannot run /no/such: No such file or directory", ends.get(3).text("failed"));
        assertFalse(ends.get(3).names().contains("exit"));
        // A command that was killed because its client had gone has no exit status that it could have had.
        assertFalse(ends.get(4).names().contains("exit"), ends.get(4).names()::toString);
        assertFalse(ends.get(4).names().contains("failed"));
        assertTrue(ends.get(4).number("max_rss_kib") > 0);
    }

    /** Runs it until its end is in the log. */
    private Outcome ends(Account who, List<String> words, String script) {
        int before = events("end").size();
        Outcome outcome = script(who, words, script).run();
        events("end", before + 1);
        return outcome;
    }

    private Call script(Account who, List<String> words, String script) {
        List<String> all = new ArrayList<>(words);
        all.addAll(List.of("sh", "-c", script));
        return workshop.callAs(who, all);
    }

    @Test
    void what_makes_a_sandbox_another_one_than_usual_is_on_its_line() {
        workshop.reload(configuration("""
                [template.host]
                size = "64m"
                seccomp = "strict"
                pre-start = ["/bin/true"]
                """));
        workshop.mayfly("-n", "-p", "/tmp", "--as-root", "true").run().exits(0);
        workshop.mayfly("--backend", "lxc", "true")
                .env("LXC_CPU_QUOTA", "50")
                .env("LXC_MEM_MB_QUOTA", "300")
                .run()
                .exits(0);
        workshop.subcommand("session", "start", "build", "--idle", "30m", "--time", "2h")
                .run()
                .exits(0);
        workshop.subcommand("session", "exec", "build", "-p", "/usr", "--", "true")
                .run()
                .exits(0);
        workshop.subcommand("session", "end", "build").run().exits(0);
        List<Json> starts = events("start", 4);
        Json first = starts.get(0);
        assertTrue(first.flag("share_net"));
        assertTrue(first.flag("hooks"));
        assertEquals("own", first.text("as_root"));
        assertEquals("/tmp", first.text("chdir"));
        assertEquals("64m", first.text("size"));
        assertEquals("strict", first.text("seccomp"));
        assertFalse(first.names().contains("variables"));
        Json variables = starts.get(1).member("variables");
        assertEquals("50", variables.text("LXC_CPU_QUOTA"));
        assertEquals("300", variables.text("LXC_MEM_MB_QUOTA"));
        assertFalse(starts.get(1).names().contains("share_net"));
        assertEquals("30m", starts.get(2).text("idle"));
        assertEquals("2h", starts.get(2).text("time_limit"));
        assertEquals("/usr", starts.get(3).text("chdir"));
        events("end", 4);
    }

    @Test
    void a_callers_hooks_and_their_refusal_are_on_the_line_of_the_end() {
        workshop.mayfly("true").env("PRE_SPAWN_HOOK", "true").run().exits(0);
        Json hooked = events("end", 1).get(0);
        assertTrue(hooked.flag("own_hooks"));
        assertEquals(0, hooked.number("exit"));
        for (String hooks : List.of("", "pre-start = [\"/bin/true\"]\n")) {
            workshop.reload(configuration("[template.host]\nhooks = []\n" + hooks));
            int before = events("end").size();
            workshop.mayfly("true").env("PRE_SPAWN_HOOK", "true").run().exits(125);
            Json refused = events("end", before + 1).get(before);
            assertEquals("cannot run hooks of your own: Operation not permitted", refused.text("failed"));
            assertFalse(refused.names().contains("own_hooks"));
            assertFalse(refused.names().contains("exit"));
            workshop.mayfly("true").run().exits(0);
            assertFalse(events("end", before + 2).get(before + 1).names().contains("own_hooks"));
        }
    }

    @Test
    void hostile_arguments_stay_one_line_of_printable_characters() {
        workshop.bash(
                        "mayfly printf %s $'\\xff\\xfe\\n{\"event\":\"start\",\"uid\":0}\\e]0;owned\\a\\e[2J\\x7f\\r' \"$(printf '\\342\\200\\256')\" '' '-z' '\"]}'")
                .run()
                .exits(0);
        workshop.bash("mayfly -z $'x\\n{\"event\":\"start\"}\\e[2J\\xff' true")
                .run()
                .exits(125);
        Json start = events("start", 1).get(0);
        assertEquals(
                List.of(
                        "printf",
                        "%s",
                        "\udcff\udcfe\n{\"event\":\"start\",\"uid\":0}\u001b]0;owned\u0007\u001b[2J\u007f\r",
                        "\u202e",
                        "",
                        "-z",
                        "\"]}"),
                start.texts("argv"));
        Json refusal = events("refusal", 1).get(0);
        assertTrue(refusal.text("reason").startsWith("cannot use template x"), refusal.text("reason"));
        assertEquals(List.of("true"), refusal.texts("argv"));
        String text = Directories.read(file);
        assertTrue(text.chars().allMatch(c -> c == '\n' || (c >= 0x20 && c <= 0x7E)), text);
    }

    @Test
    void long_commands_are_cut_and_run_all_the_same() {
        assertEquals(
                "300000",
                workshop.bash(
                                "mayfly sh -c 'printf %s \"$@\" | wc -c' sh $(printf %0100000d 1) $(printf %0100000d 2) $(printf %0100000d 3)")
                        .run()
                        .text());
        assertTrue(events("start", 1).get(0).flag("argv_cut"));
    }

    @Test
    void a_session_and_each_command_in_it_have_their_lines() {
        workshop.subcommand("session", "start", "build").run().exits(0);
        workshop.subcommand("session", "exec", "build", "--", "echo", "one")
                .run()
                .exits(0);
        workshop.subcommand("session", "end", "build").run().exits(0);
        List<Json> starts = events("start", 2);
        List<Json> ends = events("end", 2);
        for (Json line : List.of(starts.get(0), starts.get(1), ends.get(0), ends.get(1))) {
            assertEquals("build", line.text("session"));
            assertEquals(starts.get(0).text("clone"), line.text("clone"));
        }
        assertFalse(starts.get(0).names().contains("command"));
        assertEquals(List.of("echo", "one"), starts.get(1).texts("argv"));
        assertEquals(starts.get(1).number("command"), ends.get(0).number("command"));
        assertEquals(0, ends.get(0).number("exit"));
        assertTrue(ends.get(0).number("max_rss_kib") > 0);
        assertFalse(ends.get(1).names().contains("command"));
        assertFalse(ends.get(1).names().contains("exit"));
    }

    @Test
    void commands_of_a_session_have_each_its_own_end() {
        workshop.subcommand("session", "start", "build").run().exits(0);
        Call.Running waits = exec("echo up; sleep 1000").start().prints("up\n");
        Call.Running left = exec("echo up; sleep 1000").start().prints("up\n");
        exec("exit 7").run().exits(7);
        events("end", 1);
        exec("kill -KILL $$").run().exits(137);
        events("end", 2);
        left.kill();
        left.await();
        events("end", 3);
        workshop.subcommand("session", "end", "build").run().exits(0);
        waits.await().exits(125);
        List<Json> starts = events("start", 5);
        List<Json> ends = events("end", 5);
        assertEquals(starts.get(3).number("command"), ends.get(0).number("command"));
        assertEquals(7, ends.get(0).number("exit"));
        assertEquals(starts.get(4).number("command"), ends.get(1).number("command"));
        assertEquals(9, ends.get(1).number("signal"));
        assertEquals(starts.get(2).number("command"), ends.get(2).number("command"));
        assertFalse(ends.get(2).names().contains("exit"));
        Json ended = ends.stream()
                .filter(end -> end.names().contains("failed"))
                .findFirst()
                .orElseThrow();
        assertEquals(starts.get(1).number("command"), ended.number("command"));
        assertEquals("cannot finish the command: its session was ended", ended.text("failed"));
        assertFalse(ended.names().contains("exit"));
    }

    private Call exec(String script) {
        return workshop.subcommand("session", "exec", "build", "--", "sh", "-c", script);
    }

    @Test
    void a_command_whose_session_is_over_says_so() {
        workshop.mayfly("--session", "build", "--time", "5s", "sh", "-c", "sleep 1000")
                .run()
                .exits(124);
        List<Json> ends = events("end", 2);
        Json ended = ends.stream()
                .filter(end -> end.names().contains("command"))
                .findFirst()
                .orElseThrow();
        assertEquals("cannot finish the command: the time of its session is over", ended.text("failed"));
        assertFalse(ended.names().contains("exit"));
    }

    @Test
    void a_command_cannot_tell_of_another_end() {
        // What its user may reach of mayfly-init, and every descriptor that the command itself has.
        String script =
                "ls /proc/1/fd/ 2>&1; for p in /proc/[0-9]*; do [ -O $p ] && readlink $p/fd/* 2>/dev/null; done | grep -c socket; exit 3";
        Outcome outcome = workshop.mayfly("sh", "-c", script).withPipes().run().exits(3);
        assertEquals("ls: cannot open directory '/proc/1/fd/': Permission denied\n0\n", outcome.stdout());
        assertEquals(3, events("end", 1).get(0).number("exit"));
    }

    @Test
    void a_listener_is_named() throws IOException {
        Path socket = workshop.work().resolve("echo.sock");
        workshop.reload(configuration("[listen.echo]\nunix = [\"" + socket + "\"]\nmode = \"0666\"\nuser = \""
                + workshop.account().name() + "\"\ncommand = [\"cat\"]\n"));
        Eventually.holds("it listens", () -> Files.exists(socket));
        try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            client.connect(UnixDomainSocketAddress.of(socket));
            events("start", 2); // the first one is that with which the listener has seen that it can have one
        }
        events("end", 2);
        workshop.mayfly("true").run().exits(0);
        events("end", 3);
        List<Json> starts = events("start", 3);
        for (Json start : starts.subList(0, 2)) {
            assertEquals("echo", start.text("listener"));
            assertEquals(workshop.account().uid(), start.number("uid"));
            assertEquals(List.of("cat"), start.texts("argv"));
        }
        assertEquals("echo", events("end", 3).get(0).text("listener"));
        assertEquals(0, events("end", 3).get(2).number("exit"));
        assertFalse(starts.get(2).names().contains("listener"));
    }

    @Test
    void files_are_put_aside_at_their_size_and_refusals_of_one_user_are_bounded() throws IOException {
        workshop.reload(configuration("max-size = \"64k\"\nkeep = 2\n"));
        String word = "w".repeat(4_000);
        for (int i = 0; i < 50; i++) {
            workshop.mayfly("true", word).run().exits(0);
        }
        workshop.mayfly("true", "last").run().exits(0);
        Eventually.holds("the last one is written", () -> {
            String all = Files.exists(file) ? Directories.read(file) : "";
            return all.contains("\"last\"")
                    && all.endsWith("}\n")
                    && all.lastIndexOf("\"end\"") > all.indexOf("\"last\"");
        });
        try (Stream<Path> files = Files.list(file.getParent())) {
            List<String> names =
                    files.map(path -> path.getFileName().toString()).sorted().toList();
            assertEquals(List.of("audit.log", "audit.log.1", "audit.log.2"), names);
        }
        for (String name : List.of("", ".1", ".2")) {
            assertTrue(Files.size(Path.of(file + name)) <= 64 << 10);
        }

        workshop.bash("for i in $(seq 130); do mayfly -z nothing true 2>/dev/null; done; exit 0")
                .run()
                .exits(0);
        workshop.service().stop();
        long refusals = all().stream()
                .filter(line -> line.text("event").equals("refusal"))
                .count();
        long omitted = all().stream()
                .filter(line -> line.text("event").equals("omitted"))
                .mapToLong(line -> (long) line.number("refusals"))
                .sum();
        assertEquals(130, refusals + omitted);
        workshop.startAgain();
    }

    private List<Json> all() {
        List<Json> all = new ArrayList<>();
        for (String name : List.of(".2", ".1", "")) {
            Path path = Path.of(file + name);
            if (Files.exists(path)) {
                Directories.read(path).lines().map(Json::object).forEach(all::add);
            }
        }
        return all;
    }

    @Test
    void a_full_disk_ends_no_run_and_is_told_once_and_counted() throws IOException {
        Path full = Files.createDirectory(workshop.directory().resolve("full"));
        Path small = full.resolve("audit.log");
        Tool.output("mount", "-t", "tmpfs", "-o", "size=8k,mode=0700", "tmpfs", full.toString());
        try {
            workshop.reload("[audit]\nfile = \"" + small + "\"\njournal = false\n");
            String word = "w".repeat(3_000);
            for (int i = 0; i < 6; i++) {
                assertEquals("fine", workshop.prints("sh", "-c", "echo fine", word));
            }
            String complaint = "cannot write the audit log " + small + ": No space left on device";
            Eventually.holds(
                    "it is told: " + workshop.service().log(),
                    () -> workshop.service().log().contains(complaint));
            Tool.output("mount", "-o", "remount,size=1m", full.toString()); // room again
            assertEquals("fine", workshop.prints("echo", "fine"));
            Eventually.holds(
                    "it is written again",
                    () -> workshop.service().log().contains("the audit log " + small + " is written again")
                            && isCounted(small));
            assertEquals(
                    1,
                    workshop.service()
                            .log()
                            .lines()
                            .filter(line -> line.contains(complaint))
                            .count());
            workshop.reload("[audit]\noff = true\n");
        } finally {
            Tool.output("umount", full.toString());
        }
        assertEquals("fine", workshop.prints("echo", "fine"));
    }

    /** Whether all 14 entries of seven runs are in the file, or are said to be lost, some of them. */
    private static boolean isCounted(Path file) {
        List<Json> lines = Directories.read(file).lines().map(Json::object).toList();
        long lost = lines.stream()
                .filter(line -> line.text("event").equals("lost"))
                .mapToLong(line -> (long) line.number("lines"))
                .sum();
        long written = lines.stream()
                .filter(line -> List.of("start", "end").contains(line.text("event")))
                .count();
        return lost > 0 && lost + written == 14;
    }

    @Test
    void what_an_earlier_service_gave_out_has_an_end_in_the_log_of_the_next() {
        Call.Running run = workshop.mayfly("sh", "-c", "echo begun; exec sleep 1000")
                .start()
                .prints("begun\n");
        Json start = events("start", 1).get(0);
        workshop.service().kill();
        workshop.startAgain();
        events("service-start", 1);
        assertTrue(run.isAlive());
        assertEquals(List.of(), events("end"));
        run.signal("TERM");
        run.await();
        Json end = events("end", 1).get(0);
        assertEquals(start.text("clone"), end.text("clone"));
        assertFalse(end.names().contains("uid"));
        assertFalse(end.names().contains("exit"));
        assertEquals(0, events("service-end").size());
    }

    @Test
    void removed_and_moved_files_and_directories_come_again() throws IOException {
        workshop.mayfly("true").run().exits(0);
        events("end", 1);
        Files.move(file.getParent(), workshop.directory().resolve("moved"));
        workshop.mayfly("true").run().exits(0);
        events("end", 1);
        Files.delete(file);
        workshop.mayfly("true").run().exits(0);
        events("end", 1);
        workshop.reload("[audit]\noff = true\n");
        workshop.mayfly("true").run().exits(0);
        assertEquals(1, events("end").size());
    }

    @Test
    void two_hundred_at_once_have_all_their_lines() {
        workshop.bash("for i in $(seq 200); do mayfly true $i & done; wait")
                .run()
                .exits(0);
        List<Json> starts = events("start", 200);
        List<Json> ends = events("end", 200);
        assertEquals(
                200, starts.stream().map(line -> line.text("clone")).distinct().count());
        assertEquals(
                starts.stream().map(line -> line.text("clone")).sorted().toList(),
                ends.stream().map(line -> line.text("clone")).sorted().toList());
        assertEquals(0, events("lost").size());
    }
}
