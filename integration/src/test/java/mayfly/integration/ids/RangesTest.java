package mayfly.integration.ids;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.security.RootsProgram;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Ground;
import mayfly.integration.workshop.OnStores;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** Root names a range of ids; the clones' files keep their owners in all stores. */
@OnStores(on = {Backend.BWRAP, Backend.NATIVE})
class RangesTest {
    private static final String BASE = "400000000";

    private final Ground ground;
    private final Workshop workshop;

    RangesTest(Ground ground) {
        this.ground = ground;
        this.workshop = ground.workshop();
        if (!Files.exists(ground.directory("t"))) {
            ground.template("t", "ready = 2", "ready-max = 2");
            String etc = ground.directory("t").resolve("etc").toString();
            Tool.output(
                    "sh",
                    "-e",
                    "-c",
                    "cd $1; echo mail >mails; chown 8:12 mails; chmod 640 mails; echo far >far; chown 65536:65536 far;"
                            + " chmod 600 far; mkdir -m 700 closed; echo in >closed/in; chown -R 33:33 closed",
                    "sh",
                    etc);
            RootsProgram.make(program());
            ground.snapshot("t", "begin");
        }
    }

    private Path program() {
        return ground.directory("t").resolve("bin/effective");
    }

    private String inside(String script, String... options) {
        List<String> words = new ArrayList<>(List.of("-z", "t", "-u", BASE));
        words.addAll(List.of(options));
        words.addAll(List.of("--", "sh", "-c", script));
        return workshop.prints(words.toArray(new String[0]));
    }

    private String template(String script) {
        return Tool.output(
                "sh",
                "-e",
                "-c",
                "cd $1; " + script,
                "sh",
                ground.directory("t").toString());
    }

    @Test
    void the_command_is_root_and_the_files_have_the_owners_of_the_template() {
        assertEquals(
                "0 0\n0:0 /\n0:0 /etc/name\n8:12 /etc/mails\n33:33 /etc/closed\nmail\nin",
                inside("echo $(id -u) $(id -g); stat -c '%u:%g %n' / /etc/name /etc/mails /etc/closed;"
                        + " cat /etc/mails /etc/closed/in"));
        assertEquals(
                "0 400000000 65536", inside("cat /proc/self/uid_map").strip().replaceAll(" +", " "));
    }

    @Test
    void it_may_change_everything_and_the_template_stays_as_it_is() {
        String list = "find . | sort | xargs stat -c '%u:%g %a %s %Y %n'";
        String before = template(list);
        for (int i = 0; i < ground.atMost(6); i++) {
            assertEquals(
                    "1:2\n5:6\n0:0\n65535:65535",
                    inside(
                            "busybox chown 1:2 /etc/mails && echo more >>/etc/closed/in && busybox chown -R 5:6 /etc/closed"
                                    + " && touch /new && touch /last && busybox chown 65535:65535 /last && rm /etc/name"
                                    + " && stat -c %u:%g /etc/mails /etc/closed/in /new /last; rm -rf /bin/ls /etc/closed"));
        }
        assertEquals(before, template(list));
        Eventually.holds("all that was used is destroyed", () -> ground.clones().stream()
                .noneMatch(clone -> clone.endsWith(".dirty")));
    }

    @Test
    void what_belongs_to_no_id_of_the_range_is_out_of_reach() {
        assertEquals(
                "65534:65534 /etc/far\nrefused\nrefused",
                inside("stat -c '%u:%g %n' /etc/far; cat /etc/far 2>/dev/null || echo refused;"
                        + " busybox chown 0:0 /etc/far 2>/dev/null || echo refused"));
        Outcome outcome = workshop.mayfly("-z", "t", "-u", BASE, "busybox", "chown", "65536", "/etc/name")
                .run();
        assertNotEquals(0, outcome.status(), outcome.toString());
    }

    @Test
    @Against({Attack.SETUID_FILE, Attack.DEVICES})
    void setuid_files_devices_and_mounts_give_nothing() {
        RootsProgram.worksFor(workshop.host().outsider(), program());
        assertEquals(
                "6755 0:0\n1000 1000\n6755 0:0\n1000 1000\nno device\nno mount\nno remount\nno unmount",
                inside("echo x:x:1000:1000::/:/bin/sh >/etc/passwd; echo x:x:1000: >/etc/group;"
                        + " cp /bin/effective /tmp/own; busybox chmod 6755 /tmp/own;"
                        + " for p in /bin/effective /tmp/own; do"
                        + " stat -c '%a %u:%g' $p; busybox su -s /bin/sh x -c $p; done; busybox mknod /tmp/null c 1 3 2>/dev/null || echo no device;"
                        + " mount -t tmpfs x /tmp 2>/dev/null || echo no mount;"
                        + " mount -o remount,suid,dev / 2>/dev/null || echo no remount;"
                        + " busybox umount /proc 2>/dev/null || echo no unmount"));
    }

    @Test
    @Against(Attack.DEVICES)
    void devices_that_the_template_has_cannot_be_opened() {
        Path device = ground.directory("t").resolve("etc/device");
        Tool.output("mknod", device.toString(), "c", "1", "5");
        try {
            ground.snapshot("t", "device-" + System.nanoTime());
            Eventually.holds("a clone has the device", () -> inside("[ -e /etc/device ] && echo there || echo not")
                    .equals("there"));
            assertEquals("closed", inside("head -c 1 /etc/device >/dev/null 2>&1 && echo open || echo closed"));
        } finally {
            Tool.output("rm", device.toString());
            ground.snapshot("t", "no-device-" + System.nanoTime());
        }
    }

    @Test
    void secrets_of_the_host_stay_secrets_behind_a_bind() {
        Path secret = workshop.write("secret", "secret");
        Tool.output("chmod", "600", secret.toString());
        Tool.output("chmod", "755", workshop.work().toString());
        Tool.output("mkdir", "-p", workshop.work().resolve("open").toString());
        Path bound = Directories.write(workshop.work().resolve("open/file"), "file");
        Tool.output("chmod", "700", bound.toString());
        Outcome outcome = workshop.mayfly(
                        "-z",
                        "t",
                        "-u",
                        BASE,
                        "-d",
                        bound.getParent() + ":/open",
                        "--",
                        "sh",
                        "-c",
                        "cat /open/file || echo x >/open/file || rm -f /open/file || busybox chown 0 /open/file"
                                + " || busybox chmod 777 /open/file || touch /open/new")
                .run();
        assertNotEquals(0, outcome.status(), outcome.toString());
        assertEquals("file", Directories.read(bound));
        assertFalse(Files.exists(bound.resolveSibling("new")));
    }

    @Test
    void two_sandboxes_of_one_range_know_nothing_of_each_other() {
        Call.Running first = workshop.mayfly(
                        "-z", "t", "-u", BASE, "--", "sh", "-c", "echo mine >/tmp/mine; echo ready; busybox sleep 1000")
                .start()
                .prints("ready");
        try {
            assertEquals(
                    "nothing",
                    inside("cat /tmp/mine 2>/dev/null;"
                            + " for p in /proc/[0-9]*; do cat $p/root/tmp/mine 2>/dev/null; done; echo nothing"));
            workshop.mayfly("-z", "t", "-u", BASE, "--", "sh", "-c", "busybox kill -9 -1; true")
                    .run()
                    .exits(137);
            assertTrue(first.isAlive());
        } finally {
            first.signal("TERM").await();
        }
    }

    @Test
    void parked_sandboxes_are_those_of_the_same_range() {
        inside("true");
        assertEquals("0", inside("id -u"));
        assertEquals(
                "0 500000000 65536",
                workshop.prints("-z", "t", "-u", "500000000", "cat", "/proc/self/uid_map")
                        .strip()
                        .replaceAll(" +", " "));
        assertEquals(
                "0 0 4294967295",
                workshop.prints("-z", "t", "cat", "/proc/self/uid_map").strip().replaceAll(" +", " "));
    }

    @Test
    void in_a_directory_itself_files_keep_their_owners() {
        Path root = workshop.directory().resolve("itself");
        Tool.output("cp", "-a", ground.directory("t").toString(), root.toString());
        try {
            assertEquals(
                    "0\n8:12\n65534:65534",
                    workshop.prints(
                            "-t",
                            root.toString(),
                            "-u",
                            BASE,
                            "--",
                            "sh",
                            "-c",
                            "id -u; stat -c %u:%g /etc/mails /etc/far; touch /made; busybox chown 5:6 /made"));
            assertEquals(
                    "5:6",
                    Tool.output("stat", "-c", "%u:%g", root.resolve("made").toString()));
        } finally {
            Tool.output("rm", "-r", root.toString());
        }
    }
}
