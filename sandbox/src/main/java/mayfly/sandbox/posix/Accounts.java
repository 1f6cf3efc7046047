package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.check;
import static mayfly.sandbox.posix.Native.checkReturned;

import java.lang.ref.Reference;
import java.util.Optional;
import java.util.OptionalLong;
import jnr.ffi.Pointer;
import mayfly.sandbox.Bytes;

/** Users and groups, as the system's databases and the kernel know them. Ids are 0 to 2^32-1. */
public final class Accounts {
    // struct passwd and struct group on 64-bit machines: FreeBSD has more before a user's home
    private static final int PASSWD_UID = 16;
    private static final int PASSWD_GID = 20;
    private static final int PASSWD_HOME = Kernel.IS_FREEBSD ? 48 : 32;
    private static final int PASSWD_SHELL = PASSWD_HOME + Long.BYTES;
    private static final int GROUP_GID = 16;
    private static final int ENTRY_BYTES = 80;

    private static final int SMALLEST_BUFFER = 1 << 10;
    private static final int LARGEST_BUFFER = 1 << 24;

    private Accounts() {}

    /** An entry of the user database. */
    public record User(Bytes name, long uid, long gid, Bytes home, Bytes shell) {}

    public static long uid() {
        return Integer.toUnsignedLong(LIBC.getuid());
    }

    public static long effectiveUid() {
        return Integer.toUnsignedLong(LIBC.geteuid());
    }

    public static long gid() {
        return Integer.toUnsignedLong(LIBC.getgid());
    }

    /** This process's supplementary groups. */
    public static long[] groups() throws PosixException {
        int[] groups = new int[1 << 16]; // NGROUPS_MAX
        return ids(groups, check(LIBC.getgroups(groups.length, groups), "getgroups"));
    }

    public static Optional<User> user(long uid) throws PosixException {
        return lookUp("getpwuid_r", Accounts::user, (e, b, s, r) -> LIBC.getpwuid_r((int) uid, e, b, s, r));
    }

    public static Optional<User> user(Bytes name) throws PosixException {
        byte[] cName = Native.cString(name);
        return lookUp("getpwnam_r", Accounts::user, (e, b, s, r) -> LIBC.getpwnam_r(cName, e, b, s, r));
    }

    /** The id of the group of this name. */
    public static OptionalLong group(Bytes name) throws PosixException {
        byte[] cName = Native.cString(name);
        Optional<Long> gid = lookUp(
                "getgrnam_r",
                entry -> Integer.toUnsignedLong(entry.getInt(GROUP_GID)),
                (e, b, s, r) -> LIBC.getgrnam_r(cName, e, b, s, r));
        return gid.isPresent() ? OptionalLong.of(gid.get()) : OptionalLong.empty();
    }

    /** The name of the group of this id. */
    public static Optional<Bytes> groupName(long gid) throws PosixException {
        return lookUp(
                "getgrgid_r",
                entry -> Native.stringAt(entry.getLong(0)),
                (e, b, s, r) -> LIBC.getgrgid_r((int) gid, e, b, s, r));
    }

    static long[] ids(int[] unsigned, int count) {
        long[] ids = new long[count];
        for (int i = 0; i < count; i++) {
            ids[i] = Integer.toUnsignedLong(unsigned[i]);
        }
        return ids;
    }

    private interface Decoder<T> {
        T decode(Pointer entry);
    }

    private interface Query {
        int run(long entry, long buffer, long size, long[] result);
    }

    private static <T> Optional<T> lookUp(String function, Decoder<T> decoder, Query query) throws PosixException {
        Pointer entry = Native.allocate(ENTRY_BYTES);
        long[] found = new long[1];
        for (int size = SMALLEST_BUFFER; ; size *= 4) {
            Pointer buffer = Native.allocate(size);
            try {
                int errno = query.run(entry.address(), buffer.address(), size, found);
                if (errno == Kernel.ERANGE && size < LARGEST_BUFFER) {
                    continue;
                }
                checkReturned(errno, function);
                return found[0] == 0 ? Optional.empty() : Optional.of(decoder.decode(entry));
            } finally {
                Reference.reachabilityFence(buffer);
            }
        }
    }

    private static User user(Pointer entry) {
        return new User(
                Native.stringAt(entry.getLong(0)),
                Integer.toUnsignedLong(entry.getInt(PASSWD_UID)),
                Integer.toUnsignedLong(entry.getInt(PASSWD_GID)),
                Native.stringAt(entry.getLong(PASSWD_HOME)),
                Native.stringAt(entry.getLong(PASSWD_SHELL)));
    }
}
