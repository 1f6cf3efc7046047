/** Who a command is in its sandbox, and what it can do as whom. */
@NullMarked
package mayfly.integration.ids;

import org.jspecify.annotations.NullMarked;
