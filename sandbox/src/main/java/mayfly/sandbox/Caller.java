package mayfly.sandbox;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Who asks, as the kernel says.
 *
 * @param uid effective user id, 0 to 2^32-1
 * @param gid effective group id
 * @param groups supplementary groups in the kernel's order
 */
public record Caller(long uid, long gid, List<Long> groups) {
    public Caller {
        groups = List.copyOf(groups);
    }

    public boolean isRoot() {
        return uid == 0;
    }

    /** The supplementary groups separated by commas, {@code -} for none. */
    public String groupList() {
        return groups.isEmpty() ? "-" : groups.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    // As for Shape, of which it is part.

    @Override
    public boolean equals(Object other) {
        return other instanceof Caller that && uid == that.uid && gid == that.gid && groups.equals(that.groups);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Long.hashCode(uid) + Long.hashCode(gid)) + groups.hashCode();
    }

    /** Whose outside is what his command with this identity owns. Without groups. */
    public Caller outside(Identity identity) {
        return identity instanceof Identity.RootOfRange range
                ? new Caller(range.uid(), range.gid(), List.of())
                : new Caller(uid, gid, List.of());
    }
}
