package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What each policy of system calls permits, asked from inside, and who may be without one. */
@InWorkshop(
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC})
class PoliciesTest {
    private static final List<String> POLICIES = List.of("default", "strict", "nested", "none");

    private final Workshop workshop;

    PoliciesTest(Workshop workshop) {
        this.workshop = workshop.configured(POLICIES.stream()
                        .map(policy -> "[template." + policy + "]\nstore = \"overlay\"\npath = \""
                                + root(workshop, policy) + "\"\nseccomp = \"" + policy + "\"\n")
                        .collect(Collectors.joining())
                + "unfiltered = true\n");
    }

    private static Path root(Workshop workshop, String policy) {
        return workshop.directory().resolve("roots").resolve(policy);
    }

    @BeforeEach
    void fill() throws IOException {
        if (Files.exists(workshop.directory().resolve("roots"))) {
            return;
        }
        Path program = Directories.write(
                workshop.directory().resolve("policies.c"), Directories.resource(PoliciesTest.class, "policies.c"));
        for (String policy : POLICIES) {
            Path root = root(workshop, policy);
            Tool.output("mkdir", "-p", root + "/tmp", root + "/proc", root + "/dev", root + "/sys", root + "/run");
            Tool.output("cc", "-static", "-o", root + "/try", program.toString());
        }
    }

    private static Map<String, String> results(String printed) {
        return printed.lines()
                .map(line -> line.split(" "))
                .collect(Collectors.toMap(words -> words[0], words -> words[1]));
    }

    private Map<String, String> with(String policy) {
        return results(workshop.prints("-z", policy, "/try"));
    }

    @Test
    @Against(Attack.LARGE_SURFACES)
    void a_template_says_how_much_of_the_kernel_its_commands_see() {
        Map<String, String> usual = with("default");
        assertEquals("ok", usual.get("shmget"));
        assertEquals("ok", usual.get("io_setup"));
        assertEquals("ok", usual.get("route"));
        for (String absent : List.of("io_uring_setup", "clone3", "future")) {
            assertEquals("ENOSYS", usual.get(absent), absent);
        }
        for (String family : List.of("alg", "netfilter")) {
            assertEquals("EAFNOSUPPORT", usual.get(family), family);
        }
        for (String refused : List.of("ptrace", "keyctl", "unshare", "mount")) {
            assertEquals("EPERM", usual.get(refused), refused);
        }

        Map<String, String> strict = with("strict");
        assertEquals("EPERM", strict.remove("shmget"));
        assertEquals("EPERM", strict.remove("io_setup"));
        strict.forEach((call, result) -> assertEquals(usual.get(call), result, call));

        Map<String, String> nested = with("nested");
        assertEquals("ok", nested.remove("unshare"));
        assertEquals("ok", nested.remove("mount"));
        nested.forEach((call, result) -> assertEquals(usual.get(call), result, call));
    }

    @Test
    void a_template_may_be_without_a_filter() {
        Map<String, String> none = with("none");
        assertEquals("ok", none.get("ptrace"));
        assertEquals("ok", none.get("unshare"));
    }

    @Test
    void the_filter_is_left_out_for_whoever_may_do_without() {
        String without = workshop.mayfly("-z", "none", "/try")
                .env("DISABLE_SECCOMP_WRAPPER", "1")
                .run()
                .succeeds();
        assertEquals("ok", results(without).get("ptrace"));

        var elsewhere = workshop.mayfly("-z", "strict", "/try")
                .env("DISABLE_SECCOMP_WRAPPER", "1")
                .run();
        if (workshop.identity() == Identity.MEMBER) {
            elsewhere.fails(
                    125,
                    "cannot leave out the filter of system calls: only root may",
                    "unset DISABLE_SECCOMP_WRAPPER; unfiltered = true in a template's table of mayfly.toml lets its users");
        } else {
            assertEquals("ok", results(elsewhere.succeeds()).get("ptrace"));
        }
    }
}
