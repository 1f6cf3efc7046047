/**
 * What every scenario stands on: who runs ({@link mayfly.integration.workshop.Identity}), with which client, against a
 * service of its own in a directory of its own ({@link mayfly.integration.workshop.Workshop}), which must leave nothing
 * behind. Uses no class of the product but the protocol's codec.
 */
@NullMarked
package mayfly.integration.workshop;

import org.jspecify.annotations.NullMarked;
