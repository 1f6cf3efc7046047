package mayfly.sandbox.backend;

import static mayfly.sandbox.backend.Plain.ROOT;
import static mayfly.sandbox.backend.Plain.USER;
import static mayfly.sandbox.backend.Plain.construction;
import static mayfly.sandbox.backend.Plain.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Identity;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Seccomp;
import mayfly.sandbox.backend.Construction.KnownBind;
import mayfly.sandbox.root.Step.Kind;
import org.junit.jupiter.api.Test;

final class ChrootTest {
    private static String words(Construction construction) throws RefusedException {
        return Plain.words(new Chroot(Plain.HOST), construction);
    }

    @Test
    void root_gets_a_root_with_its_own_mounts_and_processes() throws RefusedException {
        assertEquals(
                "private tmpfs 16777216 /run/m/mnt directory / /run/m/mnt/s bind /srv/deb /run/m/mnt/r"
                        + " target /run/m/mnt/r /proc directory target /run/m/mnt/r /dev directory"
                        + " target /run/m/mnt/r /sys directory target /run/m/mnt/r /run directory"
                        + " harden /run/m/mnt/r pid proc /run/m/mnt/r/proc"
                        + " bind-readonly /run/m/mnt/r/proc/sys /run/m/mnt/r/proc/sys tree-readonly /sys /run/m/mnt/r/sys"
                        + " tmpfs 4096 /run/m/mnt/r/sys/firmware bind-readonly /dev/null /run/m/mnt/r/proc/keys"
                        + " bind-readonly /dev/null /run/m/mnt/r/proc/slabinfo tmpfs 16777216 /run/m/mnt/r/dev"
                        + " bind-readonly /dev/null /run/m/mnt/r/dev/null bind-readonly /dev/zero /run/m/mnt/r/dev/zero"
                        + " bind-readonly /dev/full /run/m/mnt/r/dev/full bind-readonly /dev/random /run/m/mnt/r/dev/random"
                        + " bind-readonly /dev/urandom /run/m/mnt/r/dev/urandom bind-readonly /dev/tty /run/m/mnt/r/dev/tty"
                        + " symlink /proc/self/fd /run/m/mnt/r/dev/fd symlink /proc/self/fd/0 /run/m/mnt/r/dev/stdin"
                        + " symlink /proc/self/fd/1 /run/m/mnt/r/dev/stdout"
                        + " symlink /proc/self/fd/2 /run/m/mnt/r/dev/stderr symlink pts/ptmx /run/m/mnt/r/dev/ptmx"
                        + " target /run/m/mnt/r /dev/pts directory devpts /run/m/mnt/r/dev/pts"
                        + " directory /tmp /run/m/mnt/r/dev/shm tmpfs 16777216 /run/m/mnt/r/run"
                        + " target /run/m/mnt/r /run/lock directory target /run/m/mnt/r /run/resolve/conf file"
                        + " bind-readonly /run/resolve/conf /run/m/mnt/r/run/resolve/conf pivot /run/m/mnt/r"
                        + " capabilities CHOWN,DAC_OVERRIDE,FOWNER,FSETID,KILL,SETGID,SETUID,SETPCAP,SETFCAP,"
                        + "NET_BIND_SERVICE,NET_RAW,SYS_CHROOT,AUDIT_WRITE -- /proc/self/fd/4",
                words(construction(ROOT, Isolation.FULL)));
    }

    @Test
    void a_maintainer_is_himself() throws RefusedException {
        String words = words(construction(USER, Isolation.FULL));
        assertTrue(words.endsWith(" pivot /run/m/mnt/r user 1001 1002 1002,27 -- /proc/self/fd/4"), words);
    }

    @Test
    void without_the_filter_mayfly_init_is_told_so() throws RefusedException {
        Map<Seccomp, String> words = Map.of(
                Seccomp.DEFAULT, "", Seccomp.STRICT, " strict", Seccomp.NESTED, " nested", Seccomp.NONE, " unfiltered");
        for (Seccomp seccomp : Seccomp.values()) {
            Isolation isolation = new Isolation(false, Identity.OWN, seccomp, Map.of());
            String end = " -- /proc/self/fd/4" + words.get(seccomp);
            assertTrue(words(construction(ROOT, isolation)).endsWith(end), end);
        }
    }

    @Test
    void the_network_is_the_hosts_with_and_without_the_option() throws RefusedException {
        assertEquals(words(construction(ROOT, Isolation.FULL)), words(construction(ROOT, Isolation.FULL.withNet())));
    }

    @Test
    void a_bind_whose_path_root_would_follow_is_refused() {
        KnownBind bind = new KnownBind(new Bind(Bytes.utf8("/src"), Bytes.utf8("/dst"), false), Kind.DIRECTORY);
        assertThrows(RefusedException.class, () -> words(construction(ROOT, Isolation.FULL, bind)));
    }

    @Test
    void other_ids_and_a_users_own_service_are_refused() {
        Chroot chroot = new Chroot(Plain.HOST);
        assertThrows(RefusedException.class, () -> chroot.check(shape("chroot", Identity.OWN), false));
        assertThrows(RefusedException.class, () -> chroot.check(shape("chroot", Identity.ROOT_ALONE), true));
        assertThrows(
                RefusedException.class,
                () -> chroot.check(shape("chroot", new Identity.RootOfRange(100_000, 100_000, 65_536)), true));
    }

    @Test
    void it_gives_what_only_root_and_maintainers_may_have() throws RefusedException {
        new Chroot(Plain.HOST).check(shape("chroot", Identity.OWN), true);
        assertTrue(new Chroot(Plain.HOST).grants(Isolation.FULL).host());
        assertFalse(new Bubblewrap(Plain.HOST).grants(Isolation.FULL).host());
        assertTrue(new Chroot(Plain.HOST).quota(Isolation.FULL).isNone());
    }
}
