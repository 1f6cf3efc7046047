/** The audit log of a real service. */
@NullMarked
package mayfly.integration.audit;

import org.jspecify.annotations.NullMarked;
