package mayfly.sandbox.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JailRemainsTest {
    private static final String ENTER = "/lib/mayfly/mayfly-enter";
    private static final String REMOVE = ENTER + " remove-jail mf1 -- /usr/bin/true";
    private static final String INTERFACES = "/sbin/ifconfig -l";
    private static final String RULES = "/usr/bin/rctl jail:mf1";
    private static final String MOUNTS = "/sbin/mount -p";
    private static final String NONE = "zroot/ROOT/default\t/\tzfs\trw\t0 0\ndevfs\t/dev\tdevfs\trw\t0 0\n";

    private Bytes mount = Bytes.empty();
    private String place = "";

    @BeforeEach
    void a_jail_has_left_its_directories(@TempDir Path mnt) throws IOException {
        mount = NativePath.bytes(mnt.toRealPath());
        place = JailBackend.place(mount, "mf1");
        Files.createDirectories(Path.of(JailBackend.root(mount, "mf1")));
    }

    private String mounts() {
        return NONE
                + "tank/t/deb_1\t\t" + place + "/r\tzfs\trw,nosuid\t0 0\n"
                + "devfs " + place + "/r/dev devfs rw 0 0\n"
                + "fdescfs " + place + "/r/dev/fd fdescfs rw 0 0\n"
                + "tmpfs " + place + "/r/tmp tmpfs rw 0 0\n"
                + "/srv/in " + place + "/r/a/b/in nullfs ro 0 0\n"
                + "tmpfs " + place + "2/r/tmp tmpfs rw 0 0\n";
    }

    @Test
    void everything_goes_in_the_order_that_always_works() throws IOException {
        RecordedPrograms programs = new RecordedPrograms()
                .answering(INTERFACES, "em0 lo0 mf1a\n", "em0 lo0\n")
                .answering(RULES, "jail:mf1:maxproc:deny=2048/jail\n", "")
                .answering(MOUNTS, mounts(), NONE);
        new JailRemains(programs, ENTER).remove("mf1", mount);
        assertEquals(
                List.of(
                        REMOVE,
                        INTERFACES,
                        "/sbin/ifconfig mf1a destroy",
                        INTERFACES,
                        RULES,
                        "/usr/bin/rctl -r jail:mf1",
                        RULES,
                        MOUNTS,
                        "/sbin/umount -f " + place + "/r/a/b/in",
                        "/sbin/umount -f " + place + "/r/dev/fd",
                        "/sbin/umount -f " + place + "/r/tmp",
                        "/sbin/umount -f " + place + "/r/dev",
                        "/sbin/zfs unmount -f " + place + "/r",
                        MOUNTS),
                programs.lines());
        assertFalse(Files.exists(Path.of(place)));
    }

    @Test
    void what_zfs_does_not_unmount_umount_does() throws IOException {
        String clone = NONE + "tank/t/deb_1 " + place + "/r zfs rw 0 0\n";
        RecordedPrograms programs = new RecordedPrograms()
                .answering(INTERFACES, "lo0")
                .answering(MOUNTS, clone, NONE)
                .refusing("/sbin/zfs unmount -f " + place + "/r", "legacy mountpoint");
        new JailRemains(programs, ENTER).remove("mf1", mount);
        assertEquals(
                List.of(MOUNTS, "/sbin/zfs unmount -f " + place + "/r", "/sbin/umount -f " + place + "/r", MOUNTS),
                programs.lines().subList(3, 7));
    }

    @Test
    void a_jail_that_was_hardly_begun_leaves_little_to_do() throws IOException {
        RecordedPrograms programs = new RecordedPrograms()
                .answering(INTERFACES, "em0 lo0\n")
                .refusing(RULES, "RACCT/RCTL present, but disabled; enable using kern.racct.enable=1 tunable")
                .answering(MOUNTS, NONE);
        Files.delete(Path.of(JailBackend.root(mount, "mf1")));
        new JailRemains(programs, ENTER).remove("mf1", mount);
        assertEquals(List.of(REMOVE, INTERFACES, RULES, MOUNTS, MOUNTS), programs.lines());
        assertFalse(Files.exists(Path.of(place)));
        RecordedPrograms again = new RecordedPrograms();
        new JailRemains(again, ENTER).remove("mf1", mount);
        assertEquals(List.of(REMOVE), again.lines());
    }

    @Test
    void what_stays_is_told_and_nothing_under_it_is_touched() {
        RecordedPrograms busy = new RecordedPrograms()
                .answering(INTERFACES, "lo0")
                .answering(MOUNTS, mounts())
                .refusing("/sbin/umount -f " + place + "/r/a/b/in", "umount: unmount failed: Device busy");
        IOException stays = assertThrows(IOException.class, () -> new JailRemains(busy, ENTER).remove("mf1", mount));
        assertEquals(place + "/r/a/b/in stays mounted: umount: unmount failed: Device busy", stays.getMessage());
        assertTrue(Files.exists(Path.of(place)));

        RecordedPrograms alive = new RecordedPrograms().refusing(REMOVE, "cannot remove the jail mf1: not permitted");
        assertThrows(IOException.class, () -> new JailRemains(alive, ENTER).remove("mf1", mount));
        assertEquals(List.of(REMOVE), alive.lines());

        RecordedPrograms device = new RecordedPrograms().answering(INTERFACES, "lo0 mf1a");
        assertThrows(IOException.class, () -> new JailRemains(device, ENTER).remove("mf1", mount));

        RecordedPrograms rule =
                new RecordedPrograms().answering(INTERFACES, "lo0").answering(RULES, "jail:mf1:x\n");
        assertThrows(IOException.class, () -> new JailRemains(rule, ENTER).remove("mf1", mount));

        RecordedPrograms blind =
                new RecordedPrograms().answering(INTERFACES, "lo0").refusing(MOUNTS, "no");
        assertThrows(IOException.class, () -> new JailRemains(blind, ENTER).remove("mf1", mount));
    }

    @Test
    void mounts_are_known_by_whole_names_and_the_last_on_a_place_goes_first() {
        List<MountedOn> all = MountedOn.read("""
                a /x/mf1 zfs rw 0 0
                b /x/mf1 tmpfs rw 0 0
                c /x/mf10/r zfs rw 0 0
                d /x/mf1/r/d devfs rw 0 0
                nonsense

                - relative zfs rw
                """);
        assertEquals(4, all.size());
        assertEquals(
                List.of("d", "b", "a"),
                MountedOn.under("/x/mf1", all).stream().map(MountedOn::device).toList());
    }
}
