package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import mayfly.clonepool.config.ListenConfiguration;
import mayfly.clonepool.config.ListenConfiguration.Bounds;
import mayfly.clonepool.config.ListenConfiguration.Sockets;
import mayfly.sandbox.Bytes;
import org.junit.jupiter.api.Test;

final class ListenWordsTest {
    private static List<String> words(ListenConfiguration listener) {
        return ListenWords.of(Bytes.utf8("/lib/mayfly-listen"), listener).stream()
                .map(Bytes::toString)
                .toList();
    }

    @Test
    void what_is_not_configured_is_not_said() {
        assertEquals(
                List.of("/lib/mayfly-listen", "--managed", "--tcp", ":80", "--", "cat"),
                words(new ListenConfiguration(
                        "a",
                        new Sockets(List.of(":80"), List.of(), Optional.empty()),
                        new Bounds(OptionalInt.empty(), OptionalInt.empty(), Optional.empty(), OptionalInt.empty()),
                        Optional.empty(),
                        false,
                        Optional.empty(),
                        List.of(),
                        List.of("cat"))));
    }

    @Test
    void the_listeners_own_options_come_before_the_runs_and_the_command_is_behind_all() {
        assertEquals(
                List.of(
                        "/lib/mayfly-listen --managed --tcp :80 --tcp :81 --unix /s --mode 0600 --max 3 --max-per-source 2"
                                + " --rate 5/s --time 9 --user www --pass-listener --template deb -v A -- sh -c --tcp"),
                List.of(String.join(
                        " ",
                        words(new ListenConfiguration(
                                "a",
                                new Sockets(List.of(":80", ":81"), List.of("/s"), Optional.of("0600")),
                                new Bounds(OptionalInt.of(3), OptionalInt.of(2), Optional.of("5/s"), OptionalInt.of(9)),
                                Optional.of("www"),
                                true,
                                Optional.of("deb"),
                                List.of("-v", "A"),
                                List.of("sh", "-c", "--tcp"))))));
    }
}
