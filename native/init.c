/*
 * mayfly-init: the first process of a parked sandbox, number 1 on Linux. It waits on its socket for one command, runs it, and
 * ends; or for the word that it is a session's, which has many commands (session.c).
 *
 * Given: descriptor 3, the sandbox socket (docs/protocol.md); descriptor 2, where a failure before PARKED is reported;
 * its surroundings (root, namespaces, identity, capabilities, no_new_privs) as the backend has made them. Arguments:
 * "strict", "nested" or "unfiltered" is the policy of system calls in place of the default one, "abstract-sockets" leaves
 * those of the host's network in reach, "own-network" says that it has another one; "root-once" shows the root to the first
 * who asks alone; "processes=N" lets each of the sandbox's users have so many, and makes sense in a user namespace of its own.
 * Gives: with PARKED, the service's end of a socket on which it says how commands have ended (tell.c).
 * Execs: the command, in a child that waits for it (become.c); attend.c attends to it. When it ends, its rest is killed; when
 * init ends, the kernel (on FreeBSD mayfly-enter) kills whatever is left.
 * Exit: 0 the command's end was reported, or the peer went away; 1 a failure, reported on descriptor 2 or the socket.
 */
#include "init.h"
#include "protocol.h"
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what) {
    dprintf(2, "cannot %s: %s\n", what, strerror(errno));
    _exit(1);
}

static unsigned char outgoing[64];

/* service: the end of the socket on which it is told. */
static void report_parked(int service) {
    struct frame frame;
    int watch = sandbox_watch();
    if (watch < 0 && watch != NOTHING_TO_WATCH)
        _exit(1);
    frame_begin(&frame, outgoing, sizeof outgoing, FRAME_PARKED);
    frame_u32(&frame, FIELD_VERSION, PROTOCOL_VERSION);
    const int descriptors[] = {service, watch};
    if (frame_send(SANDBOX_SOCKET, &frame, descriptors, watch >= 0 ? 2 : 1) < 0)
        _exit(0); /* nobody wants this sandbox any more */
    close(service);
    if (watch >= 0)
        close(watch);
}

static bool has_argument(int argc, char **argv, const char *wanted) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], wanted) == 0)
            return true;
    return false;
}

/* The number behind the argument that begins so; 0: there is none. */
static unsigned long number_named(int argc, char **argv, const char *name) {
    size_t length = strlen(name);
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], name, length) == 0)
            return strtoul(argv[i] + length, NULL, 10);
    return 0;
}

/* Lower than what it is limited to already, for itself and all that it starts. */
static void limit_processes(unsigned long number) {
    struct rlimit limit;
    rlim_t most = (rlim_t)number;
    if (getrlimit(RLIMIT_NPROC, &limit) < 0)
        die("look up the limit of processes");
    if (most == 0 || most >= limit.rlim_max)
        return;
    limit = (struct rlimit){most, most};
    if (setrlimit(RLIMIT_NPROC, &limit) < 0)
        die("limit the sandbox's processes");
}

static enum policy policy_named(int argc, char **argv) {
    return has_argument(argc, argv, "strict")       ? POLICY_STRICT
           : has_argument(argc, argv, "nested")     ? POLICY_NESTED
           : has_argument(argc, argv, "unfiltered") ? POLICY_NONE
                                                    : POLICY_DEFAULT;
}

int main(int argc, char **argv) {
    static struct command command;

    command.root_once = has_argument(argc, argv, "root-once");
    close_descriptors_from(SANDBOX_SOCKET + 1);
    int held = sandbox_hold();
    if (held < 0) {
        errno = -held;
        die("run outside a sandbox: at the end everything that may be killed is killed");
    }
    if (setsid() < 0 && getsid(0) != getpid())
        die("start a session");
    int children = children_watch();
    if (children < 0)
        die("watch for ended processes");
    limit_processes(number_named(argc, argv, "processes="));
    struct confinement confinement = {
        .policy = policy_named(argc, argv),
        .has_own_network = has_argument(argc, argv, "own-network"),
        .leaves_abstract_sockets = !has_argument(argc, argv, "abstract-sockets"),
    };
    confinement.may_mount = command.may_mount =
        confinement.policy == POLICY_NESTED || confinement.policy == POLICY_NONE;
    int confined = confine_self(&confinement);
    if (confined < 0) {
        errno = -confined;
        die("confine the sandbox");
    }
    int opened = terminal_open(&command.terminal);
    if (opened == -ENOSPC) { /* somebody has taken all of the machine's: most commands need none */
        command.terminal = (struct terminal){.master = -1, .slave = -1};
    } else if (opened < 0) {
        errno = -opened;
        die("open a terminal inside the sandbox");
    }
    int service;
    command.telling = telling_open(&service);
    if (command.telling < 0) {
        errno = -command.telling;
        die("open a socket for word of the command");
    }
    /* What it was given is for the processes around it; the report (2) goes last. */
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0 || fcntl(SANDBOX_SOCKET, F_SETFD, FD_CLOEXEC) < 0 || dup2(nothing, 0) < 0 || dup2(nothing, 1) < 0 ||
        dup2(nothing, 2) < 0)
        die("prepare descriptors");
    close(nothing);
    int link = start_child(&command);
    if (link < 0)
        _exit(1);
    report_parked(service);
    wait_for_start(&command, link, children);
    if (command.phase == PHASE_SERVING)
        serve_session(&command, receive_descriptor(link), children);
    attend(&command, children);
}
