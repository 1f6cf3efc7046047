/**
 * The client library: {@link mayfly.client.Mayfly#connect()} finds or starts a service, {@link mayfly.client.Run} says
 * what to run, {@link mayfly.client.Result} how it went. The command line's {@code run} is a user of it like any other.
 * May use the service's protocol and {@code mayfly.sandbox}; no picocli.
 */
@NullMarked
package mayfly.client;

import org.jspecify.annotations.NullMarked;
