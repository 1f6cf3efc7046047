/** The manual page and the shells' completions, in the programs that they are for. */
@NullMarked
package mayfly.integration.documents;

import org.jspecify.annotations.NullMarked;
