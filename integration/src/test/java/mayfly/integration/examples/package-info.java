/** The directory {@code examples}: each does what its README says. */
@NullMarked
package mayfly.integration.examples;

import org.jspecify.annotations.NullMarked;
