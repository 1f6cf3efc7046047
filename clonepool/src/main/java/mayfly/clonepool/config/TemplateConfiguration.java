package mayfly.clonepool.config;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import mayfly.sandbox.Seccomp;

/**
 * One template.
 *
 * @param size size of a sandbox's tmpfs, as mount(8) takes it: {@code 50%}, {@code 512m}
 */
public record TemplateConfiguration(
        String name, Store store, Place place, Stock stock, Upper upper, String size, Access access, Hooks hooks) {
    public static final String DEFAULT_SIZE = "50%";

    /** Without hooks. */
    public TemplateConfiguration(
            String name, Store store, Place place, Stock stock, Upper upper, String size, Access access) {
        this(name, store, place, stock, upper, size, access, Hooks.none());
    }

    /** What makes the template's clones. */
    public enum Store {
        /** The best for the template's place. */
        AUTO,
        OVERLAY,
        DIRECTORY,
        BTRFS,
        ZFS;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Where an overlay keeps what a command changes. */
    public enum Upper {
        MEMORY,
        DISK
    }

    /**
     * Where things are. Neither path nor dataset: the template is the machine's own system.
     *
     * @param path the directory that holds its root, absolute
     * @param dataset the ZFS dataset that holds its root
     * @param clones a directory for its clones and snapshots, absolute; empty: the store's usual one
     */
    public record Place(Optional<String> path, Optional<String> dataset, Optional<String> clones) {}

    /**
     * How many clones there are.
     *
     * @param ready how many are kept ready at least; empty: as many as the store thinks useful
     * @param readyMax how many the demand can raise that to; empty: likewise
     * @param minFree bytes of the store that its clones leave free
     * @param quota bytes that one clone may take at most
     */
    public record Stock(OptionalInt ready, OptionalInt readyMax, long minFree, OptionalLong quota) {
        static final long DEFAULT_MIN_FREE = 64 << 20;

        public static Stock defaults() {
            return new Stock(OptionalInt.empty(), OptionalInt.empty(), DEFAULT_MIN_FREE, OptionalLong.empty());
        }
    }

    /**
     * Who may do what.
     *
     * @param users names of those who may use it, groups with {@code %}; empty: everybody
     * @param maintainers names of those who, besides root, may change it and its pool
     * @param asRoot whether its users may be root in clones of it, with other ids than their own
     * @param seccomp which system calls commands in its clones may make
     * @param unfiltered whether its users may have all system calls if they like
     * @param permissions what its users may do of what they could
     */
    public record Access(
            List<String> users,
            List<String> maintainers,
            boolean asRoot,
            Seccomp seccomp,
            boolean unfiltered,
            Permissions permissions) {
        public Access {
            users = List.copyOf(users);
            maintainers = List.copyOf(maintainers);
        }

        public Access(
                List<String> users, List<String> maintainers, boolean asRoot, Seccomp seccomp, boolean unfiltered) {
            this(users, maintainers, asRoot, seccomp, unfiltered, Permissions.all());
        }

        public Access(List<String> users, List<String> maintainers) {
            this(users, maintainers, false, Seccomp.DEFAULT, false);
        }

        public static Access everybody() {
            return new Access(List.of(), List.of());
        }
    }

    /**
     * What the service runs around each lease: programs with their arguments, no shell.
     *
     * @param preStart before the sandbox is given to its client; empty: nothing
     * @param postStop when the lease has ended, before the clone is destroyed; empty: nothing
     * @param seconds how long each may take
     */
    public record Hooks(List<String> preStart, List<String> postStop, int seconds) {
        static final int DEFAULT_SECONDS = 10;

        /** A client waits for a pre-start hook: less than its patience. */
        static final int MOST_SECONDS = 30;

        public Hooks {
            preStart = List.copyOf(preStart);
            postStop = List.copyOf(postStop);
        }

        public static Hooks none() {
            return new Hooks(List.of(), List.of(), DEFAULT_SECONDS);
        }

        public boolean isEmpty() {
            return preStart.isEmpty() && postStop.isEmpty();
        }
    }

    static TemplateConfiguration host() {
        return new TemplateConfiguration(
                Configuration.HOST,
                Store.OVERLAY,
                new Place(Optional.empty(), Optional.empty(), Optional.empty()),
                Stock.defaults(),
                Upper.MEMORY,
                DEFAULT_SIZE,
                Access.everybody());
    }

    public boolean isHost() {
        return place.path().isEmpty() && place.dataset().isEmpty();
    }

    /** The dataset or the directory that holds its root. */
    public String where() {
        return place.dataset().or(place::path).orElse("/");
    }
}
