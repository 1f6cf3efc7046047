/*
 * One lease of mayfly-listen, from the door to the command's end. Nothing here waits: what cannot be done now is done at the
 * next event. The peer's bytes are not read; the descriptor is handed in, and this process's copy closed.
 */
#include "listen.h"
#include "one_line.h"
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The service's own patience and a template's hook, as for the client; without a service somebody waits that long for one. */
enum {
    ANSWER_MS = 75000,
    ABSENT_MS = 30000,
    AGAIN_MS = 20,
    AGAIN_MAX_MS = 1000,
    STOP_MS = 10000,
    LOOK_AGAIN_MS = 1000,
    ERROR_LINES_MAX = 1000
};

static void close_if_open(int *descriptor) {
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

/*
 * A peer at a Unix socket may have sent descriptors that nobody reads. Who closes its socket last lets go of them, and may have to
 * wait as long as the peer likes, by SO_LINGER for one; a process that ends does not. So a child has it last.
 */
void peer_close(int peer) {
    int domain = AF_UNIX, held[2];
    socklen_t size = sizeof domain;
    getsockopt(peer, SOL_SOCKET, SO_DOMAIN, &domain, &size);
    if (domain != AF_UNIX || pipe2(held, O_CLOEXEC) < 0) {
        close(peer);
        return;
    }
    if (fork() == 0) {
        char nothing;
        close(held[1]);
        while (read(held[0], &nothing, 1) < 0 && errno == EINTR)
            ;
        _exit(0);
    }
    close(peer);
    close(held[0]);
    close(held[1]); /* the child ends */
}

static void close_peer(struct connection *connection) {
    if (connection->peer >= 0)
        peer_close(connection->peer);
    connection->peer = -1;
}

static void drop_run(struct connection *connection) {
    free(connection->run.data);
    connection->run.data = NULL;
    connection->given_count = 0; /* the listening sockets and /dev/null are everybody's */
    close_if_open(&connection->errors_end);
}

void connection_end(struct connection *connection) {
    drop_run(connection);
    if (connection->stage != STAGE_FREE)
        reader_end(&connection->reader);
    close_if_open(&connection->sandbox);
    close_if_open(&connection->door);
    close_peer(connection);
    close_if_open(&connection->errors);
    connection->stage = STAGE_FREE;
}

/* Ends it without a command, and says why. */
static void refuse(struct connection *connection, struct trade *trade, const char *message, const char *remedy) {
    bool check = connection->purpose == FOR_CHECK;
    if (connection->purpose == FOR_SUCCESSOR) { /* asked again soon */
        connection_end(connection);
        return;
    }
    snprintf(trade->trouble, sizeof trade->trouble, "%.250s", message);
    make_one_line(trade->trouble);
    if (check) {
        trade->check_status = trade->check_status < 0 ? MAYFLY_FAILED : trade->check_status;
        if (trade->options->managed)
            log_line("%s", message);
        else
            complain(message, remedy);
    } else {
        trade->refused++;
        log_line("%s: refused: %s", connection->from.name, message);
        if (remedy != NULL && *remedy != 0)
            log_line("%s: %s", connection->from.name, remedy);
    }
    trade->failed = true;
    connection_end(connection);
}

static void refuse_for(struct connection *connection, struct trade *trade, const char *what, int error) {
    char message[160];
    snprintf(message, sizeof message, "cannot %s: %s", what, strerror(error));
    refuse(connection, trade, message, NULL);
}

/* The door. ------------------------------------------------------------------------------------------------------- */

static void wait_again(struct connection *connection) {
    reader_end(&connection->reader);
    close_if_open(&connection->door);
    connection->stage = STAGE_WAITING;
    connection->again = now_ms() + connection->pause;
    connection->pause = connection->pause < AGAIN_MAX_MS / 2 ? connection->pause * 2 : AGAIN_MAX_MS;
}

static struct frame *request(const struct connection *connection, struct trade *trade) {
    return connection->purpose == FOR_SUCCESSOR ? &trade->question : &trade->claim;
}

static void send_claim(struct connection *connection, struct trade *trade) {
    int result = frame_send_rest(connection->door, request(connection, trade), &connection->claim_sent, NULL, 0);
    if (result == -EPIPE)
        wait_again(connection);
    else if (result < 0 && result != -EAGAIN)
        refuse_for(connection, trade, "send the claim to the service", -result);
}

static void knock(struct connection *connection, struct trade *trade) {
    connection->place = trade->place;
    connection->door = door_try(&connection->place);
    if (connection->door < 0) {
        int error = -connection->door;
        connection->door = -1;
        bool absent = error == ENOENT || error == ECONNREFUSED || error == ENOTDIR;
        if (connection->purpose == FOR_SUCCESSOR) {
            /* One that lets this user in no longer is one as well. */
            trade->succeeded |= error == EACCES || error == EPERM;
            connection_end(connection);
            return;
        }
        trade->service_absent |= absent;
        if (!absent && error != EAGAIN) {
            char message[160];
            snprintf(message, sizeof message, "cannot reach the service: %s", strerror(error));
            refuse(connection, trade, message,
                   error == EACCES ? "root's service is for members of the group mayfly" : NULL);
            return;
        }
        /* It is being started again, or has many at its door. */
        if (now_ms() - connection->began > ABSENT_MS)
            refuse(connection, trade, "no service answers", NULL);
        else
            wait_again(connection);
        return;
    }
    trade->service_absent = false;
    connection->stage = STAGE_CLAIMING;
    connection->claim_sent = 0;
    connection->again = UINT64_MAX;
    reader_begin(&connection->reader, connection->door, connection->buffer, sizeof connection->buffer, DOOR_FRAME_MAX);
    send_claim(connection, trade);
}

/* What the command gets. ------------------------------------------------------------------------------------------ */

static void give(struct connection *connection, int descriptor) {
    connection->given[connection->given_count++] = descriptor;
}

/* A pipe of its own for each: were it shared, or a file, one command could read or change what another one has written. */
static int make_errors(struct connection *connection) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    connection->errors = ends[0];
    connection->errors_end = ends[1];
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return 0;
}

static int choose_descriptors(struct connection *connection, const struct trade *trade) {
    const enum errors errors = trade->options->errors;
    const int plain = connection->purpose == FOR_PEER ? connection->peer : trade->nothing;
    int result = errors == ERRORS_LOG ? make_errors(connection) : 0;
    if (result < 0)
        return result;
    give(connection, plain);
    give(connection, plain);
    give(connection, errors == ERRORS_LOG ? connection->errors_end : errors == ERRORS_NONE ? trade->nothing : plain);
    for (size_t i = 0; connection->purpose == FOR_SERVER && i < trade->listeners->count; i++)
        give(connection, trade->listeners->list[i].socket);
    return 0;
}

/* The variables that systemd gives a service for one connection; the command gets those that -v names. */
static void describe(const struct connection *connection, char text[][96], char **list) {
    const struct {
        const char *name, *value;
    } all[] = {{"REMOTE_ADDR", connection->from.host},
               {"REMOTE_PORT", connection->from.port},
               {"SERVER_ADDR", connection->local_host},
               {"SERVER_PORT", connection->local_port}};
    size_t count = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].value[0] != 0) {
            snprintf(text[count], sizeof text[count], "%s=%s", all[i].name, all[i].value);
            list[count] = text[count];
            count++;
        }
    list[count] = NULL;
}

static int write_run(struct connection *connection, const struct trade *trade, const struct claim *claim) {
    char text[PEER_VARIABLES][96], *extra[PEER_VARIABLES + 1];
    char **command = trade->options->words + claim->first;
    describe(connection, text, extra);
    char **environment = environment_make(claim, extra);
    if (environment == NULL)
        return -ENOMEM;
    size_t size = run_size(command, environment) + sizeof trade->listeners->names;
    void *memory = size <= RUN_FRAME_MAX ? malloc(size) : NULL;
    int result = memory == NULL ? -E2BIG : choose_descriptors(connection, trade);
    if (result == 0) {
        frame_begin(&connection->run, memory, size, FRAME_RUN);
        run_write(&connection->run, claim, trade->caller, command, environment, 7);
        if (connection->purpose == FOR_SERVER)
            frame_text(&connection->run, FIELD_LISTENERS, trade->listeners->names);
        connection->run_sent = 0;
    } else {
        free(memory);
    }
    free(environment);
    return result;
}

/* The command. ---------------------------------------------------------------------------------------------------- */

static void say_start(const struct connection *connection, const struct trade *trade, const struct claim *claim) {
    if (connection->quiet)
        return;
    struct field field;
    for (struct view view = claim->reply; (claim->flags & CLAIM_TRACE) != 0 && view_next(&view, &field) > 0;)
        if (field.tag == FIELD_NOTE)
            log_line("%s: %.*s", connection->from.name, (int)(field.size < 500 ? field.size : 500),
                     (const char *)field.data);
    log_line(connection->purpose == FOR_SERVER ? "%s: the command is started for %zu listening sockets" : "%s: started",
             connection->from.name, trade->listeners->count);
}

static void broken(struct connection *connection, struct trade *trade) {
    refuse(connection, trade, "the sandbox ended unexpectedly", NULL);
}

static void send_run(struct connection *connection, struct trade *trade) {
    int result = frame_send_rest(connection->sandbox, &connection->run, &connection->run_sent, connection->given,
                                 connection->given_count);
    if (result == -EAGAIN)
        return;
    if (result == -EPIPE) {
        broken(connection, trade);
        return;
    }
    if (result < 0) {
        refuse_for(connection, trade, "send the command to its sandbox", -result);
        return;
    }
    /* The command alone has the connection now: its end is the connection's. */
    drop_run(connection);
    close_peer(connection);
    connection->stage = STAGE_RUNNING;
    connection->began = now_ms();
    if (connection->told)
        return;
    if (trade->options->seconds != 0)
        connection->deadline = connection->began + (uint64_t)trade->options->seconds * 1000;
    else
        connection->deadline = UINT64_MAX;
}

static void begin_command(struct connection *connection, struct trade *trade, struct view view) {
    static struct claim claim;
    size_t count = 0;
    while (trade->options->words[count] != NULL)
        count++;
    claim = (struct claim){.status_descriptor = -1};
    int result = claimed_read(&connection->reader, view, &claim);
    if (result == 0)
        connection->sandbox = claim.sandbox;
    if (result < 0 || claim.first >= count) {
        refuse(connection, trade, "the service does not speak this program's protocol", NULL);
        return;
    }
    if (claim.status_descriptor >= 0) {
        refuse(connection, trade, "--status-fd is for one command", "the log has a line for each");
        return;
    }
    connection->quiet = (claim.flags & CLAIM_QUIET) != 0;
    trade->trouble[0] = 0;
    trade->place = connection->place;
    if (connection->purpose == FOR_CHECK) {
        trade->check_status = 0;
        connection_end(connection);
        return;
    }
    result =
        fcntl(connection->sandbox, F_SETFL, O_RDWR | O_NONBLOCK) < 0 ? -errno : write_run(connection, trade, &claim);
    if (result < 0) {
        refuse_for(connection, trade, "send the command to its sandbox", -result);
        return;
    }
    say_start(connection, trade, &claim);
    reader_end(&connection->reader);
    reader_begin(&connection->reader, connection->sandbox, connection->buffer, sizeof connection->buffer,
                 SMALL_FRAME_MAX);
    connection->stage = STAGE_SENDING;
    send_run(connection, trade);
}

static void read_answer(struct connection *connection, struct trade *trade) {
    static struct refusal refusal;
    struct view view;
    int result = reader_next(&connection->reader, &view);
    if (result == -EAGAIN)
        return;
    if (connection->purpose == FOR_SUCCESSOR) { /* whatever it says: who only accepts, as systemd does, says nothing */
        trade->succeeded |= result == 0;
        connection_end(connection);
        return;
    }
    if (result == -EPIPE) { /* the service has ended; nothing has run yet */
        wait_again(connection);
        return;
    }
    if (result == 0 && view.type == FRAME_CLAIMED) {
        begin_command(connection, trade, view);
        return;
    }
    if (result == 0 && view.type == FRAME_SUBCOMMAND) {
        refuse(connection, trade, "cannot listen: -r runs no command", NULL);
        return;
    }
    if (result == 0 && view.type == FRAME_REFUSED && refusal_read(view, &refusal) == 0) {
        trade->check_status = connection->purpose == FOR_CHECK ? refusal.status : trade->check_status;
        refuse(connection, trade, refusal.message, refusal.remedy[0] != 0 ? refusal.remedy : NULL);
        return;
    }
    refuse(connection, trade, "the service does not speak this program's protocol", NULL);
}

/* What it says. --------------------------------------------------------------------------------------------------- */

static void print_error_line(struct connection *connection) {
    connection->line[connection->line_size] = 0;
    make_one_line(connection->line);
    if (connection->line_size > 0 && connection->lines < ERROR_LINES_MAX)
        log_output(connection->from.name, connection->line);
    connection->lines++;
    connection->line_size = 0;
}

/* Its standard error, line by line. It is read on when no more is printed: the command must not have to wait. */
static void read_errors(struct connection *connection) {
    char bytes[4096];
    for (int round = 0; round < 16 && connection->errors >= 0; round++) {
        ssize_t size = read(connection->errors, bytes, sizeof bytes);
        if (size == 0)
            close_if_open(&connection->errors);
        if (size <= 0)
            return;
        for (ssize_t i = 0; i < size; i++) {
            if (bytes[i] != '\n' && bytes[i] != 0)
                connection->line[connection->line_size++] = bytes[i];
            if (bytes[i] == '\n' || connection->line_size == sizeof connection->line - 1)
                print_error_line(connection);
        }
    }
}

static void finish(struct connection *connection, struct trade *trade, struct view view) {
    struct ending ending = {0};
    if (ending_read(view, &ending) < 0) {
        broken(connection, trade);
        return;
    }
    read_errors(connection);
    if (connection->line_size > 0)
        print_error_line(connection);
    unsigned long long ms = ending.elapsed / 1000;
    unsigned us = (unsigned)(ending.elapsed % 1000);
    if (!connection->quiet && ending.number > 0)
        log_line("%s: ended by signal %u after %llu.%03u ms", connection->from.name, ending.number, ms, us);
    else if (!connection->quiet)
        log_line("%s: ended with %u after %llu.%03u ms", connection->from.name, ending.code, ms, us);
    trade->served++;
    trade->failed = ending.number > 0 || ending.code != 0;
    connection_end(connection);
}

static void hear(struct connection *connection, struct trade *trade) {
    static struct refusal refusal;
    struct view view;
    int result = reader_next(&connection->reader, &view);
    if (result == -EAGAIN)
        return;
    bool sane = result == 0 && reader_take(&connection->reader, NULL, 0) == 0;
    if (sane && view.type == FRAME_STOPPED) /* somebody inside may continue it; --time ends it */
        return;
    if (sane && view.type == FRAME_ENDED)
        finish(connection, trade, view);
    else if (sane && view.type == FRAME_FAILED && refusal_read(view, &refusal) == 0)
        refuse(connection, trade, refusal.message, refusal.remedy[0] != 0 ? refusal.remedy : NULL);
    else
        broken(connection, trade);
}

void connection_stop(struct connection *connection, int number) {
    unsigned char buffer[64];
    struct frame frame;
    if (connection->stage == STAGE_FREE || connection->told)
        return;
    uint64_t latest = now_ms() + STOP_MS;
    connection->told = true;
    if (latest < connection->deadline)
        connection->deadline = latest;
    if (connection->stage != STAGE_RUNNING)
        return;
    frame_begin(&frame, buffer, sizeof buffer, FRAME_SIGNAL);
    frame_u32(&frame, FIELD_NUMBER, (uint32_t)number);
    frame_send(connection->sandbox, &frame, NULL, 0);
}

/* The life of one. ------------------------------------------------------------------------------------------------ */

void connection_begin(struct connection *connection, struct trade *trade, enum purpose purpose, int peer) {
    struct peer from = connection->from;
    uint64_t now = now_ms();
    connection->purpose = purpose;
    connection->peer = peer;
    connection->door = connection->sandbox = connection->errors = connection->errors_end = -1;
    connection->run = (struct frame){0};
    connection->given_count = connection->line_size = 0;
    connection->lines = 0;
    connection->quiet = connection->told = false;
    connection->from = from;
    connection->began = now;
    connection->deadline = now + ANSWER_MS;
    connection->reader = (struct reader){.socket = -1};
    connection->stage = STAGE_WAITING;
    connection->again = now;
    connection->pause = AGAIN_MS;
    knock(connection, trade);
}

uint64_t connection_due(const struct connection *connection) {
    uint64_t again = connection->stage == STAGE_WAITING ? connection->again : UINT64_MAX;
#ifdef __FreeBSD__
    /* A socket of which nothing is asked wakes nobody there: whether the peer has gone is looked at from time to time. */
    if (connection->peer >= 0 && now_ms() + LOOK_AGAIN_MS < again)
        again = now_ms() + LOOK_AGAIN_MS;
#endif
    return again < connection->deadline ? again : connection->deadline;
}

size_t connection_events(const struct connection *connection, struct trade *trade, struct pollfd *events) {
    size_t count = 0;
    switch (connection->stage) {
    case STAGE_CLAIMING:
        events[count++] =
            (struct pollfd){.fd = connection->door,
                            .events = connection->claim_sent < request(connection, trade)->size ? POLLOUT : POLLIN};
        break;
    case STAGE_SENDING:
        events[count++] = (struct pollfd){.fd = connection->sandbox, .events = POLLOUT};
        break;
    case STAGE_RUNNING:
        events[count++] = (struct pollfd){.fd = connection->sandbox, .events = POLLIN};
        break;
    default:
        break;
    }
    if (connection->errors >= 0)
        events[count++] = (struct pollfd){.fd = connection->errors, .events = POLLIN};
    /* A peer that has gone for good; one that says nothing, or will say nothing more, still waits for an answer. */
    if (connection->peer >= 0)
        events[count++] = (struct pollfd){.fd = connection->peer};
    return count;
}

static void expire(struct connection *connection, struct trade *trade) {
    if (connection->stage != STAGE_RUNNING) {
        refuse(connection, trade, "the service does not answer", NULL);
        return;
    }
    if (connection->told)
        log_line("%s: ended: listening has ended, and the command has not", connection->from.name);
    else
        log_line("%s: ended: its %u s are over (--time)", connection->from.name, trade->options->seconds);
    trade->served++;
    trade->failed = true;
    connection_end(connection);
}

void connection_advance(struct connection *connection, struct trade *trade, const struct pollfd *events, size_t count) {
    const int peer = connection->peer, errors = connection->errors;
    bool talks = false, gone = false;
    for (size_t i = 0; i < count; i++) {
        if (events[i].revents == 0)
            continue;
        gone |= events[i].fd == peer;
        talks |= events[i].fd != peer && events[i].fd != errors;
        if (events[i].fd == errors)
            read_errors(connection);
    }
    if (gone && peer >= 0) {
        log_line("%s: gone before its command was started", connection->from.name);
        trade->refused++;
        connection_end(connection);
    } else if (talks && connection->stage == STAGE_CLAIMING) {
        if (connection->claim_sent < request(connection, trade)->size)
            send_claim(connection, trade);
        else
            read_answer(connection, trade);
    } else if (talks && connection->stage == STAGE_SENDING) {
        send_run(connection, trade);
    } else if (talks && connection->stage == STAGE_RUNNING) {
        hear(connection, trade);
    }
    uint64_t now = now_ms();
    if (connection->stage != STAGE_FREE && now >= connection->deadline)
        expire(connection, trade);
    else if (connection->stage == STAGE_WAITING && now >= connection->again)
        knock(connection, trade);
}
