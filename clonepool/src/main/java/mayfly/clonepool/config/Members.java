package mayfly.clonepool.config;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.posix.Accounts;

/**
 * Those whom a list of the configuration names: users, and with a {@code %} before them groups, as in sudoers(5). Who is in a
 * group is what the kernel says of the process that asks.
 */
public record Members(Set<Long> uids, Set<Long> gids) {
    private static final String GROUP = "%";

    public Members {
        uids = Set.copyOf(uids);
        gids = Set.copyOf(gids);
    }

    /** @param unknown is told of names that nobody has: {@code the user eve} */
    public static Members of(List<String> names, Consumer<String> unknown) throws IOException {
        Set<Long> uids = new HashSet<>();
        Set<Long> gids = new HashSet<>();
        for (String name : names) {
            if (name.startsWith(GROUP)) {
                String group = name.substring(GROUP.length());
                OptionalLong gid = Accounts.group(Bytes.utf8(group));
                gid.ifPresent(gids::add);
                if (gid.isEmpty()) {
                    unknown.accept("the group " + group);
                }
            } else {
                Optional<Accounts.User> user = Accounts.user(Bytes.utf8(name));
                user.ifPresent(known -> uids.add(known.uid()));
                if (user.isEmpty()) {
                    unknown.accept("the user " + name);
                }
            }
        }
        return new Members(uids, gids);
    }

    public boolean contains(Caller caller) {
        return uids.contains(caller.uid())
                || gids.contains(caller.gid())
                || caller.groups().stream().anyMatch(gids::contains);
    }
}
