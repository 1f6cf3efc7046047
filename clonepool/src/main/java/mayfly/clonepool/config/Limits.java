package mayfly.clonepool.config;

/**
 * How much the service gives out.
 *
 * @param sandboxes sandboxes that run commands at once, of all users together
 * @param sandboxesPerUser the same for each user
 * @param parked sandboxes that wait for commands, of all shapes together
 * @param parkedPerShape the same for each shape
 * @param parkedPerUser the same for each user
 * @param clones clones of all templates, whatever their states
 * @param processes processes and threads in each sandbox; 0: as many as its user may have
 * @param sessions the bounds of sessions
 */
public record Limits(
        int sandboxes,
        int sandboxesPerUser,
        int parked,
        int parkedPerShape,
        int parkedPerUser,
        int clones,
        int processes,
        Sessions sessions) {
    private static final int DEFAULT_PROCESSES = 4096;

    /**
     * How long sessions last, in seconds.
     *
     * @param perUser how many each user may have at once
     * @param idle after how long without a command one ends that says nothing else
     * @param idleMost the longest that one may say
     * @param time after how long one ends in any case
     * @param timeMost the longest that one may say
     */
    public record Sessions(int perUser, long idle, long idleMost, long time, long timeMost) {
        static Sessions defaults() {
            return new Sessions(16, 3_600, 7 * 86_400, 86_400, 7 * 86_400);
        }
    }

    /** With sessions, and in them processes, as they are when nothing is configured. */
    public Limits(int sandboxes, int sandboxesPerUser, int parked, int parkedPerShape, int parkedPerUser, int clones) {
        this(
                sandboxes,
                sandboxesPerUser,
                parked,
                parkedPerShape,
                parkedPerUser,
                clones,
                DEFAULT_PROCESSES,
                Sessions.defaults());
    }

    public static Limits defaults() {
        return new Limits(512, 256, 16, 8, 16, 4096);
    }
}
