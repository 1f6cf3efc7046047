/** Who starts the service: service managers, inetd, rc(8), and what they give it and hear of it. */
@NullMarked
package mayfly.integration.activation;

import org.jspecify.annotations.NullMarked;
