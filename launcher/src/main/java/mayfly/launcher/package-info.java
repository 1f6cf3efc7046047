/**
 * The command line: {@link mayfly.launcher.Main} and one class a subcommand. {@code lib/mayfly/mayfly-java} starts it.
 * May use {@code mayfly.client}, {@code clonepool} and {@code sandbox}.
 */
@NullMarked
package mayfly.launcher;

import org.jspecify.annotations.NullMarked;
