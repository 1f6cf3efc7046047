/**
 * The audit log: who had which command run where, and what was refused to whom. {@link mayfly.clonepool.audit.AuditLog} takes
 * {@link mayfly.clonepool.audit.Entry entries} from whoever must not wait, and writes them in a thread of its own. May use
 * {@code mayfly.sandbox} and the packages {@code config} and {@code store}.
 */
@NullMarked
package mayfly.clonepool.audit;

import org.jspecify.annotations.NullMarked;
