/** {@code mayfly listen}, and what connects to it; superservers that start {@code mayfly} for each connection. */
@NullMarked
package mayfly.integration.listen;

import org.jspecify.annotations.NullMarked;
