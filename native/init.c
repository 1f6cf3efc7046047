/*
 * mayfly-init: process 1 of a parked sandbox. It waits on its socket for one command, runs it, and ends.
 *
 * Given: descriptor 3, the sandbox socket (docs/protocol.md); descriptor 2, where a failure before PARKED is reported;
 * its surroundings (root, namespaces, identity, capabilities, no_new_privs) as the backend has made them. Arguments:
 * "strict", "nested" or "unfiltered" is the policy of system calls in place of the default one, "abstract-sockets" leaves
 * those of the host's network in reach.
 * Execs: the command, in a child that waits for it (become.c). When it ends, its rest is killed; when init ends, the kernel kills whatever is left.
 * Exit: 0 the command's end was reported, or the peer went away; 1 a failure, reported on descriptor 2 or the socket.
 */
#include "init.h"
#include "protocol.h"
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static unsigned char outgoing[256];

static struct frame start_frame(enum frame_type type) {
    struct frame frame;
    frame_begin(&frame, outgoing, sizeof outgoing, type);
    return frame;
}

/* A peer that breaks the protocol gets nothing but the end of its sandbox. */
static void need(int result) {
    if (result < 0)
        _exit(result == -EPIPE ? 0 : 1);
}

static void report_end(int status, const struct rusage *usage, uint64_t elapsed) {
    struct frame frame = start_frame(FRAME_ENDED);
    if (WIFSIGNALED(status))
        frame_u32(&frame, FIELD_NUMBER, (uint32_t)WTERMSIG(status));
    else
        frame_u32(&frame, FIELD_CODE, (uint32_t)WEXITSTATUS(status));
    frame_u64(&frame, FIELD_ELAPSED, elapsed);
    frame_u64(&frame, FIELD_USER, (uint64_t)usage->ru_utime.tv_sec * 1000000 + (uint64_t)usage->ru_utime.tv_usec);
    frame_u64(&frame, FIELD_SYSTEM, (uint64_t)usage->ru_stime.tv_sec * 1000000 + (uint64_t)usage->ru_stime.tv_usec);
    frame_u64(&frame, FIELD_PEAK, (uint64_t)usage->ru_maxrss);
    need(frame_send(SANDBOX_SOCKET, &frame, NULL, 0));
}

static void report_stop(const struct command *command, int number) {
    bool wants_terminal = command->deferred && (number == SIGTTIN || number == SIGTTOU);
    struct frame frame = start_frame(wants_terminal ? FRAME_WANTS_TERMINAL : FRAME_STOPPED);
    if (!wants_terminal)
        frame_u32(&frame, FIELD_NUMBER, (uint32_t)number);
    need(frame_send(SANDBOX_SOCKET, &frame, NULL, 0));
}

/* Stays until the client goes: its hooks look at the root, whose mounts go with this process. */
static _Noreturn void linger(const struct command *command) {
    /* What the command has printed on its terminal ends only when nobody can print more. */
    close(command->terminal.slave);
    close(command->terminal.master);
    for (;;) {
        char late[256]; /* a signal that crossed the end */
        ssize_t size = read(SANDBOX_SOCKET, late, sizeof late);
        if (size == 0 || (size < 0 && errno != EINTR))
            _exit(0);
    }
}

/* The end of everything but this process, for one who looks at what the command has left: nothing changes it any more. */
static void await_all(void) {
    while (wait4(-1, NULL, 0, NULL) > 0 || errno == EINTR)
        ;
}

/* Collects whatever has ended or stopped; does not return when the command has ended. */
static void reap(const struct command *command) {
    for (;;) {
        int status;
        struct rusage usage;
        pid_t pid = wait4(-1, &status, WNOHANG | WUNTRACED, &usage);
        if (pid <= 0)
            return;
        if (pid != command->pid)
            continue;
        if (WIFSTOPPED(status)) {
            report_stop(command, WSTOPSIG(status));
            continue;
        }
        /* What the command left running ends before anybody is told; from here on nothing starts. */
        uint64_t elapsed = now_us() - command->started;
        kill(-1, SIGKILL);
        if (command->root_given)
            await_all();
        report_end(status, &usage, elapsed);
        if (command->root_given)
            linger(command);
        _exit(0);
    }
}

static bool may_travel(uint32_t number) {
    static const int allowed[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT, SIGTSTP, SIGWINCH};
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if ((uint32_t)allowed[i] == number)
            return true;
    return false;
}

static void give_terminal(struct command *command, bool foreground) {
    if (command->pty == 0)
        return;
    command->deferred = !foreground;
    pid_t owner = tcgetpgrp(command->terminal.slave);
    /* A job-control shell inside moves the terminal between its own groups: only ours is ours to move. */
    if (foreground ? owner == getpid() : owner == command->pid)
        tcsetpgrp(command->terminal.slave, foreground ? command->pid : getpid());
}

static void deliver(struct command *command, int number) {
    pid_t group = command->pid;
    if (number == SIGCONT)
        give_terminal(command, false);
    if (command->pty != 0 && (number == SIGINT || number == SIGQUIT || number == SIGTSTP)) {
        pid_t foreground = tcgetpgrp(command->terminal.slave);
        if (foreground > 0 && foreground != getpid())
            group = foreground;
    }
    /* The group may be gone, or have only just been made by the child: the child itself is always there. */
    if (kill(-group, number) < 0)
        kill(command->pid, number);
}

static void obey(struct reader *reader, struct command *command) {
    struct view view;
    need(reader_next(reader, &view));
    need(reader_take(reader, NULL, 0));
    struct field field = {0};
    if (view.type == FRAME_FOREGROUND) {
        if (view.size > 0)
            need(view_next(&view, &field) == 1 && field.tag == FIELD_MODES && field.size == TERMIOS_SIZE ? 0 : -EPROTO);
        need(view.size == 0 ? 0 : -EPROTO);
        if (field.size > 0 && command->pty != 0)
            ioctl(command->terminal.slave, TCSETS, field.data);
        give_terminal(command, true);
        kill(-command->pid, SIGCONT);
        return;
    }
    need(view_next(&view, &field) == 1 && view.size == 0 ? 0 : -EPROTO);
    uint32_t number;
    if (view.type == FRAME_SIGNAL && field.tag == FIELD_NUMBER && field_u32(&field, &number) == 0 &&
        may_travel(number)) {
        deliver(command, (int)number);
    } else if (view.type == FRAME_RESIZE && field.tag == FIELD_WINDOW && field.size == sizeof(struct winsize)) {
        struct winsize window;
        memcpy(&window, field.data, sizeof window);
        if (command->pty != 0)
            ioctl(command->terminal.slave, TIOCSWINSZ, &window);
    } else {
        _exit(1);
    }
}

static _Noreturn void attend(struct command *command, int children) {
    struct reader *reader = &command->reader;
    reader->limit = SMALL_FRAME_MAX;
    while (reader_has_frame(reader)) /* came together with the command */
        obey(reader, command);
    struct pollfd events[] = {{.fd = children, .events = POLLIN}, {.fd = SANDBOX_SOCKET, .events = POLLIN}};
    for (;;) {
        if (poll(events, 2, -1) < 0 && errno != EINTR)
            _exit(1);
        if (events[0].revents != 0) {
            children_drain(children); /* first: a child that ends after the last wait must be heard of again */
            reap(command);
        }
        if (events[1].revents != 0) {
            do
                obey(reader, command);
            while (reader_has_frame(reader));
        }
    }
}

/* Waits until the child has executed the command; ends when it could not, or when the peer goes away. */
static void wait_for_start(struct command *command, int link) {
    struct pollfd events[] = {{.fd = link}, {.fd = SANDBOX_SOCKET, .events = POLLRDHUP}};
    for (;;) {
        if (poll(events, 2, -1) < 0 && errno != EINTR)
            _exit(1);
        if (events[1].revents != 0 && events[0].revents == 0)
            _exit(0);
        if (events[0].revents == 0)
            continue;
        /* The child has lost its end of the link: by exec, which closes it, or by its own end. */
        if (command->phase != PHASE_EXECUTING) {
            int status = 0; /* the child has said why, unless its peer broke the protocol */
            if (command->root_given && waitpid(command->pid, &status, 0) == command->pid && WIFEXITED(status) &&
                WEXITSTATUS(status) == CHILD_SAID_WHY)
                linger(command);
            _exit(1);
        }
        close(link);
        return;
    }
}

static void die(const char *what) {
    dprintf(2, "cannot %s: %s\n", what, strerror(errno));
    _exit(1);
}

static void start_child(struct command *command, int ends[2]) {
    static unsigned char stack[64 << 10] __attribute__((aligned(16)));
    memset(stack + sizeof stack / 2, 0, sizeof stack / 2); /* touched now: the claim finds the pages present */
    command->pid = clone(become_command, stack + sizeof stack, CLONE_VM | SIGCHLD, command);
    if (command->pid < 0)
        die("start a process");
    close(ends[1]);
}

static bool has_argument(int argc, char **argv, const char *wanted) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], wanted) == 0)
            return true;
    return false;
}

static enum policy policy_named(int argc, char **argv) {
    return has_argument(argc, argv, "strict")       ? POLICY_STRICT
           : has_argument(argc, argv, "nested")     ? POLICY_NESTED
           : has_argument(argc, argv, "unfiltered") ? POLICY_NONE
                                                    : POLICY_DEFAULT;
}

int main(int argc, char **argv) {
    static struct command command;

    close_descriptors_from(SANDBOX_SOCKET + 1);
    if (getpid() != 1) {
        errno = EPERM;
        die("run outside a pid namespace: at the end everything that may be killed is killed");
    }
    if (setsid() < 0 && getsid(0) != getpid())
        die("start a session");
    int children = children_watch();
    if (children < 0)
        die("watch for ended processes");
    struct confinement confinement = {
        .policy = policy_named(argc, argv),
        .leaves_abstract_sockets = !has_argument(argc, argv, "abstract-sockets"),
    };
    if (confine_self(&confinement) < 0)
        die("confine the sandbox");
    if (terminal_open(&command.terminal) < 0)
        die("open a terminal inside the sandbox");
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        die("make a pipe");
    /* What it was given is for the processes around it; the report (2) goes last. */
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0 || fcntl(SANDBOX_SOCKET, F_SETFD, FD_CLOEXEC) < 0 || dup2(nothing, 0) < 0 || dup2(nothing, 1) < 0 ||
        dup2(nothing, 2) < 0)
        die("prepare descriptors");
    close(nothing);
    start_child(&command, ends);

    struct frame parked = start_frame(FRAME_PARKED);
    frame_u32(&parked, FIELD_VERSION, PROTOCOL_VERSION);
    need(frame_send(SANDBOX_SOCKET, &parked, NULL, 0));
    wait_for_start(&command, ends[0]);
    attend(&command, children);
}
