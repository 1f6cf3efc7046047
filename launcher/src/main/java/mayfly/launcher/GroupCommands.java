package mayfly.launcher;

import mayfly.sandbox.posix.Kernel;

/** What root runs so that somebody may use root's service, in this system's words. */
final class GroupCommands {
    static final String MAKE = Kernel.IS_FREEBSD ? "pw groupadd mayfly" : "groupadd --system mayfly";
    static final String JOIN = Kernel.IS_FREEBSD ? "pw groupmod mayfly -m USER" : "usermod -aG mayfly USER";

    private GroupCommands() {}
}
