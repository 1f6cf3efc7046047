/** Signals on their way to the command, and violent ends of the client and the service. */
@NullMarked
package mayfly.integration.signals;

import org.jspecify.annotations.NullMarked;
