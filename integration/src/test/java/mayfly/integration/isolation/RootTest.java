package mayfly.integration.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Host;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

@InWorkshop(on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC})
class RootTest {
    private final Workshop workshop;

    RootTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    void a_command_is_who_its_caller_is() {
        String script = "id -u; id -g; id -un; cd; pwd; umask";
        String outside = workshop.call(List.of("bash", "-c", script)).run().succeeds();

        assertEquals(outside, workshop.inside(script));
    }

    @Test
    void a_command_sees_a_full_root() {
        assertEquals(
                "full",
                workshop.inside("for d in /bin /usr/bin /etc /var /tmp /proc/1 /dev/pts /dev/shm /sys/class /run; do"
                        + " [ -d $d ] || echo \"no $d\"; done;"
                        + " for f in /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty; do"
                        + " [ -c $f ] || echo \"no $f\"; done;"
                        + " head -c 1 /dev/zero >/dev/null && cmp /etc/passwd " + copyOfPasswd() + " && echo full"));
    }

    private Path copyOfPasswd() {
        return workshop.write("passwd", Directories.read(Path.of("/etc/passwd")));
    }

    @Test
    void a_command_begins_in_its_callers_directory_and_sees_todays_files() {
        workshop.write("today", "written just now");

        assertEquals(workshop.work() + "\nwritten just now", workshop.inside("pwd; cat today"));
    }

    @Test
    void a_command_sees_its_own_changes_and_the_host_none_of_them() throws IOException {
        Path work = workshop.work();
        workshop.write("kept", "before");
        workshop.write("removed", "before");
        List<String> before = Directories.names(work);

        String seen =
                workshop.inside("echo after >kept && rm removed && mkdir -p new/deep && echo hello >new/deep/file &&"
                        + " ln -s kept link && mv kept moved && chmod 600 moved &&"
                        + " ls && cat moved new/deep/file && readlink link && stat -c %a moved");

        assertTrue(seen.contains("moved\nnew"), seen);
        assertTrue(seen.endsWith("after\nhello\nkept\n600"), seen);
        assertEquals(before, Directories.names(work));
        assertEquals("before", workshop.read("kept"));
        assertEquals("before", workshop.read("removed"));
    }

    @Test
    void a_command_may_destroy_the_home_directory_and_the_host_keeps_it() {
        Path canary = workshop.account().home().resolve(".mayfly-test-canary");
        Directories.write(canary, "alive");
        try {
            String probe = ".mayfly-test-probe";
            workshop.inside("cd && echo changed >" + probe);
            assertFalse(Files.exists(workshop.account().home().resolve(probe)), "the sandbox has the host's home");

            // docs/stores.md: directories of the lower one can be removed by root's service alone before Linux 6.6.
            boolean whole = workshop.identity().hasSystemService() || Host.hasUserAttributesOnTmpfs();
            String script = whole ? "rm -rf ./* ./.[!.]* && ls -A" : "find . ! -type d -delete && find . ! -type d";
            assertEquals("0", workshop.inside("cd && " + script + " | wc -l"));
            assertEquals("alive", Directories.read(canary));
            assertEquals("alive", workshop.inside("cat ~/.mayfly-test-canary"));
        } finally {
            assertTrue(canary.toFile().delete());
        }
    }

    @Test
    void a_directory_of_the_users_below_a_foreign_one_can_be_written_to() {
        Path foreign = Path.of(Tool.output("mktemp", "-d", "/tmp/mayfly-test-foreign-XXXXXX"));
        try {
            Tool.output("chmod", "755", foreign.toString());
            Tool.output("install", "-d", "-o", workshop.account().name(), foreign + "/own");
            assertEquals(
                    "new",
                    workshop.mayfly("sh", "-c", "echo new >file; cat file")
                            .in(foreign.resolve("own"))
                            .run()
                            .succeeds());
        } finally {
            Tool.output("rm", "-r", foreign.toString());
        }
    }

    @Test
    void who_may_not_write_outside_may_not_inside() {
        String script = "for f in /etc/passwd /usr/bin /var/lib; do [ -w $f ] && echo writable; done; true";

        assertEquals(workshop.call(List.of("bash", "-c", script)).run().succeeds(), workshop.inside(script));
    }
}
