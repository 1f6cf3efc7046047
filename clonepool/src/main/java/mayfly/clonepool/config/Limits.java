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
 */
public record Limits(
        int sandboxes, int sandboxesPerUser, int parked, int parkedPerShape, int parkedPerUser, int clones) {
    public static Limits defaults() {
        return new Limits(512, 256, 16, 8, 16, 4096);
    }
}
