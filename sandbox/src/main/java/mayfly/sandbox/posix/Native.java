package mayfly.sandbox.posix;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.util.Arrays;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Memory;
import jnr.ffi.Platform;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import mayfly.sandbox.Bytes;
import org.jspecify.annotations.Nullable;

/** The bound C library and its error convention. Thread-safe: errno is kept for each thread. */
final class Native {
    /** The name without a number is a text for the linker there. */
    private static final String FREEBSD = "/lib/libc.so.7";

    private static final int MESSAGE_BYTES = 256;

    static final Libc LIBC = LibraryLoader.create(Libc.class)
            .option(LibraryOption.SaveError, true)
            .load(Kernel.IS_FREEBSD ? FREEBSD : Platform.getNativePlatform().getStandardCLibraryName());

    private static final Runtime RUNTIME = Runtime.getRuntime(LIBC);

    private Native() {}

    /** The error of this thread's last failed call. */
    static int errno() {
        return RUNTIME.getLastError();
    }

    static boolean interrupted(long result) {
        return result < 0 && errno() == Kernel.EINTR;
    }

    /** The result, when it is not negative. */
    static int check(int result, String function) throws PosixException {
        if (result < 0) {
            throw failure(errno(), function);
        }
        return result;
    }

    /** For functions that return the error instead of setting it. */
    static void checkReturned(int errno, String function) throws PosixException {
        if (errno != 0) {
            throw failure(errno, function);
        }
    }

    static PosixException failure(int errno, String function) {
        String text = Kernel.IS_FREEBSD ? message(errno) : LIBC.strerrordesc_np(errno);
        return new PosixException(errno, function, text == null ? "error " + errno : text);
    }

    private static @Nullable String message(int errno) {
        byte[] text = new byte[MESSAGE_BYTES];
        if (LIBC.strerror_r(errno, text, text.length) != 0) {
            return null;
        }
        Bytes whole = Bytes.of(text);
        return whole.slice(0, whole.indexOf('\0', 0)).text();
    }

    /** Zeroed memory that is freed after the pointer has become unreachable. */
    static Pointer allocate(int bytes) {
        return Memory.allocateDirect(RUNTIME, bytes, true);
    }

    /** The address of a direct buffer's first byte, whatever its position. */
    static long address(ByteBuffer direct) {
        return MemoryIO.getInstance().getDirectBufferAddress(direct);
    }

    static Pointer at(long address) {
        return Pointer.wrap(RUNTIME, address);
    }

    /**
     * The bytes with their NUL.
     *
     * @throws IllegalArgumentException when there is a NUL among them
     */
    static byte[] cString(Bytes bytes) {
        if (bytes.contains('\0')) {
            throw new IllegalArgumentException("a NUL in a path or argument");
        }
        return Arrays.copyOf(bytes.toArray(), bytes.length() + 1);
    }

    /** The bytes of the C string at an address. */
    static Bytes stringAt(long address) {
        Pointer memory = at(address);
        byte[] bytes = new byte[memory.indexOf(0, (byte) 0)];
        memory.get(0, bytes, 0, bytes.length);
        return Bytes.of(bytes);
    }
}
