package mayfly.client;

import java.util.Optional;

/**
 * What came of a refill.
 *
 * @param snapshot the newest, which the clones are of; empty: they are of the template as it is
 * @param ready clones that are ready now
 * @param made clones that were made for it
 * @param discarded ready clones that were given up
 */
public record Refilled(String template, Optional<String> snapshot, int ready, long made, int discarded) {}
