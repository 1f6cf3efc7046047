/* The door: finding a service, asking it for a sandbox, understanding its answer. */
#include "client.h"
#include "system.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The service answers within 30 s, if only to say that it cannot; a template's hook may take 30 s more. */
enum { ATTEMPTS = 3, PLACES_MAX = 2, PATIENCE_SECONDS = 75 };

static unsigned char buffer[DOOR_FRAME_MAX + 4];

/* The caller's own directory below the one that his session has for such things. */
static bool session_directory(char *directory, size_t capacity) {
    const char *base = getenv("XDG_RUNTIME_DIR");
    struct stat status;
    if (base == NULL || *base != '/' || lstat(base, &status) < 0 || !S_ISDIR(status.st_mode) ||
        status.st_uid != geteuid())
        return false;
    return snprintf(directory, capacity, "%s/mayfly", base) < (int)capacity;
}

/* The places to try, best first; the last one is where a service may be started. Their number, or 0: a name is too long. */
static size_t find_places(struct place places[PLACES_MAX]) {
    const size_t capacity = sizeof places->directory;
    const char *only = getenv("MAYFLY_RUNTIME_DIR");
    if (only != NULL && *only != 0) {
        places[0].may_start = true;
        return snprintf(places[0].directory, capacity, "%s", only) < (int)capacity ? 1 : 0;
    }
    snprintf(places[0].directory, capacity, SYSTEM_PLACE);
    if (geteuid() == 0) {
        places[0].may_start = true;
        return 1;
    }
    if (!session_directory(places[1].directory, capacity)) {
        snprintf(places[1].directory, capacity, "/tmp/mayfly-%u", (unsigned)geteuid());
        places[1].is_in_tmp = true;
    }
    places[1].may_start = true;
    return 2;
}

/* A connection, or a negative errno. Only the caller himself and, where no other user can lay a way to him, root are believed to be
   the service. */
static int connect_with(const struct place *place, int flags) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/mayfly.sock", place->directory);
    int door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (door < 0)
        return -errno;
    uid_t owner = 0;
    struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    setsockopt(door, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(door, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    int result = connect(door, (struct sockaddr *)&address, sizeof address) < 0 ? -errno : peer_uid(door, &owner);
    if (result == 0 && owner != geteuid() && (owner != 0 || place->is_in_tmp))
        result = -EPERM;
    if (result == 0)
        return door;
    close(door);
    return result;
}

static int connect_to(const struct place *place) {
    enum { AGAIN_MS = 10 };
    int door = connect_with(place, 0);
    for (int waited = 0; door == -ECONNREFUSED && waited < FULL_QUEUE_MS; waited += AGAIN_MS) {
        poll(NULL, 0, AGAIN_MS);
        door = connect_with(place, 0);
    }
    return door;
}

int door_try(struct place *place) {
    if (place->directory[0] != 0)
        return connect_with(place, SOCK_NONBLOCK);
    struct place places[PLACES_MAX] = {0};
    size_t count = find_places(places);
    int result = -ENAMETOOLONG;
    for (size_t i = 0; i < count && result < 0; i++) {
        result = connect_with(&places[i], SOCK_NONBLOCK);
        if (result >= 0)
            *place = places[i];
    }
    return result;
}

/* A service, where none could be reached: *door says why. */
static int start_at(struct place *place, int *door, bool *started) {
    bool absent = *door == -ENOENT || *door == -ECONNREFUSED || *door == -ENOTDIR;
    if (!absent)
        return cannot("reach the service in", place->directory, -*door,
                      "the directory must belong to you; MAYFLY_RUNTIME_DIR names another");
    return start_service(place, connect_to, door, started);
}

int door_open(int *door, bool *started) {
    struct place places[PLACES_MAX] = {0};
    size_t count = find_places(places);
    if (count == 0)
        return cannot("reach", "the service", ENAMETOOLONG, "MAYFLY_RUNTIME_DIR must be shorter than 96 bytes");
    for (size_t i = 0; i < count; i++) {
        *door = connect_to(&places[i]);
        if (*door >= 0)
            return 0;
        if (places[i].may_start)
            return start_at(&places[i], door, started);
    }
    return MAYFLY_FAILED;
}

int door_open_at(struct place *place, int *door, bool *started) {
    *door = connect_to(place);
    if (*door >= 0 || !place->may_start)
        return *door >= 0 ? 0 : MAYFLY_FAILED;
    return start_at(place, door, started);
}

/* Of root's service: neither who logs in nor his variables have a say in that. 0, or an exit status. */
static int system_door_open(int *door) {
    struct place place = {.directory = SYSTEM_PLACE};
    uid_t owner = 1;
    *door = connect_to(&place);
    if (*door >= 0 && (peer_uid(*door, &owner) < 0 || owner != 0)) {
        close(*door);
        *door = -EPERM;
    }
    return *door >= 0 ? 0
                      : cannot("log in: the service cannot be reached in", place.directory, -*door,
                               "root's service must run, and you must be in the group that may use it");
}

/* Prints the refusal; its exit status, or a negative errno. */
static int read_refused(struct view view) {
    static struct refusal refusal;
    int result = refusal_read(view, &refusal);
    if (result < 0)
        return result;
    complain(refusal.message, refusal.remedy[0] != 0 ? refusal.remedy : NULL);
    return refusal.status;
}

/* The claim's words stand for a subcommand, whose words the service says. Only returns when it cannot be done. */
static int become_subcommand(struct view view) {
    static char *words[WORDS_MAX + 1];
    struct field field;
    ssize_t count = 0;
    int more;
    while ((more = view_next(&view, &field)) > 0) {
        uint32_t version;
        if (field.tag == FIELD_VERSION && field_u32(&field, &version) == 0 && version == PROTOCOL_VERSION)
            continue;
        if (field.tag != FIELD_WORDS || (count = field_strings(&field)) <= 0 || count > WORDS_MAX)
            return -EPROTO;
        char *word = (char *)field.data;
        for (ssize_t i = 0; i < count; i++, word += strlen(word) + 1)
            words[i] = word;
        words[count] = NULL;
    }
    return more < 0 || count == 0 ? -EPROTO : become_launcher(words);
}

/* One exchange: 0, an exit status after complaining, or a negative errno. */
static int ask(int door, struct claim *claim, char **arguments, struct caller *caller) {
    static char *no_variables[] = {NULL};
    struct frame frame;
    claim_write(&frame, buffer, sizeof buffer, arguments, caller->directory, claim->is_login ? no_variables : environ);
    int result = frame_send(door, &frame, NULL, 0);
    if (result < 0)
        return result;
    caller_observe(caller); /* while the service works */
    static struct reader reader;
    struct view view;
    reader_begin(&reader, door, buffer, sizeof buffer, DOOR_FRAME_MAX);
    result = reader_next(&reader, &view);
    if (result < 0)
        return result;
    if (view.type == FRAME_REFUSED)
        return read_refused(view);
    if (view.type == FRAME_SUBCOMMAND && !claim->is_login)
        return become_subcommand(view);
    return view.type == FRAME_CLAIMED ? claimed_read(&reader, view, claim) : -EPROTO;
}

static int claim_for(bool is_login, struct claim *claim, char **arguments, struct caller *caller) {
    int result = 0;
    /* A service that ends for lack of work may just have missed us: nothing has run yet, so ask the next one. */
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        *claim = (struct claim){.status_descriptor = -1, .is_login = is_login};
        int status = is_login ? system_door_open(&claim->door) : door_open(&claim->door, &claim->started_service);
        if (status != 0)
            return status;
        result = ask(claim->door, claim, arguments, caller);
        if (result >= 0)
            return result;
        close(claim->door);
        if (result != -EPIPE)
            break;
    }
    if (result == -EPROTO)
        complain("cannot claim a sandbox: the service does not speak this client's protocol",
                 "restart the service: it may be of another version");
    else if (result == -EAGAIN)
        complain("cannot claim a sandbox: the service does not answer", "end it, and the next command starts another");
    else if (result == -EPIPE)
        complain("cannot claim a sandbox: the service ended during the request",
                 "service.log in its directory says why");
    else
        return cannot("claim", "a sandbox", -result, NULL);
    return MAYFLY_FAILED;
}

int claim_sandbox(struct claim *claim, char **arguments, struct caller *caller) {
    return claim_for(false, claim, arguments, caller);
}

int claim_login(struct claim *claim, char **arguments, struct caller *caller) {
    return claim_for(true, claim, arguments, caller);
}
