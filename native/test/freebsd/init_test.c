/* What mayfly-init asks of FreeBSD's kernel, with doubles: that it is in a jail, that it reaps, that it is confined, and what the
   sockets are that a command is given. */
#include "../test.h"
#include "calls.h"

#include <sys/param.h>

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procctl.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/user.h>

enum { SELF = 70 };

static int jailed = 1, vnet;
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
    memcpy(old, strcmp(name, "security.jail.vnet") == 0 ? &vnet : &jailed, sizeof jailed);
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

/* The socket that is given. */
static struct {
    int family, type, protocol;
    bool listens, has_peer;
    uid_t user;
} given;

static int double_getsockopt(int socket, int level, int name, void *value, socklen_t *size) {
    CHECK(socket == 5 && level == SOL_SOCKET && *size == sizeof(int));
    *(int *)value = name == SO_DOMAIN     ? given.family
                    : name == SO_TYPE     ? given.type
                    : name == SO_PROTOCOL ? given.protocol
                                          : given.listens * SO_ACCEPTCONN; /* the flag itself, not 1 */
    return call(name == SO_DOMAIN ? "family" : name == SO_TYPE ? "type" : name == SO_PROTOCOL ? "protocol" : "listens");
}

static int double_getpeername(int socket, struct sockaddr *address, socklen_t *size) {
    CHECK(socket == 5 && address != NULL && *size == sizeof(struct sockaddr_storage));
    if (call("peer") < 0)
        return -1;
    errno = ENOTCONN;
    return given.has_peer ? 0 : -1;
}

static uid_t double_geteuid(void) { return given.user; }

static pid_t rfork_thread(int flags, void *stack, int (*run)(void *), void *argument);

#define RFPROC 1
#define RFFDG 2
#define RFMEM 4
#define getpid double_getpid
#define kill double_kill
#define getsockopt double_getsockopt
#define getpeername double_getpeername
#define geteuid double_geteuid
#include "../../confine_freebsd.c"
#include "../../network_freebsd.c"
#include "../../sandbox_freebsd.c"
#undef getpid
#undef kill
#undef getsockopt
#undef getpeername
#undef geteuid

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

static void the_kernel_keeps_tcp_and_udp_in_a_jail_without_vnet(void) {
    vnet = 0;
    static const int families[] = {AF_INET, AF_INET6};
    for (size_t i = 0; i < 2; i++) {
        given.family = families[i];
        given.type = SOCK_STREAM, given.protocol = IPPROTO_TCP;
        calls_begin(0, 0);
        CHECK_IS(way_out_of_network(5), NO_WAY_OUT);
        CHECK_TEXT(calls(), "family;type;protocol;sysctl security.jail.vnet;");
        given.type = SOCK_DGRAM, given.protocol = IPPROTO_UDP;
        CHECK_IS(way_out_of_network(5), NO_WAY_OUT);
        given.type = SOCK_STREAM, given.protocol = 132; /* SCTP */
        CHECK_IS(way_out_of_network(5), WAY_THAT_STAYS);
        given.type = SOCK_RAW, given.protocol = IPPROTO_UDP;
        CHECK_IS(way_out_of_network(5), WAY_THAT_STAYS);
    }
    given.family = 17; /* routing(4) */
    CHECK_IS(way_out_of_network(5), WAY_THAT_STAYS);
    given.family = AF_UNIX;
    CHECK_IS(way_out_of_network(5), NO_WAY_OUT);
}

static void with_a_vnet_only_what_has_its_peer_or_listens_is_given(void) {
    vnet = 1;
    given.family = AF_INET, given.type = SOCK_STREAM, given.protocol = IPPROTO_TCP, given.user = 1001;
    calls_begin(0, 0);
    CHECK_IS(way_out_of_network(5), WAY_THAT_STAYS);
    CHECK_TEXT(calls(), "family;type;protocol;sysctl security.jail.vnet;listens;peer;");
    given.has_peer = true;
    CHECK_IS(way_out_of_network(5), NO_WAY_OUT);
    given.type = SOCK_DGRAM; /* can be connected elsewhere */
    CHECK_IS(way_out_of_network(5), WAY_THAT_STAYS);
    given.type = SOCK_STREAM, given.has_peer = false, given.listens = true;
    CHECK_IS(way_out_of_network(5), NO_WAY_OUT);
    given.family = AF_UNIX;
    CHECK_IS(way_out_of_network(5), NO_WAY_OUT);
    given.user = 0; /* SIOCSIFADDR and the like */
    CHECK_IS(way_out_of_network(5), WAY_THAT_STAYS);
    given.user = 1001;
}

static void what_cannot_be_told_of_a_socket_is_no_permission(void) {
    vnet = 1, given.user = 1001;
    given.family = AF_INET, given.type = SOCK_STREAM, given.listens = given.has_peer = false;
    static const int not_sockets[] = {ENOTSOCK, EBADF};
    for (size_t i = 0; i < 2; i++) {
        calls_begin(1, not_sockets[i]);
        CHECK_IS(way_out_of_network(5), NO_WAY_OUT);
    }
    for (unsigned i = 1; i <= 6; i++) {
        calls_begin(i, ENOBUFS);
        CHECK_IS(way_out_of_network(5), -ENOBUFS);
        CHECK_IS(calls_count(), i);
    }
}

int main(void) {
    static const struct test_case cases[] = {
        CASE(init_runs_in_a_jail_only_and_reaps_there),
        CASE(the_child_shares_memory_and_has_descriptors_of_its_own),
        CASE(only_both_sessions_are_killed_and_never_init_itself),
        CASE(confining_is_done_whole_or_refused),
        CASE(no_directory_is_given_out),
        CASE(the_kernel_keeps_tcp_and_udp_in_a_jail_without_vnet),
        CASE(with_a_vnet_only_what_has_its_peer_or_listens_is_given),
        CASE(what_cannot_be_told_of_a_socket_is_no_permission),
    };
    return run_cases(cases, sizeof cases / sizeof *cases);
}
