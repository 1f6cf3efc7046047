/*
 * A session: one sandbox for many commands, several at once. Init listens no longer for itself: attendants do, processes
 * that it starts ahead. Each takes one connection, does for its command what init does for the only one (attend.c), in a
 * session (setsid) and on a terminal of its own, and ends. What a command leaves running goes on, and init collects it.
 *
 * Init alone decides when the session ends: at a client's wish (END_SESSION), when no command has run for some time, or
 * when the whole has taken too long. So these limits hold without a service, and no process of the session can stop or
 * kill it: nothing in the pid namespace can do so to its process 1. On FreeBSD there is none, and what has the same uid in
 * the jail can stop and kill init. Outside, the user can everywhere (and he can also make it slow, by its scheduling class,
 * processors and limits, which are his uid's to set): the service kills a session that is past its time, and takes away what
 * is left of one whose init has ended. An attendant that is killed is replaced, one that is stopped goes on.
 */
#include "init.h"
#include "protocol.h"
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    AHEAD = 2, /* attendants that wait for a connection */
    ATTENDANTS_MAX = 1024,
    ENDS_SESSION = 3, /* an attendant's exit status: its client wants the session to end */
    REST_US = 5000,   /* a new attendant takes longer to start than a short command to run */
    /* Of ended processes: what ends as fast as it is collected must not keep init from the time. */
    COLLECTED_AT_ONCE = 64,
    FAREWELL_US = 5000000, /* for attendants to tell their clients */
    RETRY_US = 100000,     /* after a fork that failed */
    NEVER = 0,
};

struct attendant {
    pid_t pid;
    bool busy;
};

struct session {
    struct command *command;
    int children, listener;
    int taken[2];  /* an attendant writes its pid when it has a connection */
    int ending[2]; /* nobody writes: its end is the session's */
    struct attendant attendants[ATTENDANTS_MAX];
    size_t count, busy;
    bool more;             /* processes that have ended may be left to collect */
    bool closed;           /* for new connections */
    bool ends;             /* without waiting for commands */
    uint64_t idle_since;   /* all times: us, monotonic */
    uint64_t refill, kill; /* NEVER: not now */
};

/* An attendant. ---------------------------------------------------------------------------------------------------- */

/* Stays until the child has a connection. */
static void await_connection(struct session *session, int link) {
    struct command *command = session->command;
    struct pollfd events[] = {
        {.fd = link, .events = POLLIN}, {.fd = session->ending[0]}, {.fd = session->children, .events = POLLIN}};
    for (;;) {
        if (poll(events, 3, -1) < 0 && errno != EINTR)
            _exit(1);
        if (events[0].revents != 0)
            break; /* first: who has a connection is told of the session's end */
        if (events[1].revents != 0)
            _exit(0);
        if (events[2].revents != 0) {
            children_drain(session->children);
            keep_going(command->pid); /* it has been stopped, or has ended and closes the link */
        }
    }
    int connection = receive_descriptor(link);
    if (connection < 0)
        _exit(1); /* no more connections, or somebody has killed the child */
    close(session->listener);
    if (dup3(connection, SANDBOX_SOCKET, O_CLOEXEC) < 0)
        _exit(1);
    close(connection);
    const pid_t self = getpid();
    if (write(session->taken[1], &self, sizeof self) != sizeof self)
        _exit(1);
}

static _Noreturn void be_attendant(struct session *session, uint64_t deadline) {
    struct command *command = session->command;
    close(session->ending[1]);
    close(session->taken[0]);
    setsid();
    session->children = children_watch_on(session->children);
    if (session->children < 0)
        _exit(1);
    const bool root_once = command->root_once;
    const bool may_mount = command->may_mount;
    const int telling = command->telling;
    memset(command, 0, sizeof *command);
    command->root_once = root_once;
    command->may_mount = may_mount;
    command->telling = telling;
    command->attendance = (struct attendance){.is_session = true,
                                              .listener = session->listener,
                                              .ending = session->ending[0],
                                              .attendant = getpid(),
                                              .deadline = deadline};
    /* A session that has taken all terminals can still run commands that need none. */
    if (terminal_open(&command->terminal) < 0)
        command->terminal = (struct terminal){.master = -1, .slave = -1};
    int link = start_child(command);
    if (link < 0)
        _exit(1);
    await_connection(session, link);
    wait_for_start(command, link, session->children);
    if (command->phase == PHASE_ENDING)
        _exit(ENDS_SESSION);
    attend(command, session->children);
}

/* Init. ------------------------------------------------------------------------------------------------------------ */

static size_t ahead(const struct session *session) { return session->count - session->busy; }

static void wake_at(uint64_t *time, uint64_t when) {
    if (*time == NEVER || when < *time)
        *time = when;
}

static void refill(struct session *session, uint64_t deadline) {
    session->refill = NEVER;
    while (ahead(session) < AHEAD && session->count < ATTENDANTS_MAX) {
        pid_t pid = fork();
        if (pid == 0)
            be_attendant(session, deadline);
        if (pid < 0) {
            session->refill = now_us() + RETRY_US;
            return;
        }
        session->attendants[session->count++] = (struct attendant){.pid = pid};
    }
}

static struct attendant *find(struct session *session, pid_t pid) {
    for (size_t i = 0; i < session->count; i++)
        if (session->attendants[i].pid == pid)
            return &session->attendants[i];
    return NULL;
}

/* Attendants have got connections. */
static void hear_taken(struct session *session) {
    for (pid_t pid; read(session->taken[0], &pid, sizeof pid) == sizeof pid;) {
        struct attendant *attendant = find(session, pid);
        if (attendant == NULL || attendant->busy)
            continue;
        attendant->busy = true;
        session->busy++;
        uint64_t now = now_us();
        if (!session->closed)
            wake_at(&session->refill, ahead(session) > 0 ? now + REST_US : now);
    }
}

#ifdef SHUTDOWN_KEEPS_LISTENING
/* Attendants that have a connection have closed their descriptors; the others die with their children, unless they are about to
   end anyway and may have a client to tell. */
static void stop_listening(struct session *session) {
    hear_taken(session);
    for (size_t i = 0; i < session->count && !session->ends; i++)
        if (!session->attendants[i].busy)
            kill(session->attendants[i].pid, SIGKILL);
}
#else
static void stop_listening(struct session *session) { shutdown(session->listener, SHUT_RDWR); }
#endif

/* Who connects from now on is refused, and attendants without a connection end. */
static void close_to_new(struct session *session) {
    if (session->closed)
        return;
    stop_listening(session);
    close(session->listener);
    session->closed = true;
    session->refill = NEVER;
}

/* Has all attendants tell their clients. */
static void end_now(struct session *session) {
    if (session->ends)
        return;
    session->ends = true;
    close_to_new(session);
    close(session->ending[1]);
    session->kill = now_us() + FAREWELL_US;
}

static void forget(struct session *session, struct attendant *attendant, int status) {
    uint64_t now = now_us();
    session->busy -= attendant->busy;
    if (attendant->busy && session->busy == 0)
        session->idle_since = now;
    /* After a command its processor is free; of what ends by itself, not more than so many are made. */
    if (!session->closed)
        wake_at(&session->refill, attendant->busy ? now : now + REST_US);
    *attendant = session->attendants[--session->count];
    if (WIFEXITED(status) && WEXITSTATUS(status) == ENDS_SESSION)
        end_now(session);
}

static void collect(struct session *session) {
    for (int i = 0; i < COLLECTED_AT_ONCE; i++) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG | WUNTRACED);
        session->more = pid > 0;
        if (!session->more)
            return;
        struct attendant *attendant = find(session, pid);
        if (attendant != NULL && WIFSTOPPED(status))
            keep_going(pid);
        else if (attendant != NULL)
            forget(session, attendant, status);
    }
}

static int milliseconds(uint64_t now, uint64_t next) {
    if (next == NEVER)
        return -1;
    if (next <= now)
        return 0;
    uint64_t left = (next - now + 999) / 1000;
    return left > INT_MAX ? INT_MAX : (int)left;
}

static void await_something(struct session *session, uint64_t idle, uint64_t deadline) {
    struct pollfd events[] = {{.fd = session->taken[0], .events = POLLIN}, {.fd = session->children, .events = POLLIN}};
    uint64_t next = NEVER;
    const uint64_t times[] = {session->refill, session->kill, idle, deadline};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (times[i] != NEVER)
            wake_at(&next, times[i]);
    if (poll(events, 2, session->more ? 0 : milliseconds(now_us(), next)) < 0 && errno != EINTR)
        _exit(1);
    children_drain(session->children); /* first: a child that ends after the last wait must be heard of again */
    hear_taken(session);               /* before its end is */
    collect(session);
}

/* When nothing will have run for too long. */
static uint64_t idle_end(const struct session *session, const struct session_limits *limits) {
    const bool is_idle = limits->idle != 0 && session->busy == 0 && !session->closed;
    return is_idle ? session->idle_since + UINT64_C(1000000) * limits->idle : NEVER;
}

_Noreturn void serve_session(struct command *command, int listener, int children) {
    static struct session session;
    const struct session_limits limits = command->limits_of_session;
    session.command = command;
    session.children = children;
    session.listener = listener;
    if (listener < 0 || pipe2(session.taken, O_CLOEXEC | O_NONBLOCK) < 0 || pipe2(session.ending, O_CLOEXEC) < 0)
        _exit(1);
    close(command->terminal.master);
    close(command->terminal.slave);
    session.idle_since = now_us();
    const uint64_t deadline = limits.total == 0 ? NEVER : session.idle_since + UINT64_C(1000000) * limits.total;

    unsigned char buffer[16];
    struct frame serving;
    frame_begin(&serving, buffer, sizeof buffer, FRAME_SERVING);
    frame_send(SANDBOX_SOCKET, &serving, NULL, 0); /* a service that has gone meanwhile left word of this session */
    /* Nothing else gets this number, which is an attendant's connection. */
    dup3(STDIN_FILENO, SANDBOX_SOCKET, O_CLOEXEC);
    refill(&session, deadline);

    while (!session.closed || session.count > 0) {
        await_something(&session, idle_end(&session, &limits), session.ends ? NEVER : deadline);
        const uint64_t now = now_us(), idle = idle_end(&session, &limits); /* commands have begun or ended meanwhile */
        if (session.kill != NEVER && now >= session.kill)
            break;
        if (deadline != NEVER && now >= deadline)
            end_now(&session);
        else if (idle != NEVER && now >= idle)
            close_to_new(&session);
        if (session.refill != NEVER && now >= session.refill && !session.ends)
            refill(&session, deadline);
    }
    _exit(0);
}
