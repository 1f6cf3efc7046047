package mayfly.integration.activation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** What a service manager hears of the service. */
@InWorkshop(
        as = {Identity.ROOT, Identity.USER},
        with = Client.C)
class NotificationTest {
    /** Prints each message on a line, its own lines with a bar between. Argument: the socket's name. */
    private static final String MANAGER = """
            import socket, sys
            name = sys.argv[1]
            manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            manager.bind("\\0" + name[1:] if name[0] == "@" else name)
            print("listens", flush=True)
            while True:
                print(manager.recv(9999).decode().replace("\\n", "|"), flush=True)
            """;

    private final Workshop workshop;

    NotificationTest(Workshop workshop) {
        this.workshop = workshop;
    }

    private Call.Running manager(String name) {
        return workshop.callAs(workshop.serviceAccount(), List.of("python3", "-c", MANAGER, name))
                .start()
                .prints("listens\n");
    }

    private Started service(String name) {
        return Started.with(workshop, List.of("NOTIFY_SOCKET=" + name, "WATCHDOG_USEC=400000"));
    }

    @Test
    void it_hears_of_the_beginning_of_life_of_reloads_and_of_the_end() {
        Path name = workshop.work().resolve("notify-" + System.nanoTime());
        Call.Running manager = manager(name.toString());
        try (Started service = service(name.toString())) {
            manager.prints("READY=1|STATUS=0 commands run, 0 sandboxes are parked\n");
            manager.prints("WATCHDOG=1\nWATCHDOG=1\n");
            service.call("true").run().exits(0);
            manager.prints("STATUS=0 commands run, 1 sandbox is parked\n");

            service.process().signal("HUP");
            manager.prints("\nRELOADING=1|MONOTONIC_USEC=");
            manager.prints("\nREADY=1|STATUS=0 commands run, 1 sandbox is parked\n");

            service.configure("[limits]\nsandboxes = \"many\"\n");
            service.process().signal("HUP");
            manager.prints("; the changed configuration is not in force: ");
            assertTrue(manager.output().contains(".toml:2: limits.sandboxes"), manager.output());

            service.process().signal("TERM");
            manager.prints("STOPPING=1|STATUS=Ending; commands go on.\n");
            assertEquals(0, service.process().await().status());
        } finally {
            manager.kill();
        }
    }

    @Test
    void its_socket_may_have_an_abstract_name() {
        String name = "@mayfly-test-" + ProcessHandle.current().pid() + "-" + workshop.identity();
        Call.Running manager = manager(name);
        try (Started service = service(name)) {
            manager.prints("READY=1|STATUS=");
            service.process().signal("TERM");
            manager.prints("STOPPING=1|");
        } finally {
            manager.kill();
        }
    }

    @Test
    void a_service_that_does_not_listen_is_not_ready() {
        Path name = workshop.work().resolve("notify-" + System.nanoTime());
        Call.Running manager = manager(name.toString());
        try (Started service =
                Started.with(workshop, List.of("NOTIFY_SOCKET=" + name, "LISTEN_FDS=1", "LISTEN_PID=1"))) {
            assertEquals(125, service.process().await().status());
            assertEquals("listens\n", manager.output());
        } finally {
            manager.kill();
        }
    }
}
