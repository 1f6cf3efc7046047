package mayfly.integration.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import mayfly.clonepool.protocol.Frame;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Door;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.LingeringDescriptors;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import mayfly.sandbox.Bytes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that break the protocol lose their connection; nobody else notices, and the service keeps nothing of them. */
@InWorkshop(
        as = {Identity.ROOT, Identity.USER},
        with = Client.C)
class DoorTest {
    private static final byte[] CLAIM = Door.bytes(
            new Frame.Claim(List.of(Bytes.utf8("mayfly"), Bytes.utf8("true")), false, Optional.empty(), List.of()));

    private static final String DESCRIPTORS = """
            import socket, sys
            door = socket.socket(socket.AF_UNIX)
            door.connect(sys.argv[1])
            door.sendall(bytes.fromhex(sys.argv[2]))
            data, descriptors, flags, address = socket.recv_fds(door, 65536, 8)
            assert data[4] == 2, data
            print(len(descriptors))
            """;

    private final Workshop workshop;
    private int descriptors;

    DoorTest(Workshop workshop) {
        this.workshop = workshop.configured("[limits]\nparked-per-shape = 2\n");
    }

    private int descriptorsNow() {
        return ProcessTable.descriptors(workshop.service().pid());
    }

    @BeforeEach
    void count() {
        for (int i = 0; i < 20; i++) {
            workshop.prints("true");
        }
        Eventually.holds("the parked sandboxes are there", () -> {
            int before = descriptors;
            descriptors = descriptorsNow();
            return before == descriptors;
        });
    }

    @AfterEach
    void others_are_served_and_no_descriptor_is_kept() {
        assertEquals("fine", workshop.prints("echo", "fine"));
        Eventually.holds(
                "descriptors " + descriptorsNow() + " are " + descriptors + " again",
                () -> descriptorsNow() <= descriptors);
    }

    private void assertClosesOn(byte[] bytes) {
        try (Door door = Door.of(workshop.runtime())) {
            door.send(bytes).isClosed();
        }
    }

    private static byte[] frame(int length, int type, byte... payload) {
        return ByteBuffer.allocate(5 + payload.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(length)
                .put((byte) type)
                .put(payload)
                .array();
    }

    @Test
    void a_claim_of_another_version_is_refused_with_this_version() {
        byte[] claim = CLAIM.clone();
        claim[10] = 99; // 5 bytes of frame, 5 of the field VERSION, which is the first
        try (Door door = Door.of(workshop.runtime())) {
            Frame.Refused refused =
                    assertInstanceOf(Frame.Refused.class, door.send(claim).read());

            assertEquals(1, refused.version());
            assertEquals(125, refused.status());
            assertTrue(
                    refused.message().startsWith("cannot ") && refused.message().contains("99"), refused.message());
        }
    }

    @Test
    @Against(Attack.BROKEN_PROTOCOL)
    void garbage_closes_the_connection() {
        assertClosesOn(frame(0, 0));
        assertClosesOn(frame(1, 200));
        assertClosesOn(frame(1, 2));
        assertClosesOn(frame(1, 1));
        assertClosesOn(frame(7, 1, new byte[] {77, 1, 0, 0, 0, 5}));
        assertClosesOn(frame(7, 1, new byte[] {1, 127, 0, 0, 0, 5}));
        assertClosesOn(frame(Integer.MAX_VALUE, 1));
        assertClosesOn(frame(-1, 1));
        assertClosesOn(frame(262_145, 1));
        assertClosesOn("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    @Against(Attack.BROKEN_PROTOCOL)
    void random_bytes_and_mutilated_claims_do_not_harm() {
        Random random = new Random(42);
        for (int i = 0; i < 300; i++) {
            byte[] claim = CLAIM.clone();
            for (int j = 0; j <= i % 4; j++) {
                claim[random.nextInt(claim.length)] = (byte) random.nextInt(256);
            }
            try (Door door = Door.of(workshop.runtime())) {
                door.send(claim);
            }
        }
    }

    @Test
    @Against(Attack.BROKEN_PROTOCOL)
    void a_frame_that_never_completes_is_bounded_by_time() {
        long start = System.nanoTime();
        try (Door door = Door.of(workshop.runtime())) {
            door.send(Arrays.copyOf(CLAIM, CLAIM.length - 1)).isClosed();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        assertTrue(seconds > 4, seconds + " s");
    }

    @Test
    @Against(Attack.BROKEN_PROTOCOL)
    void idle_connections_do_not_keep_others_waiting() {
        List<Door> doors = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            doors.add(Door.of(workshop.runtime()));
        }
        assertEquals("served", workshop.prints("echo", "served"));
        doors.forEach(Door::close);
    }

    @Test
    @Against(Attack.BROKEN_PROTOCOL)
    void descriptors_where_none_are_expected_are_closed() {
        String script = """
                import os, socket, sys
                claim = bytes.fromhex(sys.argv[2])
                for count in 1, 3, 100, 253:
                    door = socket.socket(socket.AF_UNIX)
                    door.connect(sys.argv[1])
                    socket.send_fds(door, [claim], [os.open('/', os.O_RDONLY)] * count)
                    try:
                        print(len(door.recv(1)))
                    except ConnectionResetError:
                        print(0)
                """;
        assertEquals("0\n0\n0\n0", python(script, CLAIM).run().succeeds());
    }

    private Call python(String script, byte[] claim) {
        return workshop.call(List.of(
                "/usr/bin/python3",
                "-c",
                script,
                workshop.runtime() + "/mayfly.sock",
                HexFormat.of().formatHex(claim)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"at once", "out of band", "after a beginning", "after its claim", "too many"})
    @Against(Attack.BROKEN_PROTOCOL)
    void a_descriptor_whose_last_close_takes_long_keeps_nobody_waiting(String when) {
        try (LingeringDescriptors client =
                LingeringDescriptors.ready(workshop, workshop.runtime().resolve("mayfly.sock"), CLAIM, when)) {
            client.sendTo(workshop.service().pid());
            // At once, unless too many connections of his have to end before.
            Eventually.holds(
                    "others are served",
                    () -> workshop.mayfly("echo", "served").run().stdout().equals("served\n"));
        }
    }

    @Test
    @Against(Attack.BROKEN_PROTOCOL)
    void clients_that_leave_before_their_answer_leave_nothing() {
        for (int i = 0; i < 50; i++) {
            try (Door door = Door.of(workshop.runtime())) {
                door.send(CLAIM);
            }
        }
        Eventually.holds("their clones are destroyed", () -> workshop.clones().size() <= 9);
    }

    @Test
    void who_starts_a_session_gets_nothing_with_which_he_could_run_something_in_it() {
        assertEquals("0", descriptorsFor("session", "start", "one"));
        assertEquals("1", descriptorsFor("session", "exec", "one", "true"));
        workshop.subcommand("session", "end", "one").run().exits(0);
    }

    /** How many come with the answer to the claim of these words. */
    private String descriptorsFor(String... words) {
        List<Bytes> all = Stream.concat(Stream.of("mayfly"), Stream.of(words))
                .map(Bytes::utf8)
                .toList();
        byte[] claim = Door.bytes(new Frame.Claim(all, false, Optional.of(Bytes.utf8("/")), List.of()));
        return python(DESCRIPTORS, claim).run().succeeds().strip();
    }
}
