package mayfly.integration.workshop;

/** Who runs a command, and whose service gives it its sandbox. */
public enum Identity {
    /** Root, with a system service. */
    ROOT,
    /** An ordinary user who may use the system service: a member of the group {@code mayfly}. */
    MEMBER,
    /** An ordinary user with a service of his own. */
    USER;

    public boolean isRoot() {
        return this == ROOT;
    }

    /** Whether the service is root's. */
    public boolean hasSystemService() {
        return this != USER;
    }
}
