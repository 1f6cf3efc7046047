package mayfly.clonepool.service;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.Clones;
import mayfly.clonepool.store.ClonesDirectory;
import mayfly.clonepool.store.Failure;
import mayfly.clonepool.store.Program;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Identity.RootAndRange;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.root.Step;

/**
 * What commands of a user's own service leave in clones as other ids of his range: without root he can remove it only after
 * he has made it his own. Thread-safe.
 */
final class RangeFiles {
    private static final Duration LIMIT = Duration.ofMinutes(30);
    private static final int OUTPUT_BYTES = 4096;

    private final Bytes enter;
    private final Optional<Caller> owner;
    private final Log log;

    /**
     * @param enter path of mayfly-enter
     * @param owner whose service it is; empty: it is root's, to whom all files are open
     */
    RangeFiles(Bytes enter, Optional<Caller> owner, Log log) {
        this.enter = enter;
        this.owner = owner;
        this.log = log;
    }

    /** Gives everything in a dirty clone to the user; whether that may help to remove it. */
    boolean takeBack(Clones clones, Clone dirty) {
        if (owner.isEmpty() || !(clones instanceof ClonesDirectory directory)) {
            return false;
        }
        try {
            Optional<RootAndRange> range = new IdentityChoice(IdFiles.ofThisMachine(), false).ownRange(owner.get());
            return range.isPresent() && takeBack(directory.bytes(dirty), owner.get(), range.get());
        } catch (IOException e) {
            log.line("cannot make the files of " + dirty.id() + " the user's own: " + Failure.reason(e));
        } catch (RefusedException e) {
            log.line(String.valueOf(e.getMessage()));
        }
        return false;
    }

    private boolean takeBack(Bytes clone, Caller user, RootAndRange range) throws IOException {
        Program.Result result = Program.at(enter)
                .with(Step.userRange(user, range).words().toArray(new Bytes[0]))
                .with("--", "/usr/bin/chown", "-R", "-h", "0:0", "--")
                .with(clone)
                .run(LIMIT, OUTPUT_BYTES);
        if (!result.succeeded()) {
            throw new IOException(result.failure());
        }
        return true;
    }
}
