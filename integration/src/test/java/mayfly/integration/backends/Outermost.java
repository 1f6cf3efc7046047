package mayfly.integration.backends;

import java.util.List;
import java.util.Optional;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.ProcessTable;

/** The process that stands for a sandbox outside. */
final class Outermost {
    private Outermost() {}

    /** Of the only sandbox that runs this command: the parent of mayfly-init, which is the command's. */
    static long of(String... command) {
        // What a shell prints comes before it is executed.
        ProcessTable.Entry entry = Eventually.gives("one process runs " + List.of(command), () -> {
            List<ProcessTable.Entry> entries = ProcessTable.running(command);
            return entries.size() == 1 ? Optional.of(entries.get(0)) : Optional.empty();
        });
        return ProcessHandle.of(entry.pid())
                .flatMap(ProcessHandle::parent)
                .flatMap(ProcessHandle::parent)
                .orElseThrow()
                .pid();
    }
}
