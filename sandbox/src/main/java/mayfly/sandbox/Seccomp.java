package mayfly.sandbox;

/** Which system calls a command may make; native/policy_linux.c says which, and why. */
public enum Seccomp {
    /** What programs need that are no part of the system. */
    DEFAULT,
    /** Less: without System V's and POSIX's IPC, asynchronous input and output, splice, chroot. */
    STRICT,
    /** More: namespaces and mounts, for sandboxes inside the sandbox. */
    NESTED,
    /** All: no filter. */
    NONE
}
