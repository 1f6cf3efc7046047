package mayfly.clonepool.desktop;

import java.util.List;
import mayfly.clonepool.store.Overdue;
import mayfly.clonepool.store.Program;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.root.Step;

/** Programs that have become the caller before they do anything, where the service is another user. Thread-safe. */
public final class CallersPrograms {
    private final Bytes enter;
    private final boolean system;
    private final Overdue overdue = new Overdue();

    /**
     * @param enter path of mayfly-enter
     * @param system whether the service is root and builds for others
     */
    public CallersPrograms(Bytes enter, boolean system) {
        this.enter = enter;
        this.system = system;
    }

    /** @param program absolute path of the program */
    public Program as(Caller caller, Bytes program) {
        return become(caller, program).on(caller.uid(), overdue);
    }

    private Program become(Caller caller, Bytes program) {
        if (!system || caller.isRoot()) {
            return Program.at(program);
        }
        // In a user namespace of root's: he could trace it else, and keep its end from whoever waits for it. FreeBSD
        // has none.
        Step user = Step.user(caller);
        return Program.behind(enter, Kernel.IS_FREEBSD ? List.of(user) : List.of(Step.identity(), user), program);
    }
}
