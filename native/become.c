/*
 * The process that becomes the command. Init starts it ahead, when it parks: it shares init's memory, like a child of
 * vfork, but waits for its command by itself, so that a claim costs neither a fork nor a wake-up of init. It has its own
 * descriptors, directory and limits. Until it has executed the command or ended, init only waits, so neither disturbs
 * the other; init learns of both from the link's end of file. In a session, each attendant starts one ahead in the same way.
 */
#include "init.h"
#include "one_line.h"
#include "protocol.h"
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LISTEN_VARIABLES = 3, FREE_DESCRIPTORS = SANDBOX_SOCKET + LISTENERS_MAX };

/* The exit statuses of DESIGN for a command that could not be started: 127 not found, 126 not executable. */
static uint32_t status_of(int error) { return error == ENOENT ? 127 : 126; }

/* Where a failure is told: listening sockets may need the number that it had. */
static int report = SANDBOX_SOCKET;

/* The service is told too; its socket may have to move likewise. */
static const struct command *this_command;
static int telling = -1;

static _Noreturn void fail(uint32_t status, const char *what, const char *object, int error, const char *remedy) {
    char message[2048];
    snprintf(message, sizeof message, "cannot %s %.1500s: %s", what, object, strerror(error));
    make_one_line(message);
    if (this_command != NULL)
        tell_failure(this_command, telling, message);
    unsigned char buffer[SMALL_FRAME_MAX];
    struct frame frame;
    frame_begin(&frame, buffer, sizeof buffer, FRAME_FAILED);
    frame_u32(&frame, FIELD_STATUS, status);
    frame_text(&frame, FIELD_MESSAGE, message);
    if (remedy != NULL)
        frame_text(&frame, FIELD_REMEDY, remedy);
    frame_send(report, &frame, NULL, 0);
    _exit(CHILD_SAID_WHY);
}

/* Whoever breaks the protocol gets nothing but the end of his sandbox: init ends when this process has. */
static void need(int result) {
    if (result < 0)
        _exit(1);
}

/* The command's strings, in place in the frame; the list ends with NULL. */
static char **list_of(const struct field *field) {
    ssize_t count = field_strings(field);
    need((int)(count < 0 ? count : 0));
    /* Two more in front: execute_file puts a shell there for a script without an interpreter line. Behind, LISTEN_…. */
    char **list = mmap(NULL, ((size_t)count + 3 + LISTEN_VARIABLES) * sizeof *list, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (list == MAP_FAILED)
        fail(125, "hold", "the command's arguments", errno, NULL);
    list += 2;
    char *string = (char *)field->data;
    for (ssize_t i = 0; i < count; i++) {
        list[i] = string;
        string += strlen(string) + 1;
    }
    list[count] = NULL;
    return list;
}

/* The sockets' names, as many as there are sockets. */
static int read_listeners(const struct field *field, struct command *command) {
    int result = field_string(field, command->listener_names, sizeof command->listener_names);
    if (result < 0)
        return -EPROTO;
    command->listener_count = 1;
    for (const char *at = command->listener_names; *at != 0; at++)
        command->listener_count += *at == ':';
    return command->listener_count <= LISTENERS_MAX ? 0 : -EPROTO;
}

static int copy_blob(const struct field *field, void *to, size_t size) {
    if (field->size != size)
        return -EPROTO;
    memcpy(to, field->data, size);
    return 0;
}

static int read_limits(const struct field *field, struct command *command) {
    if (field->size % 16 != 0 || field->size / 16 > LIMITS_MAX)
        return -EPROTO;
    command->limit_count = field->size / 16;
    for (size_t i = 0; i < command->limit_count; i++) {
        const struct field soft = {.data = field->data + 16 * i, .size = 8};
        const struct field hard = {.data = field->data + 16 * i + 8, .size = 8};
        uint64_t value;
        field_u64(&soft, &value);
        command->limits[i].rlim_cur = (rlim_t)value;
        field_u64(&hard, &value);
        command->limits[i].rlim_max = (rlim_t)value;
    }
    return 0;
}

static int read_field(const struct field *field, struct command *command) {
    uint32_t number;
    switch (field->tag) {
    case FIELD_VERSION:
        return field_u32(field, &number) == 0 && number == PROTOCOL_VERSION ? 0 : -EPROTO;
    case FIELD_ARGV:
        command->arguments = list_of(field);
        return command->arguments[0] != NULL ? 0 : -EPROTO;
    case FIELD_ENVIRON:
        command->environment = list_of(field);
        return 0;
    case FIELD_WORKDIR:
        return field_string(field, command->directory, sizeof command->directory);
    case FIELD_OR_ROOT:
        command->or_root = true;
        return field->size == 0 ? 0 : -EPROTO;
    case FIELD_OPEN:
        return field_u32(field, &command->open);
    case FIELD_PTY:
        return field_u32(field, &command->pty);
    case FIELD_DEFER:
        command->deferred = true;
        return field->size == 0 ? 0 : -EPROTO;
    case FIELD_MODES:
        command->has_modes = true;
        return copy_blob(field, command->modes, sizeof command->modes);
    case FIELD_WINDOW:
        return copy_blob(field, &command->window, sizeof command->window);
    case FIELD_UMASK:
        return field_u32(field, &command->umask);
    case FIELD_NICE:
        if (field_u32(field, &number) < 0)
            return -EPROTO;
        command->nice = (int32_t)number;
        return 0;
    case FIELD_LIMITS:
        return read_limits(field, command);
    case FIELD_CPUS:
        command->cpus = field->data;
        command->cpus_size = field->size;
        return 0;
    case FIELD_IGNORED:
        return field_u64(field, &command->ignored);
    case FIELD_BLOCKED:
        return field_u64(field, &command->blocked);
    case FIELD_LISTENERS:
        return read_listeners(field, command);
    case FIELD_COMMAND:
        return field_u64(field, &command->number);
    case FIELD_FALLBACK:
        return field_string(field, command->fallback, sizeof command->fallback);
    default:
        return -EPROTO;
    }
}

/* For hooks. */
static void give_root(struct command *command) {
    /* In a session the service does not ask, and whoever does is not the first. */
    if (command->root_once && (command->roots_given > 0 || command->attendance.is_session))
        fail(125, "run hooks", "of your own", EPERM, "hooks in mayfly.toml names who may, in which template");
    int given[ROOT_DESCRIPTORS];
    int result = sandbox_open_root(given);
    if (result == -ENOTSUP)
        fail(125, "run hooks", "with this backend", ENOTSUP,
             "unset PRE_SPAWN_HOOK and POST_SPAWN_HOOK: its roots cannot be shown to them");
    if (result < 0)
        fail(125, "open", "the sandbox's root", -result, NULL);
    unsigned char buffer[16];
    struct frame frame;
    frame_begin(&frame, buffer, sizeof buffer, FRAME_ROOT);
    need(frame_send(SANDBOX_SOCKET, &frame, given, ROOT_DESCRIPTORS));
    for (int i = 0; i < ROOT_DESCRIPTORS; i++)
        close(given[i]);
    command->roots_given++;
}

static int pass_descriptor(int link, int descriptor) {
    unsigned char buffer[FRAME_HEADER];
    struct frame frame;
    frame_begin(&frame, buffer, sizeof buffer, FRAME_SERVE);
    return frame_send(link, &frame, &descriptor, 1);
}

int receive_descriptor(int link) {
    unsigned char buffer[64];
    struct reader reader;
    struct view view;
    int descriptor = -1;
    reader_begin(&reader, link, buffer, sizeof buffer, sizeof buffer);
    int result = reader_next(&reader, &view);
    if (result == 0)
        result = reader_take(&reader, &descriptor, 1);
    return result < 0 ? result : descriptor;
}

/* No command: the sandbox is to be a session's (SERVE), or the session that this is an attendant of is to end. */
static _Noreturn void heed_session(struct command *command, struct view *view) {
    struct field field;
    int more, listener;
    uint32_t version;
    if (command->attendance.is_session) {
        need(view->type == FRAME_END_SESSION && view->size == 0 ? reader_take(&command->reader, NULL, 0) : -EPROTO);
        command->phase = PHASE_ENDING;
        _exit(0);
    }
    if (view->type != FRAME_SERVE)
        _exit(1);
    while ((more = view_next(view, &field)) > 0) {
        if (field.tag == FIELD_IDLE)
            need(field_u32(&field, &command->limits_of_session.idle));
        else if (field.tag == FIELD_TOTAL)
            need(field_u32(&field, &command->limits_of_session.total));
        else
            need(field.tag == FIELD_VERSION && field_u32(&field, &version) == 0 && version == PROTOCOL_VERSION
                     ? 0
                     : -EPROTO);
    }
    need(more);
    need(view_has(view, FIELD_VERSION) && view_has(view, FIELD_IDLE) && view_has(view, FIELD_TOTAL) ? 0 : -EPROTO);
    need(command->limits_of_session.idle > 0 && command->limits_of_session.total > 0 ? 0 : -EPROTO);
    need(reader_take(&command->reader, &listener, 1));
    int listens = 0;
    socklen_t size = sizeof listens;
    need(getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0 ? 0 : -EPROTO);
    command->phase = PHASE_SERVING;
    need(pass_descriptor(command->link, listener));
    _exit(0);
}

static void read_command(struct command *command) {
    static unsigned char incoming[64 << 10];
    struct view view;
    reader_begin(&command->reader, SANDBOX_SOCKET, incoming, sizeof incoming, RUN_FRAME_MAX);
    need(reader_next(&command->reader, &view));
    while (view.type == FRAME_ASK_ROOT) {
        need(view.size == 0 ? reader_take(&command->reader, NULL, 0) : -EPROTO);
        give_root(command);
        need(reader_next(&command->reader, &view));
    }
    if (view.type != FRAME_RUN)
        heed_session(command, &view);
    struct field field;
    int more;
    while ((more = view_next(&view, &field)) > 0)
        need(read_field(&field, command));
    need(more);
    static const uint8_t mandatory[] = {FIELD_VERSION, FIELD_ARGV, FIELD_ENVIRON, FIELD_OPEN,
                                        FIELD_UMASK,   FIELD_NICE, FIELD_IGNORED, FIELD_BLOCKED};
    for (size_t i = 0; i < sizeof mandatory; i++)
        if (!view_has(&view, mandatory[i]))
            _exit(1);
    command->has_directory = view_has(&view, FIELD_WORKDIR);
    if (command->open > 7 || command->pty > 7 || (command->open & command->pty) != 0)
        _exit(1);

    int received[DESCRIPTORS_MAX];
    size_t count = 0, next = 0;
    for (int i = 0; i < 3; i++)
        count += command->open >> i & 1;
    need(reader_take(&command->reader, received, count + command->listener_count));
    for (size_t i = 0; i < command->listener_count; i++)
        command->listeners[i] = received[count + i];
    for (int i = 0; i < 3; i++) {
        command->descriptors[i] = (command->open >> i & 1) != 0 ? received[next++] : -1;
        /* A directory outside the root would be a way out of it: fchdir, then "..". */
        struct stat status;
        if (command->descriptors[i] >= 0 && (fstat(command->descriptors[i], &status) < 0 || S_ISDIR(status.st_mode))) {
            static const char *const names[] = {"standard input", "standard output", "standard error"};
            fail(125, "give the command", names[i], EISDIR, "a directory would lead out of the sandbox: redirect it");
        }
    }
}

static _Noreturn void cannot_keep_from_network(int error) {
    fail(125, "keep the command from", "the network of a socket that it is given", error, NULL);
}

/* No socket is a way into the network that it comes from. */
static void stay_in_own_network(const struct command *command) {
    int widest = NO_WAY_OUT;
    for (size_t i = 0; i < 3 + command->listener_count; i++) {
        int given = i < 3 ? command->descriptors[i] : command->listeners[i - 3];
        int way = given < 0 ? NO_WAY_OUT : way_out_of_network(given);
        if (way < 0)
            cannot_keep_from_network(-way);
        if (way > widest)
            widest = way;
    }
    if (widest == WAY_THAT_STAYS)
        fail(125, "keep the command in its network with", "a socket of another that could be connected there",
             EPROTONOSUPPORT, "give it a pipe, or share the network with -n");
    int result = widest == WAY_TO_CLOSE ? confine_to_connections(command->may_mount) : 0;
    if (result < 0)
        cannot_keep_from_network(-result);
}

static void keep_to_files(const struct command *command) {
    int result = hold_given_files(command->descriptors, command->may_mount, command->attendance.is_session);
    if (result == -ENOSYS)
        fail(125, "keep the command from opening anew", "the file that it is given for reading", ENOSYS,
             "this takes Landlock, of Linux 5.13; give it a pipe: cat FILE | mayfly ...");
    if (result < 0)
        fail(125, "keep the command to", "the files that it is given", -result, NULL);
}

/* A socket that listens is all that may come in beside the three: nothing else can be reached by its number then. */
static void check_listeners(const struct command *command) {
    for (size_t i = 0; i < command->listener_count; i++) {
        int listens = 0;
        socklen_t size = sizeof listens;
        if (getsockopt(command->listeners[i], SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 || listens == 0)
            fail(125, "give the command", "a listening socket", EINVAL, "it is none");
    }
}

/* Where the caller stood in a directory that has been deleted, so does the command. */
static void enter_deleted_directory(void) {
    static const char *const places[] = {"/tmp", "/var/tmp", "/dev/shm", "/"};
    char path[64];
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(path, sizeof path, "%s/.mayfly-deleted-%d", places[i], (int)getpid());
        if (mkdir(path, 0700) < 0)
            continue;
        if (chdir(path) == 0 && rmdir(path) == 0)
            return;
    }
    fail(125, "enter", "the working directory, which has been deleted", errno, "name another with -p DIR");
}

static void enter_directory(const struct command *command) {
    if (!command->has_directory) {
        if (chdir("/") < 0)
            fail(125, "enter", "/", errno, NULL);
    } else if (command->directory[0] == 0) {
        enter_deleted_directory();
    } else if (chdir(command->directory) < 0 && (!command->or_root || chdir("/") < 0)) {
        fail(125, "enter directory", command->directory, errno,
             "the sandbox has no such place: name another with -p DIR");
    }
}

/* Sends the terminal's master to the client, before anything can be written to it. */
static void take_terminal(struct command *command) {
    if (command->terminal.slave < 0)
        fail(125, "open", "a terminal inside the sandbox", ENOSPC,
             "others have taken all that there are: redirect all three");
    int result = terminal_adjust(&command->terminal, command->has_modes ? command->modes : NULL, &command->window);
    if (result < 0)
        fail(125, "prepare", "the terminal inside the sandbox", -result, NULL);
    unsigned char buffer[16];
    struct frame frame;
    frame_begin(&frame, buffer, sizeof buffer, FRAME_STARTED);
    need(frame_send(SANDBOX_SOCKET, &frame, &command->terminal.master, 1));
    for (int i = 0; i < 3; i++)
        if ((command->pty >> i & 1) != 0)
            command->descriptors[i] = command->terminal.slave;
    if (!command->deferred)
        tcsetpgrp(command->terminal.slave, getpid());
}

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static const char *path_of(char *const *environment) {
    for (; *environment != NULL; environment++)
        if (strncmp(*environment, "PATH=", 5) == 0)
            return *environment + 5;
    return default_path;
}

static int execute_file(char *file, struct command *command) {
    execve(file, command->arguments, command->environment);
    if (errno != ENOEXEC)
        return errno;
    /* A script without an interpreter line: what a shell and execvp(3) do. */
    char **shell = command->arguments - 1;
    char *first = command->arguments[0];
    shell[0] = (char[]){"sh"};
    shell[1] = file;
    execve("/bin/sh", shell, command->environment);
    int error = errno;
    command->arguments[0] = first;
    return error;
}

/* As execvp(3), with the PATH that the command will see. */
static int execute(char *name, struct command *command) {
    if (*name == 0)
        return ENOENT;
    if (strchr(name, '/') != NULL)
        return execute_file(name, command);
    size_t name_size = strlen(name);
    int error = ENOENT;
    const char *part = path_of(command->environment);
    for (;;) {
        size_t size = strcspn(part, ":");
        char file[PATH_MAX];
        if (size + 1 + name_size < sizeof file) {
            memcpy(file, part, size);
            size_t slash = size > 0 ? 1 : 0;
            file[size] = '/';
            memcpy(file + size + slash, name, name_size + 1);
            int this_error = execute_file(file, command);
            if (this_error == EACCES)
                error = EACCES;
            else if (this_error != ENOENT && this_error != ENOTDIR)
                return this_error;
        }
        if (part[size] == 0)
            return error;
        part += size + 1;
    }
}

static void place_descriptors(const struct command *command) {
    for (int i = 0; i < 3; i++) {
        if (command->descriptors[i] >= 0)
            dup2(command->descriptors[i], i);
        else
            close(i);
    }
    /* Whatever has one of the numbers from 3 on goes out of the way first: the link may be among it. */
    int moved[LISTENERS_MAX];
    for (size_t i = 0; i < command->listener_count; i++)
        moved[i] = fcntl(command->listeners[i], F_DUPFD_CLOEXEC, FREE_DESCRIPTORS);
    for (size_t i = 0; i < command->listener_count; i++) {
        int number = SANDBOX_SOCKET + (int)i, kept = fcntl(number, F_DUPFD_CLOEXEC, FREE_DESCRIPTORS);
        if (number == report)
            report = kept;
        if (number == telling)
            telling = kept;
        if (moved[i] < 0 || dup2(moved[i], number) < 0)
            fail(125, "give the command", "a listening socket", errno, NULL);
    }
    /* All others are close-on-exec: the socket to report a failure, the link to tell init by its end. */
}

static bool same_limit(const struct rlimit *a, const struct rlimit *b) {
    return a->rlim_cur == b->rlim_cur && a->rlim_max == b->rlim_max;
}

/* As far as the sandbox permits: what may not be raised stays as the sandbox has it. */
static void inherit(const struct command *command) {
    umask((mode_t)command->umask);
    if (command->cpus_size > 0)
        affinity_set(command->cpus, command->cpus_size);
    if (getpriority(PRIO_PROCESS, 0) != command->nice)
        setpriority(PRIO_PROCESS, 0, command->nice);
    for (size_t i = 0; i < command->limit_count; i++) {
        struct rlimit own, wanted = command->limits[i];
        if (getrlimit((int)i, &own) < 0)
            continue;
        if (wanted.rlim_max > own.rlim_max)
            wanted.rlim_max = own.rlim_max;
        if (wanted.rlim_cur > wanted.rlim_max)
            wanted.rlim_cur = wanted.rlim_max;
        if (!same_limit(&own, &wanted))
            setrlimit((int)i, &wanted);
    }
    ignore_signals(command->ignored);
    set_blocked_signals(command->blocked);
}

static bool is_listen_variable(const char *entry) {
    static const char *const names[] = {"LISTEN_FDS=", "LISTEN_PID=", "LISTEN_FDNAMES="};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(entry, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* As sd_listen_fds(3) expects it: the process id is the one inside. */
static void name_listeners(struct command *command) {
    static char count[32], pid[32], names[sizeof command->listener_names + 16];
    if (command->listener_count == 0)
        return;
    size_t kept = 0;
    for (size_t i = 0; command->environment[i] != NULL; i++)
        if (!is_listen_variable(command->environment[i]))
            command->environment[kept++] = command->environment[i];
    snprintf(count, sizeof count, "LISTEN_FDS=%zu", command->listener_count);
    snprintf(pid, sizeof pid, "LISTEN_PID=%d", (int)getpid());
    snprintf(names, sizeof names, "LISTEN_FDNAMES=%s", command->listener_names);
    command->environment[kept++] = count;
    command->environment[kept++] = pid;
    command->environment[kept++] = names;
    command->environment[kept] = NULL;
}

uint64_t now_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

/* Of a session: its attendant gets the connection too, for all that comes after the command. */
static void take_connection(const struct command *command) {
    const struct attendance *attendance = &command->attendance;
    int connection;
    die_with_parent();
    if (getppid() != attendance->attendant)
        _exit(1);
    do
        connection = accept4(attendance->listener, NULL, NULL, SOCK_CLOEXEC);
    while (connection < 0 && errno == EINTR);
    if (connection < 0 || dup3(connection, SANDBOX_SOCKET, O_CLOEXEC) < 0)
        _exit(1);
    close(connection);
    close(attendance->listener); /* this process's own: the session may close to new connections meanwhile */
    need(pass_descriptor(command->link, SANDBOX_SOCKET));
}

static int become_command(void *argument) {
    struct command *command = argument;
    this_command = command;
    telling = command->telling;
    if (command->attendance.is_session)
        take_connection(command);
    read_command(command);
    check_listeners(command);
    stay_in_own_network(command);
    keep_to_files(command);
    name_listeners(command);
    enter_directory(command);
    if (command->pty != 0) {
        setpgid(0, 0);
        take_terminal(command);
    } else {
        terminal_leave(&command->terminal);
    }
    place_descriptors(command);
    inherit(command);
    command->started = now_us();
    command->phase = PHASE_EXECUTING;
    int error = execute(command->arguments[0], command);
    if (error == ENOENT && command->fallback[0] != 0) {
        command->arguments[0] = command->fallback;
        error = execute(command->fallback, command);
    }
    command->phase = PHASE_FAILED;
    fail(status_of(error), "run", command->arguments[0], error,
         error == E2BIG ? "the arguments and variables are too long for the kernel" : NULL);
}

int start_child(struct command *command) {
    enum { STACK = 64 << 10 };
    int ends[2];
    unsigned char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED)
        return -errno;
    memset(stack + STACK / 2, 0, STACK / 2); /* touched now: the claim finds the pages present */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return -errno;
    command->link = ends[1];
    command->pid = sandbox_start(become_command, stack + STACK, command);
    if (command->pid < 0)
        return command->pid;
    close(ends[1]);
    return ends[0];
}
