/*
 * The conversation about one command, from its start to its end: init's with the client that has the sandbox, or an
 * attendant's with one client of a session. The command is a child; what it needs of its client comes by the socket.
 */
#include "init.h"
#include "protocol.h"
#include "system.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef POLLRDHUP
enum { PEER_END = POLLRDHUP, LOOK_AGAIN_MS = -1 };
#else
/* FreeBSD before 14: it is told as POLLHUP, unasked; but a socket of which nothing is asked wakes nobody. */
enum { PEER_END = 0, LOOK_AGAIN_MS = 1000 };
#endif

static unsigned char outgoing[256];

static struct frame start_frame(enum frame_type type) {
    struct frame frame;
    frame_begin(&frame, outgoing, sizeof outgoing, type);
    return frame;
}

void keep_going(pid_t pid) { kill(pid, SIGCONT); }

/* Kills all of this process's session: what a client that has gone had started, and nothing of the other commands. */
static void kill_session(pid_t command) {
    enum { PASSES = 16 };
    for (int pass = 0; pass < PASSES && sandbox_kill_session(command) > 0; pass++)
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
}

/* The end of the command without an end to tell: in a sandbox of its own, the kernel kills all with init. */
static _Noreturn void quit(const struct command *command, int status) {
    if (command->attendance.is_session) {
        kill(-command->pid, SIGKILL);
        kill(command->pid, SIGKILL);
        kill_session(command->pid);
    }
    _exit(status);
}

/* A peer that breaks the protocol gets nothing but the end of its command. */
static void need(const struct command *command, int result) {
    if (result < 0)
        quit(command, result == -EPIPE ? 0 : 1);
}

_Noreturn void leave_session(const struct command *command) {
    const bool late = command->attendance.deadline != 0 && now_us() >= command->attendance.deadline;
    const char *message = late ? "cannot finish the command: the time of its session is over"
                               : "cannot finish the command: its session was ended";
    tell_failure(command, command->telling, message);
    struct frame frame = start_frame(FRAME_FAILED);
    frame_u32(&frame, FIELD_STATUS, late ? 124 : 125);
    frame_text(&frame, FIELD_MESSAGE, message);
    frame_send(SANDBOX_SOCKET, &frame, NULL, 0);
    _exit(0); /* and init soon: nothing of the session is left then */
}

static void report_end(const struct command *command, int status, const struct rusage *usage, uint64_t elapsed) {
    struct frame frame = start_frame(FRAME_ENDED);
    frame_add_end(&frame, status, usage);
    frame_u64(&frame, FIELD_ELAPSED, elapsed);
    need(command, frame_send(SANDBOX_SOCKET, &frame, NULL, 0));
}

static void report_stop(const struct command *command, int number) {
    bool wants_terminal = command->deferred && (number == SIGTTIN || number == SIGTTOU);
    struct frame frame = start_frame(wants_terminal ? FRAME_WANTS_TERMINAL : FRAME_STOPPED);
    if (!wants_terminal)
        frame_u32(&frame, FIELD_NUMBER, (uint32_t)number);
    need(command, frame_send(SANDBOX_SOCKET, &frame, NULL, 0));
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
        /* What the command left running ends before anybody is told, and nothing starts any more; in a session it goes on. */
        uint64_t elapsed = now_us() - command->started;
        if (!command->attendance.is_session) {
            kill(-1, SIGKILL);
            if (command->roots_given > 0)
                await_all();
        }
        tell_end(command, status, &usage); /* first: the service is to know before it hears that the client has gone */
        report_end(command, status, &usage, elapsed);
        if (command->roots_given > 0)
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
    need(command, reader_next(reader, &view));
    need(command, reader_take(reader, NULL, 0));
    struct field field = {0};
    if (view.type == FRAME_FOREGROUND) {
        if (view.size > 0)
            need(command,
                 view_next(&view, &field) == 1 && field.tag == FIELD_MODES && field.size == TERMIOS_SIZE ? 0 : -EPROTO);
        need(command, view.size == 0 ? 0 : -EPROTO);
        if (field.size > 0 && command->pty != 0)
            ioctl(command->terminal.slave, MODES_SET, field.data);
        give_terminal(command, true);
        kill(-command->pid, SIGCONT);
        return;
    }
    need(command, view_next(&view, &field) == 1 && view.size == 0 ? 0 : -EPROTO);
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
        quit(command, 1);
    }
}

_Noreturn void attend(struct command *command, int children) {
    struct reader *reader = &command->reader;
    reader->limit = SMALL_FRAME_MAX;
    while (reader_has_frame(reader)) /* came together with the command */
        obey(reader, command);
    const bool is_session = command->attendance.is_session;
    if (is_session)
        reap(command); /* while the attendant waited for the start it may have heard of the end too */
    struct pollfd events[] = {{.fd = children, .events = POLLIN},
                              {.fd = SANDBOX_SOCKET, .events = POLLIN},
                              {.fd = is_session ? command->attendance.ending : -1}};
    for (;;) {
        if (poll(events, 3, -1) < 0 && errno != EINTR)
            quit(command, 1);
        if (events[0].revents != 0) {
            children_drain(children); /* first: a child that ends after the last wait must be heard of again */
            reap(command);
        }
        if (events[1].revents != 0) {
            do
                obey(reader, command);
            while (reader_has_frame(reader));
        }
        if (events[2].revents != 0)
            leave_session(command);
    }
}

/* Whether the child was stopped before it became the command; somebody of the same user, for a command does not run yet. */
static bool is_stopped(const struct command *command) {
    siginfo_t state = {0};
    return waitid(P_PID, (id_t)command->pid, &state, WSTOPPED | WNOHANG) == 0 && state.si_pid != 0;
}

void wait_for_start(struct command *command, int link, int children) {
    const bool is_session = command->attendance.is_session;
    struct pollfd events[] = {{.fd = link, .events = POLLIN},
                              {.fd = SANDBOX_SOCKET, .events = PEER_END},
                              {.fd = is_session ? command->attendance.ending : -1},
                              {.fd = is_session ? children : -1, .events = POLLIN}};
    for (;;) {
        if (poll(events, 4, LOOK_AGAIN_MS) < 0 && errno != EINTR)
            _exit(1);
        if (events[0].revents != 0)
            break;
        if (events[2].revents != 0)
            leave_session(command);
        if (events[1].revents != 0)
            _exit(0);
        if (events[3].revents != 0 && poll(events, 1, 0) == 0) {
            children_drain(children);
            if (is_stopped(command))
                keep_going(command->pid);
        }
    }
    /* The child has passed something over the link, or lost its end of it: by exec, which closes it, or by its own end. */
    if (command->phase == PHASE_SERVING || command->phase == PHASE_ENDING)
        return;
    if (command->phase != PHASE_EXECUTING) {
        int status = 0; /* the child has said why, unless its peer broke the protocol */
        if (command->roots_given > 0 && waitpid(command->pid, &status, 0) == command->pid && WIFEXITED(status) &&
            WEXITSTATUS(status) == CHILD_SAID_WHY)
            linger(command);
        _exit(1);
    }
    close(link);
}
