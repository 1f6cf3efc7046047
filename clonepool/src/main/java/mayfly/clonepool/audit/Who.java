package mayfly.clonepool.audit;

import java.util.Optional;

/**
 * Who asked for something, as the kernel says.
 *
 * @param uid who connected
 * @param gid its group
 * @param servedAs whose rights count: another one when root comes to a user's own service
 * @param pid the process that connected; 0: not visible here
 * @param listener the configured listener that this process is
 */
public record Who(long uid, long gid, long servedAs, int pid, Optional<String> listener) {}
