package mayfly.sandbox.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.backend.HostPrograms.Outcome;

/**
 * Takes away what a jail leaves on the machine, whatever its set-up had got to and whoever made it: everything has its name.
 * In the order that always works: the jail with all its processes, its network and rules, what is mounted in it from the
 * deepest on by force, its root. What then is still there is the failure: programs say little that can be relied on.
 */
public final class JailRemains {
    private final HostPrograms programs;
    private final String enter;

    /** @param enter the path of mayfly-enter */
    public JailRemains(HostPrograms programs, String enter) {
        this.programs = programs;
        this.enter = enter;
    }

    /** On a system that has jails. */
    public static Optional<JailRemains> ofThisSystem(HostPrograms programs, Bytes enter) {
        return new Host().isFreeBsd() ? Optional.of(new JailRemains(programs, enter.text())) : Optional.empty();
    }

    /**
     * @param mount the service's directory in which jails have theirs
     * @throws IOException when something stays; it can be tried again
     */
    public void remove(String name, Bytes mount) throws IOException {
        String jail = checked(name);
        Path place = Path.of(JailBackend.place(mount, jail));
        boolean mayHaveMore = Files.exists(place);
        Outcome removed = programs.run(JailBackend.removing(enter, jail));
        if (!removed.succeeded()) {
            throw new IOException("its jail stays: " + removed.failure());
        }
        if (!mayHaveMore) {
            return; // made first and removed last
        }
        removeNetwork(jail);
        removeRules(jail);
        unmount(place.toString());
        Files.deleteIfExists(Path.of(JailBackend.root(mount, jail)));
        Files.deleteIfExists(place);
    }

    private static String checked(String name) throws IOException {
        try {
            return JailNames.jail(name);
        } catch (RefusedException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private void removeNetwork(String jail) throws IOException {
        String outer = JailNetwork.Vnet.outer(jail);
        if (!interfaces().contains(outer)) {
            return;
        }
        Outcome destroyed = programs.run(JailNetwork.Vnet.destroying(jail));
        if (interfaces().contains(outer)) {
            throw new IOException("its network interface " + outer + " stays: " + destroyed.failure());
        }
    }

    private List<String> interfaces() throws IOException {
        return List.of(successful(List.of("/sbin/ifconfig", "-l")).strip().split(" +", -1));
    }

    /** Without accounting there is no rule, and rctl(8) fails. */
    private void removeRules(String jail) throws IOException {
        if (rules(jail).isEmpty()) {
            return;
        }
        Outcome removed = programs.run(JailLimits.removing(jail));
        Optional<String> left = rules(jail);
        if (left.isPresent()) {
            throw new IOException("its rule " + left.get() + " stays: " + removed.failure());
        }
    }

    private Optional<String> rules(String jail) throws IOException {
        Outcome listed = programs.run(JailLimits.listing(jail));
        return listed.succeeded() ? listed.output().lines().findFirst() : Optional.empty();
    }

    private void unmount(String place) throws IOException {
        List<String> failures = new ArrayList<>();
        for (MountedOn mount : mounted(place)) {
            Outcome unmounted = unmount(mount);
            if (!unmounted.succeeded()) {
                failures.add(unmounted.failure());
            }
        }
        List<MountedOn> left = mounted(place);
        if (!left.isEmpty()) {
            throw new IOException(
                    left.get(0).directory() + " stays mounted" + (failures.isEmpty() ? "" : ": " + failures.get(0)));
        }
    }

    /** zfs(8) refuses some that are mounted otherwise than their properties say. */
    private Outcome unmount(MountedOn mount) throws IOException {
        if (mount.type().equals("zfs")
                && programs.run(List.of(JailBackend.ZFS, "unmount", "-f", mount.directory()))
                        .succeeded()) {
            return new Outcome("", "");
        }
        return programs.run(List.of("/sbin/umount", "-f", mount.directory()));
    }

    private List<MountedOn> mounted(String place) throws IOException {
        return MountedOn.under(place, MountedOn.read(successful(List.of("/sbin/mount", "-p"))));
    }

    private String successful(List<String> words) throws IOException {
        Outcome outcome = programs.run(words);
        if (!outcome.succeeded()) {
            throw new IOException(HostStep.line(words) + ": " + outcome.failure());
        }
        return outcome.output();
    }
}
