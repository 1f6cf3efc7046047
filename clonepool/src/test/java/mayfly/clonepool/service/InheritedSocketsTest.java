package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Sockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InheritedSocketsTest {
    @TempDir
    private Path directory = Path.of("/");

    private static String refusal(Map<String, String> environment, int first) {
        return String.valueOf(assertThrows(RefusedException.class, () -> {
                    InheritedSockets sockets = InheritedSockets.of(environment, 7, first);
                    sockets.takeDoor();
                    sockets.checkAllTaken();
                })
                .getMessage());
    }

    private int listener() throws Exception {
        return Sockets.listen(NativePath.bytes(directory.resolve("socket")), 1);
    }

    @Test
    void without_listen_fds_there_is_none() throws Exception {
        assertEquals(
                OptionalInt.empty(),
                InheritedSockets.of(Map.of("LISTEN_PID", "1"), 7, 3).takeDoor());
    }

    @Test
    void a_socket_that_listens_is_taken_once() throws Exception {
        int listener = listener();
        InheritedSockets sockets = InheritedSockets.of(
                Map.of("LISTEN_FDS", "1", "LISTEN_PID", "7", "LISTEN_FDNAMES", "mayfly"), 7, listener);
        assertEquals(OptionalInt.of(listener), sockets.takeDoor());
        assertEquals(OptionalInt.empty(), sockets.takeDoor());
        sockets.checkAllTaken();
        Descriptors.close(listener);
    }

    @Test
    void sockets_of_another_process_are_refused() {
        assertEquals(
                "cannot take the sockets of LISTEN_FDS: they are for process 8, and this is process 7",
                refusal(Map.of("LISTEN_FDS", "1", "LISTEN_PID", "8"), 3));
        assertEquals(
                "cannot take the sockets of LISTEN_FDS: LISTEN_PID is missing, and this is process 7",
                refusal(Map.of("LISTEN_FDS", "1"), 3));
    }

    @Test
    void what_is_no_number_of_names_or_sockets_is_refused() {
        assertEquals(
                "cannot take the sockets of LISTEN_FDS: it is no number: -1",
                refusal(Map.of("LISTEN_FDS", "-1", "LISTEN_PID", "7"), 3));
        assertEquals(
                "cannot take the sockets of LISTEN_FDS: there are 1, and LISTEN_FDNAMES has 2 names",
                refusal(Map.of("LISTEN_FDS", "1", "LISTEN_PID", "7", "LISTEN_FDNAMES", "a:b"), 3));
    }

    @Test
    void sockets_of_other_kinds_are_refused() throws Exception {
        Map<String, String> one = Map.of("LISTEN_FDS", "1", "LISTEN_PID", "7");
        int[] pair = Sockets.pair();
        int[] messages = Sockets.messagePair();
        int[] pipe = Descriptors.pipe();
        String cannot = "cannot listen at the inherited socket unknown (descriptor ";
        assertEquals(cannot + pair[0] + "): nobody listens at it, it is a connection", refusal(one, pair[0]));
        assertEquals(cannot + messages[0] + "): it is a packet socket", refusal(one, messages[0]));
        assertEquals(cannot + pipe[0] + "): it is no socket", refusal(one, pipe[0]));
        assertEquals(cannot + "1000000): it is no socket", refusal(one, 1_000_000));
        for (int[] ends : new int[][] {pair, messages, pipe}) {
            Descriptors.close(ends[0]);
            Descriptors.close(ends[1]);
        }
    }

    @Test
    void a_socket_of_another_name_is_refused() throws Exception {
        int listener = listener();
        assertEquals(
                "cannot use the inherited socket web (descriptor " + listener
                        + "): the service has no use for another one",
                refusal(Map.of("LISTEN_FDS", "1", "LISTEN_PID", "7", "LISTEN_FDNAMES", "web"), listener));
        Descriptors.close(listener);
    }
}
