package mayfly.integration.backends;

import java.util.List;
import mayfly.integration.workshop.ProcessTable;

/** The process that stands for a sandbox outside. */
final class Outermost {
    private Outermost() {}

    /** Of the only sandbox that runs this command: the parent of mayfly-init, which is the command's. */
    static long of(String... command) {
        List<ProcessTable.Entry> entries = ProcessTable.running(command);
        if (entries.size() != 1) {
            throw new AssertionError("not one command: " + entries);
        }
        return ProcessHandle.of(entries.get(0).pid())
                .flatMap(ProcessHandle::parent)
                .flatMap(ProcessHandle::parent)
                .orElseThrow()
                .pid();
    }
}
