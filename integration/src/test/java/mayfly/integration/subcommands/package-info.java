/** The other subcommands. */
@NullMarked
package mayfly.integration.subcommands;

import org.jspecify.annotations.NullMarked;
