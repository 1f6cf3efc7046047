/** Tables that stand in two places and have to agree. */
@NullMarked
package mayfly.integration.contracts;

import org.jspecify.annotations.NullMarked;
