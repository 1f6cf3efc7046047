/**
 * What an administrator does with ZFS and Mayfly, and what he can get wrong, on real pools. Runs in the virtual machine
 * ({@code integration/vm/test}).
 */
@NullMarked
package mayfly.integration.zfs;

import org.jspecify.annotations.NullMarked;
