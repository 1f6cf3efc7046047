/**
 * The operating system's calls that Java does not offer, bound with jnr-ffi: Unix sockets with descriptors and
 * credentials, epoll, pidfds, posix_spawn, locks, terminals, limits. The only package that calls native code; Linux on
 * x86_64 and aarch64, glibc 2.34 or later. Descriptors are plain numbers that the caller closes; all that are made here
 * are close-on-exec. Failures are {@link mayfly.sandbox.posix.PosixException}. May use {@code mayfly.sandbox.Bytes}.
 */
@NullMarked
package mayfly.sandbox.posix;

import org.jspecify.annotations.NullMarked;
