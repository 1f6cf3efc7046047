/* paths.h on Linux: the kernel refuses links by itself. */
#include "paths_linux.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int open_plain(const char *path, uint64_t flags) {
    struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    int descriptor = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    return descriptor < 0 ? -errno : descriptor;
}

struct opening {
    const struct user *user;
    int (*open)(void *argument);
    void *argument;
    int result;
};

/* By the calls themselves: the C library's are for all threads of a process. */
static int become(const struct user *user) {
    if (syscall(SYS_setgroups, user->group_count, user->groups) < 0 ||
        syscall(SYS_setresgid, user->gid, user->gid, user->gid) < 0 ||
        syscall(SYS_setresuid, user->uid, user->uid, user->uid) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return -errno;
    return 0;
}

static int open_in_child(void *argument) {
    struct opening *opening = argument;
    opening->result = become(opening->user);
    if (opening->result >= 0)
        opening->result = opening->open(opening->argument);
    return 0;
}

int open_as(const struct user *user, int (*open)(void *argument), void *argument) {
    enum { STACK = 32 << 10 };
    static unsigned char stack[STACK] __attribute__((aligned(16)));
    struct opening opening = {.user = user, .open = open, .argument = argument, .result = -EINTR};
    pid_t pid = clone(open_in_child, stack + STACK, CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, &opening);
    if (pid < 0)
        return -errno;
    while (waitpid(pid, NULL, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return opening.result;
}
