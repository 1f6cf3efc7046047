package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** What a command has no right to, and what is not there at all. */
@InWorkshop(with = Client.C)
class ConfinementTest {
    /** CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT, MKNOD, AUDIT_WRITE, SETFCAP. */
    private static final String ROOTS_CAPABILITIES = "00000000a80425fb";

    private static final String NO_CAPABILITIES = "0000000000000000";

    private final Workshop workshop;

    ConfinementTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    void an_ordinary_user_has_no_capability_and_root_only_those_over_files_and_ids() {
        String expected = workshop.identity().isRoot() ? ROOTS_CAPABILITIES : NO_CAPABILITIES;

        assertEquals(
                "CapEff " + expected + "\nCapPrm " + expected,
                workshop.inside(
                        "for c in CapEff CapPrm; do echo $c $(sed -n \"s/$c:\\s*//p\" /proc/self/status); done"));
    }

    @Test
    void the_namespaces_are_the_sandboxs_own() {
        for (String name : List.of("mnt", "pid", "ipc", "uts", "net", "user", "cgroup")) {
            assertNotEquals(
                    Tool.output("readlink", "/proc/self/ns/" + name),
                    workshop.prints("readlink", "/proc/self/ns/" + name),
                    name);
        }
    }

    @Test
    void process_one_can_be_neither_read_nor_traced() {
        assertEquals(
                "nothing",
                workshop.inside(
                        "for f in environ mem maps exe cwd root fd/0 fd/1 fd/2 fd/3 fd/4; do { cat /proc/1/$f || readlink /proc/1/$f; }"
                                + " >/dev/null 2>&1 && echo readable $f; done; echo nothing"));
        assertEquals(
                "refused",
                workshop.prints(
                        "python3",
                        "-c",
                        "import ctypes; print('refused' if ctypes.CDLL(None, use_errno=True).ptrace(16, 1, 0, 0) < 0 else 'traced')"));
    }

    @Test
    void the_kernels_settings_cannot_be_changed() {
        String core = Tool.output("cat", "/proc/sys/kernel/core_pattern");
        assertEquals(
                "",
                workshop.inside(
                        "for f in /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/sys/vm/drop_caches"
                                + " /proc/sys/kernel/modprobe /proc/sysrq-trigger /proc/sys/fs/binfmt_misc/register"
                                + " /sys/kernel/uevent_helper /sys/fs/cgroup/*/release_agent /sys/fs/cgroup/cgroup.procs"
                                + " /sys/fs/cgroup/*/cgroup.procs; do"
                                + " [ -e $f ] && (echo x >$f) 2>/dev/null && echo \"wrote $f\"; done; true"));
        assertEquals(core, Tool.output("cat", "/proc/sys/kernel/core_pattern"));
    }

    @Test
    void the_kernels_secrets_cannot_be_read() {
        assertEquals(
                "none",
                workshop.inside(
                                "for f in /proc/kcore /proc/kmem /dev/mem /dev/kmsg /dev/port /dev/zfs /dev/vda /dev/sda /dev/fuse;"
                                        + " do head -c 1 $f >/dev/null 2>&1 && echo readable $f; done;"
                                        + " awk '$1 !~ /^0+$/ { n++ } END { exit n > 0 }' /proc/kallsyms 2>/dev/null; ls /sys/kernel/debug 2>/dev/null;"
                                        + " echo none")
                        .lines()
                        .filter(line -> !line.isEmpty())
                        .reduce("", (a, b) -> a + b));
    }

    @Test
    void the_hosts_sockets_are_unreachable() {
        assertEquals(
                "",
                workshop.inside(
                        "find /run /var/run -type s 2>/dev/null; ls /run/dbus /run/systemd /run/user /run/mayfly 2>/dev/null;"
                                + " [ -S " + workshop.runtime() + "/mayfly.sock ] && python3 -c \"\n"
                                + "import socket\n"
                                + "s = socket.socket(socket.AF_UNIX)\n"
                                + "s.connect('" + workshop.runtime() + "/mayfly.sock')\n"
                                + "print('reached the service')\" 2>/dev/null; true"));
    }

    @Test
    void a_setuid_file_gives_nothing() {
        String who = workshop.inside("id -u");
        assertEquals(
                who + "\n" + who, workshop.inside("cp /usr/bin/id /tmp/id; chmod 6755 /tmp/id; /tmp/id -u; id -u"));
        if (!workshop.identity().isRoot()) {
            Outcome outcome = workshop.mayfly(
                            "sh", "-c", "su -c id </dev/null || mount -t tmpfs x /tmp || umount /proc")
                    .run();
            assertNotEquals(0, outcome.status(), outcome.toString());
        }
    }

    @Test
    void mounts_pass_neither_in_nor_out() {
        assertTrue(workshop.prints("cat", "/proc/self/mountinfo").lines().noneMatch(line -> line.contains(" shared:")));
        assertTrue(!Directories.read(Path.of("/proc/self/mountinfo"))
                .contains(workshop.runtime().toString()));
    }

    @Test
    void the_helpers_program_cannot_be_overwritten() {
        Outcome outcome = workshop.mayfly("sh", "-c", "echo x >/proc/1/exe || echo x >>/proc/1/exe")
                .run();

        assertNotEquals(0, outcome.status(), outcome.toString());
        assertTrue(Files.isExecutable(workshop.host().mayfly()));
        assertEquals("fine", workshop.prints("echo", "fine"));
    }

    @Test
    void a_symbolic_link_out_of_the_root_leads_nowhere() {
        assertEquals(
                "closed",
                workshop.inside("ls -d /proc/1/root/* /proc/1/cwd/* 2>/dev/null; cd /; cd ../../../..; [ . -ef / ]"
                        + " && echo closed"));
    }
}
