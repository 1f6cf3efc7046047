/**
 * Stores and pools on real filesystems: what one clone is to the next, what is left after a crash, after much work, when
 * the store is full. The same tests for each store; those of ZFS run in the virtual machine ({@code integration/vm}).
 */
@NullMarked
package mayfly.integration.stores;

import org.jspecify.annotations.NullMarked;
