/**
 * docs/protocol.md in Java: numbers and bounds ({@link mayfly.clonepool.protocol.Protocol}), the frames as values
 * ({@link mayfly.clonepool.protocol.Frame}), and the translation between the two and bytes. No input or output; may
 * use {@code mayfly.sandbox.Bytes}.
 */
@NullMarked
package mayfly.clonepool.protocol;

import org.jspecify.annotations.NullMarked;
