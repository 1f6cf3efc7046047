package mayfly.sandbox.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.root.MountTable.Mount;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class MountTableTest {
    static MountTable table(String... lines) throws IOException {
        return MountTable.parse((String.join("\n", lines) + "\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    private static List<String> points(MountTable table) {
        return table.mounts().stream().map(mount -> mount.point().text()).toList();
    }

    @Test
    void a_line_is_read_with_and_without_optional_fields() throws IOException {
        MountTable table = table(
                "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard",
                "28 27 0:25 / /mnt ro,nosuid shared:1 master:2 - tmpfs none rw,size=4k",
                "29 27 0:26 / /opt rw - ext4 /dev/vdb ro");
        assertEquals(
                new Mount(27, 1, Bytes.utf8("/"), "ext4", Bytes.utf8("/dev/vda"), false),
                table.mounts().get(0));
        assertEquals("tmpfs", table.at(Bytes.utf8("/mnt")).orElseThrow().kind());
        assertEquals("ext4", table.at(Bytes.utf8("/opt")).orElseThrow().kind());
    }

    @Test
    void a_file_is_held_by_the_lowest_mount_above_it() throws IOException {
        MountTable table = table(
                "1 0 0:1 / / rw - ext4 a rw",
                "2 1 0:2 / /srv rw - btrfs b rw",
                "3 2 0:3 / /srv/deb rw - zfs tank/deb rw");
        assertEquals(
                "tank/deb",
                table.holding(Bytes.utf8("/srv/deb")).orElseThrow().source().text());
        assertEquals(
                "btrfs", table.holding(Bytes.utf8("/srv/debian")).orElseThrow().kind());
        assertEquals("ext4", table.holding(Bytes.utf8("/etc")).orElseThrow().kind());
    }

    @Test
    void a_fuse_mount_of_an_ordinary_user_is_told_from_one_of_root() throws IOException {
        MountTable table = table(
                "1 0 0:1 / / rw - ext4 a rw",
                "2 1 0:2 / /mine rw - fuse.sshfs s rw,user_id=1000,group_id=1000,allow_other",
                "3 1 0:3 / /roots rw - fuse.lxcfs lxcfs rw,user_id=0,group_id=0,allow_other",
                "4 1 0:4 / /disk rw - fuseblk /dev/sda1 rw,user_id=0,group_id=0");
        assertTrue(table.at(Bytes.utf8("/mine")).orElseThrow().usersProgram());
        assertFalse(table.at(Bytes.utf8("/roots")).orElseThrow().usersProgram());
        assertFalse(table.at(Bytes.utf8("/disk")).orElseThrow().usersProgram());
        assertFalse(table.at(Bytes.utf8("/")).orElseThrow().usersProgram());
    }

    @Test
    void octal_escapes_and_odd_bytes_in_a_mount_point_are_understood() throws IOException {
        MountTable table = table("2 1 0:1 / /a\\040b\\134c\\012\u00ff rw - tmpfs none rw");
        assertEquals(Bytes.fromLatin1("/a b\\c\n\u00ff"), table.mounts().get(0).point());
    }

    @Test
    void what_a_later_mount_covers_is_left_out() throws IOException {
        MountTable table = table(
                "1 0 0:1 / / rw - ext4 a rw",
                "2 1 0:2 / /data rw - ext4 b rw",
                "3 2 0:3 / /data/old rw - ext4 c rw",
                "4 2 0:4 / /data rw - xfs d rw",
                "5 4 0:5 / /data/new rw - xfs e rw");
        assertEquals(List.of("/", "/data", "/data/new"), points(table));
        assertEquals("xfs", table.at(Bytes.utf8("/data")).orElseThrow().kind());
    }

    @Test
    void what_a_mount_above_it_hides_is_left_out() throws IOException {
        MountTable table = table(
                "1 0 0:1 / / rw - ext4 a rw",
                "2 1 0:2 / /srv/deep rw - ext4 b rw",
                "3 2 0:3 / /srv/deep/er rw - ext4 c rw",
                "4 1 0:4 / /srv rw - tmpfs d rw");
        assertEquals(List.of("/", "/srv"), points(table));
    }

    @Test
    @Timeout(20)
    void thousands_of_mounts_each_in_the_one_before_are_no_burden() throws IOException {
        int count = 2000;
        String[] lines = new String[count];
        for (int i = 0; i < count; i++) {
            // the deepest first: no order is promised
            lines[count - 1 - i] = (i + 1) + " " + i + " 0:1 / /" + "d/".repeat(i) + "d rw - fuse.x a rw,user_id=1000";
        }
        assertEquals(count, table(lines).mounts().size());
    }

    @Test
    void a_mount_beneath_a_name_that_only_begins_equally_is_not_hidden() throws IOException {
        MountTable table =
                table("1 0 0:1 / / rw - ext4 a rw", "2 1 0:2 / /srv rw - ext4 b rw", "3 1 0:3 / /srv2 rw - ext4 c rw");
        assertEquals(List.of("/", "/srv", "/srv2"), points(table));
        assertEquals(2, table.under(Bytes.utf8("/")).size());
        assertEquals(List.of(), table.under(Bytes.utf8("/srv")));
    }

    @Test
    void only_kinds_that_are_known_to_work_are_put_under_an_overlay() {
        assertTrue(new Mount(1, 0, Bytes.utf8("/x"), "ext4", Bytes.utf8("x"), false).canBeLower());
        assertFalse(new Mount(1, 0, Bytes.utf8("/x"), "vfat", Bytes.utf8("x"), false).canBeLower());
        assertFalse(new Mount(1, 0, Bytes.utf8("/x"), "fuse.sshfs", Bytes.utf8("x"), false).canBeLower());
        assertFalse(new Mount(1, 0, Bytes.utf8("/x"), "overlay", Bytes.utf8("x"), false).canBeLower());
    }

    @Test
    void a_line_that_makes_no_sense_is_an_error() {
        assertThrows(IOException.class, () -> table("27 1 254:0 / / rw"));
    }

    @Test
    void this_machines_table_has_a_root() throws IOException {
        assertTrue(MountTable.read().at(Bytes.utf8("/")).isPresent());
    }
}
