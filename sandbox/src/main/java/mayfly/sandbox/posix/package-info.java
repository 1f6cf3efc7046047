/**
 * The operating system's calls that Java does not offer, bound with jnr-ffi: Unix sockets with descriptors and
 * credentials, epoll or kqueue, pidfds, posix_spawn, locks, terminals, limits. The only package that calls native code; Linux on
 * x86_64 and aarch64 with glibc 2.34 or later, FreeBSD 13.1 or later on amd64: {@link mayfly.sandbox.posix.Kernel} has the
 * numbers of the one that runs. Descriptors are plain numbers that the caller closes; all that are made here
 * are close-on-exec. Failures are {@link mayfly.sandbox.posix.PosixException}. May use {@code mayfly.sandbox.Bytes}.
 */
@NullMarked
package mayfly.sandbox.posix;

import org.jspecify.annotations.NullMarked;
