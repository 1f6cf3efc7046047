/** What the caller has, the command has: bytes, descriptors, limits, variables. */
@NullMarked
package mayfly.integration.inheritance;

import org.jspecify.annotations.NullMarked;
