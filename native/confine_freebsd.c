/*
 * What every process of a sandbox is held by on FreeBSD beyond its jail: no privileges by setuid files. There is no filter of
 * system calls; Capsicum's mode would take from init what it is for (fork for others, kill, open).
 */
#include "init.h"
#include "system.h"

#include <errno.h>
#include <sys/procctl.h>
#include <unistd.h>

static int control(int command, int value) { return procctl(P_PID, getpid(), command, &value) < 0 ? -errno : 0; }

int confine_self(const struct confinement *confinement) {
    /* What is asked for and cannot be given is refused. Abstract sockets there are none. */
    if (confinement->policy == POLICY_STRICT || confinement->policy == POLICY_NESTED)
        return -ENOTSUP;
    /* mayfly-enter stands for the sandbox: it holds the clone's lock, so nothing may outlive it. */
    die_with_parent();
    /* A command with the same uid can neither trace init nor have it dump its memory. What init executes can be traced. */
    int result = control(PROC_TRACE_CTL, PROC_TRACE_CTL_DISABLE);
    return result < 0 ? result : control(PROC_NO_NEW_PRIVS_CTL, PROC_NO_NEW_PRIVS_ENABLE);
}

/* Opening a descriptor's name gives the descriptor again. That a file's owner can make it setuid is documented. */
int hold_given_files(const int given[3], bool may_mount, bool has_neighbours) {
    (void)given;
    (void)may_mount;
    (void)has_neighbours;
    return 0;
}
