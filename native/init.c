/*
 * mayfly-init: process 1 of a parked sandbox. It waits on its socket for one command, runs it, and ends.
 *
 * Given: descriptor 3, the sandbox socket (docs/protocol.md); descriptor 2, where a failure before PARKED is reported;
 * its surroundings (root, namespaces, identity, capabilities, no_new_privs) as the backend has made them. No arguments.
 * Execs: the command, in a child. When it ends, its rest is killed; when init ends, the kernel kills whatever is left.
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
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { SOCKET = 3 };

static unsigned char incoming[64 << 10];
static unsigned char outgoing[SMALL_FRAME_MAX];

static struct frame start_frame(enum frame_type type) {
    struct frame frame;
    frame_begin(&frame, outgoing, sizeof outgoing, type);
    return frame;
}

/* The exit statuses of DESIGN for a command that could not be started: 127 not found, 126 not executable. */
static uint32_t status_of(int error) { return error == ENOENT ? 127 : 126; }

static _Noreturn void fail(uint32_t status, const char *what, const char *object, int error, const char *remedy) {
    char message[2048];
    snprintf(message, sizeof message, "cannot %s %.1500s: %s", what, object, strerror(error));
    struct frame frame = start_frame(FRAME_FAILED);
    frame_u32(&frame, FIELD_STATUS, status);
    frame_text(&frame, FIELD_MESSAGE, message);
    if (remedy != NULL)
        frame_text(&frame, FIELD_REMEDY, remedy);
    frame_send(SOCKET, &frame, NULL, 0);
    _exit(1);
}

/* A peer that breaks the protocol gets nothing but the end of its sandbox. */
static void need(int result) {
    if (result < 0)
        _exit(result == -EPIPE ? 0 : 1);
}

/* The command's strings, in place in the frame; the list ends with NULL. */
static char **list_of(const struct field *field) {
    ssize_t count = field_strings(field);
    need((int)(count < 0 ? count : 0));
    /* Two more in front and behind: execute_command puts a shell there for a script without an interpreter line. */
    char **list = mmap(NULL, ((size_t)count + 4) * sizeof *list, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
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
        command->limits[i].rlim_cur = value;
        field_u64(&hard, &value);
        command->limits[i].rlim_max = value;
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
    case FIELD_OPEN:
        return field_u32(field, &command->open);
    case FIELD_PTY:
        return field_u32(field, &command->pty);
    case FIELD_DEFER:
        command->defer = true;
        return field->size == 0 ? 0 : -EPROTO;
    case FIELD_MODES:
        command->modes_size = field->size;
        return field->size <= sizeof command->modes ? copy_blob(field, command->modes, field->size) : -EPROTO;
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
    case FIELD_FALLBACK:
        return field_string(field, command->fallback, sizeof command->fallback);
    default:
        return -EPROTO;
    }
}

static void read_command(struct reader *reader, struct command *command) {
    struct view view;
    need(reader_next(reader, &view));
    if (view.type != FRAME_RUN)
        _exit(1);
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
    need(reader_take(reader, received, count));
    for (int i = 0; i < 3; i++) {
        command->descriptors[i] = (command->open >> i & 1) != 0 ? received[next++] : -1;
        /* A directory outside the root would be a way out of it: fchdir, then "..". */
        struct stat status;
        if (command->descriptors[i] >= 0 && fstat(command->descriptors[i], &status) == 0 && S_ISDIR(status.st_mode)) {
            static const char *const names[] = {"standard input", "standard output", "standard error"};
            fail(125, "give the command", names[i], EISDIR, "a directory would lead out of the sandbox: redirect it");
        }
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
    } else if (chdir(command->directory) < 0) {
        fail(125, "enter directory", command->directory, errno, "the sandbox has no such place: name another with -p DIR");
    }
}

static uint64_t now_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

/* Makes the terminal inside and sends its master to the client, before anything can be written to it. */
static void open_terminal(struct command *command) {
    struct terminal *terminal = &command->terminal;
    int result = terminal_open(terminal, command->modes, command->modes_size, &command->window);
    if (result < 0)
        fail(125, "make", "a terminal inside the sandbox", -result, NULL);
    struct frame frame = start_frame(FRAME_STARTED);
    need(frame_send(SOCKET, &frame, &terminal->master, 1));
    for (int i = 0; i < 3; i++)
        if ((command->pty >> i & 1) != 0)
            command->descriptors[i] = terminal->slave;
}

static void report_end(int status, const struct rusage *usage, uint64_t started) {
    struct frame frame = start_frame(FRAME_ENDED);
    if (WIFSIGNALED(status))
        frame_u32(&frame, FIELD_NUMBER, (uint32_t)WTERMSIG(status));
    else
        frame_u32(&frame, FIELD_CODE, (uint32_t)WEXITSTATUS(status));
    frame_u64(&frame, FIELD_ELAPSED, now_us() - started);
    frame_u64(&frame, FIELD_USER, (uint64_t)usage->ru_utime.tv_sec * 1000000 + (uint64_t)usage->ru_utime.tv_usec);
    frame_u64(&frame, FIELD_SYSTEM, (uint64_t)usage->ru_stime.tv_sec * 1000000 + (uint64_t)usage->ru_stime.tv_usec);
    frame_u64(&frame, FIELD_PEAK, (uint64_t)usage->ru_maxrss);
    need(frame_send(SOCKET, &frame, NULL, 0));
}

static void report_stop(const struct command *command, int number) {
    bool wants_terminal = command->deferred && (number == SIGTTIN || number == SIGTTOU);
    struct frame frame = start_frame(wants_terminal ? FRAME_WANTS_TERMINAL : FRAME_STOPPED);
    if (!wants_terminal)
        frame_u32(&frame, FIELD_NUMBER, (uint32_t)number);
    need(frame_send(SOCKET, &frame, NULL, 0));
}

/* Collects whatever has ended or stopped; does not return when the command has ended. */
static void reap(const struct command *command, uint64_t started) {
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
        kill(-1, SIGKILL);
        report_end(status, &usage, started);
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
    if (command->terminal.slave < 0)
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
    if (command->terminal.slave >= 0 && (number == SIGINT || number == SIGQUIT || number == SIGTSTP)) {
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
        if (field.size > 0 && command->terminal.slave >= 0)
            ioctl(command->terminal.slave, TCSETS, field.data);
        give_terminal(command, true);
        kill(-command->pid, SIGCONT);
        return;
    }
    need(view_next(&view, &field) == 1 && view.size == 0 ? 0 : -EPROTO);
    uint32_t number;
    if (view.type == FRAME_SIGNAL && field.tag == FIELD_NUMBER && field_u32(&field, &number) == 0 && may_travel(number)) {
        deliver(command, (int)number);
    } else if (view.type == FRAME_RESIZE && field.tag == FIELD_WINDOW && field.size == sizeof(struct winsize)) {
        struct winsize window;
        memcpy(&window, field.data, sizeof window);
        if (command->terminal.master >= 0)
            ioctl(command->terminal.master, TIOCSWINSZ, &window);
    } else {
        _exit(1);
    }
}

static _Noreturn void attend(struct reader *reader, struct command *command, int children, uint64_t started) {
    struct pollfd events[] = {{.fd = children, .events = POLLIN}, {.fd = SOCKET, .events = POLLIN}};
    for (;;) {
        if (poll(events, 2, -1) < 0 && errno != EINTR)
            _exit(1);
        if (events[0].revents != 0) {
            reap(command, started);
            children_drain(children);
        }
        if (events[1].revents != 0) {
            do
                obey(reader, command);
            while (reader_has_frame(reader));
        }
    }
}

static void die(const char *what) {
    dprintf(2, "mayfly-init: cannot %s: %s\n", what, strerror(errno));
    _exit(1);
}

int main(void) {
    static struct command command = {.terminal = {.master = -1, .slave = -1}};
    static struct reader reader;

    close_descriptors_from(SOCKET + 1);
    if (setsid() < 0 && getsid(0) != getpid())
        die("start a session");
    int children = children_watch();
    if (children < 0)
        die("watch for ended processes");
    if (confine_self() < 0)
        die("confine the sandbox");
    if (fcntl(SOCKET, F_SETFD, FD_CLOEXEC) < 0 || dup2(0, 1) < 0 || dup2(0, 2) < 0)
        die("prepare descriptors");

    /* Touched now, so that the claim finds the pages present. */
    memset(incoming, 0, 16 << 10);
    memset(outgoing, 0, sizeof outgoing);
    reader_begin(&reader, SOCKET, incoming, sizeof incoming, RUN_FRAME_MAX);
    struct frame parked = start_frame(FRAME_PARKED);
    frame_u32(&parked, FIELD_VERSION, PROTOCOL_VERSION);
    need(frame_send(SOCKET, &parked, NULL, 0));

    read_command(&reader, &command);
    reader.limit = SMALL_FRAME_MAX;
    enter_directory(&command);
    if (command.pty != 0)
        open_terminal(&command);

    uint64_t started = now_us();
    int error = command_start(&command);
    if (error != 0)
        fail(status_of(error), "run", command.arguments[0], error,
             error == E2BIG ? "the arguments and variables are too long for the kernel" : NULL);
    for (int i = 0; i < 3; i++)
        if (command.descriptors[i] >= 0 && command.descriptors[i] != command.terminal.slave)
            close(command.descriptors[i]);
    attend(&reader, &command, children, started);
}
