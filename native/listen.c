/*
 * mayfly-listen: accepts connections, and has each served by a command in a sandbox of its own; or hands its listening
 * sockets to a command that accepts by itself (--pass-listener).
 *
 * Given: the words behind `mayfly listen` (docs/listen.md); sockets that listen, by LISTEN_FDS or --fd. With --managed
 * descriptor 0 is a socket to the service that has started it: state goes there, and its end is the service's.
 * Environment: as the client's, for the door and for what the command gets.
 * Execs: nothing; a child of it starts a service when there is none.
 * Exit: 0 after SIGTERM or SIGINT, 125 it cannot listen, or what the service refused the first claim with.
 */
#include "listen.h"
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ACCEPTS_AT_ONCE = 64,
    FULL_PAUSE_MS = 100,
    REPORT_MS = 200,
    START_PAUSE_MS = 5000,
    SUCCESSOR_MS = 2000,
    ORPHANED_MS = 300000
};
enum { BACKOFF_MS = 1000, BACKOFF_MAX_MS = 60000, QUICK_MAX = 10, DESCRIPTORS_EACH = 6, DESCRIPTORS_OWN = 64 };

/* A listening socket of the file system that was shut down for reading shows only that. */
#ifdef POLLRDHUP
enum { LISTENING = POLLIN | POLLRDHUP };
#else
enum { LISTENING = POLLIN };
#endif

#define BIT(number) (UINT64_C(1) << ((number)-1))

static struct options options;
static struct listeners listeners;
static struct caller caller;
static struct trade trade = {.options = &options, .caller = &caller, .listeners = &listeners, .check_status = -1};
static struct connection *connections;
static size_t active; /* that are for peers or for the server */
static bool stopping;
static bool shut_down;        /* a listening socket, by somebody who has it too */
static uint64_t accept_again; /* ms: not before */

void complain(const char *message, const char *remedy) {
    dprintf(2, remedy != NULL ? "mayfly: %s\n%s\n" : "mayfly: %s\n", message, remedy);
    if (options.managed) {
        char text[512];
        int size = snprintf(text, sizeof text, "trouble %.480s\n", message);
        send(0, text, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

/* Before anything is accepted. ------------------------------------------------------------------------------------ */

static int raise_limit(void) {
    struct rlimit limit;
    const rlim_t needed = DESCRIPTORS_OWN + (rlim_t)(options.max + 1) * DESCRIPTORS_EACH;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return cannot("read", "the limit of open files", errno, NULL);
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= needed)
        return 0;
    char message[160];
    snprintf(message, sizeof message, "cannot listen: --max %u needs %llu open files, and %llu are allowed",
             options.max, (unsigned long long)needed, (unsigned long long)limit.rlim_cur);
    complain(message, "lower --max, or raise the limit (ulimit -n)");
    return MAYFLY_FAILED;
}

/* Who that is, by /etc/passwd; NULL after complaining. */
static const struct passwd *find_user(const char *name) {
    errno = 0;
    const struct passwd *user = getpwnam(name);
    if (user == NULL)
        cannot("become", name, errno != 0 ? errno : ENOENT, "--user names somebody in /etc/passwd");
    return user;
}

/* Gives up root's rights. */
static int become_user(const struct passwd *user) {
    if (geteuid() == user->pw_uid && getuid() == user->pw_uid)
        return 0;
    if (initgroups(user->pw_name, user->pw_gid) < 0 || setgid(user->pw_gid) < 0 || setuid(user->pw_uid) < 0)
        return cannot("become", user->pw_name, errno, "only root becomes another user");
    setenv("HOME", user->pw_dir, 1);
    setenv("USER", user->pw_name, 1);
    setenv("LOGNAME", user->pw_name, 1);
    setenv("SHELL", user->pw_shell, 1);
    return 0;
}

static int check_hooks(void) {
    static const char *const names[] = {"PRE_SPAWN_HOOK", "POST_SPAWN_HOOK"};
    for (size_t i = 0; i < 2; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && *value != 0) {
            char message[96];
            snprintf(message, sizeof message, "cannot listen: %s is set, and is for one command", names[i]);
            complain(message, "unset it; a template's pre-start and post-stop run for each connection");
            return MAYFLY_FAILED;
        }
    }
    return 0;
}

/* As whom this process claims from now on. */
static void tell_user(void) {
    char text[32];
    int size = snprintf(text, sizeof text, "user %lu\n", (unsigned long)geteuid());
    if (options.managed)
        send(0, text, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int prepare(char **words) {
    static const char *const ours[] = {"REMOTE_ADDR", "REMOTE_PORT", "SERVER_ADDR", "SERVER_PORT"};
    caller_begin(&caller);
    int status = words_read(&options, words);
    if (status == 0)
        status = check_hooks();
    if (status != 0)
        return status;
    const struct passwd *user = options.user != NULL ? find_user(options.user) : NULL;
    if (options.user != NULL && user == NULL)
        return MAYFLY_FAILED;
    status = listeners_open(&listeners, &options);
    if (status == 0 && user != NULL)
        status = become_user(user);
    if (status == 0) /* as him: what he has put into his directories must not lead root anywhere */
        status = listeners_finish(&listeners, &options);
    if (status != 0)
        return status;
    tell_user();
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        unsetenv(ours[i]);
    caller_observe(&caller); /* what the commands inherit: before this process changes for itself */
    if ((status = raise_limit()) != 0)
        return status;
    trade.nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    connections = calloc((size_t)options.max + 1, sizeof *connections);
    if (trade.nothing < 0 || connections == NULL)
        return cannot("prepare", "connections", trade.nothing < 0 ? errno : ENOMEM, NULL);
    static const char question[] = "{\"ask\":\"status\"}";
    frame_begin(&trade.question, trade.question_buffer, sizeof trade.question_buffer, FRAME_ASK);
    frame_u32(&trade.question, FIELD_VERSION, PROTOCOL_VERSION);
    frame_text(&trade.question, FIELD_JSON, question);
    claim_write(&trade.claim, trade.claim_buffer, sizeof trade.claim_buffer, options.words, caller.directory, environ);
    return 0;
}

/* The service. ---------------------------------------------------------------------------------------------------- */

/* A child of this process starts one, as any client would, while connections wait: the loop goes on. */
static pid_t starter;
static uint64_t start_again;

static void start_service_beside(void) {
    const bool known = trade.place.directory[0] != 0;
    if (!trade.service_absent || options.managed || starter > 0 || now_ms() < start_again ||
        (known && !trade.place.may_start))
        return;
    trade.service_absent = false;
    starter = fork();
    if (starter != 0)
        return;
    bool started = false;
    int door = -1;
    close_descriptors_from(3);
    set_blocked_signals(caller.blocked);
    signal(SIGPIPE, SIG_DFL);
    int status = known ? door_open_at(&trade.place, &door, &started) : door_open(&door, &started);
    if (started)
        dprintf(2, "mayfly: started a service for this user; it ends when it has been idle\n");
    _exit(status);
}

static void starter_ended(int status) {
    starter = 0;
    start_again = now_ms() + START_PAUSE_MS;
    if (status != 0 && trade.check_status < 0 && connections[options.max].stage != STAGE_FREE) {
        /* It has said why; whoever starts this program is told at once. */
        connection_end(&connections[options.max]);
        trade.check_status = MAYFLY_FAILED;
    }
}

static void reap_children(void) {
    int status;
    for (pid_t child; (child = waitpid(-1, &status, WNOHANG)) > 0;)
        if (child == starter)
            starter_ended(status);
}

/* The service that has started this one has ended: it goes on until another service, with listeners of its own, is there. */
static bool orphaned;
static uint64_t orphaned_at, look_again, leave_at;

static void look_for_successor(void) {
    uint64_t now = now_ms();
    if (!orphaned || stopping || leave_at != 0 || now < look_again)
        return;
    look_again = now + REPORT_MS;
    struct connection *question = &connections[options.max];
    if (question->stage == STAGE_FREE && !trade.succeeded) {
        snprintf(question->from.name, sizeof question->from.name, "listen");
        connection_begin(question, &trade, FOR_SUCCESSOR, -1);
    }
    if (trade.succeeded || now > orphaned_at + ORPHANED_MS)
        leave_at = now + (trade.succeeded ? SUCCESSOR_MS : 0);
}

static void report(void) {
    static uint64_t reported;
    static char last[512];
    char text[512];
    uint64_t now = now_ms();
    if (!options.managed || orphaned || now < reported + REPORT_MS)
        return;
    int size = snprintf(text, sizeof text, "counts %zu %llu %llu\ntrouble %s\n", active,
                        (unsigned long long)trade.served, (unsigned long long)trade.refused, trade.trouble);
    if (strcmp(text, last) == 0 || send(0, text, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return;
    strcpy(last, text);
    reported = now;
}

/* Accepting. ------------------------------------------------------------------------------------------------------ */

static double tokens;
static uint64_t tokens_at;

/* Whether one more may be accepted now; else when, in accept_again. */
static bool rate_allows(void) {
    if (options.rate.seconds == 0)
        return true;
    const double each_ms = (double)options.rate.count / options.rate.seconds / 1000;
    uint64_t now = now_ms();
    tokens = tokens_at == 0 ? options.rate.count : tokens + (double)(now - tokens_at) * each_ms;
    tokens_at = now;
    if (tokens > options.rate.count)
        tokens = options.rate.count;
    if (tokens >= 1)
        return true;
    accept_again = now + (uint64_t)((1 - tokens) / each_ms) + 1;
    return false;
}

static size_t count_of(const unsigned char *source) {
    size_t count = 0;
    for (size_t i = 0; i < options.max; i++)
        count += connections[i].stage != STAGE_FREE && memcmp(connections[i].from.source, source, SOURCE_BYTES) == 0;
    return count;
}

static void count_active(void) {
    active = 0;
    for (size_t i = 0; i < options.max; i++)
        active += connections[i].stage != STAGE_FREE;
}

static struct connection *free_connection(void) {
    for (size_t i = 0; i < options.max; i++)
        if (connections[i].stage == STAGE_FREE)
            return &connections[i];
    return NULL;
}

static void describe_ends(struct connection *connection, int peer, const struct sockaddr_storage *address,
                          socklen_t size) {
    struct sockaddr_storage local = {0};
    socklen_t local_size = sizeof local;
    struct peer own;
    uid_t uid;
    peer_describe(&connection->from, address, size);
    connection->local_host[0] = connection->local_port[0] = 0;
    if (connection->from.host[0] == 0) {
        if (peer_uid(peer, &uid) == 0) {
            connection->from.source[0] = 1;
            memcpy(connection->from.source + 1, &uid, sizeof uid);
            snprintf(connection->from.name, sizeof connection->from.name, "uid %u", (unsigned)uid);
        }
    } else if (getsockname(peer, (struct sockaddr *)&local, &local_size) == 0) {
        peer_describe(&own, &local, local_size);
        strcpy(connection->local_host, own.host);
        strcpy(connection->local_port, own.port);
    }
}

static void take_connection(int peer, const struct sockaddr_storage *address, socklen_t size) {
    struct connection *connection = free_connection();
    int on = 1;
    if (connection == NULL) { /* the loop accepts no more than there is room for */
        peer_close(peer);
        return;
    }
    describe_ends(connection, peer, address, size);
    if (options.max_per_source != 0 && count_of(connection->from.source) >= options.max_per_source) {
        trade.refused++;
        log_line("%s: refused: %u of this source are open already (--max-per-source)", connection->from.name,
                 options.max_per_source);
        peer_close(peer);
        return;
    }
    if (connection->from.host[0] != 0) /* a peer that has vanished ends one day */
        setsockopt(peer, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    tokens -= options.rate.seconds != 0;
    connection_begin(connection, &trade, FOR_PEER, peer);
    active += connection->stage != STAGE_FREE;
}

static void stop_accepting(void) {
    if (!stopping)
        listeners_close(&listeners);
    stopping = true;
}

/* It would be ready for ever, and never give a connection. A new process makes a new socket. */
static void end_shut_down(const struct listener *listener) {
    char message[NAME_MAX_BYTES + sizeof(struct sockaddr_un) + 64];
    snprintf(message, sizeof message, "cannot listen on %s: the socket has been shut down", listener->name);
    complain(message, options.passes_listener ? "the command must close its listening socket, not shut it down" : NULL);
    shut_down = true;
    stop_accepting();
}

/* Errors of one connection, which may be gone again, are not the listening socket's; too few descriptors pass. */
static void accept_from(struct listener *listener) {
    for (int i = 0; i < ACCEPTS_AT_ONCE && active < options.max && rate_allows(); i++) {
        struct sockaddr_storage address = {0};
        socklen_t size = sizeof address;
        int peer = accept4(listener->socket, (struct sockaddr *)&address, &size, SOCK_CLOEXEC);
        if (peer >= 0) {
            take_connection(peer, &address, size);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            log_line("cannot accept on %s: %s; tried again soon", listener->name, strerror(errno));
            accept_again = now_ms() + FULL_PAUSE_MS;
            return;
        } else if (errno == EINVAL) {
            end_shut_down(listener);
            return;
        } else if (errno == EAGAIN) {
            return;
        }
    }
}

/* The server that accepts by itself. ------------------------------------------------------------------------------ */

static uint64_t server_began;
static uint64_t backoff;
static uint32_t quick; /* that ended within a second, one after the other */

static void server_ended(void) {
    uint64_t now = now_ms();
    quick = now - server_began < BACKOFF_MS ? quick + 1 : 0;
    if (!trade.failed)
        backoff = quick > QUICK_MAX ? BACKOFF_MS : 0;
    else if (now - server_began > BACKOFF_MAX_MS || backoff == 0)
        backoff = BACKOFF_MS;
    else
        backoff = backoff * 2 < BACKOFF_MAX_MS ? backoff * 2 : BACKOFF_MAX_MS;
    accept_again = now + backoff;
    if (backoff > 0 && !stopping)
        log_line("the command is not started again for %llu s", (unsigned long long)(backoff / 1000));
}

static void start_server(void) {
    struct connection *connection = &connections[0];
    server_began = now_ms();
    snprintf(connection->from.name, sizeof connection->from.name, "%.70s", listeners.list[0].name);
    connection_begin(connection, &trade, FOR_SERVER, -1);
    active = connection->stage != STAGE_FREE;
    if (active == 0)
        server_ended();
}

/* The loop. ------------------------------------------------------------------------------------------------------- */

/* Told once: who has a command keeps it, and a server that accepts is told. Told again: all ends. */
static void stop(int number) {
    for (size_t i = 0; i <= options.max; i++) {
        struct connection *connection = &connections[i];
        if (connection->stage == STAGE_FREE)
            continue;
        bool served = connection->stage == STAGE_RUNNING || connection->stage == STAGE_SENDING;
        if (served && !stopping) {
            if (connection->purpose == FOR_SERVER)
                connection_stop(connection, number);
            continue;
        }
        if (connection->purpose == FOR_PEER || connection->purpose == FOR_SERVER)
            log_line("%s: closed: listening ends", connection->from.name);
        connection_end(connection);
    }
    stop_accepting();
}

/* The successor accepts now. Whoever was accepted here is served by this process to the end. */
static void leave(void) {
    if (stopping)
        return;
    /* Who waits at a socket that is closed is turned away. */
    for (size_t i = 0; i < listeners.count && !options.passes_listener; i++)
        accept_from(&listeners.list[i]);
    stop_accepting();
    for (size_t i = 0; i < options.max; i++)
        if (connections[i].purpose == FOR_SERVER)
            connection_stop(&connections[i], SIGTERM);
}

static void heed_signals(int signals) {
    for (int number; (number = signals_next(signals)) > 0;) {
        if (number == SIGCHLD)
            reap_children();
        else
            stop(number);
    }
}

static void heed_service(void) {
    char text[64];
    ssize_t size = recv(0, text, sizeof text, MSG_DONTWAIT);
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
        orphaned = true;
        orphaned_at = now_ms();
    }
}

static bool may_accept(void) {
    bool checked = options.managed || trade.check_status == 0;
    return !stopping && checked && active < options.max && now_ms() >= accept_again;
}

static int time_left(void) {
    uint64_t now = now_ms(), due = now + 60000;
    if (accept_again > now && accept_again < due)
        due = accept_again;
    /* What is over must not be waited for: poll(2) would return at once, for ever. */
    if (orphaned && !stopping && leave_at == 0 && look_again < due)
        due = look_again;
    if (leave_at != 0 && !stopping && leave_at < due)
        due = leave_at;
    if (options.managed && !orphaned && due > now + 2000)
        due = now + 2000;
    for (size_t i = 0; i <= options.max; i++) {
        uint64_t each = connections[i].stage != STAGE_FREE ? connection_due(&connections[i]) : UINT64_MAX;
        if (each < due)
            due = each;
    }
    return due > now ? (int)(due - now) : 0;
}

static void advance_all(const struct pollfd *events, const uint32_t *first, const uint32_t *counts) {
    for (size_t i = 0; i <= options.max; i++) {
        struct connection *connection = &connections[i];
        if (connection->stage == STAGE_FREE)
            continue;
        connection_advance(connection, &trade, events + first[i], counts[i]);
        if (connection->stage == STAGE_FREE && connection->purpose == FOR_SERVER)
            server_ended();
    }
}

/* Says where it listens, when the service has been found willing. */
static void announce(void) {
    static bool done;
    if (done || trade.check_status < 0)
        return;
    done = true;
    if (trade.check_status == 0)
        for (size_t i = 0; i < listeners.count; i++)
            log_line("listening on %s", listeners.list[i].name);
}

static int serve(int signals) {
    const size_t capacity = 2 + LISTENERS_MAX + (size_t)(options.max + 1) * EVENTS_MAX;
    static struct pollfd *events;
    static uint32_t *first, *counts;
    events = calloc(capacity, sizeof *events);
    first = calloc((size_t)options.max + 1, sizeof *first);
    counts = calloc((size_t)options.max + 1, sizeof *counts);
    if (events == NULL || first == NULL || counts == NULL)
        return cannot("prepare", "connections", ENOMEM, NULL);
    for (;;) {
        size_t count = 0, listening = 0;
        events[count++] = (struct pollfd){.fd = signals, .events = POLLIN};
        events[count++] = (struct pollfd){.fd = options.managed && !orphaned ? 0 : -1, .events = POLLIN};
        if (may_accept())
            for (; listening < listeners.count; listening++)
                events[count++] = (struct pollfd){.fd = listeners.list[listening].socket, .events = LISTENING};
        for (size_t i = 0; i <= options.max; i++) {
            first[i] = (uint32_t)count;
            counts[i] = connections[i].stage == STAGE_FREE
                            ? 0
                            : (uint32_t)connection_events(&connections[i], &trade, events + count);
            count += counts[i];
        }
        if (poll(events, (nfds_t)count, time_left()) < 0 && errno != EINTR)
            return cannot("wait for", "connections", errno, NULL);
        advance_all(events, first, counts);
        count_active();
        for (size_t i = 0; i < listening && may_accept(); i++)
            if (events[2 + i].revents != 0) {
                if ((events[2 + i].revents & ~POLLIN) != 0)
                    end_shut_down(&listeners.list[i]);
                else if (options.passes_listener)
                    start_server();
                else
                    accept_from(&listeners.list[i]);
            }
        if (events[1].revents != 0)
            heed_service();
        if (events[0].revents != 0)
            heed_signals(signals);
        start_service_beside();
        look_for_successor();
        if (leave_at != 0 && now_ms() >= leave_at)
            leave();
        announce();
        log_settle();
        report();
        count_active();
        if (stopping && active == 0)
            return shut_down ? MAYFLY_FAILED : 0;
        if (trade.check_status > 0 && !options.managed)
            return trade.check_status;
    }
}

int main(int argc, char **argv) {
    if (argc < 1)
        return MAYFLY_FAILED;
    int status = prepare(argv + 1);
    if (status != 0)
        return status;
    const uint64_t watched = BIT(SIGTERM) | BIT(SIGINT) | BIT(SIGCHLD);
    signal(SIGPIPE, SIG_IGN);
    int signals = block_signals(watched, NULL);
    if (signals == 0)
        signals = signals_watch(watched);
    if (signals < 0)
        return cannot("watch for", "signals", -signals, NULL);
    struct connection *check = &connections[options.max];
    snprintf(check->from.name, sizeof check->from.name, "listen");
    connection_begin(check, &trade, FOR_CHECK, -1);
    return serve(signals);
}
