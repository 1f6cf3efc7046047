package mayfly.sandbox.backend;

import java.util.ArrayList;
import java.util.List;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.root.Step;
import mayfly.sandbox.root.Step.Kind;

/**
 * The steps by which mayfly-enter alone, for root's service, builds a root, fills its {@code /proc}, {@code /sys},
 * {@code /dev} and {@code /run}, and makes it that of process 1 of a pid namespace. All mounts are root's own: nobody inside
 * can have power over them.
 */
final class FilledRoot {
    /** Names in /dev, and what they are links to. */
    private static final List<List<String>> LINKS = List.of(
            List.of("fd", "/proc/self/fd"),
            List.of("stdin", "/proc/self/fd/0"),
            List.of("stdout", "/proc/self/fd/1"),
            List.of("stderr", "/proc/self/fd/2"),
            List.of("ptmx", "pts/ptmx"));

    private final Construction construction;
    private final Host host;
    private final Bytes root;

    FilledRoot(Construction construction, Host host) {
        this.construction = construction;
        this.host = host;
        this.root = construction.places().root();
    }

    /**
     * All of them.
     *
     * @param prepared steps before any that makes something in the root
     * @param readOnlyProc whether nothing in /proc can be written to
     * @param hostNetwork whether the sandbox is in the host's network, and finds its resolver
     */
    List<Step> steps(List<Step> prepared, boolean readOnlyProc, boolean hostNetwork) throws RefusedException {
        List<Step> steps = new ArrayList<>(BuiltRoot.steps(construction, prepared, Bubblewrap.PROVIDED));
        // Before anything is mounted that is to be a device.
        steps.add(Step.harden(root));
        steps.add(Step.pidNamespace());
        steps.add(readOnlyProc ? Step.procReadonly(in("/proc")) : Step.proc(in("/proc")));
        // Root here is the machine's root: what its uid may change without a capability is out of reach.
        for (String settings : Bubblewrap.SETTINGS) {
            if (host.has(settings)) {
                steps.add(Step.bindReadonly(in(settings), in(settings)));
            }
        }
        steps.add(Step.treeReadonly(Bytes.utf8("/sys"), in("/sys")));
        conceal(steps, Concealment.from(construction.caller(), host));
        devices(steps);
        steps.add(Step.tmpfs(construction.bounds().tmpfsBytes(), in("/run")));
        give(steps, "/run");
        steps.add(Step.target(root, Bytes.utf8("/run/lock"), Kind.DIRECTORY));
        give(steps, "/run/lock");
        if (hostNetwork) {
            host.resolverInRun().ifPresent(file -> {
                steps.add(Step.target(root, file, Kind.FILE));
                steps.add(Step.bindReadonly(file, root.plus(file)));
            });
        }
        steps.add(Step.pivot(root));
        return steps;
    }

    private void conceal(List<Step> steps, Concealment concealment) {
        for (String directory : concealment.directories()) {
            steps.add(Step.cover(in(directory)));
        }
        for (String file : concealment.files()) {
            steps.add(Step.bindReadonly(Bytes.utf8(Concealment.NOTHING), in(file)));
        }
    }

    private void devices(List<Step> steps) {
        Bytes dev = in("/dev");
        steps.add(Step.tmpfs(construction.bounds().tmpfsBytes(), dev));
        give(steps, "/dev");
        for (String device : Bubblewrap.DEVICES) {
            steps.add(Step.bindReadonly(Bytes.utf8(device), in(device)));
        }
        for (List<String> link : LINKS) {
            steps.add(Step.symlink(Bytes.utf8(link.get(1)), NativePath.join(dev, link.get(0))));
        }
        steps.add(Step.target(root, Bytes.utf8("/dev/pts"), Kind.DIRECTORY));
        steps.add(Step.devpts(in("/dev/pts")));
        // As open to everybody as /tmp is.
        steps.add(Step.directory(Bytes.utf8("/tmp"), in("/dev/shm")));
    }

    /** Makes it that of whoever the command is: of root of a range, what is made in it then has to be, too. */
    private void give(List<Step> steps, String directory) {
        Caller owner = construction.caller().outside(construction.isolation().identity());
        if (owner.uid() != 0 || owner.gid() != 0) {
            steps.add(Step.owner(owner.uid(), owner.gid(), in(directory)));
        }
    }

    private Bytes in(String path) {
        return root.plus(Bytes.utf8(path));
    }
}
