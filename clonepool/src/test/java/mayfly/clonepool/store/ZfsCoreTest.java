package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import mayfly.clonepool.store.ZfsCore.UnfinishedException;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How mayfly-zfs is asked; what OpenZFS does is tested in the virtual machine. */
final class ZfsCoreTest {
    private final Path temporary;

    ZfsCoreTest(@TempDir Path temporary) {
        this.temporary = temporary;
    }

    /** A program in place of mayfly-zfs. Its socket is Perl's $s, {@code ask()} reads a request with | for each zero. */
    private ZfsCore core(Duration limit, String script) throws IOException {
        Path program = temporary.resolve("mayfly-zfs");
        Files.writeString(program, """
                #!/usr/bin/perl
                open($s, '+<&=', 3);
                sub ask {
                    my $request = '';
                    while ($request !~ /\\0\\0$/) {
                        sysread($s, $request, 65536, length $request) or exit;
                    }
                    $request =~ s/\\0/|/g;
                    return $request;
                }
                """ + script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return new ZfsCore(NativePath.bytes(program), limit);
    }

    private ZfsCore core(String script) throws IOException {
        return core(Duration.ofMinutes(1), script);
    }

    @Test
    void a_request_is_words_and_the_same_process_answers_the_next_one() throws IOException {
        ZfsCore core = core("while (my $r = ask()) { syswrite($s, 'done ' . $$ . ' '); syswrite($s, \"$r\\0\"); }");
        String first = core.look("tank/a", "return", List.of("a", "ü"));
        String second = core.change("tank", "return", List.of());
        assertEquals("look|tank|return|a|ü||", first.substring(first.indexOf(' ') + 1));
        assertEquals("program|tank|return||", second.substring(second.indexOf(' ') + 1));
        assertEquals(first.substring(0, first.indexOf(' ')), second.substring(0, second.indexOf(' ')));
    }

    @Test
    void calls_at_once_have_a_process_each() throws IOException {
        // Each answers when all have been asked.
        ZfsCore core = core("""
                my $r = ask();
                open(my $asked, '>>', "$0.asked");
                syswrite($asked, '.');
                select(undef, undef, undef, 0.01) while (-s "$0.asked") < 40;
                syswrite($s, "done $r\\0");
                """);
        List<String> names = IntStream.range(0, 40).mapToObj(String::valueOf).toList();
        ExecutorService threads = Executors.newFixedThreadPool(names.size());
        List<CompletableFuture<String>> answers = names.stream()
                .map(name -> CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return core.look("tank", "return", List.of(name));
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        },
                        threads))
                .toList();
        assertEquals(
                names.stream().map(name -> "look|tank|return|" + name + "||").toList(),
                answers.stream().map(CompletableFuture::join).toList());
        threads.shutdown();
    }

    @Test
    void one_that_has_ended_is_replaced() throws IOException {
        ZfsCore core = core("ask(); syswrite($s, 'done ' . $$ . \"\\0\");");
        String first = core.look("tank", "return", List.of());
        waitFor(Long.parseLong(first));
        assertNotEquals(first, core.look("tank", "return", List.of()));
    }

    private static void waitFor(long pid) {
        ProcessHandle.of(pid).ifPresent(process -> process.onExit().join());
    }

    @Test
    void one_that_ends_without_an_answer_may_have_done_it() throws IOException {
        ZfsCore core = core("ask();");
        assertFalse(assertThrows(
                        UnfinishedException.class, () -> core.makeClone("tank/a@1", "tank/a_1", List.of("setuid=0")))
                .goesOn());
    }

    @Test
    void one_that_does_not_answer_in_time_may_do_it_yet() throws IOException {
        ZfsCore core = core(Duration.ZERO, "sleep();");
        UnfinishedException late =
                assertThrows(UnfinishedException.class, () -> core.makeClone("tank/a@1", "tank/a_1", List.of()));
        assertTrue(late.goesOn());
        assertEquals("zfs took longer than 0 s in the pool tank", late.getMessage());
    }

    @Test
    void a_missing_program_is_named() {
        ZfsCore core = new ZfsCore(Bytes.utf8("/no/mayfly-zfs"), Duration.ofMinutes(1));
        StoreException failure = assertThrows(StoreException.class, () -> core.look("tank", "return", List.of()));
        assertEquals("cannot start /no/mayfly-zfs: No such file or directory", failure.getMessage());
        assertEquals("install Mayfly again, or run make", failure.remedy());
    }

    @Test
    void an_answer_says_how_it_went() throws IOException {
        assertEquals("", ZfsCore.result("done "));
        assertEquals("a b", ZfsCore.result("done a b"));
        assertEquals("out of space", failure("failed out of space"));
        assertEquals("there is none", failure("unusable there is none"));
        assertEquals("mayfly-zfs answers nonsense", failure("nonsense"));
    }

    private static String failure(String answer) {
        return String.valueOf(
                assertThrows(IOException.class, () -> ZfsCore.result(answer)).getMessage());
    }

    @Test
    void the_failures_of_a_destruction_are_lines() throws IOException {
        assertEquals(Map.of("p/mf/a2", 16, "p/mf/a1", 2), ZfsClones.failures("p/mf/a2\t16\np/mf/a1\t2\n"));
        assertEquals(Map.of(), ZfsClones.failures(""));
        assertThrows(IOException.class, () -> ZfsClones.failures("cannot open"));
    }

    @Test
    void a_request_has_a_limit() throws IOException {
        ZfsCore core = new ZfsCore(Bytes.utf8("/no/program"), Duration.ofMinutes(1));
        assertEquals(
                "too much for one call of ZFS",
                assertThrows(IOException.class, () -> core.look("tank", "x".repeat(70_000), List.of()))
                        .getMessage());
    }
}
