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
        boolean shareNet,
        List<Bind> binds,
        Optional<Bytes> root,
        Optional<Bytes> ownDirectory) {
    public Shape {
        binds = List.copyOf(binds);
        if (template.isPresent() == root.isPresent()) {
            throw new IllegalArgumentException("a shape has a template or a root");
        }
    }
}
