package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Bridge;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** A service of the host that listens at an abstract name, which belongs to the network. */
@InWorkshop(
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC})
class AbstractSocketsTest {
    private static final String LISTEN = """
            import socket, sys, time
            for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET:
                s = socket.socket(socket.AF_UNIX, kind)
                s.bind(f'\\0{sys.argv[1]}-{int(kind)}')
                if kind != socket.SOCK_DGRAM:
                    s.listen()
                globals()[f'kept{int(kind)}'] = s
            print('listens', flush=True)
            time.sleep(1000)
            """;
    private static final String CONNECT = """
            import socket, sys
            for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET:
                try:
                    s = socket.socket(socket.AF_UNIX, kind)
                    if kind == socket.SOCK_DGRAM:
                        s.sendto(b'x', f'\\0{sys.argv[1]}-{int(kind)}')
                    else:
                        s.connect(f'\\0{sys.argv[1]}-{int(kind)}')
                    print('reached')
                except OSError:
                    print('refused')
            """;

    private static final String BRIDGE = Bridge.name("mfa");

    private final Workshop workshop;

    AbstractSocketsTest(Workshop workshop) {
        this.workshop = workshop.configured(Bridge.forAll(BRIDGE));
    }

    /** What a command prints that is on the host's network, or with lxc on a bridge. */
    private String sharingTheNetwork(String... words) {
        List<String> all = new ArrayList<>(List.of("-n"));
        all.addAll(List.of(words));
        Call call = workshop.mayfly(all.toArray(new String[0]));
        if (workshop.backend() != Backend.LXC) {
            return call.run().succeeds();
        }
        try (Bridge ignored = Bridge.open(BRIDGE)) {
            return call.env("LXC_NET_BR", BRIDGE).run().succeeds();
        }
    }

    @Test
    @Against(Attack.ABSTRACT_SOCKETS)
    void it_is_not_reached_with_the_hosts_network_either() {
        String name = "mayfly-test-" + System.nanoTime();
        Call.Running listener =
                workshop.call(List.of("python3", "-c", LISTEN, name)).start().prints("listens");
        try {
            String all = "%1$s\n%1$s\n%1$s";
            assertEquals(
                    all.formatted("reached"),
                    workshop.call(List.of("python3", "-c", CONNECT, name)).run().succeeds());
            assertEquals(all.formatted("refused"), workshop.prints("python3", "-c", CONNECT, name));
            assertEquals(all.formatted("refused"), sharingTheNetwork("python3", "-c", CONNECT, name));
        } finally {
            listener.kill();
            listener.await();
        }
    }
}
