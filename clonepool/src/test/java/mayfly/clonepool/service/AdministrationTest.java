package mayfly.clonepool.service;

import static mayfly.clonepool.service.TestService.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.config.TemplateConfiguration.Access;
import mayfly.clonepool.config.TemplateConfiguration.Place;
import mayfly.clonepool.config.TemplateConfiguration.Stock;
import mayfly.clonepool.config.TemplateConfiguration.Store;
import mayfly.clonepool.config.TemplateConfiguration.Upper;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.store.Transition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Questions about a directory template and its pool, to the real service in this process. */
@Timeout(90)
final class AdministrationTest {
    private static final Configuration DEFAULTS = Configuration.defaults();

    private Path directory = Path.of("/");
    private Path root = Path.of("/");

    @BeforeEach
    void aTemplate(@TempDir Path temporary) throws IOException {
        directory = temporary;
        root = temporary.resolve("root");
        Files.createDirectories(root.resolve("etc"));
        Files.writeString(root.resolve("etc/name"), "first");
    }

    private Configuration configuration() {
        TemplateConfiguration deb = new TemplateConfiguration(
                "deb",
                Store.DIRECTORY,
                new Place(Optional.of(root.toString()), Optional.empty(), Optional.empty()),
                new Stock(OptionalInt.of(1), OptionalInt.empty(), 0, OptionalLong.empty()),
                Upper.MEMORY,
                "50%",
                Access.everybody());
        return new Configuration(
                "host",
                DEFAULTS.idle(),
                DEFAULTS.imageBytes(),
                DEFAULTS.limits(),
                Map.of("deb", deb, "host", DEFAULTS.templates().get("host")));
    }

    private TestService service() throws Exception {
        return new TestService(directory).start(configuration());
    }

    private static Frame last(TestClient client) throws IOException {
        Optional<Frame> frame = client.hears();
        while (frame.isPresent() && frame.get() instanceof Frame.Progress) {
            frame = client.hears();
        }
        return frame.orElseThrow();
    }

    /** The answer, or the refusal's message. */
    private static String ask(TestService service, String json) throws IOException {
        try (TestClient client = service.client()) {
            client.says(new Frame.Ask(json.replace('\'', '"')));
            Frame last = last(client);
            return last instanceof Frame.Answer answer
                    ? answer.json().replace('"', '\'')
                    : ((Frame.Refused) last).message();
        }
    }

    /** The ready clones that are there. */
    private List<String> ready() throws IOException {
        Path clones = directory.resolve("data/clones");
        return Files.isDirectory(clones)
                ? TestService.names(clones).stream()
                        .filter(name -> name.matches("deb_[0-9]+"))
                        .toList()
                : List.of();
    }

    private static String held(TestService service) throws IOException {
        return service.status().replaceFirst(".*\"name\":\"deb\".*?\"drained\":([a-z]+).*", "$1");
    }

    @Test
    void a_refill_makes_so_many_clones_of_the_newest_snapshot() throws Exception {
        try (TestService service = service()) {
            assertEquals("{'snapshot':'s1'}", ask(service, "{'ask':'snapshot','template':'deb','name':'s1'}"));
            String answer = ask(service, "{'ask':'refill','template':'deb','ready':4}");
            // One that was under way for the older snapshot may count.
            assertTrue(
                    answer.matches("\\{'template':'deb','snapshot':'s1','ready':4,'made':[345],'discarded':[01]}"),
                    answer);
            await(() -> ready().size() == 4);
            List<String> before = ready();

            answer = ask(service, "{'ask':'refill','template':'deb','ready':2,'force':true}");
            assertTrue(answer.contains("'ready':2,'made':"), answer);
            await(() -> ready().size() == 2);
            assertFalse(ready().stream().anyMatch(before::contains));
        }
    }

    @Test
    void a_sweep_makes_nothing() throws Exception {
        try (TestService service = service()) {
            await(() -> ready().size() == 1);
            assertEquals(
                    "{'template':'deb','snapshot':null,'ready':1,'made':0,'discarded':0}",
                    ask(service, "{'ask':'refill','template':'deb','sweep':true}"));
            assertEquals(
                    "cannot sweep the pool of template deb: neither a number nor force goes with it, for nothing is made",
                    ask(service, "{'ask':'refill','template':'deb','sweep':true,'ready':3}"));
        }
    }

    @Test
    void more_clones_than_the_limit_are_refused() throws Exception {
        try (TestService service = service()) {
            assertEquals(
                    "cannot refill template deb: there may be 4096 clones of all templates together, the limit of"
                            + " [limits] clones",
                    ask(service, "{'ask':'refill','template':'deb','ready':4097}"));
        }
    }

    @Test
    void a_drained_pool_is_empty_until_it_is_refilled() throws Exception {
        try (TestService service = service()) {
            await(() -> ready().size() == 1);
            assertEquals("{'discarded':1}", ask(service, "{'ask':'drain'}"));
            assertEquals("true", held(service));
            await(() -> ready().isEmpty());
            try (TestClient client = service.client().claims("-z", "deb", "true")) {
                client.isClaimed();
            }
            ask(service, "{'ask':'refill','template':'deb'}");
            assertEquals("false", held(service));
            assertEquals(1, ready().size());
        }
    }

    @Test
    void snapshots_are_listed_the_oldest_first_and_get_the_time_for_a_name() throws Exception {
        try (TestService service = service()) {
            assertEquals("{'snapshots':[]}", ask(service, "{'ask':'snapshots','template':'deb'}"));
            String named = ask(service, "{'ask':'snapshot','template':'deb'}");
            assertTrue(named.matches("\\{'snapshot':'20[0-9]{6}-[0-9]{6}'}"), named);
            ask(service, "{'ask':'snapshot','template':'deb','name':'a'}");
            String all = ask(service, "{'ask':'snapshots','template':'deb'}");
            assertTrue(all.matches("\\{'snapshots':\\['20.*','a']}"), all);
            assertEquals(
                    "cannot snapshot template deb: there is a snapshot a",
                    ask(service, "{'ask':'snapshot','template':'deb','name':'a'}"));
            assertEquals(
                    "cannot snapshot template deb: no snapshot can be called ../x",
                    ask(service, "{'ask':'snapshot','template':'deb','name':'../x'}"));
        }
    }

    @Test
    void a_name_that_is_taken_gets_a_number() {
        assertEquals("t", Operations.unused("t", Set.of("s")));
        assertEquals("t-3", Operations.unused("t", Set.of("t", "t-2")));
    }

    @Test
    void a_rollback_gives_the_template_and_the_pool_what_they_had() throws Exception {
        try (TestService service = service()) {
            ask(service, "{'ask':'snapshot','template':'deb','name':'one'}");
            Files.writeString(root.resolve("etc/name"), "second");
            ask(service, "{'ask':'snapshot','template':'deb','name':'two'}");
            ask(service, "{'ask':'refill','template':'deb','ready':3}");

            assertEquals("{'snapshot':'one'}", ask(service, "{'ask':'rollback','template':'deb','snapshot':'one'}"));

            assertEquals("first", Files.readString(root.resolve("etc/name")));
            assertEquals("{'snapshots':['one']}", ask(service, "{'ask':'snapshots','template':'deb'}"));
            await(() -> ready().size() == 3);
            for (String clone : ready()) {
                assertEquals("first", Files.readString(directory.resolve("data/clones/" + clone + "/root/etc/name")));
            }
        }
    }

    @Test
    void a_rollback_goes_to_the_newest_snapshot_unless_another_is_named() throws Exception {
        try (TestService service = service()) {
            assertEquals(
                    "cannot roll back template deb: it has no snapshot",
                    ask(service, "{'ask':'rollback','template':'deb'}"));
            ask(service, "{'ask':'snapshot','template':'deb','name':'one'}");
            Files.writeString(root.resolve("etc/name"), "spoilt");
            assertEquals("{'snapshot':'one'}", ask(service, "{'ask':'rollback','template':'deb'}"));
            assertEquals("first", Files.readString(root.resolve("etc/name")));
            assertEquals(
                    "cannot roll back template deb: there is no snapshot ome (did you mean one?)",
                    ask(service, "{'ask':'rollback','template':'deb','snapshot':'ome'}"));
        }
    }

    @Test
    void a_snapshot_is_not_destroyed_while_a_command_runs_in_its_clone() throws Exception {
        try (TestService service = service()) {
            ask(service, "{'ask':'snapshot','template':'deb','name':'one'}");
            ask(service, "{'ask':'refill','template':'deb'}");
            String refusal =
                    "cannot destroy a snapshot of template deb: a command runs in one of the clones that have to"
                            + " be gone";
            try (TestClient client = service.client().claims("-z", "deb", "sleep")) {
                client.isClaimed();
                assertEquals(refusal, ask(service, "{'ask':'destroy','template':'deb','snapshot':'one'}"));
                assertEquals("false", held(service));
            }
            await(() -> service.status().contains("\"running\":0"));
            assertEquals(
                    "{'destroyed':'deb@one'}", ask(service, "{'ask':'destroy','template':'deb','snapshot':'one'}"));
            assertEquals("{'snapshots':[]}", ask(service, "{'ask':'snapshots','template':'deb'}"));
            try (TestClient client = service.client().claims("-z", "deb", "true")) {
                client.isClaimed();
            }
        }
    }

    @Test
    void a_clone_that_stays_is_told_of_and_the_pool_is_as_before() throws Exception {
        try (TestService service = service()) {
            ask(service, "{'ask':'snapshot','template':'deb','name':'one'}");
            // As a command of an earlier service has it.
            Path clone = directory.resolve("data/clones/deb_1.used");
            Files.createDirectories(clone);
            Files.writeString(clone.resolve("definition"), "\n1@two\n");
            assertEquals(
                    "cannot destroy template deb: a command runs in one of the clones that have to be gone",
                    ask(service, "{'ask':'destroy','template':'deb'}"));
            assertEquals("false", held(service));
            await(() -> ready().size() == 1);
            assertTrue(Files.exists(root.resolve("etc/name")));
        }
    }

    @Test
    void a_template_is_destroyed_and_created_again() throws Exception {
        try (TestService service = service()) {
            assertEquals(
                    "cannot create template deb: " + root + " exists",
                    ask(service, "{'ask':'create','template':'deb'}"));
            ask(service, "{'ask':'snapshot','template':'deb'}");
            assertEquals("{'destroyed':'deb'}", ask(service, "{'ask':'destroy','template':'deb'}"));
            assertFalse(Files.exists(root));
            assertEquals(List.of(), ready());
            assertEquals("true", held(service));
            assertEquals(
                    "cannot use template deb: " + root + " is not a directory",
                    ask(service, "{'ask':'path','template':'deb'}"));
            assertEquals("{'template':'deb','path':'" + root + "'}", ask(service, "{'ask':'create','template':'deb'}"));
            assertEquals("{'path':'" + root + "'}", ask(service, "{'ask':'path','template':'deb'}"));
            assertEquals("false", held(service));
            await(() -> ready().size() == 1);
        }
    }

    @Test
    void a_template_that_a_command_works_in_stays_as_it_is() throws Exception {
        try (TestService service = service()) {
            ask(service, "{'ask':'snapshot','template':'deb','name':'one'}");
            Path link = Files.createSymbolicLink(directory.resolve("link"), root);
            String reason = " template deb: a command runs in the template itself, in " + root.toRealPath();
            for (Path place : List.of(root, link, root.resolve("etc"))) {
                try (TestClient client = service.client().claims("-t", place.toString(), "sleep")) {
                    client.isClaimed();
                    assertEquals("cannot roll back" + reason, ask(service, "{'ask':'rollback','template':'deb'}"));
                    assertEquals("cannot destroy" + reason, ask(service, "{'ask':'destroy','template':'deb'}"));
                }
                await(() -> service.status().contains("\"running\":0"));
            }
            try (TestClient client = service.client().claims("-t", root.toString(), "sleep")) {
                client.isClaimed();
                assertEquals(
                        "{'destroyed':'deb@one'}", ask(service, "{'ask':'destroy','template':'deb','snapshot':'one'}"));
            }
        }
    }

    @Test
    void a_template_is_not_destroyed_under_a_sandbox_that_is_being_made() throws Exception {
        Gate gate = new Gate();
        try (TestService service = new TestService(directory).start(configuration(), gate)) {
            await(() -> ready().size() == 1);
            ask(service, "{'ask':'drain','template':'deb'}");
            gate.shut();
            try (TestClient client = service.client().claims("-z", "deb", "true");
                    TestClient destroyer = service.client()) {
                await(() -> gate.waiting() > 0); // one for the client, perhaps one to be parked
                destroyer.says(new Frame.Ask("{\"ask\":\"destroy\",\"template\":\"deb\"}"));
                assertEquals(
                        Optional.of(new Frame.Progress(
                                "{\"text\":\"waiting for sandboxes of template deb that are being made\"}")),
                        destroyer.hears());
                assertTrue(Files.exists(root));
                gate.open();
                client.isClaimed();
                client.close();
                assertEquals(new Frame.Answer("{\"destroyed\":\"deb\"}"), last(destroyer));
            } finally {
                gate.open();
            }
        }
    }

    @Test
    void the_machine_s_own_system_cannot_be_changed() throws Exception {
        try (TestService service = service()) {
            for (String ask : List.of("create", "snapshot", "destroy", "path")) {
                String refusal = ask(service, "{'ask':'" + ask + "','template':'host'}");
                assertTrue(refusal.endsWith("template host: it is this machine's own system"), refusal);
            }
            assertEquals(
                    "cannot use template dab: there is no such template (did you mean deb?)",
                    ask(service, "{'ask':'create','template':'dab'}"));
        }
    }

    @Test
    void an_order_is_carried_out_alone_told_of_and_goes_on_without_its_client() throws Exception {
        Gate gate = new Gate();
        try (TestService service = new TestService(directory).start(configuration(), gate)) {
            await(() -> ready().size() == 1);
            gate.shut();
            try (TestClient first = service.client()) {
                first.says(new Frame.Ask("{\"ask\":\"refill\",\"template\":\"deb\",\"ready\":3}"));
                String told = "";
                // The later ones are signs of life: nothing happens.
                for (int i = 0; i < 4; i++) {
                    told = ((Frame.Progress) first.hears().orElseThrow()).json();
                }
                assertEquals("{\"text\":\"refilling template deb\",\"done\":1,\"of\":3}", told);
                assertEquals(
                        "cannot snapshot template deb: somebody else's order to refill it is being carried out",
                        ask(service, "{'ask':'snapshot','template':'deb'}"));
                assertEquals("{'snapshots':[]}", ask(service, "{'ask':'snapshots','template':'deb'}"));
            }
            gate.open();
            await(() -> ready().size() == 3);
            await(() -> ask(service, "{'ask':'snapshot','template':'deb'}").startsWith("{'snapshot'"));
        }
    }

    @Test
    void draining_ends_a_refill() throws Exception {
        Gate gate = new Gate();
        try (TestService service = new TestService(directory).start(configuration(), gate)) {
            await(() -> ready().size() == 1);
            gate.shut();
            try (TestClient refill = service.client()) {
                refill.says(new Frame.Ask("{\"ask\":\"refill\",\"template\":\"deb\",\"ready\":3}"));
                assertTrue(refill.hears().orElseThrow() instanceof Frame.Progress);
                ask(service, "{'ask':'drain','template':'deb'}");
                assertEquals(
                        "cannot refill template deb: it was drained meanwhile",
                        ((Frame.Refused) last(refill)).message());
            } finally {
                gate.open();
            }
        }
    }

    /** Lets no clone be made while it is shut. */
    private static final class Gate implements Transition.Listener {
        private final AtomicBoolean shut = new AtomicBoolean();
        private final AtomicInteger waiting = new AtomicInteger();
        private final CountDownLatch opened = new CountDownLatch(1);

        void shut() {
            shut.set(true);
        }

        void open() {
            opened.countDown();
        }

        int waiting() {
            return waiting.get();
        }

        @Override
        public void passed(Transition transition) {
            try {
                if (transition == Transition.MAKING && shut.get()) {
                    waiting.incrementAndGet();
                    opened.await();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
