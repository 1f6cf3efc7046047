/**
 * What a run is: who asks ({@link mayfly.sandbox.Caller}), what is decided before the command is known
 * ({@link mayfly.sandbox.Shape}), and the byte strings that arguments and paths are made of. Uses nothing but the JDK.
 */
@NullMarked
package mayfly.sandbox;

import org.jspecify.annotations.NullMarked;
