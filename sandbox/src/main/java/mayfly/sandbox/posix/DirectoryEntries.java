package mayfly.sandbox.posix;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import mayfly.sandbox.Bytes;

/**
 * {@code struct linux_dirent64}, and FreeBSD's {@code struct dirent} (since 12): they differ in where the name is. FreeBSD's
 * file systems also give entries without a file.
 */
record DirectoryEntries(int name) {
    static final DirectoryEntries LINUX = new DirectoryEntries(19);
    static final DirectoryEntries FREEBSD = new DirectoryEntries(24);

    private static final int LENGTH = 16;
    private static final int TYPE = 18;
    private static final Bytes ITSELF = Bytes.utf8(".");
    private static final Bytes PARENT = Bytes.utf8("..");

    static DirectoryEntries ofThisSystem() {
        return Kernel.IS_FREEBSD ? FREEBSD : LINUX;
    }

    /** Those in the first {@code size} bytes, in order of their inodes. */
    List<Directory.Entry> read(ByteBuffer buffer, int size) {
        List<Directory.Entry> entries = new ArrayList<>();
        for (int at = 0; at < size; at += Short.toUnsignedInt(buffer.getShort(at + LENGTH))) {
            int end = at + name;
            while (buffer.get(end) != 0) {
                end++;
            }
            buffer.position(at + name);
            Bytes called = Bytes.take(buffer, end - at - name);
            long inode = buffer.getLong(at);
            if (!called.equals(ITSELF) && !called.equals(PARENT) && inode != 0) {
                entries.add(new Directory.Entry(called, buffer.get(at + TYPE) == Kernel.DT_DIR, inode));
            }
        }
        entries.sort(Comparator.comparingLong(Directory.Entry::inode));
        return entries;
    }
}
