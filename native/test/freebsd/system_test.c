/* What the programs ask of FreeBSD's kernel beside jails, with doubles: signals and children by kqueue, peers, processors. */
#include "../test.h"
#include "calls.h"

#include <sys/param.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/cpuset.h>
#include <sys/event.h>
#include <sys/procctl.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/ucred.h>
#include <unistd.h>

enum { QUEUE = 60, PEER = 61, PEERS_PROCESS = 4711 };
#define SOL_LOCAL 0
#define LOCAL_PEERCRED 1

static int arrived; /* the signal that the queue tells of; 0: none */
static unsigned version;
static const char *words;
static size_t words_size;

int kqueue(void) { return call("kqueue") < 0 ? -1 : QUEUE; }

static int double_fcntl(int descriptor, int command, int argument) {
    CHECK(descriptor == QUEUE && command == F_SETFD && argument == FD_CLOEXEC);
    return call("cloexec");
}

static int double_close(int descriptor) {
    CHECK_IS(descriptor, QUEUE);
    call("close");
    errno = EIO; /* must not hide why */
    return -1;
}

int kevent(int queue, const struct kevent *changes, int change_count, struct kevent *events, int event_count,
           const struct timespec *timeout) {
    CHECK_IS(queue, QUEUE);
    if (changes != NULL) {
        CHECK(change_count == 1 && event_count == 0 && timeout == NULL);
        CHECK(changes->filter == EVFILT_SIGNAL && changes->flags == EV_ADD);
        return call("watch %d", (int)changes->ident);
    }
    CHECK(event_count == 1 && timeout->tv_sec == 0 && timeout->tv_nsec == 0);
    if (call("take") < 0 || arrived == 0)
        return arrived == 0 ? 0 : -1;
    events->ident = (uintptr_t)arrived;
    return 1;
}

int procctl(idtype_t kind, id_t id, int command, void *data) {
    CHECK(kind == P_PID && id == (id_t)getpid() && command == PROC_PDEATHSIG_CTL && *(int *)data == SIGKILL);
    return call("die with parent");
}

static int getpeereid(int socket, uid_t *uid, gid_t *gid) {
    CHECK_IS(socket, PEER);
    *uid = 1001;
    *gid = 1002;
    return call("peer");
}

static int double_getsockopt(int socket, int level, int name, void *value, socklen_t *size) {
    CHECK(socket == PEER && level == SOL_LOCAL && name == LOCAL_PEERCRED && *size == sizeof(struct xucred));
    *(struct xucred *)value = (struct xucred){.cr_version = version, .cr_uid = 1001, .cr_pid = PEERS_PROCESS};
    return call("credentials");
}

int sysctl(const int *name, unsigned count, void *old, size_t *old_size, const void *new, size_t new_size) {
    CHECK(count == 4 && name[0] == CTL_KERN && name[1] == KERN_PROC && new == NULL &&new_size == 0);
    if (name[2] == KERN_PROC_PATHNAME) {
        CHECK_IS(name[3], -1);
        return call("own path");
    }
    CHECK(name[2] == KERN_PROC_ARGS && name[3] == PEERS_PROCESS);
    const bool fits = *old_size >= words_size;
    *old_size = fits ? words_size : *old_size;
    memcpy(old, words, *old_size);
    if (call("words") < 0)
        return -1;
    errno = ENOMEM; /* though there are as many as there is room for */
    return fits ? 0 : -1;
}

int cpuset_getaffinity(int level, int which, int64_t id, size_t size, cpuset_t *mask) {
    CHECK(which == CPU_WHICH_PID && id == -1 && size == sizeof *mask);
    memset(mask, level == CPU_LEVEL_WHICH ? 0x5a : level, size);
    return level == CPU_LEVEL_WHICH ? call("processors") : call("level %d", level);
}

int cpuset_setaffinity(int level, int which, int64_t id, size_t size, const cpuset_t *mask) {
    const unsigned char *bytes = (const unsigned char *)mask;
    CHECK(level == CPU_LEVEL_WHICH && which == CPU_WHICH_PID && id == -1 && size == sizeof *mask);
    return call("be on %02x %02x", bytes[0], bytes[1]);
}

#define fcntl double_fcntl
#define close double_close
#define getsockopt double_getsockopt
#include "../../system_freebsd.c"
#undef fcntl
#undef close
#undef getsockopt

static void children_are_told_of_by_a_queue_of_this_process(void) {
    calls_begin(0, 0);
    CHECK_IS(children_watch(), QUEUE);
    CHECK_TEXT(calls(), SIGCHLD == 17 ? "kqueue;cloexec;watch 17;" : "kqueue;cloexec;watch 20;");
    sigset_t blocked;
    CHECK(sigprocmask(SIG_BLOCK, NULL, &blocked) == 0 && sigismember(&blocked, SIGTERM) == 1);
    calls_begin(0, 0);
    CHECK_IS(children_watch_on(99), QUEUE); /* a queue is not inherited: another one */
    CHECK_IS(calls_count(), 3);
}

static void a_queue_that_cannot_watch_is_closed_and_the_reason_told(void) {
    const uint64_t signals = UINT64_C(1) << (SIGHUP - 1) | UINT64_C(1) << (SIGTERM - 1);
    calls_begin(0, 0);
    CHECK_IS(signals_watch(signals), QUEUE);
    CHECK_TEXT(calls(), "kqueue;cloexec;watch 1;watch 15;");
    static const char *const expected[] = {"kqueue;", "kqueue;cloexec;close;", "kqueue;cloexec;watch 1;close;",
                                           "kqueue;cloexec;watch 1;watch 15;close;"};
    for (unsigned i = 1; i <= 4; i++) {
        calls_begin(i, ENOMEM);
        CHECK_IS(signals_watch(signals), -ENOMEM);
        CHECK_TEXT(calls(), expected[i - 1]);
    }
}

static void a_signal_that_was_told_of_does_not_arrive_once_more(void) {
    const uint64_t signal = UINT64_C(1) << (SIGUSR1 - 1);
    uint64_t before;
    CHECK_IS(block_signals(signal, &before), 0);
    CHECK_IS(before & signal, 0);
    raise(SIGUSR1);
    arrived = SIGUSR1;
    calls_begin(0, 0);
    CHECK_IS(signals_next(QUEUE), SIGUSR1);
    sigset_t pending;
    CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1) == 0);
    arrived = 0;
    CHECK_IS(signals_next(QUEUE), 0);
    set_blocked_signals(before); /* would end this process if it were still there */
}

static void what_is_ignored_is_known(void) {
    const uint64_t signals = UINT64_C(1) << (SIGUSR1 - 1) | UINT64_C(1) << (SIGUSR2 - 1);
    CHECK_IS(ignored_signals() & signals, 0);
    ignore_signals(signals);
    CHECK_IS(ignored_signals() & signals, signals);
}

static bool has_words(const char *program, const char *first) {
    calls_begin(0, 0);
    return peer_has_words(PEER, program, first);
}

static void a_peer_is_known_by_its_program_and_first_word(void) {
    static const char started[] = "/usr/local/bin/mayfly\0serve\0--ready";
    words = started;
    words_size = sizeof started;
    CHECK(has_words("mayfly", "serve"));
    CHECK_TEXT(calls(), "credentials;words;");
    CHECK(!has_words("mayfly", "ser") && !has_words("fly", "serve") && !has_words("local", "bin"));
    words_size = sizeof "/usr/local/bin/mayfly"; /* without words */
    CHECK(!has_words("mayfly", "serve"));
    words_size = 0;
    CHECK(!has_words("mayfly", "serve"));
    static char many[8192] = "/usr/local/bin/mayfly\0serve\0";
    memset(many + sizeof started, 'a', sizeof many - sizeof started - 1);
    words = many;
    words_size = sizeof many;
    CHECK(has_words("mayfly", "serve") && !has_words("mayfly", "claim"));
    words = started;
    words_size = sizeof started;
    for (unsigned i = 1; i <= 2; i++) {
        calls_begin(i, ESRCH);
        CHECK(!peer_has_words(PEER, "mayfly", "serve"));
        CHECK_IS(calls_count(), i);
    }
    version = XUCRED_VERSION + 1;
    CHECK(!has_words("mayfly", "serve"));
}

static void a_peers_user_is_what_the_kernel_says(void) {
    uid_t uid = 0;
    calls_begin(0, 0);
    CHECK_IS(peer_uid(PEER, &uid), 0);
    CHECK_IS(uid, 1001);
    calls_begin(1, ENOTCONN);
    CHECK_IS(peer_uid(PEER, &uid), -ENOTCONN);
}

static void processors_are_copied_as_far_as_there_is_room(void) {
    unsigned char mask[sizeof(cpuset_t) + 8] = {0};
    calls_begin(0, 0);
    CHECK_IS(affinity_get(mask, 1), 1);
    CHECK(mask[0] == 0x5a && mask[1] == 0);
    CHECK_IS(affinity_get(mask, sizeof mask), sizeof(cpuset_t));
    CHECK_IS(mask[sizeof(cpuset_t)], 0);
    calls_begin(0, 0);
    CHECK_IS(affinity_set("\x03", 1), 0);
    CHECK_TEXT(calls(), "be on 03 00;");
    CHECK_IS(affinity_set(mask, sizeof mask), 0);
    calls_begin(1, EDEADLK);
    CHECK_IS(affinity_set("\x03", 1), -EDEADLK);
    calls_begin(1, ESRCH);
    CHECK_IS(affinity_get(mask, sizeof mask), -ESRCH);
}

static void a_service_is_on_all_processors_of_its_set(void) {
    calls_begin(0, 0);
    affinity_widen();
    CHECK_TEXT(calls(), "level 1;be on 01 01;");
    calls_begin(2, EDEADLK); /* its set is narrower */
    affinity_widen();
    CHECK_TEXT(calls(), "level 1;be on 01 01;level 2;be on 02 02;");
    calls_begin(1, EPERM);
    affinity_widen();
    CHECK_TEXT(calls(), "level 1;level 2;be on 02 02;");
}

static void a_process_dies_with_its_parent_and_knows_its_path(void) {
    char path[16];
    calls_begin(0, 0);
    die_with_parent();
    CHECK_IS(own_path(path, sizeof path), 0);
    CHECK_TEXT(calls(), "die with parent;own path;");
    calls_begin(1, ENOMEM);
    CHECK_IS(own_path(path, sizeof path), -ENOMEM);
}

int main(void) {
    static const struct test_case cases[] = {
        CASE(children_are_told_of_by_a_queue_of_this_process),
        CASE(a_queue_that_cannot_watch_is_closed_and_the_reason_told),
        CASE(a_signal_that_was_told_of_does_not_arrive_once_more),
        CASE(what_is_ignored_is_known),
        CASE(a_peer_is_known_by_its_program_and_first_word),
        CASE(a_peers_user_is_what_the_kernel_says),
        CASE(processors_are_copied_as_far_as_there_is_room),
        CASE(a_service_is_on_all_processors_of_its_set),
        CASE(a_process_dies_with_its_parent_and_knows_its_path),
    };
    return run_cases(cases, sizeof cases / sizeof *cases);
}
