/**
 * How the root of a sandbox is put together: {@link mayfly.sandbox.root.RootPlan} is a list of mayfly-enter's steps,
 * {@link mayfly.sandbox.root.HostRoot} plans the machine's own system, {@link mayfly.sandbox.root.DirectoryRoot} a
 * directory. Plans only: reads what is mounted and what lies at the top, changes nothing. May use
 * {@code mayfly.sandbox}.
 */
@NullMarked
package mayfly.sandbox.root;

import org.jspecify.annotations.NullMarked;
