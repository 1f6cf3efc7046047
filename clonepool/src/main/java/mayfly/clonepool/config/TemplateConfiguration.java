package mayfly.clonepool.config;

import java.util.List;
import java.util.Optional;

/**
 * One template.
 *
 * @param path the directory that holds its root, absolute; empty: the machine's own system
 * @param ready clones that a directory store keeps ready
 * @param size size of a sandbox's tmpfs, as mount(8) takes it: {@code 50%}, {@code 512m}
 * @param users names of the users who may use it; empty: everybody
 */
public record TemplateConfiguration(
        String name, Store store, Optional<String> path, int ready, Upper upper, String size, List<String> users) {
    static final int DEFAULT_READY = 2;
    static final String DEFAULT_SIZE = "50%";

    /** What makes the template's clones. */
    public enum Store {
        OVERLAY,
        DIRECTORY;

        public String word() {
            return this == OVERLAY ? "overlay" : "directory";
        }
    }

    /** Where an overlay keeps what a command changes. */
    public enum Upper {
        MEMORY,
        DISK
    }

    public TemplateConfiguration {
        users = List.copyOf(users);
    }

    static TemplateConfiguration host() {
        return new TemplateConfiguration(
                Configuration.HOST, Store.OVERLAY, Optional.empty(), 0, Upper.MEMORY, DEFAULT_SIZE, List.of());
    }

    public boolean isHost() {
        return path.isEmpty();
    }

    /** The same for templates whose clones are equal: what a kept clone has to match. */
    public String definition() {
        return store.word() + " " + path.orElse("/");
    }
}
