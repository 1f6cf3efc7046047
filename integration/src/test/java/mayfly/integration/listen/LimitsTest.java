package mayfly.integration.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.LingeringDescriptors;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Many connections, and such as do not behave: bounded, logged, and no harm to others. */
@InWorkshop(
        as = {Identity.MEMBER, Identity.USER},
        with = Client.C)
class LimitsTest {
    private final Workshop workshop;

    LimitsTest(Workshop workshop) {
        this.workshop = workshop;
    }

    private static void isServed(Peer peer) {
        assertEquals("hello", peer.says("hello").hears(5));
    }

    @Test
    void whoever_is_one_too_many_waits_his_turn() {
        try (Listening listening = Listening.tcp(workshop, "--max", "2", "--", "cat");
                Peer first = listening.connect();
                Peer second = listening.connect()) {
            isServed(first);
            isServed(second);
            try (Peer third = listening.connect().says("hello")) {
                // The first two are served on, and no third command is there.
                isServed(first);
                isServed(second);
                assertEquals(2, listening.lines(": started"));
                second.saysNothingMore();
                assertEquals("hello", third.hears(5));
            }
        }
    }

    @Test
    @Against({Attack.ACTIVATION, Attack.GREED})
    void one_source_does_not_get_what_is_for_all() {
        try (Listening listening = Listening.tcp(workshop, "--max-per-source", "2", "--", "cat")) {
            List<Peer> silent = List.of(listening.connect(), listening.connect());
            listening.logs(": started", 2);
            for (int i = 0; i < 3; i++) {
                try (Peer refused = listening.connect()) {
                    assertEquals("", refused.hears());
                    listening.logs("127.0.0.1:" + refused.port()
                            + ": refused: 2 of this source are open already (--max-per-source)\n");
                }
            }
            try (Peer other = Peer.to("127.0.0.1", listening.port(), "127.0.0.2")) {
                isServed(other);
            }
            silent.get(0).close();
            listening.logs("ended with 0", 2);
            try (Peer again = listening.connect()) {
                isServed(again);
            }
            silent.get(1).close();
        }
    }

    @Test
    @Against(Attack.ACTIVATION)
    @EnabledIf(value = "mayfly.integration.workshop.Host#isRoot", disabledReason = "two users are needed")
    void who_is_refused_keeps_nobody_waiting_by_what_he_has_sent() {
        Path path = workshop.work().resolve("lingering.sock");
        byte[] said = "something said".getBytes(StandardCharsets.US_ASCII);
        try (Listening listening =
                        Listening.start(workshop, "--unix", path.toString(), "--max-per-source", "1", "--", "cat");
                LingeringDescriptors client = LingeringDescriptors.ready(workshop, path, said, "at once")) {
            listening.logs(": started");
            client.sendTo(listening.pid());
            listening.logs(": refused: 1 of this source are open already");
            try (Peer other = Peer.to(path)) {
                isServed(other);
            }
        }
    }

    @Test
    void no_more_are_accepted_than_the_rate_says() {
        try (Listening listening = Listening.tcp(workshop, "--rate", "3/h", "--", "echo", "hello")) {
            for (int i = 0; i < 3; i++) {
                try (Peer peer = listening.connect()) {
                    assertEquals("hello\n", peer.hears());
                }
            }
            try (Peer late = listening.connect()) {
                listening.logs("ended with 0", 3);
                assertEquals(3, listening.lines(": started"));
            }
        }
    }

    @Test
    void who_is_refused_takes_nothing_of_the_rate() {
        try (Listening listening = Listening.tcp(workshop, "--rate", "2/h", "--max-per-source", "1", "--", "cat")) {
            try (Peer first = listening.connect()) {
                isServed(first);
                for (int i = 0; i < 3; i++) {
                    try (Peer refused = listening.connect()) {
                        assertEquals("", refused.hears());
                    }
                }
            }
            listening.logs("ended with 0", 1);
            try (Peer second = listening.connect()) {
                isServed(second);
            }
        }
    }

    @Test
    void time_is_over_for_who_says_nothing() {
        try (Listening listening = Listening.tcp(workshop, "--time", "1", "--", "cat");
                Peer silent = listening.connect()) {
            assertEquals("", silent.hears());
            listening.logs("127.0.0.1:" + silent.port() + ": ended: its 1 s are over (--time)\n");
        }
    }

    @Test
    void silent_peers_keep_nobody_else_waiting() {
        try (Listening listening = Listening.tcp(workshop, "--", "cat")) {
            List<Peer> silent = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                silent.add(listening.connect());
            }
            try (Peer peer = listening.connect()) {
                isServed(peer);
            }
            silent.forEach(Peer::close);
            listening.logs("ended with 0", 21);
        }
    }
}
