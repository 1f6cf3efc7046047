package mayfly.sandbox.backend;

import java.util.ArrayList;
import java.util.List;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.root.Step;
import mayfly.sandbox.root.Step.Kind;

/** The steps by which root's service builds a root at {@code places.root()}, with the mount points that are filled later. */
final class BuiltRoot {
    private BuiltRoot() {}

    /** @param provided the directories in it that the backend fills */
    static List<Step> steps(Construction construction, List<String> provided) throws RefusedException {
        return steps(construction, List.of(), provided);
    }

    /** @param prepared steps before those that build it */
    static List<Step> steps(Construction construction, List<Step> prepared, List<String> provided)
            throws RefusedException {
        if (!construction.binds().isEmpty()) {
            throw new RefusedException("cannot bind "
                    + construction.binds().get(0).bind().source()
                    + ": its path would be followed as root, whoever chose it");
        }
        List<Step> steps = new ArrayList<>();
        steps.add(construction.namespaces());
        steps.addAll(prepared);
        Bytes root = construction.places().root();
        steps.addAll(construction.rootSteps());
        for (String directory : provided) {
            steps.add(Step.target(root, Bytes.utf8(directory), Kind.DIRECTORY));
        }
        return steps;
    }
}
