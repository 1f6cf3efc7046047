package mayfly.sandbox.root;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Identity;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;

/** The steps, in order, after which a root stands complete at {@link Places#root()}. */
public record RootPlan(List<Step> steps) {
    public RootPlan {
        steps = List.copyOf(steps);
    }

    /** The directories that have overlays over them. */
    Set<Bytes> overlaid() {
        return steps.stream().flatMap(step -> step.lower().stream()).collect(Collectors.toUnmodifiableSet());
    }

    /** The directories whose entries the plan was made from, one by one. */
    public Set<Bytes> listed() {
        return steps.stream().flatMap(step -> step.like().stream()).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * The same root with the range's ids in place of the clone's, whose files keep their owners. For the root of a clone
     * only: of a plan of more than its one step, as that of the machine's own system is, nothing must be mapped.
     */
    public RootPlan mapped(Identity.RootOfRange range, Places places) throws RefusedException {
        if (steps.size() != 1) {
            throw new IllegalStateException("not the root of a clone: " + steps.size() + " steps");
        }
        List<Step> mapped = new ArrayList<>();
        mapped.add(Step.ids(range));
        mapped.addAll(steps.get(0).mapped(places.lower()));
        return new RootPlan(mapped);
    }

    /** With one overlay more, over a directory that is seen in the root already. */
    public RootPlan withOverlay(Bytes directory, Places places) {
        List<Step> more = new ArrayList<>(steps);
        more.add(Step.overlay(directory, NativePath.join(places.scratch(), "own"), places.inRoot(directory)));
        return new RootPlan(more);
    }
}
