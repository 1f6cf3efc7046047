/** Sessions: several commands in one sandbox that is kept under a name. */
@NullMarked
package mayfly.integration.sessions;

import org.jspecify.annotations.NullMarked;
