package mayfly.clonepool.desktop;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;

/**
 * Where a sandbox would show the caller's own cookies, with which an untrusted client would be a trusted one: the files
 * that X11 programs take them from.
 */
final class Masks {
    /** The server's own, with the same cookies; those of display managers are root's. */
    private static final String OF_STARTX = ".serverauth.";

    private static final Bytes TOP = Bytes.utf8("/");

    /** These directories of a sandbox are its own, whatever is under them on the host. */
    private static final List<Bytes> OWN =
            List.of(Bytes.utf8("/proc"), Bytes.utf8("/dev"), Bytes.utf8("/sys"), Bytes.utf8("/run"));

    private final CallersFiles files;
    private final Asked asked;
    private final List<Bind> binds;

    Masks(CallersFiles files, Asked asked) {
        this.files = files;
        this.asked = asked;
        this.binds = asked.request().binds();
    }

    /** The places inside that have to be covered, without symbolic links. */
    List<Bytes> over(Optional<Bytes> authority) throws RefusedException {
        List<Bytes> wanted = new ArrayList<>();
        authority.ifPresent(wanted::add);
        asked.beneath("HOME", ".Xauthority").ifPresent(wanted::add);
        List<Bytes> present = new ArrayList<>(files.readable(wanted));
        Optional<Bytes> home = asked.variables().value("HOME").filter(path -> path.at(0) == '/');
        if (home.isPresent()) {
            present.addAll(files.readableIn(home.get(), OF_STARTX));
        }
        if (present.isEmpty()) {
            return List.of();
        }
        List<Bytes> paths = new ArrayList<>(present);
        binds.forEach(bind -> paths.add(bind.source()));
        asked.request().root().ifPresent(paths::add);
        List<Bytes> real = files.real(paths);
        List<Bytes> sources = real.subList(present.size(), real.size());
        List<Bytes> places = new ArrayList<>();
        for (Bytes file : real.subList(0, present.size()).stream().distinct().toList()) {
            addPlaces(places, file, sources);
        }
        return places;
    }

    /** @param sources of the binds, then the directory of {@code -t}, if there is one */
    private void addPlaces(List<Bytes> places, Bytes file, List<Bytes> sources) {
        if (asked.host()) {
            addInRoot(places, file);
        } else if (asked.request().root().isPresent()) {
            beneath(sources.get(binds.size()), TOP, file).ifPresent(place -> addInRoot(places, place));
        }
        for (int i = 0; i < binds.size(); i++) {
            beneath(sources.get(i), binds.get(i).destination(), file).ifPresent(places::add);
        }
    }

    private void addInRoot(List<Bytes> places, Bytes place) {
        boolean hidden = OWN.stream().anyMatch(directory -> NativePath.isAtOrUnder(place, directory))
                || binds.stream().anyMatch(bind -> NativePath.isAtOrUnder(place, bind.destination()));
        if (!hidden) {
            places.add(place);
        }
    }

    /** Where the file appears, if it is or lies beneath what appears at the place. */
    private static Optional<Bytes> beneath(Bytes source, Bytes place, Bytes file) {
        if (!NativePath.isAtOrUnder(file, source)) {
            return Optional.empty();
        }
        if (file.equals(source)) {
            return Optional.of(place);
        }
        Bytes rest = file.slice(source.length() == 1 ? 1 : source.length() + 1, file.length());
        return Optional.of(NativePath.join(place, rest));
    }
}
