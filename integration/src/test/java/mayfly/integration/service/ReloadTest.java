package mayfly.integration.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The configuration is read again on SIGHUP. */
@InWorkshop(
        as = {Identity.ROOT, Identity.USER},
        with = Client.C)
class ReloadTest {
    private static final String REFUSED = "cannot reload the configuration: the one before stays in force";

    private final Workshop workshop;
    private final Path templates;

    ReloadTest(Workshop workshop) {
        this.workshop = workshop;
        this.templates = workshop.directory().resolve("templates");
    }

    @BeforeEach
    void templates_are_there() {
        for (String name : new String[] {"one", "two"}) {
            Tool.output("mkdir", "-p", templates + "/" + name);
            Tool.output("cp", Tool.output("which", "busybox"), templates + "/" + name + "/busybox");
            Tool.output("sh", "-c", "echo " + name + " >" + templates + "/" + name + "/name");
        }
        Tool.output("chmod", "-R", "a+rX", templates.toString());
    }

    private String template(String name, String directory, String more) {
        return "[template." + name + "]\nstore = \"directory\"\npath = \"" + templates.resolve(directory) + "\"\n"
                + more;
    }

    private String nameIn(String template) {
        return workshop.prints("-z", template, "/busybox", "cat", "/name");
    }

    private void isUnknown(String template) {
        workshop.mayfly("-z", template, "/busybox", "true")
                .run()
                .fails(125, "cannot use template " + template + ": there is no such template.*", ".*");
    }

    @Test
    void templates_come_change_and_go() {
        workshop.reload(template("first", "one", ""));
        assertEquals("one", nameIn("first"));
        isUnknown("second");

        workshop.reload(template("first", "one", "") + template("second", "two", "ready = 1\n"));
        assertEquals("two", nameIn("second"));
        assertEquals("one", nameIn("first"));

        workshop.reload(template("second", "one", "ready = 1\n"));
        isUnknown("first");
        assertEquals("one", nameIn("second"));

        workshop.reload(
                template("first", "two", "") + "default-template = \"first\"\n", REFUSED); // a key of the template
        workshop.reload("default-template = \"first\"\n" + template("first", "two", ""));
        assertEquals("two", workshop.prints("/busybox", "cat", "/name"));
        isUnknown("second");
    }

    @Test
    void the_backend_of_runs_that_name_none_can_be_another() {
        assertTrue(backendOfARun("").contains("\"backend\":\"bwrap\""));
        workshop.reload("default-backend = \"native\"\n");
        assertTrue(backendOfARun("-e bwrap").contains("\"backend\":\"bwrap\""));
        if (workshop.identity().hasSystemService()) {
            assertTrue(backendOfARun("").contains("\"backend\":\"native\""));
        } else {
            workshop.mayfly("true")
                    .run()
                    .fails(
                            125,
                            "cannot use backend native: it needs root's service",
                            "name another one with --backend: native is default-backend in mayfly.toml");
        }
    }

    private String backendOfARun(String options) {
        return workshop.bash("mayfly " + options + " --status-fd 3 true 3>&1")
                .run()
                .succeeds();
    }

    @Test
    void problems_are_told_with_their_lines_and_the_configuration_before_goes_on() {
        workshop.reload(template("first", "one", ""));
        assertEquals("one", nameIn("first"));

        workshop.reload("[limits]\nsandboxes = 0\n[template.first]\npaht = \"/srv\"\n", REFUSED);
        String log = workshop.service().log();
        assertTrue(log.contains("mayfly.toml:2: limits.sandboxes"), log);
        assertTrue(log.contains("mayfly.toml:4: "), log);
        assertEquals("one", nameIn("first"));
    }

    @Test
    void what_the_service_is_built_upon_stays() {
        workshop.service();
        workshop.reload(
                "[service]\nimage-size = \"1g\"\n", "service.image-size cannot be changed while the service runs");
        workshop.reload(
                "[template.host]\nupper = \"disk\"\n", "template.host.upper cannot be changed while the service runs");
        assertEquals("fine", workshop.prints("echo", "fine"));
    }

    @Test
    void a_command_that_runs_meanwhile_ends_as_ever_and_its_clone_goes() {
        workshop.reload(template("first", "one", ""));
        Call.Running command = workshop.mayfly(
                        "-z",
                        "first",
                        "/busybox",
                        "sh",
                        "-c",
                        "trap '/busybox cat /name; exit 7' TERM; echo begun; while :; do /busybox sleep 1; done")
                .start()
                .prints("begun\n");

        workshop.reload(template("second", "two", ""));
        isUnknown("first");
        assertTrue(command.isAlive());
        command.signal("TERM");
        assertEquals("begun\none", command.await().exits(7).text());
        Eventually.holds("no clone of it is left: " + workshop.clones(), () -> workshop.clones().stream()
                .noneMatch(clone -> clone.startsWith("first_")));
    }

    @Test
    void limits_hold_for_new_claims_and_who_waits_is_let_in_by_higher_ones() {
        workshop.reload("[limits]\nsandboxes = 1\n");
        Call.Running first = workshop.mayfly("sh", "-c", "echo begun; exec sleep 1000")
                .start()
                .prints("begun\n");
        Call.Running second = workshop.mayfly("echo", "second").start();
        Eventually.holds("it waits", () -> workshop.subcommand("pool", "status", "--json")
                .run()
                .text()
                .contains("\"sandboxes\":1"));

        workshop.reload("[limits]\nsandboxes = 2\n");
        assertEquals("second", second.await().exits(0).text());
        first.kill();
    }

    @Test
    void fewer_sandboxes_are_kept_parked_when_the_limit_is_lower() {
        workshop.reload("");
        workshop.prints("true");
        Eventually.holds("one is parked", () -> status().contains("\"parked\":1"));
        workshop.reload("[limits]\nparked = 0\n");
        Eventually.holds("none is", () -> status().contains("\"parked\":0,"));
        assertEquals("fine", workshop.prints("echo", "fine"));
    }

    @Test
    void what_is_parked_has_no_more_processes_than_new_limits_say() {
        workshop.reload("");
        workshop.prints("true");
        Eventually.holds("one is parked", () -> status().contains("\"parked\":1"));
        workshop.reload("[limits]\nprocesses = 1000\n");
        assertEquals("1000", workshop.inside("ulimit -u"));
    }

    private String status() {
        return workshop.subcommand("pool", "status", "--json").run().text();
    }

    @Test
    void hooks_hold_from_the_next_claim_on() {
        workshop.reload(template("first", "one", ""));
        assertEquals("one", nameIn("first"));
        assertEquals("one", nameIn("first"));

        workshop.reload(template("first", "one", "pre-start = [\"/bin/false\"]\n"));
        workshop.mayfly("-z", "first", "/busybox", "true")
                .run()
                .fails(125, "cannot start a sandbox: .*pre-start.*|.*pre-start.*", ".*");
        workshop.reload(template("first", "one", ""));
        assertEquals("one", nameIn("first"));
    }
}
