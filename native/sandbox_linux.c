/* The sandbox's processes on Linux: init is process 1 of its pid namespace. */
#include "init.h"
#include "policy_linux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int sandbox_hold(void) { return getpid() == 1 ? 0 : -EPERM; }

pid_t sandbox_start(int (*run)(void *argument), void *stack, void *argument) {
    pid_t pid = clone(run, stack, CLONE_VM | SIGCHLD, argument);
    return pid < 0 ? -errno : pid;
}

int sandbox_kill_session(pid_t command) {
    (void)command;
    const pid_t self = getpid();
    int found = 0;
    DIR *processes = opendir("/proc");
    if (processes == NULL)
        return 0;
    for (const struct dirent *entry; (entry = readdir(processes)) != NULL;) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && pid != self && getsid(pid) == self && kill(pid, SIGKILL) == 0)
            found++;
    }
    closedir(processes);
    return found;
}

int sandbox_watch(void) {
    int descriptor = (int)syscall(NR_pidfd_open, getpid(), 0);
    return descriptor < 0 ? -errno : descriptor;
}

/* The second one is the mount namespace. */
int sandbox_open_root(int descriptors[ROOT_DESCRIPTORS]) {
    descriptors[0] = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (descriptors[0] < 0)
        return -errno;
    descriptors[1] = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (descriptors[1] >= 0)
        return 0;
    int error = errno;
    close(descriptors[0]);
    return -error;
}
