/** How commands end: exit statuses, signals, the status line. */
@NullMarked
package mayfly.integration.ends;

import org.jspecify.annotations.NullMarked;
