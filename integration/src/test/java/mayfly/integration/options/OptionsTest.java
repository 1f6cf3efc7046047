package mayfly.integration.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

@InWorkshop
class OptionsTest {
    private static final String INTERFACES = "sed -n 's/^ *\\([^:]*\\):.*/\\1/p' /proc/net/dev | sort | xargs";

    private final Workshop workshop;

    OptionsTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    void there_is_no_network_but_a_loopback_that_works() {
        assertEquals(
                "lo\npong",
                workshop.inside(
                        INTERFACES + "; python3 -c \"\nimport socket\ns = socket.create_server(('127.0.0.1', 0))\n"
                                + "c = socket.create_connection(s.getsockname())\ns.accept()[0].send(b'pong')\nprint(c.recv(9).decode())\""));
    }

    @Test
    void option_n_shares_the_hosts_network() {
        String host = workshop.bash(INTERFACES).run().succeeds();

        assertEquals(host, workshop.prints("-n", "sh", "-c", INTERFACES));
        assertEquals(host, workshop.prints("--share-net", "sh", "-c", INTERFACES));
        assertEquals(
                workshop.bash("readlink /proc/self/ns/net").run().succeeds(),
                workshop.prints("-n", "readlink", "/proc/self/ns/net"));
        assertNotEquals(
                workshop.bash("readlink /proc/self/ns/net").run().succeeds(),
                workshop.prints("readlink", "/proc/self/ns/net"));
    }

    @Test
    void option_p_names_the_working_directory() {
        assertEquals("/usr/lib", workshop.prints("-p", "/usr/lib", "pwd"));
        assertEquals("/usr/lib", workshop.prints("--chdir=/usr/lib", "pwd"));
    }

    @Test
    void option_d_makes_a_directory_of_the_host_appear() {
        workshop.bash("rm -rf shared; mkdir shared; echo host >shared/file")
                .run()
                .succeeds();

        assertEquals(
                "host\nfile",
                workshop.prints(
                        "-d",
                        workshop.work() + "/shared:/mnt/deep/er",
                        "sh",
                        "-c",
                        "cat /mnt/deep/er/file; echo inside >>/mnt/deep/er/file; ls /mnt/deep/er"));
        assertEquals("host\ninside\n", workshop.read("shared/file"));
        assertTrue(!Files.exists(Path.of("/mnt/deep")));
    }

    @Test
    void option_d_takes_relative_sources_and_files_and_several() {
        workshop.bash("rm -rf one two; mkdir one; echo 1 >one/file; echo 2 >two")
                .run()
                .succeeds();

        assertEquals(
                "1\n2",
                workshop.prints("-d", "one:/tmp/a", "--bind", "two:/tmp/b", "sh", "-c", "cat /tmp/a/file /tmp/b"));
    }

    @Test
    void option_d_with_ro_cannot_be_written_to() {
        workshop.bash("rm -rf kept; mkdir kept; echo host >kept/file").run().succeeds();

        Outcome outcome = workshop.mayfly(
                        "-d", "kept:/tmp/kept:ro", "sh", "-c", "cat /tmp/kept/file; echo x >/tmp/kept/file")
                .run()
                .exits(2);

        assertEquals("host", outcome.text());
        assertTrue(outcome.stderr().contains("Read-only file system"), outcome.toString());
        assertEquals("host\n", workshop.read("kept/file"));
    }

    @Test
    void a_source_of_a_bind_that_was_replaced_is_the_new_one() {
        for (int i = 0; i < 3; i++) {
            workshop.bash("echo " + i + " >new; mv new replaced; mkdir d; echo " + i + " >d/f")
                    .run()
                    .succeeds();
            for (int again = 0; again < 2; again++) {
                assertEquals(
                        i + "\n" + i,
                        workshop.prints("-d", "replaced:/tmp/file", "-d", "d:/tmp/d", "cat", "/tmp/file", "/tmp/d/f"));
            }
            workshop.bash("rm -r d").run().succeeds();
        }
    }

    @Test
    @Against(Attack.HOSTILE_BINDS)
    void a_missing_source_of_a_bind_is_refused() {
        workshop.mayfly("-d", "/mayfly/test/nothing:/tmp/x", "true")
                .run()
                .fails(125, "cannot bind /mayfly/test/nothing: No such file or directory", "");
        assertTrue(!Files.exists(Path.of("/tmp/x")));
    }

    @Test
    @Against(Attack.HOSTILE_BINDS)
    void a_target_of_a_bind_that_leads_through_a_symbolic_link_is_refused() {
        workshop.bash("rm -rf source elsewhere link; mkdir source elsewhere; ln -s elsewhere link")
                .run()
                .succeeds();

        Outcome outcome = workshop.mayfly("-d", "source:" + workshop.work() + "/link/point", "true")
                .run()
                .exits(125);

        assertTrue(outcome.stderr().startsWith("mayfly: cannot "), outcome.toString());
        assertEquals(List.of(), Directories.names(workshop.work().resolve("elsewhere")));
    }

    @Test
    @Against(Attack.HOSTILE_BINDS)
    void a_source_that_the_caller_may_not_read_is_refused_or_stays_unreadable() {
        if (workshop.identity().isRoot()) {
            assertEquals(
                    "seen", workshop.prints("-d", "/etc/shadow:/tmp/s:ro", "sh", "-c", "[ -s /tmp/s ] && echo seen"));
        } else {
            Outcome outcome =
                    workshop.mayfly("-d", "/etc/shadow:/tmp/s", "cat", "/tmp/s").run();
            assertNotEquals(0, outcome.status(), outcome.toString());
            assertEquals("", outcome.text());
        }
    }

    @Test
    void option_x_tells_each_step_and_option_q_says_less() {
        Outcome traced = workshop.mayfly("-x", "true").run().exits(0);
        assertTrue(traced.stderr().lines().count() > 0, traced.toString());
        assertTrue(traced.stderr().lines().allMatch(line -> line.startsWith("mayfly: ")), traced.toString());

        assertEquals("", workshop.prints("-q", "true"));
        workshop.mayfly("-q", "--no-such", "true").run().fails(125, "cannot read the command line: .*", ".*");
    }

    @Test
    void options_e_and_run_and_the_double_dash_are_understood() {
        assertEquals("a", workshop.prints("-e", "bwrap", "-z", "host", "--", "echo", "a"));
        if (!workshop.isJava()) {
            assertEquals("version", workshop.prints("run", "echo", "version"));
            assertEquals("-n", workshop.prints("run", "--", "printf", "-n"));
        }
    }

    @Test
    void a_run_without_a_command_reads_the_shells_commands() {
        assertEquals("42", workshop.bash("echo 'echo $((6*7))' | mayfly").run().succeeds());
        workshop.bash("echo 'exit 9' | mayfly -q").run().exits(9);
    }
}
