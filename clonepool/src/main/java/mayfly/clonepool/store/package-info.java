/**
 * Clones and what makes and destroys them. {@link mayfly.clonepool.store.CloneStore} makes the clones of one template;
 * {@link mayfly.clonepool.store.ClonesDirectory} holds them, with their state in their names, so that nothing else has
 * to be known after a crash. May use {@code mayfly.sandbox} and its packages {@code root} and {@code posix}.
 */
@NullMarked
package mayfly.clonepool.store;

import org.jspecify.annotations.NullMarked;
