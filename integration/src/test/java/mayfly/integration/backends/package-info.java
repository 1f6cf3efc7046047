/** What each backend does that others do not, and what it refuses. */
@NullMarked
package mayfly.integration.backends;

import org.jspecify.annotations.NullMarked;
