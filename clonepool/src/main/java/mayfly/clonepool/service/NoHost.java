package mayfly.clonepool.service;

import java.io.IOException;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.DirectoryWatch;
import mayfly.sandbox.root.Places;
import mayfly.sandbox.root.RootPlan;

/** FreeBSD has no overlays: the machine's own system is no template there. */
final class NoHost implements HostSystem {
    private static final String REASON =
            "the machine's own system is no template on FreeBSD, which has no overlays for it";
    private static final String REMEDY = "name one with a dataset, with -z or as default-template in mayfly.toml";

    @Override
    public void check() throws RefusedException {
        throw new RefusedException("cannot use template host: " + REASON, REMEDY);
    }

    @Override
    public RootPlan plan(Places places) throws IOException {
        throw new IOException(REASON);
    }

    @Override
    public Optional<Bytes> ownDirectory(Bytes workingDirectory, Caller caller) {
        return Optional.empty();
    }

    @Override
    public Optional<DirectoryWatch> directories() {
        return Optional.empty();
    }

    @Override
    public boolean renew() {
        return false;
    }
}
