package mayfly.clonepool.desktop;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Identity;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Variables;
import mayfly.sandbox.options.RunRequest;

/**
 * Who asks for something of his desktop, and for what.
 *
 * @param variables the caller's
 * @param cwd his working directory
 * @param identity who the command is inside
 * @param host whether the command sees the machine's own files (template {@code host})
 */
public record Asked(
        RunRequest request, Variables variables, Optional<Bytes> cwd, Caller caller, Identity identity, boolean host) {
    /** Who the command can be outside: the caller, or the first of the ids that he got. */
    List<Long> readers() {
        List<Long> readers = new ArrayList<>(List.of(caller.uid()));
        if (identity instanceof Identity.RootOfRange range) {
            readers.add(range.uid());
        }
        return readers;
    }

    /** The path that a variable names; relative ones begin at the working directory. */
    Optional<Bytes> path(String variable) throws RefusedException {
        Optional<Bytes> value = variables.value(variable);
        return value.isPresent() ? Optional.of(RunRequest.resolve(value.get(), cwd)) : value;
    }

    /** The path beneath the directory that a variable names. */
    Optional<Bytes> beneath(String variable, String name) {
        return variables
                .value(variable)
                .filter(directory -> directory.at(0) == '/')
                .map(directory -> NativePath.join(directory, Bytes.utf8(name)));
    }
}
