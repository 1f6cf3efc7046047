package mayfly.clonepool.desktop;

import mayfly.clonepool.store.Program;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
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
        Bytes[] step = Step.user(caller).words().toArray(new Bytes[0]);
        return Program.at(enter).with(step).with(Bytes.utf8("--"), program);
    }
}
