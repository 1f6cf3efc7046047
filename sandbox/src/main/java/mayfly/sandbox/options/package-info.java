/**
 * The command line of {@code mayfly run}: {@link mayfly.sandbox.options.RunOptions} reads a client's argument vector
 * into a {@link mayfly.sandbox.options.RunRequest}. Pure: touches no file. May use {@code mayfly.sandbox} and picocli.
 */
@NullMarked
package mayfly.sandbox.options;

import org.jspecify.annotations.NullMarked;
