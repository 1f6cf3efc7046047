/** Real work in sandboxes. */
@NullMarked
package mayfly.integration.work;

import org.jspecify.annotations.NullMarked;
