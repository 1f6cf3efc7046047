package mayfly.client;

import java.util.Arrays;
import java.util.Optional;
import mayfly.sandbox.posix.Descriptors;

/**
 * What {@code mayfly-java} tells of the process that became this one, where the JVM hides or changes it: by system
 * properties. Without them, in another program, what the kernel says now is what counts.
 */
final class CallersProcess {
    private static final String DESCRIPTORS = "mayfly.descriptors";
    private static final String UMASK = "mayfly.umask";
    private static final String IGNORED = "mayfly.ignored";
    private static final String BLOCKED = "mayfly.blocked";
    private static final String DELETED = "mayfly.deleted";

    private CallersProcess() {}

    /** Whether the caller had this descriptor open: the JVM has some of its own. */
    static boolean hasDescriptor(int number) {
        String listed = System.getProperty(DESCRIPTORS);
        return listed == null
                ? Descriptors.isOpen(number)
                : Arrays.asList(listed.split(",", -1)).contains(Integer.toString(number));
    }

    /** Its umask, in octal digits. */
    static Optional<String> umask() {
        return Optional.ofNullable(System.getProperty(UMASK));
    }

    /** The signals that it ignored, a hexadecimal mask. */
    static Optional<String> ignored() {
        return Optional.ofNullable(System.getProperty(IGNORED));
    }

    /** The signals that it blocked, a hexadecimal mask. */
    static Optional<String> blocked() {
        return Optional.ofNullable(System.getProperty(BLOCKED));
    }

    /** Whether its working directory had been deleted: the JVM is in another one then. */
    static boolean directoryIsDeleted() {
        return Boolean.getBoolean(DELETED);
    }
}
