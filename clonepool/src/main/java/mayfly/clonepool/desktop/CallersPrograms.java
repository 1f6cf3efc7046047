package mayfly.clonepool.desktop;

import java.util.List;
import mayfly.clonepool.store.Program;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.root.Step;

/**
 * Programs that have become the caller before they do anything, where the service is another user.
 *
 * @param enter path of mayfly-enter
 * @param system whether the service is root and builds for others
 */
public record CallersPrograms(Bytes enter, boolean system) {
    /** @param program absolute path of the program */
    public Program as(Caller caller, Bytes program) {
        if (!system || caller.isRoot()) {
            return Program.at(program);
        }
        // In a user namespace of root's: he could trace it else, and keep its end from whoever waits for it. FreeBSD
        // has none.
        Step user = Step.user(caller);
        return Program.behind(enter, Kernel.IS_FREEBSD ? List.of(user) : List.of(Step.identity(), user), program);
    }
}
