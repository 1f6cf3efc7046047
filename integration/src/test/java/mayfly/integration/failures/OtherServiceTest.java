package mayfly.integration.failures;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import mayfly.clonepool.protocol.Frame;
import mayfly.integration.workshop.Door;
import mayfly.integration.workshop.FakeService;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** What listens at the socket is not the service that the client expects. */
@InWorkshop
class OtherServiceTest {
    private static final String STRANGE = "cannot claim a sandbox: the service does not speak this client's protocol";
    private static final String RESTART = "restart the service: it may be of another version";

    private final Workshop workshop;

    OtherServiceTest(Workshop workshop) {
        this.workshop = workshop;
    }

    /** What the client makes of a service that answers so and closes the connection. */
    private Outcome against(byte[] answer) {
        Path runtime = Path.of(Tool.output("mktemp", "-d", workshop.directory() + "/fake-XXXXXX"));
        Tool.output("chmod", "755", runtime.toString());
        try (FakeService service = FakeService.in(runtime, answer)) {
            return workshop.mayfly("true")
                    .env("MAYFLY_RUNTIME_DIR", service.runtime().toString())
                    .run();
        }
    }

    @Test
    void the_refusal_of_another_version_is_shown() {
        Frame refusal = new Frame.Refused(
                99, 125, "cannot serve this client: it speaks version 1", Optional.of("update the client"));

        against(Door.bytes(refusal)).fails(125, "cannot serve this client: it speaks version 1", "update the client");
    }

    @Test
    void garbage_is_no_service() {
        against("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII))
                .fails(125, STRANGE, RESTART);
    }

    @Test
    void an_answer_without_a_sandbox_is_no_service() {
        Frame claimed = new Frame.Claimed(
                1, 0, Optional.empty(), Optional.empty(), List.of(), OptionalInt.empty(), "", List.of());

        against(Door.bytes(claimed)).fails(125, STRANGE, RESTART);
    }

    @Test
    void a_service_that_dies_during_the_exchange_is_told() {
        String died = "cannot claim a sandbox: the service ended during the request";

        String remedy = "service.log in its directory says why";
        against(new byte[0]).fails(125, died, remedy);
        against(new byte[] {40, 0, 0, 0, 2, 1}).fails(125, died, remedy);
    }
}
