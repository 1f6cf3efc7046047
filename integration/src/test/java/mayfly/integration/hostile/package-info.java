/** A client that says what real clients say, mutilated, for as long as it is told: {@link mayfly.integration.hostile.HostileClient}. */
@NullMarked
package mayfly.integration.hostile;

import org.jspecify.annotations.NullMarked;
