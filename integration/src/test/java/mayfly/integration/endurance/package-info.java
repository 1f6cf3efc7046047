/** Many commands, in a row and at once. */
@NullMarked
package mayfly.integration.endurance;

import org.jspecify.annotations.NullMarked;
