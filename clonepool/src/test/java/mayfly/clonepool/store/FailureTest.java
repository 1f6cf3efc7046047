package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.PosixException;
import org.junit.jupiter.api.Test;

class FailureTest {
    @Test
    void a_full_disk_has_a_remedy() {
        assertEquals("free space where the clones are", Failure.remedy(PosixException.of(Kernel.ENOSPC, "openat")));
        assertEquals("free space where the clones are", Failure.remedy(new IOException("No space left on device")));
    }

    @Test
    void a_store_says_what_can_be_done_and_nothing_is_known_of_other_failures() {
        assertEquals("do that", Failure.remedy(new StoreException("no", "do that")));
        assertEquals("", Failure.remedy(PosixException.of(Kernel.EIO, "openat")));
        assertEquals("", Failure.remedy(new IOException("no")));
    }
}
