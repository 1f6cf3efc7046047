package mayfly.client;

import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.PosixException;

/** Finds a service that this user may use, and starts one when there is none. */
final class ServiceFinder {
    private final List<Bytes> places;
    private final ServiceStarter starter;

    ServiceFinder(List<Bytes> places, ServiceStarter starter) {
        this.places = places;
        this.starter = starter;
    }

    /**
     * A connection to a service.
     *
     * @param started whether the service was started for it
     */
    record Found(Door door, boolean started) {}

    /** Connects to the best service, after starting one in the last place if need be. */
    Found findOrStart() throws MayflyException {
        Bytes last = places.get(places.size() - 1);
        for (Bytes place : places) {
            try {
                return new Found(Door.connect(place), false);
            } catch (PosixException e) {
                if (place.equals(last) && !isAbsent(e)) {
                    throw unreachable(place, e);
                }
            }
        }
        return starter.start(last);
    }

    /** Connects to the best service that runs; empty when there is none. */
    Optional<Door> find() throws MayflyException {
        Bytes last = places.get(places.size() - 1);
        for (Bytes place : places) {
            try {
                return Optional.of(Door.connect(place));
            } catch (PosixException e) {
                if (place.equals(last) && !isAbsent(e)) {
                    throw unreachable(place, e);
                }
            }
        }
        return Optional.empty();
    }

    static boolean isAbsent(PosixException e) {
        return e.errno() == Kernel.ENOENT || e.errno() == Kernel.ECONNREFUSED || e.errno() == Kernel.ENOTDIR;
    }

    static MayflyException unreachable(Bytes place, PosixException e) {
        return new MayflyException(
                "cannot reach the service in " + place + ": " + e.reason(),
                "the directory must belong to you: see MAYFLY_RUNTIME_DIR in mayfly(1)");
    }
}
