package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import mayfly.clonepool.protocol.Frame;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.posix.ProcessIdentity;
import org.junit.jupiter.api.Test;

final class SessionTest {
    static final SessionRecord BUILD = new SessionRecord(
            new SessionRecord.Key(1000, "build"),
            "deb_5",
            Bytes.utf8("/clones/deb_5/lock"),
            new ProcessIdentity(77, 1),
            Optional.empty(),
            1_700_000_000_000L,
            60,
            3_600,
            Optional.of("deb"),
            Optional.empty(),
            "bwrap",
            "\"template\":\"deb\"",
            Map.of(),
            List.of());

    private final Session session = new Session(BUILD, -1);

    private static Connection connection() {
        return new Connection(-1, 1000, 100, 7, new Caller(1000, 100, List.of()));
    }

    private static Frame.Finished exit(int code, long command) {
        return new Frame.Finished(
                Optional.of(new Frame.Outcome.Exited(code)),
                1_000,
                2_000,
                3,
                Optional.empty(),
                command == 0 ? OptionalLong.empty() : OptionalLong.of(command),
                0);
    }

    private Connection enter(OptionalLong command) {
        Connection connection = connection();
        session.inside.put(connection, command);
        return connection;
    }

    @Test
    void each_client_gets_the_end_of_its_own_command() {
        Connection first = enter(OptionalLong.of(1));
        Connection second = enter(OptionalLong.of(2));
        session.hear(List.of(exit(5, 2), exit(4, 1)));
        assertEquals(Optional.of(exit(4, 1)), session.leave(first));
        assertEquals(Optional.of(exit(5, 2)), session.leave(second));
        assertEquals(Optional.empty(), session.leave(second));
    }

    @Test
    void an_end_is_told_once_and_of_a_command_that_is_there() {
        Connection client = enter(OptionalLong.of(3));
        session.hear(List.of(exit(1, 0), exit(1, 4), exit(6, 3), exit(7, 3)));
        assertEquals(Optional.of(exit(6, 3)), session.leave(client));
        Connection next = enter(OptionalLong.of(4));
        assertEquals(Optional.empty(), session.leave(next)); // told before it was there: not its own
    }

    @Test
    void who_runs_nothing_has_no_end() {
        Connection starter = enter(OptionalLong.empty());
        session.hear(List.of(exit(1, 0)));
        assertEquals(Optional.empty(), session.leave(starter));
        assertEquals(Optional.empty(), session.leave(connection()));
    }
}
