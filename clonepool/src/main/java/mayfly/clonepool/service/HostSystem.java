package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.DirectoryWatch;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.root.Places;
import mayfly.sandbox.root.RootPlan;

/** The machine's own system as the template {@code host} shows it. */
sealed interface HostSystem permits OverlaidHost, NoHost {
    /**
     * That of this machine.
     *
     * @param kept a directory with upper directories in it
     * @param home the home directory of the service's user; empty for root
     */
    static HostSystem ofThisMachine(Path runtimeDir, Optional<Path> kept, Optional<Path> home) throws IOException {
        return Kernel.IS_FREEBSD ? new NoHost() : new OverlaidHost(runtimeDir, kept, home);
    }

    /** Refuses to be a template where it cannot be one. */
    default void check() throws RefusedException {}

    /** The steps that build it. From any thread. */
    RootPlan plan(Places places) throws IOException;

    /**
     * The directory on the way to the caller's working directory that has to have an overlay of its own. For the door's
     * thread.
     */
    Optional<Bytes> ownDirectory(Bytes workingDirectory, Caller caller);

    /** Tells when {@link #renew} may find something; empty: never. */
    Optional<DirectoryWatch> directories();

    /** Looks again; whether the plan is another one now. For the door's thread. */
    boolean renew() throws IOException;
}
