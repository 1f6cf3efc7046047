/* What mayfly-init asks of FreeBSD's kernel, with doubles: that it is in a jail, that it reaps, that it is confined. */
#include "../test.h"
#include "calls.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procctl.h>
#include <sys/sysctl.h>
#include <sys/user.h>

enum { SELF = 70 };

static int jailed = 1;
static size_t list_size; /* of the processes of each session that is asked for */

static pid_t double_getpid(void) { return SELF; }

static int double_kill(pid_t pid, int number) {
    CHECK_IS(number, SIGKILL);
    return call("kill %d", (int)pid);
}

int procctl(idtype_t kind, id_t id, int command, void *data) {
    CHECK(kind == P_PID && id == SELF);
    switch (command) {
    case PROC_REAP_ACQUIRE:
        CHECK(data == NULL);
        return call("reap");
    case PROC_TRACE_CTL:
        CHECK_IS(*(int *)data, PROC_TRACE_CTL_DISABLE);
        return call("trace");
    case PROC_NO_NEW_PRIVS_CTL:
        CHECK_IS(*(int *)data, PROC_NO_NEW_PRIVS_ENABLE);
        return call("no_new_privs");
    default:
        CHECK(false);
        return -1;
    }
}

int sysctlbyname(const char *name, void *old, size_t *old_size, const void *new, size_t new_size) {
    CHECK(new == NULL &&new_size == 0 && *old_size == sizeof jailed);
    memcpy(old, &jailed, sizeof jailed);
    return call("sysctl %s", name);
}

/* A session has its leader and three more. */
int sysctl(const int *name, unsigned count, void *old, size_t *old_size, const void *new, size_t new_size) {
    CHECK(count == 4 && name[0] == CTL_KERN && name[1] == KERN_PROC && name[2] == KERN_PROC_SESSION);
    CHECK(new == NULL &&new_size == 0);
    if (old == NULL) {
        *old_size = list_size;
        return call("size of %d", name[3]);
    }
    CHECK(*old_size >= list_size);
    *old_size = list_size;
    for (size_t i = 0; i < list_size / sizeof(struct kinfo_proc); i++)
        ((struct kinfo_proc *)old)[i] = (struct kinfo_proc){.ki_pid = name[3] + (pid_t)i};
    return call("list of %d", name[3]);
}

static pid_t rfork_thread(int flags, void *stack, int (*run)(void *), void *argument);

#define RFPROC 1
#define RFFDG 2
#define RFMEM 4
#define getpid double_getpid
#define kill double_kill
#include "../../confine_freebsd.c"
#include "../../sandbox_freebsd.c"
#undef getpid
#undef kill

static char stack[16];
static int nothing(void *argument) {
    (void)argument;
    return 0;
}

static pid_t rfork_thread(int flags, void *given, int (*run)(void *), void *argument) {
    CHECK(flags == (RFPROC | RFFDG | RFMEM) && given == stack + sizeof stack && run == nothing && argument == stack);
    return call("rfork_thread") < 0 ? -1 : 99;
}

void die_with_parent(void) { call("die_with_parent"); }

static void init_runs_in_a_jail_only_and_reaps_there(void) {
    calls_begin(0, 0);
    CHECK_IS(sandbox_hold(), 0);
    CHECK_TEXT(calls(), "sysctl security.jail.jailed;reap;");
    for (unsigned i = 1; i <= 2; i++) {
        calls_begin(i, ENOMEM);
        CHECK_IS(sandbox_hold(), -ENOMEM);
        CHECK_IS(calls_count(), i);
    }
    jailed = 0; /* kill(-1) would be the machine's end */
    calls_begin(0, 0);
    CHECK_IS(sandbox_hold(), -EPERM);
    CHECK_TEXT(calls(), "sysctl security.jail.jailed;");
}

static void the_child_shares_memory_and_has_descriptors_of_its_own(void) {
    calls_begin(0, 0);
    CHECK_IS(sandbox_start(nothing, stack + sizeof stack, stack), 99);
    calls_begin(1, EAGAIN);
    CHECK_IS(sandbox_start(nothing, stack + sizeof stack, stack), -EAGAIN);
}

static void only_both_sessions_are_killed_and_never_init_itself(void) {
    list_size = 4 * sizeof(struct kinfo_proc);
    calls_begin(0, 0);
    CHECK_IS(sandbox_kill_session(90), 7);
    CHECK_TEXT(calls(), "size of 70;list of 70;kill 71;kill 72;kill 73;"
                        "size of 90;list of 90;kill 90;kill 91;kill 92;kill 93;");
    calls_begin(0, 0);
    CHECK_IS(sandbox_kill_session(0), 3);
    calls_begin(3, ESRCH); /* one has ended meanwhile */
    CHECK_IS(sandbox_kill_session(0), 2);
    calls_begin(2, ENOMEM);
    CHECK_IS(sandbox_kill_session(0), 0);
    list_size = 0;
    calls_begin(0, 0);
    CHECK_IS(sandbox_kill_session(0), 0);
    CHECK_TEXT(calls(), "size of 70;");
}

static void confining_is_done_whole_or_refused(void) {
    struct confinement confinement = {.policy = POLICY_DEFAULT, .leaves_abstract_sockets = true};
    calls_begin(0, 0);
    CHECK_IS(confine_self(&confinement), 0);
    CHECK_TEXT(calls(), "die_with_parent;trace;no_new_privs;");
    for (unsigned i = 2; i <= 3; i++) {
        calls_begin(i, EPERM);
        CHECK_IS(confine_self(&confinement), -EPERM);
        CHECK_IS(calls_count(), i);
    }
    calls_begin(0, 0);
    confinement.policy = POLICY_STRICT;
    CHECK_IS(confine_self(&confinement), -ENOTSUP);
    confinement.policy = POLICY_NESTED;
    CHECK_IS(confine_self(&confinement), -ENOTSUP);
    CHECK_TEXT(calls(), "");
}

static void no_directory_is_given_out(void) {
    int descriptors[ROOT_DESCRIPTORS] = {-1, -1};
    CHECK_IS(sandbox_open_root(descriptors), -ENOTSUP);
    CHECK(descriptors[0] == -1 && descriptors[1] == -1);
}

int main(void) {
    static const struct test_case cases[] = {
        CASE(init_runs_in_a_jail_only_and_reaps_there),
        CASE(the_child_shares_memory_and_has_descriptors_of_its_own),
        CASE(only_both_sessions_are_killed_and_never_init_itself),
        CASE(confining_is_done_whole_or_refused),
        CASE(no_directory_is_given_out),
    };
    return run_cases(cases, sizeof cases / sizeof *cases);
}
