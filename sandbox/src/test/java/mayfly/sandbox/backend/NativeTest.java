package mayfly.sandbox.backend;

import static mayfly.sandbox.backend.Plain.ROOT;
import static mayfly.sandbox.backend.Plain.USER;
import static mayfly.sandbox.backend.Plain.construction;
import static mayfly.sandbox.backend.Plain.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Identity;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Seccomp;
import org.junit.jupiter.api.Test;

final class NativeTest {
    private static String words(Construction construction) throws RefusedException {
        return Plain.words(new Native(Plain.HOST), construction);
    }

    /** What is the same with chroot, whose test has it. */
    private static String filled(Caller caller) throws RefusedException {
        String all = Plain.words(new Chroot(Plain.HOST), construction(caller, Isolation.FULL));
        return all.substring("private ".length(), all.indexOf(" target /run/m/mnt/r /run/resolve/conf"));
    }

    @Test
    void root_is_root_of_all_ids_and_its_proc_is_read_only() throws RefusedException {
        assertEquals(
                "private all-ids "
                        + filled(ROOT).replace(" proc /run", " proc-readonly /run")
                        + " pivot /run/m/mnt/r enter-ids namespaces ipc,uts,cgroup,net"
                        + " capabilities CHOWN,DAC_OVERRIDE,FOWNER,FSETID,KILL,SETGID,SETUID,SETPCAP,SETFCAP,"
                        + "NET_BIND_SERVICE,NET_RAW,SYS_CHROOT,MKNOD,AUDIT_WRITE -- /proc/self/fd/4 own-network processes=4096",
                words(construction(ROOT, Isolation.FULL)));
    }

    @Test
    void a_user_is_himself_and_owns_what_the_sandbox_alone_has() throws RefusedException {
        String words = words(construction(USER, Isolation.FULL));
        assertEquals(
                "private one-id 1001 1002 1001 1002 "
                        + filled(USER)
                        + " pivot /run/m/mnt/r groups 1002,27 enter-ids namespaces ipc,uts,cgroup,net"
                        + " capabilities - -- /proc/self/fd/4 own-network processes=4096",
                words);
        for (String own : List.of("dev", "run", "run/lock")) {
            assertTrue(words.contains(" owner 1001 1002 /run/m/mnt/r/" + own + " "), words);
        }
    }

    @Test
    void root_alone_is_the_caller_outside() throws RefusedException {
        Isolation isolation = new Isolation(false, Identity.ROOT_ALONE, Seccomp.DEFAULT, Map.of());
        String words = words(construction(USER, isolation));
        assertTrue(words.startsWith("private one-id 1001 1002 0 0 "), words);
        assertTrue(
                words.contains(" groups 1002,27 enter-ids namespaces ipc,uts,cgroup,net capabilities CHOWN,"), words);
    }

    @Test
    void the_range_of_the_clone_is_that_of_the_command() throws RefusedException {
        Isolation isolation =
                new Isolation(false, new Identity.RootOfRange(5000, 6000, 100), Seccomp.DEFAULT, Map.of());
        String words = words(construction(USER, isolation));
        assertTrue(
                words.startsWith("private tmpfs 16777216 /run/m/mnt directory / /run/m/mnt/s ids 5000 6000 100 "),
                words);
        assertTrue(words.contains(" owner 5000 6000 /run/m/mnt/r/run "), words);
        assertTrue(words.contains(" enter-ids namespaces ipc,uts,cgroup,net capabilities CHOWN,"), words);
    }

    @Test
    void with_the_hosts_network_its_resolver_is_found() throws RefusedException {
        String words = words(construction(USER, Isolation.FULL.withNet()));
        assertTrue(
                words.contains(" bind-readonly /run/resolve/conf /run/m/mnt/r/run/resolve/conf pivot /run/m/mnt/r"
                        + " groups 1002,27 enter-ids namespaces ipc,uts,cgroup capabilities - "),
                words);
        assertTrue(words.endsWith(" -- /proc/self/fd/4 processes=4096"), words);
    }

    @Test
    void proc_stays_writable_for_nested_sandboxes_of_root() throws RefusedException {
        Isolation isolation = new Isolation(false, Identity.OWN, Seccomp.NESTED, Map.of());
        String words = words(construction(ROOT, isolation));
        assertTrue(words.contains(" pid proc /run/m/mnt/r/proc "), words);
        assertTrue(words.endsWith(" -- /proc/self/fd/4 nested own-network processes=4096"), words);
    }

    @Test
    void it_needs_roots_service_and_takes_no_directory_of_a_users() throws RefusedException {
        Native backend = new Native(Plain.HOST);
        backend.check(shape("native", Identity.OWN), true);
        assertThrows(RefusedException.class, () -> backend.check(shape("native", Identity.OWN), false));
        assertTrue(backend.missing(true).isEmpty());
        assertFalse(backend.missing(false).isEmpty());
    }
}
