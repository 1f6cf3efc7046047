/**
 * What of a caller's desktop his command is given: {@link mayfly.clonepool.desktop.Desktop} finds his X11 display and his
 * sound, and says by which binds and variables a sandbox gets them. All that is his is looked at with his rights. May use
 * {@code mayfly.sandbox} and {@code mayfly.clonepool.store}.
 */
@NullMarked
package mayfly.clonepool.desktop;

import org.jspecify.annotations.NullMarked;
