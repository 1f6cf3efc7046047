package mayfly.integration.hooks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code pre-start} and {@code post-stop} of templates. */
@InWorkshop(with = Client.C)
class TemplateHooksTest {
    private static final String TEMPLATES = """
            [template.host]
            pre-start = ["%1$s/hook", "host-pre"]
            post-stop = ["%1$s/hook", "host-post"]

            [template.copied]
            store = "directory"
            path = "%2$s"
            pre-start = ["%1$s/hook", "pre", "a  b", ""]
            post-stop = ["%1$s/hook", "post"]
            hook-seconds = 20

            [template.layered]
            store = "overlay"
            path = "%2$s-layered"
            pre-start = ["%1$s/hook", "pre"]
            post-stop = ["%1$s/hook", "post"]

            [template.after]
            path = "%2$s-after"
            post-stop = ["%1$s/hook", "post"]

            [template.failing]
            path = "%2$s-failing"
            pre-start = ["%1$s/hook", "fail"]
            post-stop = ["%1$s/hook", "post"]

            [template.failing-late]
            path = "%2$s-failing-late"
            post-stop = ["%1$s/hook", "fail"]

            [template.hanging]
            path = "%2$s-hanging"
            pre-start = ["/bin/sh", "-c", "sleep 8768.1 & sleep 8768.1"]
            hook-seconds = 1

            [template.missing]
            path = "%2$s-missing"
            pre-start = ["/no/such/program"]

            [template.slow]
            path = "%2$s-slow"
            pre-start = ["%1$s/hook", "slow"]
            post-stop = ["%1$s/hook", "post"]
            """;

    /** How mayfly-init is called. */
    private static final String INIT = "/proc/self/fd/4";

    private final Workshop workshop;

    TemplateHooksTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @BeforeEach
    void makeTemplates() {
        Path work = workshop.work();
        if (!Files.exists(work.resolve("hook"))) {
            workshop.configured(TEMPLATES.formatted(work, workshop.template("root")));
            workshop.script("hook", """
                    #!/bin/sh
                    here=${0%/*}
                    case $1 in
                        pre) python3 -c 'import os; print(sorted(os.listdir("/proc/self/fd"), key=int))' >$here/seen-descriptors
                            { ls "$ROOTFS/tmp"; echo "$# [$2] [$3]"; id -u; pwd; env | sort; } >$here/seen-pre
                            echo "hook of $MAYFLY_CLONE" >$ROOTFS/tmp/before ;;
                        host-pre) echo host >$ROOTFS/tmp/before ;;
                        host-post | post) cat $ROOTFS/tmp/before $ROOTFS/tmp/after >>$here/seen-post 2>&1
                            echo "$MAYFLY_UID" >>$here/seen-post ;;
                        slow) echo begun >$here/seen-pre
                            while [ ! -e $here/go ]; do sleep 0.01; done
                            echo ended >$here/seen-pre ;;
                        fail) echo one; echo the last line >&2; exit 4 ;;
                    esac
                    """);
            workshop.write("make-root", """
                    mkdir -p $1/etc $1/tmp $1/proc $1/dev $1/sys $1/run $1/bin
                    cp "$(command -v busybox)" $1/bin/busybox
                    for name in sh cat ls rm mkdir sleep true echo; do ln -s busybox $1/bin/$name; done
                    """);
            for (String end :
                    List.of("", "-layered", "-after", "-failing", "-failing-late", "-hanging", "-missing", "-slow")) {
                String place = workshop.template("root" + end).toString();
                workshop.call(List.of("sh", "-e", "make-root", place)).run().succeeds();
            }
        }
        remove("seen-pre", "seen-post", "seen-descriptors", "go");
    }

    private void remove(String... names) {
        List<String> words = new ArrayList<>(List.of("rm", "-f"));
        words.addAll(List.of(names));
        workshop.callAs(workshop.serviceAccount(), words).run().succeeds();
    }

    private Json template(String name) {
        return workshop.status().objects("templates").stream()
                .filter(template -> template.text("name").equals(name))
                .findFirst()
                .orElseThrow();
    }

    private String after() {
        Eventually.holds("post-stop has run", () -> Files.exists(workshop.work().resolve("seen-post")));
        workshop.isIdle();
        return workshop.read("seen-post");
    }

    @Test
    void pre_start_prepares_the_clone_and_post_stop_sees_what_the_command_wrote() {
        for (String template : List.of("copied", "layered")) {
            remove("seen-post");
            String printed = workshop.prints("-z", template, "sh", "-c", "cat /tmp/before; echo command >/tmp/after");

            assertTrue(printed.matches("hook of " + template + "_\\d+"), printed);
            assertEquals(printed + "\ncommand\n" + workshop.account().uid() + "\n", after());
        }
    }

    @Test
    void with_the_template_host_too() {
        assertEquals("host", workshop.prints("sh", "-c", "cat /tmp/before; echo command >/tmp/after"));
        assertEquals("host\ncommand\n" + workshop.account().uid() + "\n", after());
    }

    @Test
    @Against({Attack.HOSTILE_HOOKS, Attack.STEERING_VARIABLES})
    void hooks_get_their_words_and_a_clean_environment() {
        workshop.mayfly("-z", "copied", "true").env("SECRET", "x").run().exits(0);
        after();

        // The fourth is the one by which they are listed.
        String descriptors = workshop.read("seen-descriptors").strip();
        assertEquals("['0', '1', '2', '3']", descriptors);
        List<String> seen = workshop.read("seen-pre").lines().toList();
        assertEquals("3 [a  b] []", seen.get(0));
        assertEquals(String.valueOf(workshop.serviceAccount().uid()), seen.get(1));
        assertEquals("/", seen.get(2));
        List<String> names = seen.stream()
                .skip(3)
                .map(line -> line.replaceFirst("=.*", ""))
                .filter(name -> !name.equals("_"))
                .toList();
        assertEquals(
                List.of("LC_ALL", "MAYFLY_CLONE", "MAYFLY_TEMPLATE", "MAYFLY_UID", "PATH", "PWD", "ROOTFS"), names);
    }

    @Test
    void post_stop_alone_runs_for_leased_sandboxes_only() {
        workshop.prints("-z", "after", "sh", "-c", "echo x >/tmp/before; echo y >/tmp/after");
        assertEquals("x\ny\n" + workshop.account().uid() + "\n", after());
        remove("seen-post");

        for (String order : List.of("drain", "refill")) {
            List<String> words = List.of(workshop.host().mayfly().toString(), "pool", order, "after");
            workshop.callAs(workshop.serviceAccount(), words).run().exits(0);
        }

        workshop.isIdle();
        assertFalse(Files.exists(workshop.work().resolve("seen-post")));
    }

    @Test
    void a_pre_start_that_fails_refuses_the_client_and_destroys_the_clone() {
        workshop.mayfly("-z", "failing", "echo", "ran")
                .run()
                .fails(
                        125,
                        "cannot run the pre-start hook of template failing: it ended with status 4: the last line",
                        "mayfly.toml names the hook, and the service's log has what it printed");

        workshop.isIdle();
        assertFalse(Files.exists(workshop.work().resolve("seen-post")));
        assertTrue(template("failing").text("last_error").startsWith("cannot run the pre-start hook"));
        assertTrue(workshop.service().log().contains("pre-start hook of template failing: one\n"));
    }

    @Test
    void a_post_stop_that_fails_is_shown_in_the_pools_status() {
        workshop.prints("-z", "failing-late", "true");

        Eventually.holds("an error is shown", () -> !template("failing-late").isNull("last_error"));
        assertEquals(
                "cannot run the post-stop hook of template failing-late: it ended with status 4: the last line",
                template("failing-late").text("last_error"));
        workshop.isIdle();
    }

    @Test
    @Against(Attack.HOSTILE_HOOKS)
    void a_hook_that_hangs_is_killed_with_its_group() {
        workshop.mayfly("-z", "hanging", "true")
                .run()
                .fails(
                        125,
                        "cannot run the pre-start hook of template hanging: it took longer than 1 s",
                        "mayfly.toml names the hook, and the service's log has what it printed");
        Eventually.holds("its processes end", () -> ProcessTable.running("sleep", "8768.1")
                .isEmpty());
    }

    @Test
    void a_program_that_is_not_there_is_told() {
        workshop.mayfly("-z", "missing", "true")
                .run()
                .fails(
                        125,
                        "cannot run the pre-start hook of template missing: .*No such file or directory",
                        "mayfly.toml names the hook, and the service's log has what it printed");
    }

    @Test
    void a_slow_hook_delays_nobody_else() {
        List<Call.Running> slow = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            slow.add(workshop.mayfly("-z", "slow", "true").start());
        }
        Eventually.holds("a hook runs", () -> Files.exists(workshop.work().resolve("seen-pre")));

        assertEquals("", workshop.prints("-t", workshop.work() + "/root-layered", "true"));
        if (workshop.identity() == Identity.MEMBER) {
            List<String> words = List.of(workshop.host().mayfly().toString(), "-z", "copied", "true");
            workshop.callAs(workshop.serviceAccount(), words).run().exits(0);
        }
        assertTrue(slow.stream().allMatch(Call.Running::isAlive));
        workshop.callAs(workshop.serviceAccount(), List.of("touch", "go")).run().succeeds();
        slow.forEach(running -> running.await().exits(0));
        workshop.isIdle();
    }

    @Test
    void a_client_that_goes_during_pre_start_leaves_nothing() {
        Call.Running running = workshop.mayfly("-z", "slow", "true").start();
        Eventually.holds("the hook runs", () -> Files.exists(workshop.work().resolve("seen-pre")));

        running.signal("KILL").await().exits(137);
        workshop.callAs(workshop.serviceAccount(), List.of("touch", "go")).run().succeeds();

        // What was begun is ended in order.
        assertTrue(after().endsWith(workshop.account().uid() + "\n"));
    }

    @Test
    void a_sandbox_that_is_killed_during_pre_start_is_told_to_its_client() {
        Call.Running running = workshop.mayfly("-z", "slow", "true").start();
        Eventually.holds("the hook runs", () -> Files.exists(workshop.work().resolve("seen-pre")));
        ProcessTable.about(workshop.directory()).stream()
                .filter(entry -> entry.words().contains(INIT)) // of bwrap, too
                .forEach(entry -> ProcessHandle.of(entry.pid()).ifPresent(ProcessHandle::destroyForcibly));
        workshop.callAs(workshop.serviceAccount(), List.of("touch", "go")).run().succeeds();

        // The hook may end before the service has heard of it: then it is the client that notices.
        running.await()
                .fails(
                        125,
                        "cannot (start a sandbox: it ended while its pre-start hook ran"
                                + "|finish the command: its sandbox ended unexpectedly)",
                        "");
        after();
    }

    @Test
    void a_service_that_is_killed_during_a_hook_loses_the_hook_and_no_clone() {
        Call.Running running = workshop.mayfly("-z", "slow", "true").start();
        Eventually.holds("the hook runs", () -> Files.exists(workshop.work().resolve("seen-pre")));
        running.signal("KILL").await().exits(137); // it would start the next service by itself
        workshop.service().kill();
        workshop.startAgain();
        workshop.callAs(workshop.serviceAccount(), List.of("touch", "go")).run().succeeds();

        workshop.isIdle();
        assertEquals("", workshop.prints("-z", "slow", "true"));
    }

    @Test
    void a_sandbox_that_a_hook_prepares_was_parked() {
        workshop.prints("-z", "copied", "true");
        workshop.hasParked("copied");

        Outcome outcome = workshop.mayfly("-x", "-z", "copied", "true").run().exits(0);

        assertTrue(outcome.stderr().startsWith("mayfly: took a parked sandbox\n"), outcome.stderr());
    }
}
