/**
 * Clones and what makes and destroys them. {@link mayfly.clonepool.store.CloneStore} makes the clones of one template,
 * {@link mayfly.clonepool.store.TemplateStore} is the template with its snapshots, {@link mayfly.clonepool.store.Clones}
 * tells which clones there are and in which states, so that nothing else has to be known after a crash; {@link
 * mayfly.clonepool.store.Stores} opens the store of a configured template. May use {@code mayfly.sandbox}, its packages
 * {@code root} and {@code posix}, and {@code config}.
 */
@NullMarked
package mayfly.clonepool.store;

import org.jspecify.annotations.NullMarked;
