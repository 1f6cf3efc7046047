package mayfly.clonepool.config;

import java.util.Set;

/**
 * What users other than root may have in sandboxes of the backend lxc.
 *
 * @param bridges the bridges of the host's to which they may attach a sandbox
 * @param tun whether they may have /dev/net/tun
 */
public record LxcConfiguration(Set<String> bridges, boolean tun) {
    public LxcConfiguration {
        bridges = Set.copyOf(bridges);
    }

    /** Neither a bridge nor tun: both give more than a user has. */
    public static LxcConfiguration defaults() {
        return new LxcConfiguration(Set.of(), false);
    }
}
