/** The options of {@code run}. */
@NullMarked
package mayfly.integration.options;

import org.jspecify.annotations.NullMarked;
