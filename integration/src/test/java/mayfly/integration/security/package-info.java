/** Attacks from inside the sandbox. */
@NullMarked
package mayfly.integration.security;

import org.jspecify.annotations.NullMarked;
