/** Sessions in a real terminal. */
@NullMarked
package mayfly.integration.terminal;

import org.jspecify.annotations.NullMarked;
