package mayfly.sandbox.backend;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import mayfly.sandbox.RefusedException;

/**
 * Takes steps in their order. Each is registered before it is tried: when one fails, it and all before it are undone, the
 * last one first. Thread-safe.
 */
public final class HostSteps {
    private final HostPrograms programs;

    public HostSteps(HostPrograms programs) {
        this.programs = programs;
    }

    public void take(List<HostStep> steps) throws RefusedException {
        Deque<HostStep> registered = new ArrayDeque<>();
        for (HostStep step : steps) {
            registered.push(step);
            try {
                take(step);
            } catch (RefusedException e) {
                throw new RefusedException(
                        e.getMessage() + undo(registered), e.remedy().orElse(""));
            } catch (RuntimeException | Error e) {
                undo(registered);
                throw e;
            }
        }
    }

    private void take(HostStep step) throws RefusedException {
        if (step.does().isEmpty()) {
            return;
        }
        try {
            HostPrograms.Outcome outcome = programs.run(step.does());
            if (!outcome.succeeded()) {
                throw failure(step, outcome.failure());
            }
            step.finds().check(outcome.output());
        } catch (IOException | HostStep.UnfitException e) {
            throw failure(step, String.valueOf(e.getMessage()));
        }
    }

    private static RefusedException failure(HostStep step, String reason) {
        return new RefusedException("cannot " + step.doing() + ": " + reason);
    }

    /**
     * Undoes all of them. What was not done cannot be undone, and how programs fail then does not tell it from what stays:
     * whoever destroys the clone looks at what is there ({@link JailRemains}). What could not even be started is told.
     */
    private String undo(Deque<HostStep> registered) {
        StringBuilder told = new StringBuilder();
        for (HostStep step : registered) {
            if (!step.undoes().isEmpty()) {
                try {
                    programs.run(step.undoes());
                } catch (IOException e) {
                    told.append("; cannot undo it by ")
                            .append(HostStep.line(step.undoes()))
                            .append(": ")
                            .append(e.getMessage());
                }
            }
        }
        return told.toString();
    }
}
