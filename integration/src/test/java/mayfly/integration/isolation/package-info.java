/** What a command sees, and what nobody sees of it afterwards. */
@NullMarked
package mayfly.integration.isolation;

import org.jspecify.annotations.NullMarked;
