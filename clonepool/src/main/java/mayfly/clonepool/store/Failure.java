package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.FileSystemException;
import mayfly.sandbox.posix.PosixException;

/** The reason of a failed call in the words of the operating system. */
public final class Failure {
    private Failure() {}

    /** What can be done about it; empty: nothing that is known here. */
    public static String remedy(IOException e) {
        return StoreException.remedy(e);
    }

    public static String reason(IOException e) {
        if (e instanceof PosixException posix) {
            return posix.reason();
        }
        if (e instanceof StoreException) {
            return String.valueOf(e.getMessage());
        }
        if (e instanceof FileSystemException file && file.getReason() != null) {
            return file.getReason() + " (" + file.getFile() + ")";
        }
        String kind = e.getClass().getSimpleName().replaceAll("Exception$", "");
        return e.getMessage() == null ? kind : kind.equals("IO") ? e.getMessage() : kind + " " + e.getMessage();
    }
}
