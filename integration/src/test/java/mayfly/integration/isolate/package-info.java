/** The link named {@code isolate}: scripts that were written for that shell tool. */
@NullMarked
package mayfly.integration.isolate;

import org.jspecify.annotations.NullMarked;
