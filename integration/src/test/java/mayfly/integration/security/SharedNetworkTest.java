package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** A command on the host's network: what {@link GivenSocketsTest} looks for is there without the protection. */
@InWorkshop(with = Client.C)
class SharedNetworkTest {
    private final Workshop workshop;

    SharedNetworkTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    void a_socket_that_a_command_is_given_is_free() {
        String answered = "its peer hears: answer\n" + GivenSocketsTest.free();
        assertEquals(answered, GivenSocketsTest.withTheHostsNetwork(workshop, "given"));
        assertEquals(
                answered + "\n" + GivenSocketsTest.free(), GivenSocketsTest.withTheHostsNetwork(workshop, "listening"));
    }
}
