package mayfly.clonepool.store;

import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;

/** The machine's own system: always as it is now. */
public final class HostTemplate implements TemplateStore {
    @Override
    public Optional<Snapshot> newest() {
        return Optional.empty();
    }

    @Override
    public List<Snapshot> snapshots() {
        return List.of();
    }

    @Override
    public Bytes directory() throws RefusedException {
        throw refusal("change");
    }

    @Override
    public void create() throws RefusedException {
        throw refusal("create");
    }

    @Override
    public Snapshot snapshot(String name) throws RefusedException {
        throw refusal("snapshot");
    }

    @Override
    public void rollback(Snapshot snapshot) throws RefusedException {
        throw refusal("roll back");
    }

    @Override
    public void destroy(Snapshot snapshot) throws RefusedException {
        throw refusal("destroy");
    }

    @Override
    public void destroy() throws RefusedException {
        throw refusal("destroy");
    }

    private static RefusedException refusal(String verb) {
        return new RefusedException("cannot " + verb + " template host: it is this machine's own system");
    }
}
