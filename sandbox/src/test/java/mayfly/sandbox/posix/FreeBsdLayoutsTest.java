package mayfly.sandbox.posix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import jnr.ffi.Pointer;
import mayfly.sandbox.Bytes;
import org.junit.jupiter.api.Test;

/**
 * What FreeBSD's kernel on amd64 reads and writes, byte for byte, as its headers have it: sys/un.h, sys/socket.h,
 * sys/ucred.h, sys/stat.h and sys/dirent.h (64-bit inodes, since 12), sys/event.h, sys/user.h.
 */
class FreeBsdLayoutsTest {
    private static final HexFormat HEX = HexFormat.of();

    private static byte[] hex(String... words) {
        return HEX.parseHex(String.join("", words).replace(" ", ""));
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    }

    private static byte[] bytes(Pointer memory, int from, int count) {
        byte[] bytes = new byte[count];
        memory.get(from, bytes, 0, count);
        return bytes;
    }

    @Test
    void an_address_begins_with_its_length() {
        // sun_len: without the NUL, as SUN_LEN; sun_family; sun_path
        assertArrayEquals(hex("06 01", "2f612f62", "00"), SocketAddress.FREEBSD.of(Bytes.utf8("/a/b")));
        assertArrayEquals(hex("0100", "2f612f62", "00"), SocketAddress.LINUX.of(Bytes.utf8("/a/b")));
        assertEquals(104, SocketAddress.FREEBSD.maxPath() + 1, "sun_path has 104 bytes");
        assertArrayEquals(hex("0100", "00", "6162"), SocketAddress.ofAbstract(Bytes.utf8("@ab")));
    }

    @Test
    void a_message_with_descriptors_has_lengths_of_four_bytes() {
        MessageLayout layout = MessageLayout.FREEBSD;
        Pointer head = Native.allocate(layout.bytes());
        layout.prepare(head, 0x1122_3344_5566_7788L, 9, MessageLayout.controlBytes(2));
        layout.putDescriptors(head, new int[] {7, 0x0102_0304}, 2);
        assertArrayEquals(new byte[16], bytes(head, 0, 16), "msg_name, msg_namelen");
        assertEquals(head.address() + 56, head.getLong(16), "msg_iov");
        assertArrayEquals(hex("01000000 00000000"), bytes(head, 24, 8), "msg_iovlen");
        assertEquals(head.address() + 72, head.getLong(32), "msg_control");
        assertArrayEquals(hex("18000000", "00000000"), bytes(head, 40, 8), "msg_controllen, msg_flags");
        assertArrayEquals(hex("8877665544332211", "0900000000000000"), bytes(head, 56, 16), "iov_base, iov_len");
        // cmsg_len, cmsg_level, cmsg_type, padding up to 16
        assertArrayEquals(hex("18000000"), bytes(head, 72, 4));
        assertArrayEquals(level(), bytes(head, 76, 4));
        assertArrayEquals(hex("01000000", "00000000", "07000000", "04030201"), bytes(head, 80, 16));
    }

    /** SOL_SOCKET, which this system's kernel has to understand when it is the one that runs. */
    private static byte[] level() {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(Kernel.SOL_SOCKET)
                .array();
    }

    @Test
    void of_descriptors_that_were_cut_off_only_those_are_taken_that_are_there() {
        MessageLayout layout = MessageLayout.FREEBSD;
        Pointer head = Native.allocate(layout.bytes());
        layout.prepare(head, 0, 0, MessageLayout.controlBytes(2));
        layout.putDescriptors(head, new int[] {5, 6}, 2);
        assertEquals(2, layout.descriptors(head));
        assertEquals(6, MessageLayout.descriptor(head, 1));
        head.putInt(40, MessageLayout.controlBytes(1)); // msg_controllen; cmsg_len still says two
        assertEquals(1, layout.descriptors(head));
        head.putInt(40, 0);
        assertEquals(0, layout.descriptors(head));
        assertFalse(layout.isCutOff(head));
        head.putInt(44, Kernel.MSG_CTRUNC);
        assertTrue(layout.isCutOff(head));
    }

    @Test
    void there_is_room_for_all_descriptors_that_a_message_can_bring() {
        // unp_internalize: a pointer for each, behind a header, in one cluster of 2048 bytes
        assertTrue(MessageLayout.FREEBSD.room() >= (2048 - 16) / Long.BYTES);
    }

    @Test
    void who_is_at_the_other_end() throws PosixException {
        ByteBuffer xucred = buffer(88);
        xucred.putInt(0, 0); // cr_version
        xucred.putInt(4, 0xFFFF_FFFE); // cr_uid
        xucred.putShort(8, (short) 3); // cr_ngroups
        xucred.putInt(12, 100).putInt(16, 5).putInt(20, 0x8000_0000); // cr_groups
        xucred.putInt(80, 4711); // cr_pid
        byte[] bytes = new byte[88];
        xucred.get(0, bytes);
        SocketUser user = SocketUser.of(bytes);
        assertEquals(new SocketUser(0xFFFF_FFFEL, List.of(100L, 5L, 0x8000_0000L), 4711, true), user);
        assertEquals(88, SocketUser.BYTES);
    }

    @Test
    void groups_that_found_no_room_are_not_passed_over() throws PosixException {
        byte[] full = new byte[88];
        full[8] = 16;
        assertFalse(SocketUser.of(full).isWhole());
        full[8] = 15;
        assertTrue(SocketUser.of(full).isWhole());
    }

    @Test
    void credentials_of_another_form_are_none() {
        for (int count : new int[] {0, 17, -1}) {
            byte[] wrong = new byte[88];
            wrong[8] = (byte) count;
            wrong[9] = (byte) (count < 0 ? 0xFF : 0);
            assertThrows(PosixException.class, () -> SocketUser.of(wrong));
        }
        byte[] later = new byte[88];
        later[0] = 1;
        later[8] = 1;
        assertThrows(PosixException.class, () -> SocketUser.of(later));
    }

    @Test
    void what_a_file_is() {
        ByteBuffer stat = buffer(224);
        stat.putLong(0, 0x8765_4321_1234_5678L); // st_dev
        stat.putLong(8, 99); // st_ino
        stat.putLong(16, 2); // st_nlink
        stat.putShort(24, (short) 0100644); // st_mode
        stat.putInt(28, 0xFFFF_FFFF).putInt(32, 20); // st_uid, st_gid
        stat.putLong(112, 123_456_789_012L); // st_size
        byte[] bytes = new byte[FileStatus.FREEBSD.bytes()];
        stat.get(0, bytes);
        assertEquals(0100644, FileStatus.FREEBSD.mode(bytes));
        assertEquals(new Directory.Identity(0x8765_4321_1234_5678L, 99), FileStatus.FREEBSD.identity(bytes));
        assertEquals(new Directory.Kind(true, 0xFFFF_FFFFL, 123_456_789_012L), FileStatus.FREEBSD.kind(bytes));
        stat.putShort(24, (short) 0040755);
        stat.get(0, bytes);
        assertFalse(FileStatus.FREEBSD.kind(bytes).isRegular());
    }

    @Test
    void the_entries_of_a_directory() {
        ByteBuffer dirents = buffer(256);
        int at = entry(dirents, 0, 30, ".", 4);
        at = entry(dirents, at, 20, "file", 8);
        at = entry(dirents, at, 0, "removed", 8); // d_fileno 0: no file
        at = entry(dirents, at, 10, "a directory", 4);
        assertEquals(
                List.of(
                        new Directory.Entry(Bytes.utf8("a directory"), true, 10),
                        new Directory.Entry(Bytes.utf8("file"), false, 20)),
                DirectoryEntries.FREEBSD.read(dirents, at));
        assertEquals(List.of(), DirectoryEntries.FREEBSD.read(dirents, 0));
    }

    /** d_fileno, d_off, d_reclen, d_type, d_pad0, d_namlen, d_pad1, d_name: a multiple of eight bytes. */
    private static int entry(ByteBuffer dirents, int at, long inode, String name, int type) {
        int length = (24 + name.length() + 1 + 7) / 8 * 8;
        dirents.putLong(at, inode).putShort(at + 16, (short) length).put(at + 18, (byte) type);
        dirents.putShort(at + 20, (short) name.length());
        dirents.put(at + 24, name.getBytes(StandardCharsets.US_ASCII));
        return at + length;
    }

    @Test
    void an_event_has_64_bytes() {
        Pointer memory = Native.allocate(2 * KernelEvent.BYTES);
        KernelEvent event = new KernelEvent(5, FreeBsd.EVFILT_READ, 0x8001, 0x1, 0x7fff_ffff, 0x0102_0304_0506_0708L);
        event.write(memory);
        assertArrayEquals(
                hex("0500000000000000", "ffff", "0180", "01000000", "ffffff7f00000000", "0807060504030201"),
                bytes(memory, 0, 32));
        assertArrayEquals(new byte[32], bytes(memory, 32, 32), "ext");
        memory.put(64, bytes(memory, 0, 32), 0, 32);
        assertEquals(event, KernelEvent.read(memory, 1));
        assertEquals(64, KernelEvent.BYTES);
    }

    @Test
    void a_descriptor_is_watched_by_two_filters_of_which_each_is_set_or_deleted() {
        assertEquals(
                List.of(added(FreeBsd.EVFILT_READ), deleted(FreeBsd.EVFILT_WRITE)),
                List.of(KernelEvent.changes(3, Poller.IN, 9)));
        assertEquals(
                List.of(added(FreeBsd.EVFILT_READ), added(FreeBsd.EVFILT_WRITE)),
                List.of(KernelEvent.changes(3, Poller.IN | Poller.OUT | Poller.PEER_CLOSED, 9)));
        assertEquals(
                List.of(deleted(FreeBsd.EVFILT_READ), deleted(FreeBsd.EVFILT_WRITE)),
                List.of(KernelEvent.changes(3, 0, 9)));
        // Only the end: a low-water mark that nothing else reaches.
        assertEquals(
                new KernelEvent(3, FreeBsd.EVFILT_READ, FreeBsd.EV_ADD, FreeBsd.NOTE_LOWAT, Integer.MAX_VALUE, 9),
                KernelEvent.changes(3, Poller.PEER_CLOSED, 9)[0]);
    }

    private static KernelEvent added(int filter) {
        return new KernelEvent(3, filter, FreeBsd.EV_ADD, 0, 0, 9);
    }

    private static KernelEvent deleted(int filter) {
        return new KernelEvent(3, filter, FreeBsd.EV_DELETE, 0, 0, 9);
    }

    @Test
    void both_events_of_a_descriptor_are_told_as_one() {
        Pointer ready = Native.allocate(4 * KernelEvent.BYTES);
        KernelEvent[] happened = {
            new KernelEvent(3, FreeBsd.EVFILT_READ, 0, 0, 1, 30),
            new KernelEvent(4, FreeBsd.EVFILT_READ, FreeBsd.EV_EOF, 0, 0, 40),
            new KernelEvent(3, FreeBsd.EVFILT_WRITE, 0, 0, 1, 30),
            new KernelEvent(5, FreeBsd.EVFILT_WRITE, FreeBsd.EV_EOF, 0, 0, 50),
        };
        Pointer one = Native.allocate(KernelEvent.BYTES);
        for (int i = 0; i < happened.length; i++) {
            happened[i].write(one);
            ready.put((long) i * KernelEvent.BYTES, bytes(one, 0, KernelEvent.BYTES), 0, KernelEvent.BYTES);
        }
        long[] keys = new long[4];
        int[] events = new int[4];
        assertEquals(3, KqueueQueue.collect(ready, 4, keys, events));
        assertArrayEquals(new long[] {30, 40, 50, 0}, keys);
        assertArrayEquals(
                new int[] {
                    Poller.IN | Poller.OUT,
                    Poller.IN | Poller.PEER_CLOSED | Poller.HANGUP,
                    Poller.OUT | Poller.ERROR | Poller.HANGUP,
                    0
                },
                events);
    }

    @Test
    void a_process() {
        ByteBuffer info = buffer(1088);
        info.putInt(0, 1088); // ki_structsize
        info.putInt(72, 50).putInt(76, 1); // ki_pid, ki_ppid
        info.putLong(120, 0x8000_0000_0000_0001L).putLong(136, 0x1000); // ki_sigmask, ki_sigignore
        info.putLong(336, 1_700_000_000L).putLong(344, 123_456); // ki_start
        info.put(389, (byte) -20); // ki_nice
        byte[] bytes = new byte[ProcessInfo.BYTES];
        info.get(0, bytes);
        assertEquals(
                new ProcessInfo(50, 1, 1_700_000_000_123_456L, 0x8000_0000_0000_0001L, 0x1000, -20),
                ProcessInfo.of(bytes));
    }
}
