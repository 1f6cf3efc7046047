package mayfly.client;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Processes;

/**
 * What a program started by this process would inherit, taken from the kernel because Java changes some of it.
 *
 * @param directory empty when it has been deleted
 * @param limits soft and hard limit of each resource in turn
 * @param ignored bit N-1: signal N
 * @param blocked bit N-1: signal N
 */
record OwnProcess(
        Map<Bytes, Bytes> variables,
        Optional<Bytes> directory,
        int umask,
        int nice,
        List<Long> limits,
        Bytes cpus,
        long ignored,
        long blocked) {

    static OwnProcess observe() throws MayflyException {
        try {
            Processes.Inherited own = Processes.inherited();
            List<Long> limits = new ArrayList<>();
            for (long limit : Processes.limits()) {
                limits.add(limit);
            }
            return new OwnProcess(
                    Variables.ofThisProcess(),
                    CallersProcess.directoryIsDeleted() ? Optional.empty() : Processes.workingDirectory(),
                    CallersProcess.umask()
                            .map(mask -> Integer.parseInt(mask, 8))
                            .orElse(own.umask()),
                    own.nice(),
                    limits,
                    Bytes.of(Processes.affinity()),
                    CallersProcess.ignored().map(OwnProcess::mask).orElse(own.ignored()),
                    CallersProcess.blocked().map(OwnProcess::mask).orElse(own.blocked()));
        } catch (IOException e) {
            throw new MayflyException("cannot read what this process has: " + reason(e));
        }
    }

    static String reason(IOException e) {
        return e instanceof PosixException posix ? posix.reason() : String.valueOf(e.getMessage());
    }

    private static long mask(String hexadecimal) {
        return Long.parseUnsignedLong(hexadecimal, 16);
    }
}
