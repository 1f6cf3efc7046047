/** What runs around a command: the caller's hooks and the administrator's. */
@NullMarked
package mayfly.integration.hooks;

import org.jspecify.annotations.NullMarked;
