package mayfly.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import mayfly.client.FakeService.Door;
import mayfly.client.FakeService.Init;
import mayfly.client.FakeService.InitEnd;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.Frame.Outcome;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class MayflyTest {
    private static final Frame.Claimed CLAIMED = claimed(List.of());

    private static Frame.Claimed claimed(List<Bytes> env) {
        return new Frame.Claimed(
                2, 0, Optional.empty(), Optional.empty(), env, OptionalInt.empty(), "\"template\":\"host\"", List.of());
    }

    private static Frame.Ended ended(Outcome outcome) {
        return new Frame.Ended(outcome, 12_345, 6_000, 7_001, 1_024);
    }

    /** A command that does something with its descriptors and exits with 0. */
    private static Init command(Init work) {
        return end -> {
            end.next();
            work.serve(end);
            end.send(ended(new Outcome.Exited(0)));
        };
    }

    private static void print(InitEnd end, int descriptor, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Descriptors.writeFully(
                end.descriptors().get(descriptor),
                ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
    }

    private static Bytes readInput(InitEnd end) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        while (Descriptors.read(end.descriptors().get(0), buffer) > 0) {}
        buffer.flip();
        return Bytes.take(buffer, buffer.remaining());
    }

    private static Result run(Path runtime, Run run, Door... doors) throws Exception {
        try (FakeService service = new FakeService(runtime, doors);
                Mayfly mayfly = Mayfly.connect(runtime)) {
            return mayfly.run(run);
        }
    }

    @Test
    void outputs_are_captured_apart(@TempDir Path runtime) throws Exception {
        Init init = command(end -> {
            print(end, 1, "out");
            print(end, 2, "err");
        });
        Result result = run(runtime, Run.of("x"), FakeService.granting(CLAIMED, init));
        assertEquals("out", result.stdout().text());
        assertEquals("err", result.stderr().text());
        assertEquals(0, result.status());
        assertEquals(Duration.ofNanos(12_345_000), result.elapsed());
        assertEquals(Duration.ofMillis(6), result.user());
        assertEquals(Duration.ofNanos(7_001_000), result.system());
        assertEquals(1_024, result.peakKib());
        assertEquals("{\"template\":\"host\"}", result.origin());
    }

    @Test
    void what_exceeds_the_bound_is_dropped_and_told(@TempDir Path runtime) throws Exception {
        Init init = command(end -> print(end, 1, "0123456789".repeat(100_000)));
        Result result = run(runtime, Run.of("x").capture(15), FakeService.granting(CLAIMED, init));
        assertEquals("012345678901234", result.stdout().text());
        assertTrue(result.stdout().truncated());
        assertFalse(result.stderr().truncated());
    }

    @Test
    void the_command_reads_the_bytes_it_is_given(@TempDir Path runtime) throws Exception {
        Bytes input = Bytes.utf8("a line\n".repeat(50_000));
        Init init = command(end -> print(end, 1, Integer.toString(readInput(end).length())));
        Run run = Run.of("x").stdin(input);
        assertEquals(
                Integer.toString(input.length()),
                run(runtime, run, FakeService.granting(CLAIMED, init)).stdout().text());
    }

    @Test
    void a_command_that_does_not_read_ends_all_the_same(@TempDir Path runtime) throws Exception {
        Run run = Run.of("x").stdin(Bytes.utf8("x".repeat(1 << 20)));
        assertEquals(
                0,
                run(runtime, run, FakeService.granting(CLAIMED, command(end -> {})))
                        .status());
    }

    @Test
    void streams_are_copied(@TempDir Path runtime) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Init init = command(end -> {
            print(end, 1, readInput(end).text());
            print(end, 2, "!");
        });
        Run run = Run.of("x")
                .stdin(new ByteArrayInputStream("through".getBytes(StandardCharsets.US_ASCII)))
                .streams(out, err);
        run(runtime, run, FakeService.granting(CLAIMED, init));
        assertEquals("through", out.toString(StandardCharsets.US_ASCII));
        assertEquals("!", err.toString(StandardCharsets.US_ASCII));
    }

    @Test
    void a_signal_s_number_is_added_to_128(@TempDir Path runtime) throws Exception {
        Init init = end -> {
            end.next();
            end.send(ended(new Outcome.Killed(Kernel.SIGTERM)));
        };
        Result result = run(runtime, Run.of("x"), FakeService.granting(CLAIMED, init));
        assertEquals(OptionalInt.of(15), result.signal());
        assertEquals(OptionalInt.empty(), result.exit());
        assertEquals(143, result.status());
    }

    @Test
    void a_command_gets_its_arguments_and_the_default_variables(@TempDir Path runtime) throws Exception {
        List<Frame.Run> runs = new ArrayList<>();
        Init init = end -> {
            runs.add((Frame.Run) end.next());
            end.send(ended(new Outcome.Exited(0)));
        };
        Bytes odd = Bytes.of(new byte[] {(byte) 0xFE, '\n'});
        run(
                runtime,
                Run.of(List.of(Bytes.utf8("printf"), odd)),
                FakeService.granting(claimed(List.of(Bytes.utf8("MADE=up"))), init));
        Frame.Run run = runs.get(0);
        assertEquals(List.of(Bytes.utf8("printf"), odd), run.argv());
        assertTrue(run.environ().contains(Bytes.utf8("PATH=" + System.getenv("PATH"))));
        assertTrue(run.environ().contains(Bytes.utf8("MADE=up")));
        assertEquals(7, run.open());
        assertEquals(0, run.pty());
        assertEquals(Optional.empty(), run.workdir());
    }

    @Test
    void options_stand_before_the_command(@TempDir Path runtime) throws Exception {
        try (FakeService service = new FakeService(runtime, FakeService.granting(CLAIMED, command(end -> {})));
                Mayfly mayfly = Mayfly.connect(runtime)) {
            Run run = Run.of("--bind")
                    .template("t")
                    .shareNet()
                    .chdir("/d")
                    .bindReadOnly("/a", "/b")
                    .env("N", "v");
            // The answer's FIRST is for a run without options: the command is what it says.
            mayfly.run(run);
            Frame.Claim claim = assertInstanceOf(Frame.Claim.class, service.nextRequest());
            assertEquals(
                    "mayfly --template t --share-net --chdir /d --bind /a:/b:ro --env N=v -- --bind",
                    String.join(" ", claim.words().stream().map(Bytes::text).toList()));
            assertEquals(
                    System.getProperty("user.dir"), claim.cwd().orElseThrow().text());
        }
    }

    @Test
    void a_refusal_is_told_as_it_is(@TempDir Path runtime) {
        Frame refusal = new Frame.Refused(1, 125, "cannot find template x: none", Optional.of("add it"));
        MayflyException e =
                assertThrows(MayflyException.class, () -> run(runtime, Run.of("x"), FakeService.answering(refusal)));
        assertEquals("cannot find template x: none", e.getMessage());
        assertEquals(Optional.of("add it"), e.remedy());
        assertEquals(125, e.status());
    }

    @Test
    void a_command_that_is_not_found_is_an_exception_with_status_127(@TempDir Path runtime) {
        Init init = end -> {
            end.next();
            end.send(new Frame.Failed(127, "cannot run x: No such file or directory", Optional.empty()));
        };
        MayflyException e = assertThrows(
                MayflyException.class, () -> run(runtime, Run.of("x"), FakeService.granting(CLAIMED, init)));
        assertEquals(127, e.status());
        assertEquals("cannot run x: No such file or directory", e.getMessage());
    }

    @Test
    void a_message_stays_on_its_line(@TempDir Path runtime) {
        Init init = end -> {
            end.next();
            end.send(new Frame.Failed(127, "cannot run x\ny\u001b[2J: none", Optional.of("a\nb")));
        };
        MayflyException e = assertThrows(
                MayflyException.class, () -> run(runtime, Run.of("x"), FakeService.granting(CLAIMED, init)));
        assertEquals("cannot run x\\ny\\u001b[2J: none", e.getMessage());
        assertEquals(Optional.of("a\\nb"), e.remedy());
    }

    @Test
    void a_sandbox_that_ends_without_a_word_is_told(@TempDir Path runtime) {
        MayflyException e = assertThrows(
                MayflyException.class, () -> run(runtime, Run.of("x"), FakeService.granting(CLAIMED, InitEnd::next)));
        assertEquals("cannot finish the command: its sandbox ended unexpectedly", e.getMessage());
        assertEquals(125, e.status());
    }

    @Test
    void a_service_that_ends_during_the_request_is_asked_again(@TempDir Path runtime) throws Exception {
        Door leaving = FakeService.leaving();
        Door granting = FakeService.granting(CLAIMED, command(end -> {}));
        assertEquals(0, run(runtime, Run.of("x"), leaving, leaving, granting).status());
    }

    @Test
    void the_third_end_during_the_request_is_told(@TempDir Path runtime) {
        MayflyException e = assertThrows(MayflyException.class, () -> run(runtime, Run.of("x"), FakeService.leaving()));
        assertEquals("cannot claim a sandbox: the service ended during the request", e.getMessage());
    }

    @Test
    void an_answer_out_of_turn_is_another_version_s(@TempDir Path runtime) {
        MayflyException e = assertThrows(
                MayflyException.class, () -> run(runtime, Run.of("x"), FakeService.answering(new Frame.Answer("{}"))));
        assertEquals("cannot claim a sandbox: the service does not speak this client's protocol", e.getMessage());
    }

    @Test
    void an_interrupt_terminates_the_command(@TempDir Path runtime) throws Exception {
        List<Frame> sent = new ArrayList<>();
        CountDownLatch running = new CountDownLatch(1);
        Init init = end -> {
            end.next();
            running.countDown();
            sent.add(end.next());
            end.send(ended(new Outcome.Killed(Kernel.SIGTERM)));
        };
        try (FakeService service = new FakeService(runtime, FakeService.granting(CLAIMED, init));
                Mayfly mayfly = Mayfly.connect(runtime)) {
            Thread caller = Thread.currentThread();
            Thread interrupter = new Thread(() -> {
                try {
                    running.await();
                    caller.interrupt();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            interrupter.start();
            assertThrows(InterruptedException.class, () -> mayfly.run(Run.of("x")));
            interrupter.join();
        }
        assertEquals(List.of(new Frame.Signal(Kernel.SIGTERM)), sent);
    }

    @Test
    void a_running_command_gets_signals_and_ends_with_its_handle(@TempDir Path runtime) throws Exception {
        List<Frame> sent = new ArrayList<>();
        CountDownLatch gone = new CountDownLatch(1);
        Init init = end -> {
            end.next();
            sent.add(end.next());
            assertThrows(IOException.class, end::next);
            gone.countDown();
        };
        try (FakeService service = new FakeService(runtime, FakeService.granting(CLAIMED, init));
                Mayfly mayfly = Mayfly.connect(runtime)) {
            try (Running running = mayfly.start(Run.of("x"))) {
                running.signal(Kernel.SIGUSR1);
                assertFalse(running.await(Duration.ofMillis(1)));
                while (sent.isEmpty()) {
                    Thread.onSpinWait();
                }
            }
            gone.await();
        }
        assertEquals(List.of(new Frame.Signal(Kernel.SIGUSR1)), sent);
    }

    @Test
    void other_questions_are_answered_or_nobody_is_there(@TempDir Path runtime) throws Exception {
        try (Mayfly mayfly = Mayfly.connect(runtime)) {
            assertEquals(
                    "cannot reach a service: none is running",
                    assertThrows(MayflyException.class, mayfly::status).getMessage());
            assertFalse(mayfly.stopService());
            try (FakeService service = new FakeService(runtime, FakeService.answering(new Frame.Answer("{\"a\":1}")))) {
                assertEquals("{\"a\":1}", mayfly.status());
                assertEquals(new Frame.Ask("{\"ask\":\"status\"}"), service.nextRequest());
            }
        }
    }

    @Test
    void a_service_that_does_not_start_shows_its_log(@TempDir Path directory) throws Exception {
        Path runtime = directory.resolve("runtime");
        MayflyException e = startWith(directory, runtime, "#!/bin/sh\necho \"no $1\" >&2\nexit 1\n");
        assertEquals(
                "cannot start the service: it ended; the last of " + runtime + "/service.log:\nno serve",
                e.getMessage());
        assertEquals(Optional.of("mayfly doctor says what this machine lacks"), e.remedy());
        assertEquals(
                "rwx",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(runtime))
                        .substring(0, 3));
    }

    @Test
    void a_service_starts_with_a_clean_environment_and_no_input(@TempDir Path directory) throws Exception {
        MayflyException e = startWith(
                directory, directory.resolve("runtime"), "#!/bin/sh\ncat >&2\nenv | grep -c JAVA >&2\npwd >&2\n");
        assertTrue(String.valueOf(e.getMessage()).endsWith("service.log:\n0\n/"), e::getMessage);
    }

    private static MayflyException startWith(Path directory, Path runtime, String launcher) throws Exception {
        Path script = directory.resolve("mayfly-java");
        Files.writeString(script, launcher);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        System.setProperty("mayfly.lib", directory.toString());
        try (Mayfly mayfly = Mayfly.connect(runtime)) {
            return assertThrows(MayflyException.class, () -> mayfly.run(Run.of("x")));
        } finally {
            System.clearProperty("mayfly.lib");
        }
    }
}
