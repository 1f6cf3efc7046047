package mayfly.clonepool.service;

import static mayfly.clonepool.service.TestService.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.Limits;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.config.TemplateConfiguration.Access;
import mayfly.clonepool.config.TemplateConfiguration.Place;
import mayfly.clonepool.config.TemplateConfiguration.Stock;
import mayfly.clonepool.config.TemplateConfiguration.Store;
import mayfly.clonepool.config.TemplateConfiguration.Upper;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.Protocol;
import mayfly.clonepool.store.Program;
import mayfly.clonepool.store.Transition;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.FileModes;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.Sockets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real service in this process, with real clients and real processes, but no real sandboxes. */
@Timeout(60)
final class ServiceTest {
    private static final Configuration DEFAULTS = Configuration.defaults();

    private Path directory = Path.of("/");

    @BeforeEach
    void aDirectory(@TempDir Path temporary) {
        directory = temporary;
    }

    private TestService service() throws Exception {
        return new TestService(directory).start(DEFAULTS);
    }

    private static Configuration limited(Limits limits) {
        return new Configuration(
                DEFAULTS.defaultTemplate(), DEFAULTS.idle(), DEFAULTS.imageBytes(), limits, DEFAULTS.templates());
    }

    @Test
    void a_claim_is_answered_with_a_sandbox() throws Exception {
        try (TestService service = service();
                TestClient client = service.client().claims("true")) {
            Frame.Claimed claimed = client.isClaimed();
            assertEquals(1, claimed.first());
            assertEquals(Protocol.FLAG_CALLERS_DIRECTORY, claimed.flags());
            assertTrue(
                    claimed.origin()
                            .matches("\"template\":\"host\",\"snapshot\":null,\"backend\":\"bwrap\","
                                    + "\"clone\":\"host_[0-9]+\""),
                    claimed.origin());
            assertEquals(Optional.empty(), claimed.shell());
            assertEquals(List.of(), claimed.notes());
            assertTrue(Descriptors.isOpen(client.sandbox()));
        }
    }

    @Test
    void a_second_claim_finds_a_parked_sandbox() throws Exception {
        try (TestService service = service()) {
            try (TestClient client = service.client().claims("true")) {
                client.isClaimed();
            }
            await(() -> service.status().contains("\"parked\":1,\"making\":0"));
            try (TestClient client = service.client().claims("-x", "true")) {
                assertTrue(client.isClaimed().notes().contains("took a parked sandbox"));
            }
            assertTrue(service.status().contains("\"claims\":2,\"hits\":1"));
        }
    }

    @Test
    void a_lease_that_ends_takes_its_sandbox_and_its_clone_with_it() throws Exception {
        try (TestService service = service()) {
            try (TestClient client = service.client().claims("true")) {
                client.isClaimed();
                await(() -> service.status().contains("\"parked\":1"));
                await(() -> service.clones().size() == 2);
            }
            await(() -> service.clones().size() == 1);
            await(() -> service.status().contains("\"running\":0"));
        }
    }

    @Test
    void what_was_asked_for_is_told_to_the_client() throws Exception {
        try (TestService service = service();
                TestClient client = service.client()
                        .claims("run", "-iq", "-p", "x", "-v", "A:1", "-v", "B", "--status-fd", "5", "--", "ls")) {
            Frame.Claimed claimed = client.isClaimed();
            assertEquals(12, claimed.first());
            assertEquals(Protocol.FLAG_IGNORE_SIGINT | Protocol.FLAG_QUIET, claimed.flags());
            assertEquals(Optional.of(Bytes.utf8("/tmp/x")), claimed.chdir());
            assertEquals(List.of(Bytes.utf8("A=1"), Bytes.utf8("B")), claimed.env());
            assertEquals(5, claimed.statusFd().orElseThrow());
        }
    }

    @Test
    void a_claim_without_a_command_gets_the_users_shell() throws Exception {
        try (TestService service = service();
                TestClient client = service.client().claims("-q")) {
            Frame.Claimed claimed = client.isClaimed();
            assertEquals(2, claimed.first());
            assertTrue(claimed.shell().orElseThrow().startsWith(Bytes.utf8("/")));
        }
    }

    @Test
    void what_cannot_be_is_refused_with_a_remedy() throws Exception {
        try (TestService service = service()) {
            try (TestClient client = service.client().claims("-z", "hist", "true")) {
                assertEquals(
                        new Frame.Refused(
                                1,
                                125,
                                "cannot use template hist: there is no such template (did you mean host?)",
                                Optional.of("mayfly template list shows the templates")),
                        client.isRefused());
                assertEquals(Optional.empty(), client.hears());
            }
            try (TestClient client = service.client().claims("--foo")) {
                assertEquals(
                        "cannot read the command line: unknown option --foo",
                        client.isRefused().message());
            }
        }
    }

    @Test
    void a_sandbox_that_cannot_be_made_is_refused_with_its_reason_and_leaves_nothing() throws Exception {
        // None is parked, which might begin before the file goes.
        try (TestService service = new TestService(directory).start(limited(new Limits(512, 256, 0, 0, 0, 4096)))) {
            Path fail = Files.writeString(service.lib().resolve("fail"), "bwrap: no luck\n");
            try (TestClient client = service.client().claims("true")) {
                assertEquals(
                        "cannot start a sandbox: no luck", client.isRefused().message());
            }
            await(() -> service.clones().isEmpty());
            assertTrue(service.status().contains("\"last_error\":\"cannot start a sandbox: no luck\""));
            Files.delete(fail);
            try (TestClient client = service.client().claims("true")) {
                client.isClaimed();
            }
        }
    }

    @Test
    void a_session_that_cannot_begin_gives_back_all_that_it_had() throws Exception {
        try (TestService service = new TestService(directory).start(limited(new Limits(512, 1, 0, 0, 0, 4096)))) {
            Path sessions = service.runtimeDir().resolve("sessions");
            Files.createFile(Files.createDirectories(sessions).resolve(Long.toString(Accounts.effectiveUid())));
            for (int i = 0; i < 2; i++) {
                try (TestClient client = service.client().claims("session", "start", "one")) {
                    String why = client.isRefused().message();
                    assertTrue(why.startsWith("cannot start a session: "), why);
                }
                await(() -> service.clones().isEmpty());
            }
            assertTrue(service.status().contains("\"running\":0,\"sessions\":0"), service.status());
        }
    }

    @Test
    void a_sandbox_whose_outermost_process_has_been_killed_before_it_was_ready_is_not_given_out() throws Exception {
        try (TestService service = service()) {
            Path orphan = Files.createFile(service.lib().resolve("orphan"));
            try (TestClient client = service.client().claims("true")) {
                assertEquals(
                        "cannot start a sandbox: it ended without saying why",
                        client.isRefused().message());
            }
            Files.delete(orphan);
            await(() -> service.clones().isEmpty());
        }
    }

    @Test
    void a_start_that_neither_goes_on_nor_ends_is_killed_with_all_its_processes() throws Exception {
        // None is parked, which might begin before the file goes and end well after it.
        Limits limits = new Limits(512, 256, 0, 0, 0, 4096);
        try (TestService service = new TestService(directory).start(limited(limits))) {
            Path leave = Files.createFile(service.lib().resolve("leave"));
            try (TestClient client = service.client().claims("true")) {
                assertEquals(
                        "cannot start a sandbox: it ended without saying why",
                        client.isRefused().message());
            }
            Files.delete(leave);
            long left = Long.parseLong(
                    Files.readString(service.lib().resolve("left")).strip());
            await(() -> hasEnded(left));
            await(() -> service.clones().isEmpty());
        }
    }

    /** Whether the process has ended, be it still to be reaped by whoever inherited it. */
    private static boolean hasEnded(long pid) throws IOException {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") Z ");
        } catch (NoSuchFileException e) {
            return true;
        }
    }

    @Test
    void a_template_whose_directory_is_gone_costs_no_clones() throws Exception {
        TemplateConfiguration gone = new TemplateConfiguration(
                "gone",
                Store.OVERLAY,
                new Place(Optional.of("/no/where"), Optional.empty(), Optional.empty()),
                Stock.defaults(),
                Upper.MEMORY,
                "50%",
                Access.everybody());
        Configuration configuration = new Configuration(
                "gone",
                DEFAULTS.idle(),
                DEFAULTS.imageBytes(),
                DEFAULTS.limits(),
                Map.of("gone", gone, "host", DEFAULTS.templates().get("host")));
        try (TestService service = new TestService(directory).start(configuration)) {
            try (TestClient client = service.client().claims("true")) {
                assertTrue(client.isRefused().message().contains("/no/where"));
            }
            await(() -> service.clones().isEmpty());
        }
    }

    @Test
    void a_missing_bind_source_is_named() throws Exception {
        try (TestService service = service();
                TestClient client = service.client().claims("-d", "/no/where:/mnt/x", "true")) {
            assertEquals(
                    "cannot bind /no/where: No such file or directory",
                    client.isRefused().message());
            assertTrue(service.status().contains("\"last_error\":null"), "it is nobody else's business");
        }
    }

    @Test
    void a_directory_to_run_in_is_looked_at() throws Exception {
        try (TestService service = service()) {
            Path file = Files.createFile(directory.resolve("file"));
            try (TestClient client = service.client().claims("-t", file.toString(), "true")) {
                assertEquals(
                        "cannot use the directory " + file + ": it is not a directory",
                        client.isRefused().message());
            }
            try (TestClient client = service.client().claims("-t", directory.toString(), "true")) {
                assertTrue(client.isClaimed().origin().contains("\"template\":null"));
            }
        }
    }

    @Test
    void a_client_of_another_version_is_told_so() throws Exception {
        byte[] claim = {10, 0, 0, 0, 1, 1, 4, 0, 0, 0, 2, 0, 0, 0};
        try (TestService service = service();
                TestClient client = service.client().says(claim)) {
            assertEquals(
                    "cannot serve this client: it speaks version 2 of the protocol, the service version 1",
                    client.isRefused().message());
        }
    }

    @Test
    void who_breaks_the_protocol_is_thrown_out_and_others_are_served() throws Exception {
        try (TestService service = service()) {
            Frame.Claim claim = new Frame.Claim(List.of(Bytes.utf8("mayfly")), false, Optional.empty(), List.of());
            int nothing = Descriptors.open(Bytes.utf8("/dev/null"), Kernel.O_RDWR, 0);
            List<TestClient> breakers = List.of(
                    service.client().says((byte) 0, (byte) 0, (byte) 0, (byte) 0),
                    service.client().says((byte) -1, (byte) -1, (byte) -1, (byte) -1),
                    service.client().says(new Frame.Parked()),
                    service.client().with(nothing).says(claim),
                    service.client().says((byte) 0, (byte) 0, (byte) 5, (byte) 0, (byte) 1));
            for (TestClient breaker : breakers) {
                assertEquals(Optional.empty(), breaker.hears());
                breaker.close();
            }
            Descriptors.close(nothing);
            try (TestClient client = service.client().claims("true")) {
                client.isClaimed();
            }
        }
    }

    @Test
    void random_bytes_harm_nobody() throws Exception {
        try (TestService service = service()) {
            Random random = new Random(7);
            List<TestClient> clients = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                byte[] bytes = new byte[1 + random.nextInt(200)];
                random.nextBytes(bytes);
                clients.add(service.client().says(bytes));
            }
            try (TestClient client = service.client().claims("true")) {
                client.isClaimed();
            }
            clients.forEach(TestClient::close);
        }
    }

    @Test
    void a_request_may_come_in_pieces_but_not_for_ever() throws Exception {
        try (TestService service = service();
                TestClient pieces = service.client();
                TestClient slow = service.client()) {
            slow.says((byte) 20, (byte) 0);
            byte[] ask = {
                32, 0, 0, 0, 4, 1, 4, 0, 0, 0, 1, 0, 0, 0, 16, 17, 0, 0, 0, '{', '"', 'a', 's', 'k', '"', ':', '"', 's',
                't', 'a', 't', 'u', 's', '"', '}'
            };
            ask[15] = (byte) (ask.length - 19);
            ask[0] = (byte) (ask.length - 4);
            for (byte one : ask) {
                pieces.says(one);
            }
            assertTrue(pieces.isAnswered().startsWith("{\"version\":"));
            long start = System.nanoTime();
            assertEquals(Optional.empty(), slow.hears());
            assertTrue(System.nanoTime() - start < Duration.ofSeconds(20).toNanos());
        }
    }

    @Test
    void what_waiting_claims_fill_is_bounded_and_comes_back() throws Exception {
        try (TestService service = service()) {
            Path gate = service.lib().resolve("gate");
            Program.at("/usr/bin/mkfifo").with(gate.toString()).run(Duration.ofSeconds(5), 100);
            String variable = "A=" + "a".repeat(190_000);
            List<TestClient> clients = new ArrayList<>();
            for (int i = 0; i < 21; i++) {
                clients.add(service.client().claims("-v", variable, "true"));
            }
            await(() -> service.status().contains("\"waiting\":21"));
            try (TestClient tooMuch = service.client().claims("-v", variable, "true")) {
                assertEquals(
                        "cannot claim a sandbox: claims that are waiting fill the memory for them",
                        tooMuch.isRefused().message());
            }
            clients.forEach(TestClient::close);
            await(() -> service.status().contains("\"running\":0"));
            try (RandomAccessFile opened = opened(gate);
                    TestClient next = service.client().claims("-v", variable, "true")) {
                next.isClaimed();
                Files.delete(gate);
            }
        }
    }

    @Test
    void a_claim_with_a_working_directory_that_is_none_loses_its_connection() throws Exception {
        try (TestService service = service();
                TestClient client = service.client()) {
            client.says(new Frame.Claim(
                    List.of(Bytes.utf8("mayfly"), Bytes.utf8("-dx:/x"), Bytes.utf8("true")),
                    false,
                    Optional.of(Bytes.empty()),
                    List.of()));
            assertEquals(Optional.empty(), client.hears());
        }
    }

    @Test
    void a_client_that_says_more_after_its_claim_loses_its_lease() throws Exception {
        try (TestService service = service();
                TestClient client = service.client().claims("true")) {
            client.isClaimed();
            client.says((byte) 1);
            assertEquals(Optional.empty(), client.hears());
        }
    }

    @Test
    void who_gives_up_waiting_loses_the_place_and_the_next_is_served() throws Exception {
        try (TestService service = service()) {
            Path gate = service.lib().resolve("gate");
            Program.at("/usr/bin/mkfifo").with(gate.toString()).run(Duration.ofSeconds(5), 100);
            TestClient first = service.client().claims("true");
            await(() -> service.status().contains("\"waiting\":1"));
            first.close();
            await(() -> service.status().contains("\"waiting\":0"));
            TestClient second = service.client().claims("true");
            await(() -> service.status().contains("\"waiting\":1"));
            try (second;
                    RandomAccessFile opened = opened(gate)) {
                second.isClaimed();
                Files.delete(gate);
            }
        }
    }

    /** Lets through who waits at the gate and, until it is closed, who comes to it: a word for each, and for more. */
    private static RandomAccessFile opened(Path gate) throws IOException {
        RandomAccessFile opened = new RandomAccessFile(gate.toFile(), "rw");
        opened.writeBytes("go\n".repeat(1000));
        return opened;
    }

    @Test
    void a_sandbox_that_does_not_end_with_its_lease_is_killed() throws Exception {
        try (TestService service = service()) {
            Files.createFile(service.lib().resolve("stubborn"));
            TestClient client = service.client().claims("true");
            client.isClaimed();
            await(() -> service.status().contains("\"parked\":1,\"making\":0"));
            client.close();
            await(() -> service.clones().size() == 1);
        }
    }

    @Test
    void a_parked_sandbox_that_dies_is_noticed() throws Exception {
        try (TestService service = service()) {
            Files.createFile(service.lib().resolve("stubborn"));
            try (TestClient client = service.client().claims("true")) {
                client.isClaimed();
                await(() -> service.status().contains("\"parked\":1,\"making\":0"));
                await(() -> {
                    // Again and again: one that has just said that it is parked is still the script.
                    ProcessHandle.current()
                            .children()
                            .filter(child -> child.info().command().orElse("").endsWith("/sleep"))
                            .forEach(ProcessHandle::destroyForcibly);
                    return service.status().contains("\"running\":0")
                            && service.clones().isEmpty();
                });
            }
        }
    }

    @Test
    void when_a_limit_is_reached_claims_wait_for_their_turn() throws Exception {
        try (TestService service = new TestService(directory).start(limited(new Limits(1, 1, 4, 4, 4, 100)));
                TestClient first = service.client().claims("true")) {
            first.isClaimed();
            try (TestClient second = service.client().claims("true")) {
                await(() -> service.status().contains("\"parked\":1,\"making\":0"));
                assertTrue(service.status().contains("\"running\":1"));
                first.close();
                second.isClaimed();
            }
        }
    }

    @Test
    void a_user_has_so_many_connections_and_no_more() throws Exception {
        try (TestService service = service()) {
            List<TestClient> clients = new ArrayList<>();
            for (int i = 0; i < Protocol.CONNECTIONS_PER_UID; i++) {
                clients.add(service.client());
            }
            try (TestClient tooMany = service.client()) {
                assertEquals(Optional.empty(), tooMany.hears());
            }
            clients.forEach(TestClient::close);
            service.status();
        }
    }

    @Test
    void questions_are_answered() throws Exception {
        try (TestService service = service()) {
            String status = service.status();
            for (String part : List.of(
                    "\"uptime_seconds\":",
                    "{\"name\":\"host\",\"store\":\"overlay\",\"path\":\"/\",\"snapshot\":null,",
                    "\"limits\":{\"sandboxes\":512,\"sandboxes_per_user\":256,\"parked\":16,\"parked_per_shape\":8,\"parked_per_user\":16,\"clones\":4096,\"processes\":4096,\"sessions_per_user\":16}")) {
                assertTrue(status.contains(part), status);
            }
            try (TestClient client = service.client().says(new Frame.Ask("{\"ask\":\"templates\"}"))) {
                assertEquals(
                        "{\"templates\":[{\"name\":\"host\",\"store\":\"overlay\",\"path\":\"/\",\"snapshot\":null,\"default\":true}]}",
                        client.isAnswered());
            }
            try (TestClient client = service.client().says(new Frame.Ask("{\"ask\":\"what\"}"))) {
                assertEquals(125, client.isRefused().status());
            }
        }
    }

    @Test
    void a_service_that_ends_gives_up_what_is_parked_and_leaves_leases_alone() throws Exception {
        TestService service = service();
        try (TestClient client = service.client().claims("true")) {
            client.isClaimed();
            await(() -> service.status().contains("\"parked\":1,\"making\":0"));
            service.close();
            assertEquals(List.of(), service.awaitEnd());
            assertFalse(Files.exists(service.runtimeDir().resolve("mayfly.sock")));
            assertEquals(1, service.clones().size());
            Descriptors.writeFully(
                    client.sandbox(), ByteBuffer.allocateDirect(1).put((byte) 1).flip());
            try (TestService next = service()) {
                assertTrue(next.status().contains("\"running\":1,\"sessions\":0,\"adopted\":1"), next.status());
                assertTrue(next.status().contains("\"leased\":1"), next.status());
                assertEquals(1, next.clones().size());
                client.close();
                await(() -> next.clones().isEmpty());
                await(() -> next.status().contains("\"running\":0,\"sessions\":0,\"adopted\":0"));
                assertTrue(next.status().contains("\"leased\":0"), next.status());
            }
        }
    }

    @Test
    void what_a_dead_service_left_is_cleaned_up() throws Exception {
        Path clones = directory.resolve("run/clones");
        Files.createDirectories(clones);
        Files.setPosixFilePermissions(directory.resolve("run"), PosixFilePermissions.fromString("rwx------"));
        for (String name : List.of("host_1.making", "host_2", "host_3.used", "host_4.dirty", "gone_5")) {
            Files.createFile(Files.createDirectory(clones.resolve(name)).resolve("lock"));
        }
        try (TestService service = service()) {
            await(() -> service.clones().isEmpty());
        }
    }

    @Test
    void one_directory_has_one_service() throws Exception {
        try (TestService first = service()) {
            TestService second = new TestService(directory).start(DEFAULTS);
            Throwable failure = second.awaitEnd().get(0);
            assertEquals("cannot start the service: one is running in " + first.runtimeDir(), failure.getMessage());
            assertTrue(first.status().startsWith("{"));
        }
    }

    @Test
    void a_directory_that_others_may_enter_is_refused() throws Exception {
        Files.createDirectory(directory.resolve("run"));
        Files.setPosixFilePermissions(directory.resolve("run"), PosixFilePermissions.fromString("rwxrwxrwx"));
        Throwable failure = service().awaitEnd().get(0);
        assertEquals(
                "cannot start the service: " + directory.resolve("run") + " is open to other users",
                failure.getMessage());
    }

    @Test
    void a_directory_behind_a_link_is_refused() throws Exception {
        Files.createDirectory(directory.resolve("elsewhere"));
        Files.createSymbolicLink(directory.resolve("run"), directory.resolve("elsewhere"));
        Throwable failure = service().awaitEnd().get(0);
        assertEquals(
                "cannot start the service: " + directory.resolve("run") + " is not a directory", failure.getMessage());
    }

    @Test
    void a_users_own_service_ends_when_it_is_idle() throws Exception {
        Configuration hasty = new Configuration(
                DEFAULTS.defaultTemplate(),
                Duration.ofMillis(300),
                DEFAULTS.imageBytes(),
                DEFAULTS.limits(),
                Map.copyOf(DEFAULTS.templates()));
        TestService service = new TestService(directory).start(hasty);
        try (TestClient client = service.client().claims("true")) {
            client.isClaimed();
            await(() -> service.status().contains("\"parked\":1,\"making\":0"));
            client.close();
        }
        assertEquals(List.of(), service.awaitEnd());
        assertEquals(List.of(), service.clones());
        assertFalse(Files.exists(service.runtimeDir().resolve("mayfly.sock")));
    }

    @Test
    void an_inherited_socket_stays_and_who_waits_there_is_served_by_the_next_service() throws Exception {
        Configuration hasty = new Configuration(
                DEFAULTS.defaultTemplate(),
                Duration.ofMillis(300),
                DEFAULTS.imageBytes(),
                DEFAULTS.limits(),
                Map.copyOf(DEFAULTS.templates()));
        Path socket = directory.resolve("run/mayfly.sock");
        FileModes.makeDirectory(NativePath.bytes(socket.resolveSibling("")), 0700);
        int listener = Sockets.listen(NativePath.bytes(socket), 9);
        TestService service = new TestService(directory)
                .start(hasty, givens(Descriptors.duplicate(listener, 0)), Transition.Listener.none());
        assertTrue(service.status().contains("\"running\":0"));
        assertEquals(List.of(), service.awaitEnd());
        assertTrue(Files.exists(socket));

        try (TestClient waits = new TestClient(socket.resolveSibling(""))) {
            waits.says(new Frame.Ask("{\"ask\":\"status\"}"));
            TestService next = new TestService(directory)
                    .start(hasty, givens(Descriptors.duplicate(listener, 0)), Transition.Listener.none());
            assertTrue(waits.isAnswered().contains("\"running\":0"));
            assertEquals(List.of(), next.awaitEnd());
        }
        Descriptors.close(listener);
    }

    private static Service.Givens givens(int door) {
        Service.Givens none = Service.Givens.none();
        return new Service.Givens(OptionalInt.of(door), none.notifier(), none.hangup(), none.log());
    }

    @Test
    void an_address_in_use_is_refused() throws Exception {
        Path socket = directory.resolve("run/mayfly.sock");
        FileModes.makeDirectory(NativePath.bytes(socket.resolveSibling("")), 0700);
        int other = Sockets.listen(NativePath.bytes(socket), 9);
        List<Throwable> failures = new TestService(directory).start(DEFAULTS).awaitEnd();
        assertEquals(
                "cannot listen at " + socket + ": the address is in use, another program listens there",
                failures.get(0).getMessage());
        Descriptors.close(other);
    }

    @Test
    void only_the_owner_may_open_the_door() throws Exception {
        try (TestService service = service()) {
            assertEquals(
                    "rw-------",
                    PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(service.runtimeDir().resolve("mayfly.sock"))));
        }
    }
}
