package mayfly.sandbox.root;

import java.util.List;

/** The steps, in order, after which a root stands complete at {@link Places#root()}. */
public record RootPlan(List<Step> steps) {
    public RootPlan {
        steps = List.copyOf(steps);
    }
}
