package mayfly.sandbox.posix;

/**
 * One process of all since the machine was started, where an id alone can come again.
 *
 * @param start when it was started, in the kernel's own measure
 */
public record ProcessIdentity(int pid, long start) {}
