package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What the configuration of root's service lets a user do, and that he cannot get around it. */
@InWorkshop(as = Identity.MEMBER, with = Client.C)
@EnabledIf(value = "mayfly.integration.workshop.Host#isRoot", disabledReason = "the service is root's")
class PolicyTest {
    private static final int SWAPS = 100;

    private final Workshop workshop;
    private final Path open;
    private final Path closed;

    PolicyTest(Workshop workshop) {
        this.workshop = workshop;
        this.open = workshop.work().resolve("open");
        this.closed = workshop.work().resolve("closed");
    }

    private void refused(String message, String remedy, String... words) {
        workshop.mayfly(words).run().fails(125, message, remedy);
    }

    private void directories() {
        Tool.output(
                "sh",
                "-e",
                "-c",
                "for d in $1 $2; do mkdir -p $d; echo $d >$d/name; done; ln -sfn $2 $1/link; chown -R -h $3 $1 $2",
                "sh",
                open.toString(),
                closed.toString(),
                String.valueOf(workshop.account().uid()));
    }

    @Test
    void backends_and_the_network_are_what_the_template_says() {
        workshop.reload("[template.host]\nbackends = [\"bwrap\"]\nshare-net = false\n");
        assertEquals("fine", workshop.prints("-e", "bwrap", "echo", "fine"));
        refused(
                "cannot use backend lxc: users may not in template host",
                "backends under \\[template.host] in mayfly.toml names those that they may use: bwrap",
                "-e",
                "lxc",
                "true");
        refused(
                "cannot share the host's network: users may not in template host",
                "share-net = true under \\[template.host] in mayfly.toml lets them",
                "-n",
                "true");
        refused("cannot share .*", "share-net .*", "--session", "s", "-n", "true");
        workshop.reload("[template.host]\nshare-net = true\n[policy]\nshare-net = false\n");
        assertEquals("fine", workshop.prints("-n", "echo", "fine"));
        assertEquals(
                "fine", workshop.ofServiceAccount("-n", "echo", "fine").run().succeeds());
    }

    @Test
    void no_link_and_no_dots_lead_from_a_permitted_source_to_another_one() {
        directories();
        workshop.reload("[policy]\nbinds = [\"" + open + ":ro\"]\n");
        assertEquals(open.toString(), workshop.prints("-d", open + ":/mnt:ro", "cat", "/mnt/name"));
        assertEquals(open.toString(), workshop.prints("-d", open + "/name:/mnt/name:ro", "cat", "/mnt/name"));
        String remedy = "binds under \\[policy] in mayfly.toml names what they may bind: " + open + ":ro";
        refused(
                "cannot bind " + open + " for writing: users may not in template host",
                remedy,
                "-d",
                open + ":/mnt",
                "true");
        refused("cannot bind " + closed + ": .*", remedy, "-d", closed + ":/mnt:ro", "true");
        refused("cannot bind " + open + "/../closed: .*", remedy, "-d", open + "/../closed:/mnt:ro", "true");
        refused(
                "cannot bind " + open + "/link: a symbolic link is in the way",
                "",
                "-d",
                open + "/link:/mnt:ro",
                "true");
        refused(
                "cannot bind " + open + "/link/name: a symbolic link is in the way",
                "",
                "-d",
                open + "/link/name:/mnt/name:ro",
                "true");
        workshop.reload("");
        assertEquals(closed.toString(), workshop.prints("-d", open + "/link:/mnt", "cat", "/mnt/name"));
    }

    @Test
    void directories_are_those_of_root_dirs_whatever_leads_to_them() throws IOException {
        directories();
        for (Path root : List.of(open, closed)) {
            Tool.output(
                    "sh",
                    "-e",
                    "-c",
                    "mkdir -p $1/proc $1/dev $1/sys $1/run $1/tmp; cp $(command -v busybox) $1/busybox",
                    "sh",
                    root.toString());
        }
        workshop.reload("[policy]\nroot-dirs = [\"" + open + "\"]\n");
        assertEquals(open.toString(), workshop.prints("-t", open.toString(), "/busybox", "cat", "/name"));
        String remedy = "root-dirs under \\[policy] in mayfly.toml names those in which they may: " + open;
        for (String other : new String[] {closed.toString(), open + "/../closed", open + "/link"}) {
            refused(
                    "cannot use the directory .*: users may not run commands in it",
                    remedy,
                    "-t",
                    other,
                    "/busybox",
                    "true");
        }
        workshop.reload("");
        assertEquals(closed.toString(), workshop.prints("-t", open + "/link", "/busybox", "cat", "/name"));
        Files.delete(open.resolve("link"));
    }

    @Test
    void a_user_has_so_many_sandboxes_of_a_template() {
        workshop.reload("[template.host]\nleases = 2\n");
        String waits = "echo begun; exec sleep 1000";
        Call.Running first = workshop.mayfly("sh", "-c", waits).start().prints("begun\n");
        workshop.subcommand("session", "start", "second").run().exits(0);
        String limit =
                "cannot claim a sandbox in template host: you have 2, the limit of leases under \\[template.host]";
        refused(limit, "wait until one has ended.*", "true");
        assertEquals(
                "fine",
                workshop.subcommand("session", "exec", "second", "echo", "fine")
                        .run()
                        .succeeds());
        first.signal("TERM").await();
        Eventually.holds("there is room", () -> workshop.mayfly("true").run().status() == 0);
        workshop.subcommand("session", "end", "second").run().exits(0);
        Eventually.holds("nothing runs", () -> !workshop.subcommand("pool", "status", "--json")
                .run()
                .text()
                .matches(".*\"leased\":[1-9].*"));
        List<Call.Running> many = IntStream.range(0, 8)
                .mapToObj(i -> workshop.mayfly("sh", "-c", waits).start())
                .toList();
        Eventually.holds(
                "all but two are refused",
                () -> many.stream().filter(Call.Running::isAlive).count() <= 2);
        List<Call.Running> alive = many.stream().filter(Call.Running::isAlive).toList();
        assertEquals(2, alive.size());
        alive.forEach(call -> call.prints("begun\n").signal("TERM").await());
    }

    @Test
    void the_display_and_the_sound_are_for_those_whom_the_policy_names() {
        workshop.reload("[policy]\nx11 = [\"%daemon\"]\nsound = []\n");
        for (String option : List.of("-1", "--x11=trusted")) {
            refused(
                    "cannot use the display \\(--x11\\): not everybody may in template host",
                    "x11 under \\[policy] in mayfly.toml names who may: %daemon",
                    option,
                    "true");
        }
        refused("cannot use the display .*", "x11 under .*", "--session", "s", "-1", "true");
        String noSound = "cannot use the sound \\(--pulseaudio\\): not everybody may in template host";
        refused(noSound, "sound under \\[policy] in mayfly.toml names who may: none", "-2", "true");
        assertEquals("fine", workshop.prints("echo", "fine"));
        // There is no server for him: that is as far as he comes.
        workshop.reload("[policy]\nsound = []\n[template.host]\nsound = [\""
                + workshop.account().name() + "\"]\n");
        Outcome outcome = workshop.mayfly("-2", "true").run().exits(125);
        assertFalse(outcome.stderr().contains("not everybody may"), outcome.toString());
    }

    @Test
    void hooks_are_for_those_whom_the_policy_names_and_a_templates_run_for_all() {
        String before = "[template.host]\npre-start = [\"/bin/sh\", \"-c\", \"ls $ROOTFS/etc/passwd\"]\n";
        String refusal = "cannot run hooks of your own: Operation not permitted";
        for (String template : List.of("[template.host]\n", before)) {
            workshop.reload(template + "hooks = []\n");
            for (String hook : List.of("PRE_SPAWN_HOOK", "POST_SPAWN_HOOK")) {
                workshop.mayfly("true")
                        .env(hook, "echo ran")
                        .run()
                        .fails(125, refusal, "hooks in mayfly.toml names who may, in which template");
            }
            assertEquals("fine", workshop.prints("echo", "fine"));
            // What was parked for those who may is not for those who may not any more.
            workshop.reload(template + "hooks = [\"%mayfly\"]\n");
            assertEquals(
                    "ran\n",
                    workshop.mayfly("true")
                            .env("PRE_SPAWN_HOOK", "echo ran")
                            .run()
                            .exits(0)
                            .stderr());
            assertEquals("fine", workshop.prints("echo", "fine"));
        }
        workshop.reload("[policy]\nhooks = []\n");
        workshop.mayfly("true").env("PRE_SPAWN_HOOK", "true").run().fails(125, refusal, "hooks in mayfly.toml .*");
        assertEquals(
                "fine",
                workshop.ofServiceAccount("echo", "fine")
                        .env("PRE_SPAWN_HOOK", "true")
                        .run()
                        .succeeds());
        workshop.reload("");
    }

    @Test
    void what_earlier_services_gave_out_counts_too() {
        String quota = "[template.host]\nleases = 3\n[limits]\nsandboxes-per-user = 4\n";
        String waits = "echo begun; exec sleep 1000";
        String limit =
                "cannot claim a sandbox in template host: you have 3, the limit of leases under \\[template.host]";
        workshop.reload(quota);
        Call.Running first = workshop.mayfly("sh", "-c", waits).start().prints("begun\n");
        workshop.subcommand("session", "start", "second").run().exits(0);

        workshop.service().kill();
        workshop.startAgain();
        workshop.reload(quota);
        Eventually.holds("both are counted", () -> workshop.status().number("running") == 2);
        Call.Running third = workshop.mayfly("sh", "-c", waits).start().prints("begun\n");
        refused(limit, "wait until one has ended.*", "true");

        workshop.service().stop();
        workshop.startAgain();
        workshop.reload(quota);
        Eventually.holds("all are counted", () -> workshop.status().number("running") == 3);
        refused(limit, "wait until one has ended.*", "true");
        Json status = workshop.status();
        assertEquals(3, status.number("adopted"));
        assertEquals(3, status.objects("templates").get(0).number("leased"));
        // Another user has another count.
        workshop.servesItsOwner();

        third.signal("TERM").await();
        Eventually.holds("there is room", () -> workshop.mayfly("true").run().status() == 0);
        first.signal("TERM").await();
        assertEquals(
                "",
                workshop.subcommand("session", "exec", "second", "true").run().succeeds());
        workshop.subcommand("session", "end", "second").run().exits(0);
        workshop.isIdle();
        Eventually.holds("none is left", () -> workshop.status().number("adopted") == 0);
        assertEquals(0, workshop.status().objects("templates").get(0).number("leased"));
    }

    @Test
    void what_some_users_may_is_not_what_all_may() {
        String name = workshop.account().name();
        String denied = "[policy]\nbackends = [\"bwrap\"]\nshare-net = false\nbinds = []\nroot-dirs = []\nhooks = []\n";
        List<String> denials = List.of("-n", "-e native", "-d /usr:/mnt:ro", "-t /");
        String keys =
                "share-net = true\nbackends = [\"bwrap\", \"native\"]\nbinds = [\"/usr:ro\"]\nroot-dirs = [\"/\"]\n";
        workshop.reload(denied);
        denials.forEach(words -> saysFine(words).exits(125));
        for (String who : List.of(name, "%mayfly")) {
            workshop.reload(denied + "[policy.some]\nwho = [\"" + who + "\"]\n" + keys);
            denials.forEach(words -> assertEquals("fine", saysFine(words).succeeds(), words));
        }
        workshop.reload(denied + "[policy.some]\nwho = [\"%daemon\"]\n" + keys);
        denials.forEach(words -> saysFine(words).exits(125));
        workshop.reload(
                denied + "[policy.some]\nwho = [\"%mayfly\"]\ntemplates = [\"host\"]\nhooks = true\nleases = 1\n");
        assertEquals(
                "ran\n",
                workshop.mayfly("true")
                        .env("PRE_SPAWN_HOOK", "echo ran")
                        .run()
                        .exits(0)
                        .stderr());
        workshop.isIdle();
        workshop.subcommand("session", "start", "one").run().exits(0);
        refused(
                "cannot claim a sandbox in template host: you have 1, the limit of leases under \\[policy.some]",
                "wait until one has ended.*",
                "true");
        workshop.subcommand("session", "end", "one").run().exits(0);
        workshop.reload("");
    }

    @Test
    @Against(Attack.SWAPPED_PATHS)
    void a_root_that_is_exchanged_is_none_outside_of_those_that_are_allowed() {
        Path allowed = workshop.work().resolve("allowed");
        Path forbidden = workshop.work().resolve("forbidden");
        for (Path root : List.of(allowed.resolve("root"), forbidden)) {
            BusyboxRoot.make(root);
            Directories.write(root.resolve("name"), String.valueOf(root.getFileName()));
        }
        Tool.output("ln", "-s", forbidden.toString(), allowed + "/link");
        Tool.output("chown", "-hR", workshop.account().name(), allowed.toString(), forbidden.toString());
        workshop.reload("[policy]\nroot-dirs = [\"" + allowed + "\"]\n");
        Call.Running swapper = workshop.call(
                        List.of("python3", "-c", SwapTest.SWAP, allowed + "/root", allowed + "/link"))
                .start()
                .prints("swapping");
        int ran = 0;
        for (int i = 0; i < SWAPS || (ran == 0 && i < 20 * SWAPS); i++) {
            Outcome outcome = workshop.mayfly("-t", allowed + "/root", "--", "/bin/cat", "/name")
                    .run();
            assertTrue(outcome.status() == 125 || outcome.text().equals("root"), outcome.toString());
            ran += outcome.status() == 0 ? 1 : 0;
        }
        assertTrue(swapper.isAlive(), "it was exchanged to the end");
        swapper.kill();
        swapper.await();
        workshop.reload("");
        assertTrue(ran > 0, "the allowed one is used in between");
    }

    private Outcome saysFine(String options) {
        return workshop.mayfly((options + " echo fine").split(" ", -1)).run();
    }

    @Test
    void a_group_lets_its_members_in_as_the_kernel_says() {
        workshop.reload("[template.host]\nusers = [\"%mayfly\"]\n");
        assertEquals("fine", workshop.prints("echo", "fine"));
        workshop.reload("[template.host]\nusers = [\"%daemon\"]\n");
        refused("cannot use template host: it is not for user .*", "mayfly template list shows the templates", "true");
        // Somebody who has the group without being in it by the user database.
        assertEquals(
                "fine",
                workshop.callAs(
                                workshop.serviceAccount(),
                                List.of(
                                        "setpriv",
                                        "--reuid=" + workshop.account().uid(),
                                        "--regid=" + workshop.account().gid(),
                                        "--groups=" + Tool.output("sh", "-c", "getent group daemon | cut -d: -f3") + ","
                                                + Tool.output("sh", "-c", "getent group mayfly | cut -d: -f3"),
                                        workshop.host().mayfly().toString(),
                                        "echo",
                                        "fine"))
                        .run()
                        .succeeds());
    }

    @Test
    void the_doctor_says_what_a_user_may_do() {
        String said = workshop.subcommand("doctor", "--user", workshop.account().name())
                .run()
                .exits(0)
                .text();
        assertTrue(said.matches("(?s)service +ok +.*"), said);
        assertTrue(said.lines().anyMatch(line -> line.matches("host +ok +may be used.*")), said);
        workshop.subcommand("doctor", "--user", "no-such-user")
                .run()
                .fails(125, "cannot look at user no-such-user: nobody has this name", "");
    }
}
