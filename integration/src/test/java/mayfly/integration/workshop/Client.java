package mayfly.integration.workshop;

/** The two programs that do {@code run}. */
public enum Client {
    C,
    /** A JVM for each command: slow to start, so scenarios that start many commands start fewer with it. */
    JAVA
}
