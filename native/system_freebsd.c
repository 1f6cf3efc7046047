/* system.h on FreeBSD. */
#include "system.h"

#include <sys/param.h> /* before cpuset.h, as cpuset(2) says */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/cpuset.h>
#include <sys/event.h>
#include <sys/procctl.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/time.h>
#include <sys/ucred.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { SIGNAL_COUNT = 64, WORDS_MAX = PATH_MAX + 64 };

static bool has(uint64_t signals, int number) { return (signals >> (number - 1) & 1) != 0; }

static sigset_t set_of(uint64_t signals) {
    sigset_t set;
    sigemptyset(&set);
    for (int number = 1; number <= SIGNAL_COUNT; number++)
        if (has(signals, number))
            sigaddset(&set, number);
    return set;
}

static uint64_t signals_of(const sigset_t *set) {
    uint64_t signals = 0;
    for (int number = 1; number <= SIGNAL_COUNT; number++)
        if (sigismember(set, number) == 1)
            signals |= UINT64_C(1) << (number - 1);
    return signals;
}

static int change_mask(int how, const sigset_t *set, uint64_t *before) {
    sigset_t old;
    if (sigprocmask(how, set, &old) < 0)
        return -errno;
    if (before != NULL)
        *before = signals_of(&old);
    return 0;
}

static void set_action(uint64_t signals, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    for (int number = 1; number <= SIGNAL_COUNT; number++)
        if (has(signals, number))
            sigaction(number, &action, NULL); /* of KILL and STOP it fails */
}

/* kqueue(2): the filter tells of each signal that somebody sends, a blocked or ignored one too, except an ignored SIGCHLD. */
static int watch(uint64_t signals) {
    int queue = kqueue();
    if (queue < 0)
        return -errno;
    int result = fcntl(queue, F_SETFD, FD_CLOEXEC);
    for (int number = 1; number <= SIGNAL_COUNT && result >= 0; number++) {
        struct kevent change;
        if (!has(signals, number))
            continue;
        EV_SET(&change, (uintptr_t)number, EVFILT_SIGNAL, EV_ADD, 0, 0, NULL);
        result = kevent(queue, &change, 1, NULL, 0, NULL);
    }
    if (result >= 0)
        return queue;
    int error = errno;
    close(queue);
    return -error;
}

void close_descriptors_from(int lowest) { closefrom(lowest); }

static int watch_children(void) { return watch(UINT64_C(1) << (SIGCHLD - 1)); }

int children_watch(void) {
    set_action(~UINT64_C(0), SIG_DFL);
    sigset_t all;
    sigfillset(&all);
    int result = change_mask(SIG_SETMASK, &all, NULL);
    return result < 0 ? result : watch_children();
}

void children_drain(int descriptor) {
    struct kevent events[1];
    const struct timespec now = {0, 0};
    /* Of one signal there is one event, whatever happened meanwhile. */
    kevent(descriptor, NULL, 0, events, 1, &now);
}

/* A queue is not inherited (kqueue(2)). What has ended before is found by the next wait, which follows each drain. */
int children_watch_on(int descriptor) {
    (void)descriptor;
    return watch_children();
}

void die_with_parent(void) {
    int number = SIGKILL;
    procctl(P_PID, getpid(), PROC_PDEATHSIG_CTL, &number);
}

int signals_watch(uint64_t signals) { return watch(signals); }

int signals_next(int descriptor) {
    const struct timespec now = {0, 0};
    struct kevent event;
    if (kevent(descriptor, NULL, 0, &event, 1, &now) != 1)
        return 0;
    /* The signal itself, when it is one that waits, is not to arrive once more when it is no longer blocked. */
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, (int)event.ident);
    while (sigtimedwait(&set, NULL, &now) > 0)
        ;
    return (int)event.ident;
}

uint64_t ignored_signals(void) {
    uint64_t ignored = 0;
    for (int number = 1; number <= SIGNAL_COUNT; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            ignored |= UINT64_C(1) << (number - 1);
    }
    return ignored;
}

void ignore_signals(uint64_t signals) { set_action(signals, SIG_IGN); }

int block_signals(uint64_t signals, uint64_t *before) {
    sigset_t set = set_of(signals);
    return change_mask(SIG_BLOCK, &set, before);
}

void set_blocked_signals(uint64_t signals) {
    sigset_t set = set_of(signals);
    change_mask(SIG_SETMASK, &set, NULL);
}

ssize_t affinity_get(void *mask, size_t capacity) {
    cpuset_t set;
    if (cpuset_getaffinity(CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, sizeof set, &set) < 0)
        return -errno;
    size_t size = sizeof set < capacity ? sizeof set : capacity;
    memcpy(mask, &set, size);
    return (ssize_t)size;
}

int affinity_set(const void *mask, size_t size) {
    cpuset_t set;
    memset(&set, 0, sizeof set);
    memcpy(&set, mask, size < sizeof set ? size : sizeof set);
    return cpuset_setaffinity(CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, sizeof set, &set) < 0 ? -errno : 0;
}

/* All bits would be refused: they have to be processors of the set that this process is in, which may be a narrower one. */
void affinity_widen(void) {
    static const int levels[] = {CPU_LEVEL_ROOT, CPU_LEVEL_CPUSET};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        cpuset_t set;
        if (cpuset_getaffinity(levels[i], CPU_WHICH_PID, -1, sizeof set, &set) == 0 &&
            affinity_set(&set, sizeof set) == 0)
            return;
    }
}

int peer_uid(int socket, uid_t *uid) {
    gid_t gid;
    return getpeereid(socket, uid, &gid) < 0 ? -errno : 0;
}

bool peer_has_words(int socket, const char *program, const char *first) {
    struct xucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(socket, SOL_LOCAL, LOCAL_PEERCRED, &credentials, &size) < 0 ||
        credentials.cr_version != XUCRED_VERSION)
        return false;
    const int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_ARGS, credentials.cr_pid};
    char words[WORDS_MAX];
    size_t have = sizeof words - 1;
    int result = sysctl(name, sizeof name / sizeof *name, words, &have, NULL, 0);
    /* ENOMEM: there are more words, and these are the first of them. */
    if ((result < 0 && errno != ENOMEM) || have == 0 || have >= sizeof words)
        return false;
    words[have] = 0;
    size_t length = strlen(words);
    const char *slash = strrchr(words, '/');
    return strcmp(slash != NULL ? slash + 1 : words, program) == 0 && length < have &&
           strcmp(words + length + 1, first) == 0;
}

int own_path(char *path, size_t capacity) {
    const int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1};
    size_t size = capacity;
    return sysctl(name, sizeof name / sizeof *name, path, &size, NULL, 0) < 0 ? -errno : 0;
}
