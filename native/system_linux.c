/* system.h on Linux. */
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SIGNAL_COUNT = 64 };

void close_descriptors_from(int lowest) {
    if (syscall(SYS_close_range, lowest, ~0U, 0) == 0)
        return;
    /* Kernels before 5.9. */
    int last = (int)sysconf(_SC_OPEN_MAX);
    for (int descriptor = lowest; descriptor < last; descriptor++)
        close(descriptor);
}

/* The kernel's own signal set: libc keeps two or three real-time signals to itself. */
static int change_mask(int how, uint64_t signals, uint64_t *before) {
    return syscall(SYS_rt_sigprocmask, how, &signals, before, sizeof signals) < 0 ? -errno : 0;
}

static int watch(uint64_t signals) {
    int descriptor = (int)syscall(SYS_signalfd4, -1, &signals, sizeof signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

void children_drain(int descriptor) {
    /* No more at once: they may come as fast as they are taken. What is left keeps the descriptor readable. */
    for (int i = 0; i < 64 && signals_next(descriptor) > 0; i++)
        ;
}

int children_watch_on(int descriptor) { return descriptor; }

void die_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL); }

int signals_watch(uint64_t signals) { return watch(signals); }

int signals_next(int descriptor) {
    struct signalfd_siginfo information;
    return read(descriptor, &information, sizeof information) == sizeof information ? (int)information.ssi_signo : 0;
}

/* The kernel's struct sigaction, shorter than libc's. */
struct kernel_sigaction {
    void (*handler)(int);
    unsigned long flags;
#ifdef __x86_64__
    void (*restorer)(void);
#endif
    uint64_t mask;
};

uint64_t ignored_signals(void) {
    uint64_t ignored = 0;
    for (int number = 1; number <= SIGNAL_COUNT; number++) {
        struct kernel_sigaction action = {0};
        if (syscall(SYS_rt_sigaction, number, NULL, &action, sizeof action.mask) == 0 && action.handler == SIG_IGN)
            ignored |= UINT64_C(1) << (number - 1);
    }
    return ignored;
}

static void set_action(uint64_t signals, void (*handler)(int)) {
    for (int number = 1; number <= SIGNAL_COUNT; number++) {
        const struct kernel_sigaction action = {.handler = handler};
        if ((signals >> (number - 1) & 1) != 0)
            syscall(SYS_rt_sigaction, number, &action, NULL, sizeof action.mask);
    }
}

void ignore_signals(uint64_t signals) { set_action(signals, SIG_IGN); }

int children_watch(void) {
    set_action(~UINT64_C(0), SIG_DFL);
    int result = change_mask(SIG_SETMASK, ~UINT64_C(0), NULL);
    return result < 0 ? result : watch(UINT64_C(1) << (SIGCHLD - 1));
}

int block_signals(uint64_t signals, uint64_t *before) { return change_mask(SIG_BLOCK, signals, before); }

void set_blocked_signals(uint64_t signals) { change_mask(SIG_SETMASK, signals, NULL); }

ssize_t affinity_get(void *mask, size_t capacity) {
    long size = syscall(SYS_sched_getaffinity, 0, capacity, mask);
    return size < 0 ? -errno : size;
}

int affinity_set(const void *mask, size_t size) {
    return syscall(SYS_sched_setaffinity, 0, size, mask) < 0 ? -errno : 0;
}

void affinity_widen(void) {
    unsigned char all[1024];
    memset(all, 0xff, sizeof all);
    affinity_set(all, sizeof all);
}

int peer_uid(int socket, uid_t *uid) {
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
        return -errno;
    *uid = credentials.uid;
    return 0;
}

bool peer_has_words(int socket, const char *program, const char *first) {
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    char path[32], words[PATH_MAX + 64];
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
        return false;
    /* Its executable is hidden from its own user when it has given root's rights up; its words are not. */
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)credentials.pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t have = read(file, words, sizeof words - 1);
    close(file);
    if (have <= 0)
        return false;
    words[have] = 0;
    size_t length = strlen(words);
    const char *slash = strrchr(words, '/');
    return strcmp(slash != NULL ? slash + 1 : words, program) == 0 && length < (size_t)have &&
           strcmp(words + length + 1, first) == 0;
}

int own_path(char *path, size_t capacity) {
    ssize_t size = readlink("/proc/self/exe", path, capacity);
    if (size < 0)
        return -errno;
    if ((size_t)size >= capacity)
        return -ENAMETOOLONG;
    path[size] = 0;
    return 0;
}
