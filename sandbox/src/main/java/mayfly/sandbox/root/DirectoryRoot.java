package mayfly.sandbox.root;

import java.util.List;
import mayfly.sandbox.Bytes;

/** Plans roots that are one directory, or one directory seen copy-on-write. */
public final class DirectoryRoot {
    private DirectoryRoot() {}

    /** An overlay over the directory: what changes is in the scratch directory. */
    public static RootPlan overlay(Bytes directory, Places places) {
        return new RootPlan(List.of(Step.overlay(directory, places.scratch(0), places.root())));
    }

    /** The directory itself: what changes, stays. */
    public static RootPlan itself(Bytes directory, Places places) {
        return new RootPlan(List.of(Step.bind(directory, places.root())));
    }
}
