package mayfly.sandbox;

import java.util.List;
import java.util.Optional;

/**
 * Everything about a run that is decided before its command is known. Runs of equal shape can use each other's parked
 * sandboxes.
 *
 * @param template the template's name; empty when {@code root} is given
 * @param backend the backend's name
 * @param root the directory to run in itself, absolute (option {@code -t})
 * @param ownDirectory a directory of the host that needs an overlay of its own
 */
public record Shape(
        Caller caller,
        Optional<String> template,
        String backend,
        Isolation isolation,
        List<Bind> binds,
        Optional<Bytes> root,
        Optional<Bytes> ownDirectory) {
    public Shape {
        binds = List.copyOf(binds);
        if (template.isPresent() == root.isPresent()) {
            throw new IllegalArgumentException("a shape has a template or a root");
        }
    }

    /** The same, shut off in another way. */
    public Shape in(Isolation other) {
        return new Shape(caller, template, backend, other, binds, root, ownDirectory);
    }

    // Written out: a record's own are built from method handles, which take long for what every claim needs.

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape that
                && caller.equals(that.caller)
                && template.equals(that.template)
                && backend.equals(that.backend)
                && isolation.equals(that.isolation)
                && binds.equals(that.binds)
                && root.equals(that.root)
                && ownDirectory.equals(that.ownDirectory);
    }

    @Override
    public int hashCode() {
        int hash = caller.hashCode();
        hash = 31 * hash + template.hashCode();
        hash = 31 * hash + isolation.hashCode();
        hash = 31 * hash + binds.hashCode();
        hash = 31 * hash + root.hashCode();
        return 31 * hash + ownDirectory.hashCode();
    }
}
