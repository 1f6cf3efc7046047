/*
 * mayfly-binder: mounts what -d asks for into parked sandboxes, for root's service, so that binds need not be known when
 * a sandbox is made.
 *
 * Given: descriptor 3, a socket of whole messages: the service's requests, BIND (docs/protocol.md). No arguments.
 * Each request is carried out by a process of its own, which was there before: it enters the sandbox's mount namespace
 * and cannot come back; and a path of a user's choice may keep it waiting. It answers with BOUND on a socket that came
 * with the request, or ends without an answer, after LIMIT_SECONDS at the latest.
 * Exit: 0 the service has closed the socket; 1 no process could be started.
 */
#include "binder.h"
#include "one_line.h"
#include "protocol.h"
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SERVICE = 3, WAITING = 3, WORKERS_MAX = 64, LIMIT_SECONDS = 5 };
enum { TOOK_ONE = 't', SERVICE_HAS_GONE = 'g' };

static unsigned char incoming[DOOR_FRAME_MAX + 4];

static int read_ids(const struct field *field, uid_t *uid, gid_t *gid) {
    if (field->size != 8)
        return -EPROTO;
    const struct field first = {.data = field->data, .size = 4}, second = {.data = field->data + 4, .size = 4};
    uint32_t user, group;
    field_u32(&first, &user);
    field_u32(&second, &group);
    *uid = user;
    *gid = group;
    return 0;
}

static int read_groups(const struct field *field, struct request *request) {
    static gid_t groups[BINDER_GROUPS_MAX];
    if (field->size % 4 != 0 || field->size / 4 > BINDER_GROUPS_MAX)
        return -EPROTO;
    request->group_count = field->size / 4;
    request->groups = groups;
    for (size_t i = 0; i < request->group_count; i++) {
        const struct field one = {.data = field->data + 4 * i, .size = 4};
        field_u32(&one, &groups[i]);
    }
    return 0;
}

/* Each bind is three strings: source, target, and "ro" or "rw", with "!" behind it where no link may lead to the source. */
static int read_binds(const struct field *field, struct request *request) {
    ssize_t count = field_strings(field);
    if (count < 3 || count % 3 != 0 || count / 3 > BINDS_MAX)
        return -EPROTO;
    const char *string = (const char *)field->data;
    for (request->count = 0; request->count < (size_t)count / 3; request->count++) {
        struct bind *bind = &request->binds[request->count];
        bind->source = string;
        string += strlen(string) + 1;
        bind->target = string;
        string += strlen(string) + 1;
        bind->readonly = strncmp(string, "ro", 2) == 0;
        bind->no_links = strchr(string, '!') != NULL;
        string += strlen(string) + 1;
    }
    return 0;
}

static int read_field(const struct field *field, struct request *request) {
    static char root[PATH_MAX];
    switch (field->tag) {
    case FIELD_OWNER:
        return read_ids(field, &request->uid, &request->gid);
    case FIELD_GROUPS:
        return read_groups(field, request);
    case FIELD_MAKER:
        return read_ids(field, &request->maker_uid, &request->maker_gid);
    case FIELD_ROOT:
        request->root = root;
        return field_string(field, root, sizeof root);
    case FIELD_BINDS:
        return read_binds(field, request);
    default:
        return -EPROTO;
    }
}

static int read_request(struct view view, struct request *request) {
    struct field field;
    int more, result = 0;
    while ((more = view_next(&view, &field)) > 0 && result == 0)
        result = read_field(&field, request);
    bool whole = view_has(&view, FIELD_OWNER) && view_has(&view, FIELD_GROUPS) && view_has(&view, FIELD_MAKER) &&
                 view_has(&view, FIELD_BINDS);
    return more < 0 || !whole ? -EPROTO : result;
}

static void answer(int socket, const struct failure *failure) {
    static unsigned char buffer[SMALL_FRAME_MAX];
    struct frame frame;
    frame_begin(&frame, buffer, sizeof buffer, FRAME_BOUND);
    if (failure != NULL) {
        char message[2048];
        snprintf(message, sizeof message, "cannot %s %.1500s: %s", failure->doing, failure->object, failure->reason);
        make_one_line(message);
        frame_text(&frame, FIELD_MESSAGE, message);
    }
    frame_send(socket, &frame, NULL, 0); /* a service that has gone needs no answer */
}

/* Waits for one request and carries it out. */
static _Noreturn void work(int parent) {
    static struct reader reader;
    static struct request request;
    struct view view;
    request = (struct request){0};
    reader_begin(&reader, SERVICE, incoming, sizeof incoming, DOOR_FRAME_MAX);
    int descriptors[2];
    int result = reader_next(&reader, &view);
    char word = result == -EPIPE ? SERVICE_HAS_GONE : TOOK_ONE;
    if (write(parent, &word, 1) != 1)
        _exit(1);
    if (result < 0 || view.type != FRAME_BIND || reader_take(&reader, descriptors, 2) < 0)
        _exit(1);
    alarm(LIMIT_SECONDS);
    request.sandbox = descriptors[0];
    struct failure failure = {0};
    if (read_request(view, &request) < 0)
        _exit(1);
    result = bind_into_sandbox(&request, &failure);
    answer(descriptors[1], result < 0 ? &failure : NULL);
    _exit(0);
}

static void start_worker(int ends[2]) {
    pid_t pid = fork();
    if (pid < 0)
        _exit(1); /* the service starts another binder when it needs one */
    if (pid == 0) {
        close(ends[0]);
        work(ends[1]);
    }
}

int main(void) {
    close_descriptors_from(SERVICE + 1);
    setsid();
    umask(022);
    if (chdir("/") < 0)
        return 1;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(SERVICE, F_SETFD, FD_CLOEXEC) < 0)
        return 1;
    size_t alive = 0;
    for (; alive < WAITING; alive++)
        start_worker(ends);
    for (;;) {
        char word;
        ssize_t size = read(ends[0], &word, 1);
        if (size < 0 && errno == EINTR)
            continue;
        if (size != 1 || word == SERVICE_HAS_GONE)
            return 0; /* the others see it too */
        while (alive > 0 && waitpid(-1, NULL, alive < WORKERS_MAX ? WNOHANG : 0) > 0)
            alive--;
        start_worker(ends);
        alive++;
    }
}
