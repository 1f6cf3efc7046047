/** What bad input and a broken host get: one clear message, the right exit status, nothing left behind. */
@NullMarked
package mayfly.integration.failures;

import org.jspecify.annotations.NullMarked;
