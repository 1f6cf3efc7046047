/* The sockets that mayfly-listen listens on: made here, or handed in by whoever started it. */
#include "listen.h"
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 4096, FIRST_HANDED_IN = 3 };

#ifdef __FreeBSD__
#define SHOWS_LISTENERS "sockstat -l"
#else
#define SHOWS_LISTENERS "ss -lntxp"
#endif

static int refuse(const char *name, const char *why, const char *remedy) {
    char message[512];
    snprintf(message, sizeof message, "cannot listen on %.300s: %s", name, why);
    complain(message, remedy);
    return MAYFLY_FAILED;
}

static int fail(const char *name, int error) {
    return refuse(name, strerror(error),
                  error == EADDRINUSE ? "something else listens there: " SHOWS_LISTENERS " shows what"
                  : error == EACCES   ? "ports below 1024 are root's: mayfly listen --user NAME gives its rights up"
                                      : NULL);
}

static struct listener *append(struct listeners *listeners, int descriptor, const char *name) {
    struct listener *listener = &listeners->list[listeners->count++];
    *listener = (struct listener){.socket = descriptor};
    snprintf(listener->name, sizeof listener->name, "%s", name);
    return listener;
}

static int fail_at(const char *path, int error) {
    return error == EACCES
               ? refuse(path, strerror(error),
                        "whoever listens makes it, --user if there is one: he must be allowed to write its directory")
               : fail(path, error);
}

/* Of TCP. --------------------------------------------------------------------------------------------------------- */

static int tcp_socket(const struct sockaddr_storage *address, socklen_t size, bool any, bool shared) {
    int on = 1, only = any ? 0 : 1;
    int made = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0)
        return -errno;
    setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->ss_family == AF_INET6)
        setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
    /* The listener of the next service may begin before the one of the last has ended: nobody is turned away between. */
    if (shared)
        setsockopt(made, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (bind(made, (const struct sockaddr *)address, size) < 0 || listen(made, BACKLOG) < 0) {
        int error = errno;
        close(made);
        return -error;
    }
    return made;
}

static int open_tcp(struct listeners *listeners, const char *text, bool shared) {
    struct sockaddr_storage address;
    socklen_t size = 0;
    bool any;
    struct peer own;
    const char *why = address_read(text, &address, &size, &any);
    if (why != NULL)
        return refuse(text, why, NULL);
    int made = tcp_socket(&address, size, any, shared);
    if (made == -EAFNOSUPPORT && any) { /* no IPv6 here */
        struct sockaddr_in *ip4 = (struct sockaddr_in *)&address;
        in_port_t port = ((struct sockaddr_in6 *)&address)->sin6_port;
        memset(&address, 0, sizeof address);
        *ip4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
        made = tcp_socket(&address, sizeof *ip4, false, shared);
    }
    if (made < 0)
        return fail(text, -made);
    size = sizeof address;
    if (getsockname(made, (struct sockaddr *)&address, &size) < 0)
        return fail(text, errno);
    peer_describe(&own, &address, size); /* the port that the kernel has chosen, if it was asked to */
    append(listeners, made, own.name);
    return 0;
}

/* Of the file system. --------------------------------------------------------------------------------------------- */

static void path_address(struct sockaddr_un *address, const char *path) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(address->sun_path, sizeof address->sun_path, "%s", path);
}

/* Whether who listens at the other end is a listener of a service's, of this user. */
static bool is_last_one(int probe) {
    uid_t uid;
    return peer_uid(probe, &uid) == 0 && uid == geteuid() && peer_has_words(probe, "mayfly-listen", "--managed");
}

/* Makes way for a socket: what a process has left that listens no more goes, everything else stays. 0, or a status. */
static int clear_path(const char *path, bool shared) {
    struct stat status;
    struct sockaddr_un address;
    if (lstat(path, &status) < 0)
        return errno == ENOENT ? 0 : fail_at(path, errno);
    if (!S_ISSOCK(status.st_mode))
        return refuse(path, "something that is no socket is there", "remove it, or name another path");
    path_address(&address, path);
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return fail(path, errno);
    int error = connect(probe, (struct sockaddr *)&address, sizeof address) < 0 ? errno : 0;
    /* The last service's listener may be there still: this one takes its place. */
    bool takes_over = error == 0 && shared && is_last_one(probe);
    close(probe);
    if (error == EACCES)
        return fail_at(path, EACCES);
    return error == ECONNREFUSED || error == ENOENT || takes_over ? 0 : fail(path, EADDRINUSE);
}

static int bind_path(int made, const char *path, int mode) {
    struct sockaddr_un address;
    struct stat status;
    char unfinished[sizeof address.sun_path + 8];
    /* Under another name until it listens, with its mode from the start; then it takes the place of what is stale. */
    snprintf(unfinished, sizeof unfinished, "%s.new", path);
    if (strlen(unfinished) >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    path_address(&address, unfinished);
    mode_t before = umask(0);
    umask(mode >= 0 ? (mode_t)(0777 & ~mode) : (before | 0111));
    if (lstat(unfinished, &status) == 0 && S_ISSOCK(status.st_mode)) /* one that was killed before it was done */
        unlink(unfinished);
    int error = bind(made, (struct sockaddr *)&address, sizeof address) < 0 ? errno : 0;
    umask(before);
    if (error == 0 && (listen(made, BACKLOG) < 0 || rename(unfinished, path) < 0)) {
        error = errno;
        unlink(unfinished);
    }
    return -error;
}

static int open_path(struct listeners *listeners, const char *path, int mode, bool shared) {
    int status = clear_path(path, shared);
    if (status != 0)
        return status;
    int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0)
        return fail(path, errno);
    int result = bind_path(made, path, mode);
    if (result < 0) {
        close(made);
        return fail_at(path, -result);
    }
    struct listener *listener = append(listeners, made, path);
    if (lstat(path, &listener->file) == 0)
        snprintf(listener->path, sizeof listener->path, "%s", path);
    return 0;
}

/* Handed in. ------------------------------------------------------------------------------------------------------ */

static int number_option(int descriptor, int option) {
    int value = -1;
    socklen_t size = sizeof value;
    return getsockopt(descriptor, SOL_SOCKET, option, &value, &size) < 0 ? -1 : value;
}

static int take(struct listeners *listeners, int descriptor) {
    char name[32];
    struct stat status;
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    snprintf(name, sizeof name, "descriptor %d", descriptor);
    if (fstat(descriptor, &status) < 0)
        return refuse(name, "it is not open", "a listening socket must be handed in there");
    if (!S_ISSOCK(status.st_mode))
        return refuse(name, "it is no socket", "a listening socket must be handed in there");
    if (number_option(descriptor, SO_TYPE) != SOCK_STREAM)
        return refuse(name, "it is no stream socket", "ListenStream= in systemd's unit, `stream` in inetd's table");
    if (number_option(descriptor, SO_ACCEPTCONN) <= 0)
        return refuse(name, "it is a connection, not a socket that listens",
                      "with Accept=yes, nowait or tcpserver the command is: mayfly [OPTION]... -- COMMAND");
    if (getsockname(descriptor, (struct sockaddr *)&address, &size) < 0)
        return fail(name, errno);
    struct peer own;
    peer_describe(&own, &address, size);
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    append(listeners, descriptor, own.host[0] != 0 ? own.name : name);
    return 0;
}

/* As sd_listen_fds(3): meant for this process, and for none that it starts. */
static int take_inherited(struct listeners *listeners) {
    const char *count_text = getenv("LISTEN_FDS"), *pid_text = getenv("LISTEN_PID"), *names = getenv("LISTEN_FDNAMES");
    uint32_t count, pid;
    char message[160];
    if (count_text == NULL || pid_text == NULL) {
        complain("cannot listen: no socket is named",
                 "--tcp ADDRESS:PORT, --unix PATH or --fd N does, or LISTEN_FDS of systemd");
        return MAYFLY_FAILED;
    }
    if (!number_read(pid_text, 1, INT32_MAX, &pid) || (pid_t)pid != getpid()) {
        snprintf(message, sizeof message, "cannot listen: LISTEN_PID is %.20s, and this process is %d", pid_text,
                 (int)getpid());
        complain(message, "sockets of LISTEN_FDS are for the process that was started with them: no shell between");
        return MAYFLY_FAILED;
    }
    if (!number_read(count_text, 1, LISTENERS_MAX, &count)) {
        snprintf(message, sizeof message, "cannot listen: LISTEN_FDS is %.20s, no number from 1 to 16", count_text);
        complain(message, NULL);
        return MAYFLY_FAILED;
    }
    for (uint32_t i = 0; i < count; i++) {
        int status = take(listeners, FIRST_HANDED_IN + (int)i);
        if (status != 0)
            return status;
    }
    uint32_t colons = 0;
    for (const char *at = names; at != NULL && *at != 0; at++)
        colons += *at == ':';
    if (names != NULL && colons == count - 1 && strlen(names) < sizeof listeners->names)
        snprintf(listeners->names, sizeof listeners->names, "%s", names);
    return 0;
}

int listeners_open(struct listeners *listeners, const struct options *options) {
    size_t count = options->tcp_count + options->path_count + options->descriptor_count;
    int status = count == 0 ? take_inherited(listeners) : 0;
    if (count > LISTENERS_MAX)
        return refuse("all of them", "there are more than 16 sockets", NULL);
    for (size_t i = 0; i < options->descriptor_count && status == 0; i++)
        status = take(listeners, options->descriptors[i]);
    for (size_t i = 0; i < options->tcp_count && status == 0; i++)
        status = open_tcp(listeners, options->tcp[i], options->managed);
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDNAMES");
    return status;
}

int listeners_finish(struct listeners *listeners, const struct options *options) {
    int status = 0;
    for (size_t i = 0; i < options->path_count && status == 0; i++)
        status = open_path(listeners, options->paths[i], options->mode, options->managed);
    bool unnamed = listeners->names[0] == 0;
    for (size_t i = 0; unnamed && i < listeners->count; i++)
        strcat(listeners->names + strlen(listeners->names), i + 1 < listeners->count ? "listen:" : "listen");
    /* A connection that is gone again before it is accepted must not stop the loop. The command's own socket blocks. */
    for (size_t i = 0; i < listeners->count && status == 0 && !options->passes_listener; i++)
        if (fcntl(listeners->list[i].socket, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
            status = fail(listeners->list[i].name, errno);
    return status;
}

void listeners_close(struct listeners *listeners) {
    for (size_t i = 0; i < listeners->count; i++) {
        struct listener *listener = &listeners->list[i];
        struct stat status;
        close(listener->socket);
        /* Another process may have put its own there meanwhile. */
        if (listener->path[0] != 0 && lstat(listener->path, &status) == 0 && status.st_dev == listener->file.st_dev &&
            status.st_ino == listener->file.st_ino)
            unlink(listener->path);
    }
    listeners->count = 0;
}
