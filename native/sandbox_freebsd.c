/* The sandbox's processes on FreeBSD: init is the first process of its jail, and the reaper of all that come after it. */
#include "init.h"

#include <sys/param.h> /* before user.h, which does not include it */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/procctl.h>
#include <sys/sysctl.h>
#include <sys/types.h>
#include <sys/user.h>
#include <unistd.h>

/* kill(-1) reaches the processes of this jail only (kill(2), jail(8)): so it has to be one. */
int sandbox_hold(void) {
    int jailed = 0;
    size_t size = sizeof jailed;
    if (sysctlbyname("security.jail.jailed", &jailed, &size, NULL, 0) < 0)
        return -errno;
    if (jailed != 1)
        return -EPERM;
    return procctl(P_PID, getpid(), PROC_REAP_ACQUIRE, NULL) < 0 ? -errno : 0;
}

int sandbox_watch(void) { return NOTHING_TO_WATCH; }

pid_t sandbox_start(int (*run)(void *argument), void *stack, void *argument) {
    /* Memory is shared; descriptors are copied, where they would be shared without RFFDG. */
    pid_t pid = rfork_thread(RFPROC | RFFDG | RFMEM, stack, run, argument);
    return pid < 0 ? -errno : pid;
}

static int kill_one_session(pid_t session) {
    enum { MORE = 16 };
    const int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_SESSION, session};
    const pid_t self = getpid();
    size_t size = 0;
    if (sysctl(name, sizeof name / sizeof *name, NULL, &size, NULL, 0) < 0 || size == 0)
        return 0;
    size += MORE * sizeof(struct kinfo_proc); /* some may have been started meanwhile; more are found next time */
    struct kinfo_proc *processes = malloc(size);
    if (processes == NULL || sysctl(name, sizeof name / sizeof *name, processes, &size, NULL, 0) < 0) {
        free(processes);
        return 0;
    }
    int found = 0;
    for (size_t i = 0; i < size / sizeof *processes; i++)
        if (processes[i].ki_pid > 0 && processes[i].ki_pid != self && kill(processes[i].ki_pid, SIGKILL) == 0)
            found++;
    free(processes);
    return found;
}

/* A command off a terminal leads a session of its own (pty_freebsd.c). */
int sandbox_kill_session(pid_t command) {
    int found = kill_one_session(getpid());
    return command > 0 ? found + kill_one_session(command) : found;
}

/* A directory of a jail, held outside, is no root there: `..` and links lead on to the host. So hooks get none. */
int sandbox_open_root(int descriptors[ROOT_DESCRIPTORS]) {
    (void)descriptors;
    return -ENOTSUP;
}
