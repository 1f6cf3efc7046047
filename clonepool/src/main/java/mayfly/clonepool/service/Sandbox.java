package mayfly.clonepool.service;

import java.util.List;
import java.util.Optional;
import mayfly.clonepool.audit.Entry;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.Clones;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Shape;

/**
 * A started sandbox. Belongs to the worker that makes it and then to the door's thread.
 *
 * @param directory the shape's root without symbolic links in its path
 * @param pidFd of its outermost process, {@code pid}
 * @param telling the socket on which mayfly-init says how its commands have ended; -1: it does not
 * @param initPidFd of mayfly-init, which ends after all others inside; -1: the outermost process stands for it
 * @param view for the hooks of its template, where it has any
 * @param room as its template has it
 * @param origin for the client's status line
 * @param note for {@code --trace}
 * @param log what was written while it was started, if its caller wants to read that
 */
record Sandbox(
        Shape shape,
        Optional<Bytes> directory,
        Clone used,
        Clones clones,
        int socket,
        int telling,
        int pid,
        int pidFd,
        int initPidFd,
        Optional<RootView> view,
        Entry.Room room,
        String origin,
        String note,
        List<String> log) {
    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
