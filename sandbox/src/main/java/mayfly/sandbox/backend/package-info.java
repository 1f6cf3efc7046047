/**
 * What builds a sandbox around a root: {@link mayfly.sandbox.backend.Backend} turns a request into the command line of
 * mayfly-enter, which ends with the backend's own program. May use {@code mayfly.sandbox} and
 * {@code mayfly.sandbox.root}.
 */
@NullMarked
package mayfly.sandbox.backend;

import org.jspecify.annotations.NullMarked;
