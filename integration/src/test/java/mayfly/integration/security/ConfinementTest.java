package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** What a command has no right to, and what is not there at all. */
@InWorkshop(
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC})
class ConfinementTest {
    /** CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT, MKNOD, AUDIT_WRITE, SETFCAP. */
    private static final String ROOTS_CAPABILITIES = "00000000a80425fb";

    private static final String NO_CAPABILITIES = "0000000000000000";

    private final Workshop workshop;

    ConfinementTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    @Against(Attack.MOUNTS)
    void an_ordinary_user_has_no_capability_and_root_only_those_over_files_and_ids() {
        String expected = workshop.identity().isRoot() ? ROOTS_CAPABILITIES : NO_CAPABILITIES;

        assertEquals(
                "CapEff " + expected + "\nCapPrm " + expected + "\nCapInh " + NO_CAPABILITIES + "\nCapAmb "
                        + NO_CAPABILITIES,
                workshop.insideWithPipes(
                        "for c in CapEff CapPrm CapInh CapAmb; do echo $c $(sed -n \"s/$c:\\s*//p\" /proc/self/status); done"));
    }

    @Test
    void the_namespaces_are_the_sandboxs_own() {
        for (String name : List.of("mnt", "pid", "ipc", "uts", "net", "user", "cgroup")) {
            // A user has no capability to lose with lxc: a user namespace is root's there.
            if (!name.equals("user")
                    || workshop.backend() != Backend.LXC
                    || workshop.identity().isRoot()) {
                assertNotEquals(
                        Tool.output("readlink", "/proc/self/ns/" + name),
                        workshop.prints("readlink", "/proc/self/ns/" + name),
                        name);
            }
        }
    }

    @Test
    @Against(Attack.TRACED_HELPER)
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
    @Against({Attack.KERNEL_SETTINGS, Attack.CONTROL_GROUPS})
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
    @Against({Attack.KERNEL_SETTINGS, Attack.DEVICES})
    void the_kernels_secrets_cannot_be_read() {
        assertEquals(
                "none",
                workshop.inside(
                                "for f in /proc/kcore /proc/kmem /dev/mem /dev/kmsg /dev/port /dev/zfs /dev/vda /dev/sda /dev/fuse"
                                        + " /proc/keys /proc/interrupts /proc/timer_list /proc/kpageflags /proc/kpagecount"
                                        + " /proc/slabinfo /proc/vmallocinfo /proc/pagetypeinfo;"
                                        + " do [ \"$(head -c 1 $f 2>/dev/null | wc -c)\" = 0 ] || echo readable $f; done;"
                                        + " awk '$1 !~ /^0+$/ { n++ } END { exit n > 0 }' /proc/kallsyms 2>/dev/null; ls /sys/kernel/debug 2>/dev/null;"
                                        + " ls /sys/devices/system/cpu/cpu*/thermal_throttle 2>/dev/null | grep -v :;"
                                        + " echo none")
                        .lines()
                        .filter(line -> !line.isEmpty())
                        .reduce("", (a, b) -> a + b));
    }

    /** Files whose owner root inside is, and which the host has too. */
    private String machinesFiles() {
        String files = "/dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /proc/keys /proc/interrupts";
        // docs/security.md: with lxc those of /proc can be.
        return workshop.backend() == Backend.LXC ? files : files + " /proc/meminfo /proc/stat";
    }

    @Test
    @Against({Attack.KERNEL_SETTINGS, Attack.DEVICES})
    void modes_and_owners_of_the_machines_files_cannot_be_changed() {
        String script = """
                import os, sys
                for path in sys.argv[1].split():
                    status = os.stat(path)
                    for name, change in ('mode', lambda: os.chmod(path, status.st_mode & 0o7777)), \\
                            ('owner', lambda: os.chown(path, status.st_uid, status.st_gid)):
                        try:
                            change()
                            print('changed', name, path)
                        except OSError:
                            pass
                with open('/dev/null', 'w') as nothing:
                    print('written', file=nothing)
                print('tried')
                """;
        assertEquals("tried", workshop.prints("python3", "-c", script, machinesFiles()));
    }

    @Test
    @Against(Attack.HOST_SOCKETS)
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
    @Against(Attack.SETUID_FILE)
    void a_setuid_file_gives_nothing() {
        String who = workshop.inside("id -u");
        assertEquals(
                who + "\n" + who,
                workshop.insideWithPipes("cp /usr/bin/id /tmp/id; chmod 6755 /tmp/id; /tmp/id -u; id -u"));
        if (!workshop.identity().isRoot()) {
            Outcome outcome = workshop.mayfly(
                            "sh", "-c", "su -c id </dev/null || mount -t tmpfs x /tmp || umount /proc")
                    .run();
            assertNotEquals(0, outcome.status(), outcome.toString());
        }
    }

    @Test
    @Against(Attack.PROPAGATION)
    void mounts_pass_neither_in_nor_out() {
        // LXC makes them shared, but among themselves alone: a master would be outside.
        String kept = workshop.backend() == Backend.LXC ? " master:" : " shared:";
        assertTrue(workshop.prints("cat", "/proc/self/mountinfo").lines().noneMatch(line -> line.contains(kept)));
        assertTrue(!Directories.read(Path.of("/proc/self/mountinfo"))
                .contains(workshop.runtime().toString()));
    }

    @Test
    @Against(Attack.PROGRAM_OVERWRITTEN)
    void no_program_of_the_hosts_can_be_overwritten() {
        String before = programs();
        // Opened while it runs, written to when it has become another: what runc fell for.
        String script = """
                import os, subprocess, sys
                def attempt(path):
                    for flags in os.O_WRONLY, os.O_RDWR | os.O_TRUNC:
                        try:
                            os.write(os.open(path, flags), b'overwritten')
                        except OSError:
                            pass
                attempt('/proc/self/exe')
                attempt('/proc/1/exe')
                programs = []
                for process in '1', 'self':
                    try:
                        programs.append(os.open(f'/proc/{process}/exe', os.O_RDONLY))
                        os.set_inheritable(programs[-1], True)
                    except OSError:
                        pass
                write = 'exec 2>/dev/null; ' + ''.join(f'echo overwritten >/proc/self/fd/{p}; ' for p in programs)
                subprocess.run(['sh', '-c', write], close_fds=False)
                os.execvp('sh', ['sh', '-c', write + 'echo tried'])
                """;

        // Where it may write it does so.
        assertEquals(
                "tried\noverwritten",
                workshop.inside(
                        "cp \"$(readlink -f \"$(command -v python3)\")\" /tmp/copy; /tmp/copy -c \"$1\"; head -n 1 /tmp/copy",
                        script));
        assertEquals("tried", workshop.mayfly("python3", "-c", script).run().text());

        assertEquals(before, programs());
        assertEquals("fine", workshop.prints("echo", "fine"));
    }

    /** Digests of what a command could run, or what runs it. */
    private String programs() {
        return Tool.output(
                "sh",
                "-ec",
                "sha256sum \"$1\" \"${1%/*}\"/../lib/mayfly/mayfly-* $(readlink -f $(which python3 bwrap sh))",
                "sh",
                workshop.host().mayfly().toString());
    }

    @Test
    @Against(Attack.INHERITED_DESCRIPTORS)
    void a_symbolic_link_out_of_the_root_leads_nowhere() {
        assertEquals(
                "closed",
                workshop.inside("ls -d /proc/1/root/* /proc/1/cwd/* 2>/dev/null; cd /; cd ../../../..; [ . -ef / ]"
                        + " && echo closed"));
    }

    @Test
    @Against({Attack.KERNEL_SETTINGS, Attack.CONTROL_GROUPS})
    void nothing_in_proc_and_sys_can_be_written_to() {
        // Files without any right to write have nothing that writes; who asks for pressure's events asks for himself.
        String script = """
                import os, stat
                kinds = {}
                for line in open('/proc/self/mountinfo'):
                    kinds[line.split()[2]] = line.split(' - ')[1].split()[0]
                def kind(path):
                    device = os.stat(path).st_dev
                    return kinds.get(f'{os.major(device)}:{os.minor(device)}')
                tried = 0
                for top in '/proc', '/sys':
                    for base, directories, files in os.walk(top):
                        if base == '/proc':
                            directories[:] = [d for d in directories if not d.isdigit() and d != 'pressure']
                        for path in (os.path.join(base, name) for name in files):
                            mode = os.lstat(path).st_mode
                            if not stat.S_ISREG(mode) or mode & 0o222 == 0:
                                continue
                            tried += 1
                            try:
                                os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
                                print(path)
                            except OSError:
                                pass
                        try:
                            os.mkdir(base + '/mayfly-test')
                            if kind(base) != 'tmpfs':
                                print('made in', base)
                        except OSError:
                            pass
                print('tried' if tried > 100 else tried)
                """;

        assertEquals("tried", workshop.prints("python3", "-c", script));
    }

    @Test
    @Against(Attack.CONTROL_GROUPS)
    void a_command_cannot_leave_its_control_group_or_mount_any() {
        Outcome outcome = workshop.mayfly(
                        "sh",
                        "-c",
                        "mkdir /tmp/c; for k in cgroup cgroup2; do mount -t $k none /tmp/c && echo mounted; done;"
                                + " find /sys/fs/cgroup -name cgroup.procs -o -name tasks -o -name release_agent"
                                + " -o -name notify_on_release | while read f; do echo $$ >$f && echo left; done; echo tried")
                .run();

        assertEquals("tried", outcome.text());
    }

    @Test
    @Against(Attack.DEVICES)
    void there_are_no_devices_but_those_without_a_machine() {
        assertEquals(
                "",
                workshop.inside("find /dev -type b -o -type c | grep -v -x -E"
                        + " '/dev/(null|zero|full|random|urandom|tty|ptmx|console|pts/(ptmx|[0-9]+))'; true"));
    }

    @Test
    @Against(Attack.HOST_SOCKETS)
    void who_listens_at_a_file_on_the_host_is_not_reached_inside() {
        Path socket = workshop.work().resolve("agent.sock");
        String connect = """
                import socket, sys
                for path in sys.argv[1:]:
                    try:
                        socket.socket(socket.AF_UNIX).connect(path)
                        print('reached', path)
                    except OSError:
                        pass
                print('tried')
                """;
        Call.Running agent = workshop.call(List.of(
                        "python3",
                        "-c",
                        "import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen();"
                                + " print('listens', flush=True); time.sleep(1000)",
                        socket.toString()))
                .start()
                .prints("listens");
        try {
            String[] places = {socket.toString(), workshop.runtime() + "/mayfly.sock"};
            assertEquals(
                    "reached " + places[0] + "\nreached " + places[1] + "\ntried",
                    workshop.call(List.of("python3", "-c", connect, places[0], places[1]))
                            .run()
                            .succeeds());
            assertEquals(
                    "tried",
                    workshop.prints("python3", "-c", connect, places[0], places[1], "/run/mayfly/mayfly.sock"));
            assertEquals(
                    "reached /tmp/agent\ntried",
                    workshop.prints("-d", socket + ":/tmp/agent", "python3", "-c", connect, "/tmp/agent"));
        } finally {
            agent.kill();
            agent.await();
            workshop.bash("rm " + socket).run().succeeds();
        }
    }
}
