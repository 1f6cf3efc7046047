package mayfly.integration.inheritance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** What a process inherits from its parent, although the sandbox was started by the service. */
@InWorkshop
class CallerTest {
    private final Workshop workshop;

    CallerTest(Workshop workshop) {
        this.workshop = workshop;
    }

    /** The script prints the same whether MAYFLY in it is the client or nothing. */
    private void assertAsWithout(String script) {
        String without = workshop.bash(script.replace("MAYFLY", "")).run().succeeds();

        assertTrue(!without.isEmpty());
        assertEquals(
                without, workshop.bash(script.replace("MAYFLY", "mayfly")).run().succeeds());
    }

    @Test
    void the_umask_is_inherited() {
        assertAsWithout("umask 027; MAYFLY bash -c 'umask; touch new; stat -c %a new; rm new'");
    }

    @Test
    void a_umask_that_takes_the_owners_rights_is_inherited_too() {
        assertAsWithout("umask 0777; MAYFLY bash -c umask");
    }

    @Test
    void resource_limits_are_inherited() {
        assertAsWithout(
                "ulimit -S -n 400; ulimit -H -n 500; ulimit -c 0; ulimit -f 2000; ulimit -t 300; ulimit -u 1000; ulimit -S -s 4096;"
                        + " MAYFLY bash -c 'ulimit -S -a; ulimit -H -a'");
    }

    @Test
    void the_nice_value_is_inherited() {
        assertAsWithout("nice -n 7 MAYFLY nice");
    }

    @Test
    void the_cpu_affinity_is_inherited() {
        assertAsWithout("taskset -c 0 MAYFLY grep Cpus_allowed_list /proc/self/status");
    }

    @Test
    void ignored_signals_stay_ignored() {
        assertAsWithout("trap '' HUP PIPE USR1; MAYFLY grep SigIgn /proc/self/status");
        assertAsWithout("nohup MAYFLY grep SigIgn /proc/self/status 2>/dev/null");
    }

    @Test
    void no_signal_is_ignored_or_blocked_on_its_own() {
        assertAsWithout("MAYFLY grep -E 'Sig(Ign|Blk)' /proc/self/status");
    }

    @Test
    void blocked_signals_stay_blocked() {
        assertAsWithout("python3 -c 'import os, signal, sys;"
                + " signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGTERM, signal.SIGCHLD});"
                + " words = \"MAYFLY grep SigBlk /proc/self/status\".split(); os.execvp(words[0], words)'");
    }

    @Test
    void a_working_directory_that_has_been_deleted_is_a_deleted_one_inside() {
        assertEquals(
                "deleted, empty",
                workshop.bash(
                                "mkdir gone; cd gone; rmdir ../gone;"
                                        + " mayfly sh -c 'stat -c %h . | sed s/0/deleted,/ | tr \"\\n\" \" \"; [ -z \"$(ls -A)\" ] && echo empty'")
                        .run()
                        .exits(0)
                        .text());
    }

    @Test
    void the_default_variables_pass_and_no_others() {
        assertEquals(
                "COLORTERM=c\nHOME=/h\nLANG=l\nLC_X=x\nLOGNAME=n\nPATH=" + path() + "\nSHELL=/s\nTERM=t\nTZ=z\nUSER=u",
                workshop.bash("mayfly env | sort")
                        .env("HOME", "/h")
                        .env("USER", "u")
                        .env("LOGNAME", "n")
                        .env("SHELL", "/s")
                        .env("TERM", "t")
                        .env("COLORTERM", "c")
                        .env("LANG", "l")
                        .env("LC_X", "x")
                        .env("TZ", "z")
                        .env("SECRET", "s")
                        .env("SSH_AUTH_SOCK", "/s")
                        .run()
                        .exits(0)
                        .text());
    }

    private String path() {
        return workshop.bash("printf %s \"$PATH\"").run().succeeds();
    }

    @Test
    void option_v_sets_and_passes_on_in_three_forms() {
        assertEquals(
                "a=b:c d:e f",
                workshop.bash("mayfly -v ONE=a=b:c -v TWO:d:e -v THREE -v FOUR -v HOME=/inside"
                                + " sh -c 'echo \"$ONE $TWO $THREE${FOUR-}\"'")
                        .env("THREE", "f")
                        .run()
                        .succeeds());
        assertEquals("2", workshop.prints("-v", "X=1", "-v", "X=2", "sh", "-c", "echo $X"));
        assertEquals("", workshop.prints("-v", "X=", "sh", "-c", "echo $X"));
    }

    @Test
    @Against(Attack.STEERING_VARIABLES)
    void variables_that_steer_programs_reach_neither_command_nor_helper() {
        List<String> names = List.of(
                "LD_PRELOAD",
                "LD_LIBRARY_PATH",
                "BASH_ENV",
                "ENV",
                "PYTHONPATH",
                "JAVA_TOOL_OPTIONS",
                "_JAVA_OPTIONS",
                "JDK_JAVA_OPTIONS",
                "GCONV_PATH",
                "IFS");
        String outside =
                "export JAVA_TOOL_OPTIONS=-Dx=y JDK_JAVA_OPTIONS=-Dx=y _JAVA_OPTIONS=-Dx=y BASH_ENV=/nothing ENV=/nothing"
                        + " PYTHONPATH=/nothing GCONV_PATH=/nothing LD_LIBRARY_PATH=/nothing; ";
        String preload = workshop.isJava() ? "" : "export LD_PRELOAD=/nothing/evil.so; ";

        String seen = workshop.bash(outside + preload + "mayfly /usr/bin/env")
                .run()
                .exits(0)
                .text();

        assertTrue(seen.lines().noneMatch(line -> names.contains(line.split("=", 2)[0])), seen);
    }
}
