package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What the configuration of root's service lets a user do, and that he cannot get around it. */
@InWorkshop(as = Identity.MEMBER, with = Client.C)
@EnabledIf(value = "mayfly.integration.workshop.Host#isRoot", disabledReason = "the service is root's")
class PolicyTest {

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
                "fine",
                workshop.callAs(
                                workshop.serviceAccount(),
                                List.of(workshop.host().mayfly().toString(), "-n", "echo", "fine"))
                        .run()
                        .succeeds());
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
