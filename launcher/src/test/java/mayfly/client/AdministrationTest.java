package mayfly.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import mayfly.clonepool.protocol.Frame;
import mayfly.sandbox.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AdministrationTest {
    @TempDir
    private Path runtime = Path.of("/");

    private final List<String> told = new ArrayList<>();
    private int services;

    private interface Order<T> {
        T give(Administration administration) throws MayflyException;
    }

    private static String quoted(String text) {
        return text.replace('\'', '"');
    }

    /** Gives an order that has to be asked so and gets these replies. */
    private <T> T order(String asked, Order<T> order, Frame... replies) throws Exception {
        Path own = runtime.resolve(Integer.toString(++services));
        try (FakeService service = new FakeService(own, FakeService.answering(replies));
                Mayfly mayfly = Mayfly.connect(own)) {
            T result = order.give(mayfly.administration(progress -> told.add(progress.toString())));
            assertEquals(new Frame.Ask(quoted(asked)), service.nextRequest());
            return result;
        }
    }

    private static Frame answer(String json) {
        return new Frame.Answer(quoted(json));
    }

    private static Frame progress(String json) {
        return new Frame.Progress(quoted(json));
    }

    @Test
    void a_refill_tells_how_far_it_is_and_what_came_of_it() throws Exception {
        assertEquals(
                new Refilled("t", Optional.of("s"), 5, 4, 1),
                order(
                        "{'ask':'refill','template':'t','force':true,'sweep':false,'ready':5}",
                        administration -> administration.refill("t", OptionalInt.of(5), true),
                        progress("{'text':'refilling template t','done':1,'of':5}"),
                        progress("{'text':'refilling template t'}"),
                        answer("{'template':'t','snapshot':'s','ready':5,'made':4,'discarded':1}")));
        assertEquals(List.of("refilling template t 1/5", "refilling template t"), told);
    }

    @Test
    void each_order_is_asked_with_its_members() throws Exception {
        Refilled swept = order(
                "{'ask':'refill','template':'t','force':false,'sweep':true}",
                administration -> administration.sweep("t"),
                answer("{'template':'t','snapshot':null,'ready':1,'made':0,'discarded':0}"));
        assertEquals(Optional.empty(), swept.snapshot());
        int drained = order(
                "{'ask':'drain'}", administration -> administration.drain(Optional.empty()), answer("{'discarded':3}"));
        assertEquals(3, drained);
        assertEquals(
                Optional.of("/srv/t"),
                order(
                        "{'ask':'create','template':'t'}",
                        administration -> administration.create("t"),
                        answer("{'template':'t','path':'/srv/t'}")));
        assertEquals(
                "n",
                order(
                        "{'ask':'snapshot','template':'t','name':'n'}",
                        administration -> administration.snapshot("t", Optional.of("n")),
                        answer("{'snapshot':'n'}")));
        assertEquals(
                List.of("a", "b"),
                order(
                        "{'ask':'snapshots','template':'p/t'}",
                        administration -> administration.snapshots("p/t"),
                        answer("{'snapshots':['a','b']}")));
        assertEquals(
                "a",
                order(
                        "{'ask':'rollback','template':'t'}",
                        administration -> administration.rollback("t", Optional.empty()),
                        answer("{'snapshot':'a'}")));
        assertEquals(
                "t@a",
                order(
                        "{'ask':'destroy','template':'t','snapshot':'a'}",
                        administration -> administration.destroy("t", Optional.of("a")),
                        answer("{'destroyed':'t@a'}")));
        assertEquals(
                "/srv/t",
                order(
                        "{'ask':'path','template':'t'}",
                        administration -> administration.directory("t"),
                        answer("{'path':'/srv/t'}")));
    }

    @Test
    void a_refusal_after_progress_is_told_as_it_is() {
        MayflyException e = assertThrows(
                MayflyException.class,
                () -> order(
                        "{'ask':'create','template':'t'}",
                        administration -> administration.create("t"),
                        progress("{'text':'creating'}"),
                        new Frame.Refused(1, 125, "cannot create template t: no", Optional.of("try"))));
        assertEquals("cannot create template t: no", e.getMessage());
        assertEquals(Optional.of("try"), e.remedy());
    }

    @Test
    void an_answer_without_what_was_asked_for_is_another_version_s() {
        for (Frame reply : List.of(answer("{}"), answer("[]"), progress("{'done':1}"), answer("{'path':{}}"))) {
            MayflyException e = assertThrows(
                    MayflyException.class, () -> order("", administration -> administration.directory("t"), reply));
            assertEquals("cannot ask the service: the service does not speak this client's protocol", e.getMessage());
        }
    }

    @Test
    void words_that_are_a_subcommand_s_are_handed_back() throws Exception {
        List<Bytes> words = List.of(Bytes.utf8("pool"), Bytes.utf8("refill"), Bytes.utf8("t"));
        try (FakeService service = new FakeService(runtime, FakeService.answering(new Frame.Subcommand(words)));
                Mayfly mayfly = Mayfly.connect(runtime)) {
            SubcommandException e = assertThrows(
                    SubcommandException.class,
                    () -> mayfly.run(Run.ofCommandLine(List.of(Bytes.utf8("-r"), Bytes.utf8("t")))));
            assertEquals(words, e.words());
            assertEquals("cannot run a command: the options are those of mayfly pool refill t", e.getMessage());
        }
    }
}
