/*
 * mayfly-init for real, as process 1 of a pid namespace: the sandbox's side of docs/protocol.md.
 * Given: the path of mayfly-init. This program is also the command that looks at its confinement ("probe").
 */
#include "../protocol.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

static char *init_path;
static char self[PATH_MAX];
static char place[] = "/tmp/mayfly-init-XXXXXX";

/* A parked sandbox, and all that a client would send it. ----------------------------------------------------------- */

struct sandbox {
    int socket;
    int watch;   /* of init */
    int telling; /* what the service is told comes out here */
    pid_t pid;   /* of unshare, which ends as init does */
    struct reader reader;
    unsigned char buffer[SMALL_FRAME_MAX + 4];
    int output; /* what the command writes on 1 and 2 comes out here */
};

/* word: an argument of init, or NULL. */
static void park_as(struct sandbox *sandbox, const char *word) {
    int ends[2];
    struct view view;
    struct field field;
    uint32_t version;
    CHECK_IS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    sandbox->pid = fork();
    if (sandbox->pid == 0) {
        /* A process of its own that kills all it can must never run but in a pid namespace: unshare ends if it has none. */
        int inner = fcntl(ends[1], F_DUPFD_CLOEXEC, 10),
            nothing = fcntl(open("/dev/null", O_RDWR), F_DUPFD_CLOEXEC, 10);
        for (int i = 0; i <= 5; i++)
            if (i != 2)
                dup2(i == 3 ? inner : nothing, i);
        execlp("unshare", "unshare", "--map-user=1000", "--map-group=1000", "-pf", "--mount-proc", "--kill-child",
               init_path, word, NULL);
        _exit(99);
    }
    close(ends[1]);
    sandbox->socket = ends[0];
    sandbox->output = -1;
    reader_begin(&sandbox->reader, ends[0], sandbox->buffer, sizeof sandbox->buffer, SMALL_FRAME_MAX);
    CHECK_IS(reader_next(&sandbox->reader, &view), 0);
    CHECK_IS(view.type, FRAME_PARKED);
    CHECK_IS(view_next(&view, &field), 1);
    CHECK(field.tag == FIELD_VERSION && field_u32(&field, &version) == 0 && version == PROTOCOL_VERSION);
    CHECK_IS(view_next(&view, &field), 0);
    int given[2];
    CHECK_IS(reader_take(&sandbox->reader, given, 2), 0);
    sandbox->telling = given[0];
    sandbox->watch = given[1];
}

static void park(struct sandbox *sandbox) { park_as(sandbox, NULL); }

struct run {
    const char *const *arguments, *const *environment; /* NULL: an ordinary PATH */
    const char *directory, *fallback;                  /* NULL: none */
    bool or_root;
    const char *names; /* of listeners, NULL: none */
    int listeners[LISTENERS_MAX];
    size_t listener_count;
    uint64_t number;      /* 0: none */
    uint32_t closed, pty; /* bit N: descriptor N */
    int input;            /* 0: /dev/null */
    bool defer;
    uint32_t umask;
    int nice;
    const struct rlimit *limits;
    size_t limit_count;
    const void *cpus;
    size_t cpus_size;
    uint64_t ignored, blocked;
};

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SHELL(script) WORDS("/bin/sh", "-c", script)

static void add_list(struct frame *frame, enum field_tag tag, const char *const *strings) {
    frame_open(frame, tag);
    for (; *strings != NULL; strings++)
        frame_add(frame, *strings, strlen(*strings) + 1);
    frame_close(frame);
}

static void add_limits(struct frame *frame, const struct run *run) {
    frame_open(frame, FIELD_LIMITS);
    for (size_t i = 0; i < run->limit_count; i++) {
        uint64_t pair[] = {run->limits[i].rlim_cur, run->limits[i].rlim_max};
        frame_add(frame, pair, sizeof pair);
    }
    frame_close(frame);
}

static struct frame run_frame(const struct run *run) {
    static unsigned char *bytes;
    enum { CAPACITY = RUN_FRAME_MAX + 4 };
    if (bytes == NULL)
        CHECK((bytes = malloc(CAPACITY)) != NULL);
    struct frame frame;
    frame_begin(&frame, bytes, CAPACITY, FRAME_RUN);
    frame_u32(&frame, FIELD_VERSION, PROTOCOL_VERSION);
    add_list(&frame, FIELD_ARGV, run->arguments);
    add_list(&frame, FIELD_ENVIRON, run->environment != NULL ? run->environment : WORDS("PATH=/usr/bin:/bin"));
    if (run->directory != NULL)
        frame_text(&frame, FIELD_WORKDIR, run->directory);
    if (run->or_root)
        frame_field(&frame, FIELD_OR_ROOT, NULL, 0);
    frame_u32(&frame, FIELD_OPEN, 7 & ~run->closed & ~run->pty);
    if (run->pty != 0) {
        const struct winsize window = {.ws_row = 33, .ws_col = 101};
        frame_u32(&frame, FIELD_PTY, run->pty);
        frame_field(&frame, FIELD_WINDOW, &window, sizeof window);
    }
    if (run->defer)
        frame_field(&frame, FIELD_DEFER, NULL, 0);
    frame_u32(&frame, FIELD_UMASK, run->umask);
    frame_u32(&frame, FIELD_NICE, (uint32_t)run->nice);
    if (run->limit_count > 0)
        add_limits(&frame, run);
    if (run->cpus_size > 0)
        frame_field(&frame, FIELD_CPUS, run->cpus, run->cpus_size);
    frame_u64(&frame, FIELD_IGNORED, run->ignored);
    frame_u64(&frame, FIELD_BLOCKED, run->blocked);
    if (run->fallback != NULL)
        frame_text(&frame, FIELD_FALLBACK, run->fallback);
    if (run->names != NULL)
        frame_text(&frame, FIELD_LISTENERS, run->names);
    if (run->number != 0)
        frame_u64(&frame, FIELD_COMMAND, run->number);
    return frame;
}

static void send_run(struct sandbox *sandbox, const struct run *run) {
    struct frame frame = run_frame(run);
    int ends[2], nothing = open("/dev/null", O_RDWR | O_CLOEXEC), descriptors[DESCRIPTORS_MAX];
    size_t count = 0;
    CHECK_IS(pipe2(ends, O_CLOEXEC), 0);
    for (int i = 0; i < 3; i++)
        if (((run->closed | run->pty) >> i & 1) == 0)
            descriptors[count++] = i > 0 ? ends[1] : run->input > 0 ? run->input : nothing;
    for (size_t i = 0; i < run->listener_count; i++)
        descriptors[count++] = run->listeners[i];
    /* A session's attendant may be just dying: whoever waits for an answer sees that. */
    int result = frame_send(sandbox->socket, &frame, descriptors, count);
    CHECK(result == 0 || result == -EPIPE);
    close(ends[1]);
    close(nothing);
    sandbox->output = ends[0];
}

static void send_number(struct sandbox *sandbox, uint32_t number) {
    unsigned char bytes[32];
    struct frame frame;
    frame_begin(&frame, bytes, sizeof bytes, FRAME_SIGNAL);
    frame_u32(&frame, FIELD_NUMBER, number);
    CHECK_IS(frame_send(sandbox->socket, &frame, NULL, 0), 0);
}

static void send_foreground(struct sandbox *sandbox) {
    unsigned char bytes[FRAME_HEADER];
    struct frame frame;
    frame_begin(&frame, bytes, sizeof bytes, FRAME_FOREGROUND);
    CHECK_IS(frame_send(sandbox->socket, &frame, NULL, 0), 0);
}

/* What comes back. ------------------------------------------------------------------------------------------------- */

struct outcome {
    int type;                      /* of the frame; 0: the sandbox ended without one */
    uint32_t code, number, status; /* code: 9999 without one */
    uint64_t elapsed, user, system, peak, command;
    uint32_t roots;
    char message[SMALL_FRAME_MAX], output[4096]; /* output: all of it, where it was asked for */
};

static void read_outcome_field(const struct field *field, struct outcome *outcome) {
    switch (field->tag) {
    case FIELD_CODE:
        CHECK_IS(field_u32(field, &outcome->code), 0);
        break;
    case FIELD_NUMBER:
        CHECK_IS(field_u32(field, &outcome->number), 0);
        break;
    case FIELD_STATUS:
        CHECK_IS(field_u32(field, &outcome->status), 0);
        break;
    case FIELD_ELAPSED:
        CHECK_IS(field_u64(field, &outcome->elapsed), 0);
        break;
    case FIELD_USER:
        CHECK_IS(field_u64(field, &outcome->user), 0);
        break;
    case FIELD_SYSTEM:
        CHECK_IS(field_u64(field, &outcome->system), 0);
        break;
    case FIELD_PEAK:
        CHECK_IS(field_u64(field, &outcome->peak), 0);
        break;
    case FIELD_MESSAGE:
        CHECK_IS(field_string(field, outcome->message, sizeof outcome->message), 0);
        break;
    case FIELD_COMMAND:
        CHECK_IS(field_u64(field, &outcome->command), 0);
        break;
    case FIELD_ROOTS:
        CHECK_IS(field_u32(field, &outcome->roots), 0);
        break;
    default:
        CHECK_IS(field->tag, FIELD_REMEDY);
    }
}

static struct outcome next_from(struct reader *reader) {
    struct outcome outcome = {.code = 9999};
    struct view view;
    struct field field;
    int result = reader_next(reader, &view);
    if (result == -EPIPE)
        return outcome;
    CHECK_IS(result, 0);
    outcome.type = view.type;
    while ((result = view_next(&view, &field)) > 0)
        read_outcome_field(&field, &outcome);
    CHECK_IS(result, 0);
    return outcome;
}

static struct outcome next_frame(struct sandbox *sandbox) { return next_from(&sandbox->reader); }

/* What the service is told next; 0 as the type: nothing more, init has ended. */
static struct outcome told(const struct sandbox *sandbox) {
    unsigned char buffer[SMALL_FRAME_MAX + 4];
    struct reader reader;
    reader_begin(&reader, sandbox->telling, buffer, sizeof buffer, SMALL_FRAME_MAX);
    return next_from(&reader);
}

/* Until nobody has the command's output open: everything in the sandbox has ended. */
static void read_output(struct sandbox *sandbox, struct outcome *outcome) {
    size_t have = 0;
    for (ssize_t size; (size = read(sandbox->output, outcome->output + have, sizeof outcome->output - 1 - have)) > 0;)
        have += (size_t)size;
    outcome->output[have] = 0;
}

/* The last frame: nothing comes after it, and init has ended as it should. */
static struct outcome last_frame(struct sandbox *sandbox) {
    struct outcome outcome = next_frame(sandbox);
    if (outcome.type != 0)
        CHECK_IS(next_frame(sandbox).type, 0);
    CHECK_IS(reader_take(&sandbox->reader, NULL, 0), 0);
    read_output(sandbox, &outcome);
    int status;
    CHECK_IS(waitpid(sandbox->pid, &status, 0), sandbox->pid);
    struct pollfd ended = {.fd = sandbox->watch, .events = POLLIN};
    CHECK_IS(poll(&ended, 1, 0), 1);
    close(sandbox->watch);
    CHECK_IS(status, outcome.type == FRAME_ENDED ? 0 : 1 << 8);
    return outcome;
}

static struct outcome outcome_of(const struct run *run) {
    struct sandbox sandbox;
    park(&sandbox);
    send_run(&sandbox, run);
    return last_frame(&sandbox);
}

#define RUN(...) outcome_of(&(struct run){__VA_ARGS__})

static void check_output(struct outcome outcome, const char *output) {
    CHECK_TEXT(outcome.message, "");
    CHECK_TEXT(outcome.output, output);
    CHECK_IS(outcome.type, FRAME_ENDED);
    CHECK_IS(outcome.code, 0);
}

static void check_failed(struct outcome outcome, uint32_t status, const char *message) {
    CHECK_IS(outcome.type, FRAME_FAILED);
    CHECK_TEXT(outcome.message, message);
    CHECK_IS(outcome.status, status);
    CHECK_TEXT(outcome.output, "");
}

/* A file in the place, made once for all cases. */
static const char *file(const char *name, const char *text, mode_t mode) {
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", place, name);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(descriptor >= 0);
    CHECK_IS(write(descriptor, text, strlen(text)), strlen(text));
    CHECK_IS(fchmod(descriptor, mode), 0);
    close(descriptor);
    return path;
}

/* The end. --------------------------------------------------------------------------------------------------------- */

static void the_commands_exit_code_is_reported(void) {
    struct outcome outcome = RUN(.arguments = SHELL("exit 7"));
    CHECK_IS(outcome.type, FRAME_ENDED);
    CHECK_IS(outcome.code, 7);
    CHECK_IS(outcome.number, 0);
    CHECK_IS(RUN(.arguments = SHELL("exit 255")).code, 255);
}

static void the_signal_that_ended_the_command_is_reported(void) {
    struct outcome outcome = RUN(.arguments = SHELL("kill -KILL $$"));
    CHECK_IS(outcome.type, FRAME_ENDED);
    CHECK_IS(outcome.code, 9999);
    CHECK_IS(outcome.number, SIGKILL);
}

static void what_the_command_used_is_reported(void) {
    struct outcome outcome = RUN(.arguments = SHELL("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"));
    CHECK_IS(outcome.code, 0);
    CHECK(outcome.user > 1000 && outcome.user < 10000000);
    CHECK(outcome.elapsed >= outcome.user / 2 && outcome.elapsed < 10000000);
    CHECK(outcome.peak > 100 && outcome.peak < 100000);
}

static void what_the_command_left_running_ends_with_it(void) {
    check_output(RUN(.arguments = SHELL("(trap '' TERM HUP; sleep 1000) & setsid sleep 1000 & echo x")), "x\n");
}

static void orphans_that_end_with_the_command_do_not_hide_its_end(void) {
    for (int i = 0; i < 40; i++)
        check_output(RUN(.arguments = SHELL("(:&);(:&);(:&);(:&);(:&)")), "");
}

static void the_sockets_end_is_the_commands_end(void) {
    struct sandbox sandbox;
    struct outcome outcome;
    park(&sandbox);
    send_run(&sandbox, &(struct run){.arguments = SHELL("trap '' TERM HUP INT; echo up; sleep 1000 & wait")});
    CHECK_IS(read(sandbox.output, outcome.output, 3), 3);
    close(sandbox.socket);
    read_output(&sandbox, &outcome);
    CHECK_TEXT(outcome.output, "");
    int status;
    CHECK_IS(waitpid(sandbox.pid, &status, 0), sandbox.pid);
}

static void a_sandbox_that_is_not_claimed_ends_with_its_socket(void) {
    struct sandbox sandbox;
    int status;
    park(&sandbox);
    close(sandbox.socket);
    CHECK_IS(waitpid(sandbox.pid, &status, 0), sandbox.pid);
}

/* What the service is told. ---------------------------------------------------------------------------------------- */

/* An abstract socket of the kernel's choice. */
static int listening(int type, bool listens) {
    const struct sockaddr_un address = {.sun_family = AF_UNIX};
    int made = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    CHECK(made >= 0 && bind(made, (const struct sockaddr *)&address, sizeof(sa_family_t)) == 0);
    CHECK(!listens || listen(made, 1) == 0);
    return made;
}

static struct outcome told_of(const struct run *run) {
    struct sandbox sandbox;
    park(&sandbox);
    send_run(&sandbox, run);
    last_frame(&sandbox);
    struct outcome first = told(&sandbox);
    CHECK_IS(told(&sandbox).type, 0); /* once */
    close(sandbox.telling);
    return first;
}

#define TOLD(...) told_of(&(struct run){__VA_ARGS__})

static void the_service_is_told_how_the_command_has_ended(void) {
    struct outcome outcome = TOLD(.arguments = SHELL("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; exit 7"));
    CHECK_IS(outcome.type, FRAME_FINISHED);
    CHECK_IS(outcome.code, 7);
    CHECK_IS(outcome.number, 0);
    CHECK(outcome.user > 1000 && outcome.user < 10000000 && outcome.peak > 0);
    CHECK_IS(outcome.command, 0);
    CHECK_IS(outcome.roots, 0);
    outcome = TOLD(.arguments = SHELL("kill -KILL $$"));
    CHECK_IS(outcome.type, FRAME_FINISHED);
    CHECK_IS(outcome.code, 9999);
    CHECK_IS(outcome.number, SIGKILL);
}

static void the_service_is_told_why_there_was_no_command(void) {
    struct outcome outcome = TOLD(.arguments = WORDS("/no/such"));
    CHECK_IS(outcome.type, FRAME_FINISHED);
    CHECK_IS(outcome.code, 9999);
    CHECK_TEXT(outcome.message, "cannot run /no/such: No such file or directory");
    /* Also when what it is told on has had to make room. */
    static const char names[] = "a:b:c:d:e:f:g:h:i:j:k:l:m:n:o:p";
    struct run run = {.arguments = WORDS("/no/such"), .names = names, .listener_count = LISTENERS_MAX};
    for (size_t i = 0; i < LISTENERS_MAX; i++)
        run.listeners[i] = listening(SOCK_STREAM, true);
    CHECK_TEXT(told_of(&run).message, "cannot run /no/such: No such file or directory");
    for (size_t i = 0; i < LISTENERS_MAX; i++)
        close(run.listeners[i]);
}

static void the_service_is_told_nothing_of_a_command_that_did_not_end_by_itself(void) {
    struct sandbox sandbox;
    struct outcome outcome;
    park(&sandbox);
    send_run(&sandbox, &(struct run){.arguments = SHELL("echo up; sleep 1000")});
    CHECK_IS(read(sandbox.output, outcome.output, 3), 3);
    close(sandbox.socket);
    int status;
    CHECK_IS(waitpid(sandbox.pid, &status, 0), sandbox.pid);
    CHECK_IS(told(&sandbox).type, 0);
    close(sandbox.telling);
}

static void a_service_that_listens_no_more_disturbs_nobody(void) {
    struct sandbox sandbox;
    park(&sandbox);
    close(sandbox.telling);
    send_run(&sandbox, &(struct run){.arguments = SHELL("exit 7")});
    CHECK_IS(last_frame(&sandbox).code, 7);
}

/* The root, for hooks. --------------------------------------------------------------------------------------------- */

static void send_empty(struct sandbox *sandbox, enum frame_type type) {
    unsigned char bytes[FRAME_HEADER];
    struct frame frame;
    frame_begin(&frame, bytes, sizeof bytes, type);
    CHECK_IS(frame_send(sandbox->socket, &frame, NULL, 0), 0);
}

/* The root's descriptor. */
static int ask_for_root(struct sandbox *sandbox) {
    int given[2];
    struct view view;
    send_empty(sandbox, FRAME_ASK_ROOT);
    CHECK_IS(reader_next(&sandbox->reader, &view), 0);
    CHECK_IS(view.type, FRAME_ROOT);
    CHECK_IS(view.size, 0);
    CHECK_IS(reader_take(&sandbox->reader, given, 2), 0);
    close(given[1]);
    return given[0];
}

/* Init is there until its client goes, whatever came before. */
static void check_lingers(struct sandbox *sandbox) {
    int status;
    send_number(sandbox, SIGINT); /* one that crosses the end */
    CHECK_IS(waitpid(sandbox->pid, &status, WNOHANG), 0);
    close(sandbox->socket);
    CHECK_IS(waitpid(sandbox->pid, &status, 0), sandbox->pid);
    CHECK_IS(status, 0);
}

static void the_root_is_given_and_shows_the_sandboxs_mounts_after_the_command(void) {
    struct sandbox sandbox;
    struct stat outside, given;
    park(&sandbox);
    int root = ask_for_root(&sandbox);
    CHECK_IS(fstat(root, &given), 0);
    CHECK(S_ISDIR(given.st_mode) && stat("/", &outside) == 0 && outside.st_ino == given.st_ino);
    CHECK((fcntl(root, F_GETFL) & O_PATH) != 0);
    CHECK(ask_for_root(&sandbox) >= 0); /* the service, then the client */
    send_run(&sandbox, &(struct run){.arguments = SHELL("setsid sleep 1000 & exit 7")});
    struct outcome outcome = next_frame(&sandbox);
    CHECK_IS(outcome.type, FRAME_ENDED);
    CHECK_IS(outcome.code, 7);
    CHECK_IS(told(&sandbox).roots, 2);
    /* /proc is a mount that the sandbox alone has; what it shows are that sandbox's processes: init. */
    CHECK(faccessat(root, "proc/1", F_OK, 0) == 0 && faccessat(root, "proc/2", F_OK, 0) < 0);
    read_output(&sandbox, &outcome);
    check_lingers(&sandbox);
}

static void the_root_is_shown_once_where_its_caller_may_have_no_hooks(void) {
    struct sandbox sandbox;
    int status;
    park_as(&sandbox, "root-once");
    int root = ask_for_root(&sandbox);
    CHECK(root >= 0);
    send_empty(&sandbox, FRAME_ASK_ROOT);
    struct outcome outcome = next_frame(&sandbox);
    check_failed(outcome, 125, "cannot run hooks of your own: Operation not permitted");
    CHECK_TEXT(told(&sandbox).message, "cannot run hooks of your own: Operation not permitted");
    close(root);
    close(sandbox.socket);
    CHECK_IS(waitpid(sandbox.pid, &status, 0), sandbox.pid);

    park_as(&sandbox, "root-once");
    close(ask_for_root(&sandbox));
    send_run(&sandbox, &(struct run){.arguments = SHELL("exit 7")});
    CHECK_IS(next_frame(&sandbox).code, 7);
    check_lingers(&sandbox);
}

static void init_stays_for_whoever_has_the_root_when_there_was_no_command(void) {
    struct sandbox sandbox;
    park(&sandbox);
    ask_for_root(&sandbox);
    send_run(&sandbox, &(struct run){.arguments = WORDS("/no/such")});
    CHECK_IS(next_frame(&sandbox).type, FRAME_FAILED);
    CHECK_IS(told(&sandbox).roots, 1);
    check_lingers(&sandbox);
}

static void the_terminal_ends_with_the_command_although_init_stays(void) {
    struct sandbox sandbox;
    struct view view;
    int master;
    park(&sandbox);
    ask_for_root(&sandbox);
    send_run(&sandbox, &(struct run){.arguments = SHELL("echo x"), .pty = 7});
    CHECK_IS(reader_next(&sandbox.reader, &view), 0);
    CHECK_IS(view.type, FRAME_STARTED);
    CHECK_IS(reader_take(&sandbox.reader, &master, 1), 0);
    CHECK_IS(next_frame(&sandbox).type, FRAME_ENDED);
    char printed[16];
    CHECK_IS(read(master, printed, sizeof printed), 3);
    CHECK_IS(read(master, printed, sizeof printed), -1);
    CHECK_IS(errno, EIO);
    check_lingers(&sandbox);
}

static void asking_for_the_root_out_of_turn_ends_the_sandbox(void) {
    struct sandbox sandbox;
    int status;
    park(&sandbox);
    send_run(&sandbox, &(struct run){.arguments = SHELL("sleep 1000")});
    send_empty(&sandbox, FRAME_ASK_ROOT);
    CHECK_IS(next_frame(&sandbox).type, 0);
    CHECK_IS(waitpid(sandbox.pid, &status, 0), sandbox.pid);
    CHECK_IS(status, 1 << 8);
    park(&sandbox);
    ask_for_root(&sandbox);
    send_empty(&sandbox, FRAME_STARTED);
    CHECK_IS(next_frame(&sandbox).type, 0);
    CHECK_IS(waitpid(sandbox.pid, &status, 0), sandbox.pid);
    CHECK_IS(status, 1 << 8);
}

/* What is run. ----------------------------------------------------------------------------------------------------- */

static void words_and_variables_are_bytes(void) {
    check_output(
        RUN(.arguments = WORDS("/bin/sh", "-c", "printf '[%s]' \"$@\" \"$V\"", "sh", "", "a b\n", "\xff\xfe", "-c"),
            .environment = WORDS("PATH=/bin", "V=\xc3\x28=x")),
        "[][a b\n][\xff\xfe][-c][\xc3\x28=x]");
}

static void the_environment_is_what_was_sent_and_nothing_more(void) {
    check_output(RUN(.arguments = WORDS("/usr/bin/env"), .environment = WORDS("A=1", "B=")), "A=1\nB=\n");
    check_output(RUN(.arguments = WORDS("/usr/bin/env"), .environment = WORDS(NULL)), "");
}

static void a_hundred_thousand_words_arrive(void) {
    enum { COUNT = 100000 };
    static const char *words[COUNT + 5] = {"/bin/sh", "-c", "echo $#", "sh"};
    for (int i = 0; i < COUNT; i++)
        words[i + 4] = "word";
    check_output(RUN(.arguments = words), "100000\n");
}

static void more_words_than_the_kernel_takes_are_an_error(void) {
    enum { SIZE = 1 << 18 };
    static char large[SIZE + 1];
    memset(large, 'x', SIZE);
    check_failed(RUN(.arguments = WORDS("/bin/true", large)), 126, "cannot run /bin/true: Argument list too long");
}

static void a_command_that_is_not_there_is_127(void) {
    check_failed(RUN(.arguments = WORDS("no-such")), 127, "cannot run no-such: No such file or directory");
    check_failed(RUN(.arguments = WORDS("/no/such")), 127, "cannot run /no/such: No such file or directory");
    check_failed(RUN(.arguments = WORDS("")), 127, "cannot run : No such file or directory");
}

static void a_command_that_cannot_be_executed_is_126(void) {
    check_failed(RUN(.arguments = WORDS("/etc/passwd")), 126, "cannot run /etc/passwd: Permission denied");
    check_failed(RUN(.arguments = WORDS("/tmp")), 126, "cannot run /tmp: Permission denied");
    check_failed(RUN(.arguments = WORDS("/etc/passwd/x")), 126, "cannot run /etc/passwd/x: Not a directory");
}

static void a_script_without_an_interpreter_line_is_run_by_the_shell(void) {
    const char *script = file("script", "echo \"$# $1 $2\"\n", 0755);
    check_output(RUN(.arguments = WORDS(script, "a b", "c")), "2 a b c\n");
    char path[64];
    snprintf(path, sizeof path, "PATH=%s", place);
    check_output(RUN(.arguments = WORDS("script", "d"), .environment = WORDS(path)), "1 d \n");
}

static void the_path_is_searched_in_order(void) {
    char path[256];
    file("tool", "echo mine\n", 0755);
    file("denied", "", 0644);
    file("true", "", 0644);
    snprintf(path, sizeof path, "PATH=/no/such:/etc/passwd:%s:/bin", place);
    check_output(RUN(.arguments = WORDS("tool"), .environment = WORDS("A=PATH=/x", path, "PATH=/bin")), "mine\n");
    /* A file without permission is passed over, and remembered when nothing better comes. */
    check_output(RUN(.arguments = WORDS("true"), .environment = WORDS(path)), "");
    check_failed(RUN(.arguments = WORDS("denied"), .environment = WORDS(path)), 126,
                 "cannot run denied: Permission denied");
    check_failed(RUN(.arguments = WORDS("neither"), .environment = WORDS(path)), 127,
                 "cannot run neither: No such file or directory");
}

static void an_empty_element_of_the_path_is_the_working_directory(void) {
    file("tool", "echo mine\n", 0755);
    static const char *const paths[] = {"PATH=", "PATH=:/bin", "PATH=/bin:", "PATH=/no::/bin"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        check_output(RUN(.arguments = WORDS("tool"), .environment = WORDS(paths[i]), .directory = place), "mine\n");
    check_failed(RUN(.arguments = WORDS("tool"), .environment = WORDS("PATH=/bin"), .directory = place), 127,
                 "cannot run tool: No such file or directory");
}

static void without_a_path_there_is_a_default_one(void) {
    check_output(RUN(.arguments = WORDS("echo", "x"), .environment = WORDS("A=1")), "x\n");
}

static void an_element_of_the_path_that_is_too_long_is_passed_over(void) {
    static char path[3 * PATH_MAX] = "PATH=/";
    memset(path + 6, 'x', 2 * PATH_MAX);
    strcat(path, ":/bin");
    check_output(RUN(.arguments = WORDS("echo", "x"), .environment = WORDS(path)), "x\n");
}

static void the_fallback_is_run_when_the_first_is_not_there(void) {
    check_output(RUN(.arguments = WORDS("/no/shell", "-c", "echo $0"), .fallback = "/bin/sh"), "/bin/sh\n");
    check_failed(RUN(.arguments = WORDS("/etc/passwd"), .fallback = "/bin/sh"), 126,
                 "cannot run /etc/passwd: Permission denied");
    check_failed(RUN(.arguments = WORDS("/no/shell"), .fallback = "/no/other"), 127,
                 "cannot run /no/other: No such file or directory");
}

/* What it inherits. ------------------------------------------------------------------------------------------------ */

static void the_command_has_three_descriptors(void) {
    check_output(RUN(.arguments = WORDS("/bin/ls", "/proc/self/fd")), "0\n1\n2\n3\n"); /* 3 is the directory itself */
}

static void a_descriptor_that_was_closed_stays_closed(void) {
    CHECK_IS(RUN(.arguments = SHELL("[ ! -e /proc/$$/fd/0 ] && [ -e /proc/$$/fd/1 ]"), .closed = 1).code, 0);
    CHECK_IS(RUN(.arguments = SHELL("[ ! -e /proc/$$/fd/1 ] && [ -e /proc/$$/fd/2 ]"), .closed = 2).code, 0);
    CHECK_IS(
        RUN(.arguments = SHELL("for i in 0 1 2 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$i ] || exit $i; done; exit 42"),
            .closed = 7)
            .code,
        42);
}

static void the_input_is_the_callers_own(void) {
    int ends[2];
    CHECK(pipe2(ends, O_CLOEXEC) == 0 && write(ends[1], "text", 4) == 4 && close(ends[1]) == 0);
    check_output(RUN(.arguments = WORDS("cat"), .input = ends[0]), "text");
}

static void a_directory_as_a_descriptor_is_refused(void) {
    int directory = open("/tmp", O_RDONLY | O_CLOEXEC);
    check_failed(RUN(.arguments = WORDS("true"), .input = directory), 125,
                 "cannot give the command standard input: Is a directory");
    directory = open("/tmp", O_PATH | O_CLOEXEC);
    check_failed(RUN(.arguments = WORDS("true"), .input = directory), 125,
                 "cannot give the command standard input: Is a directory");
}

/* Those of the shell itself, which opens none for this: a pipeline's would be among them. */
#define OPEN_DESCRIPTORS "i=0; while [ $i -lt 1024 ]; do [ ! -e /proc/$$/fd/$i ] || printf '%s ' $i; i=$((i + 1)); done"

static void listening_sockets_come_from_3_on_and_are_named(void) {
    static const char script[] = "echo $LISTEN_FDS $LISTEN_FDNAMES $((LISTEN_PID - $$)) $HELD; " OPEN_DESCRIPTORS;
    struct run run = {.arguments = SHELL(script), .names = "web:web:", .listener_count = 3};
    for (size_t i = 0; i < run.listener_count; i++)
        run.listeners[i] = listening(SOCK_STREAM, true);
    run.environment = WORDS("PATH=/usr/bin:/bin", "LISTEN_FDS=9", "LISTEN_PID=1", "HELD=on", "LISTEN_FDNAMES=x");
    struct outcome outcome = outcome_of(&run);
    CHECK_TEXT(outcome.output, "3 web:web: 0 on\n0 1 2 3 4 5 ");

    run = (struct run){.arguments = WORDS("/no/such"), .names = "one", .listener_count = 1};
    run.listeners[0] = listening(SOCK_STREAM, true);
    check_failed(outcome_of(&run), 127, "cannot run /no/such: No such file or directory");
}

static void many_listening_sockets_displace_nothing_that_is_needed(void) {
    struct run run = {.arguments = SHELL("echo $LISTEN_FDS; " OPEN_DESCRIPTORS "; exit 7"),
                      .names = ":::::::::::::::",
                      .listener_count = LISTENERS_MAX};
    for (size_t i = 0; i < run.listener_count; i++)
        run.listeners[i] = listening(SOCK_STREAM, true);
    struct outcome outcome = outcome_of(&run);
    CHECK_TEXT(outcome.output, "16\n0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 ");
    CHECK_IS(outcome.code, 7);
}

static void only_sockets_that_listen_come_in_as_such(void) {
    struct run run = {.arguments = WORDS("true"), .names = "x", .listener_count = 1};
    const int wrong[] = {listening(SOCK_STREAM, false), listening(SOCK_DGRAM, false), open("/etc/passwd", O_RDONLY),
                         open("/", O_RDONLY | O_DIRECTORY), open("/", O_PATH)};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        run.listeners[0] = wrong[i];
        check_failed(outcome_of(&run), 125, "cannot give the command a listening socket: Invalid argument");
    }
}

static void the_working_directory_is_the_named_one(void) {
    check_output(RUN(.arguments = SHELL("pwd -P")), "/\n");
    check_output(RUN(.arguments = SHELL("pwd -P"), .directory = "/usr/bin"), "/usr/bin\n");
    check_failed(RUN(.arguments = SHELL("pwd"), .directory = "/no/such"), 125,
                 "cannot enter directory /no/such: No such file or directory");
    check_failed(RUN(.arguments = SHELL("pwd"), .directory = "/etc/passwd"), 125,
                 "cannot enter directory /etc/passwd: Not a directory");
    check_output(RUN(.arguments = SHELL("pwd -P"), .directory = "/usr/bin", .or_root = true), "/usr/bin\n");
    check_output(RUN(.arguments = SHELL("pwd -P"), .directory = "/no/such", .or_root = true), "/\n");
}

static void a_deleted_working_directory_is_a_deleted_one_inside(void) {
    struct outcome outcome = RUN(.arguments = WORDS("readlink", "/proc/self/cwd"), .directory = "");
    CHECK_IS(outcome.code, 0);
    CHECK(strstr(outcome.output, " (deleted)\n") != NULL);
}

static void mask_and_nice_value_are_inherited(void) {
    check_output(RUN(.arguments = SHELL("umask; nice"), .umask = 0137, .nice = 19), "0137\n19\n");
}

static void a_sandbox_has_no_more_processes_than_its_argument_says(void) {
    struct rlimit limits[RLIMIT_NPROC + 1];
    for (int i = 0; i <= RLIMIT_NPROC; i++)
        CHECK_IS(getrlimit(i, &limits[i]), 0);
    limits[RLIMIT_NPROC] = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
    struct run run = {
        .arguments = SHELL("sed -n 's/^Max processes *\\([0-9]*\\) *\\([0-9]*\\) .*/\\1 \\2/p' /proc/self/limits")};
    run.limits = limits;
    run.limit_count = RLIMIT_NPROC + 1;
    struct sandbox sandbox;
    park_as(&sandbox, "processes=123");
    send_run(&sandbox, &run);
    check_output(last_frame(&sandbox), "123 123\n");
}

static void limits_are_inherited_and_never_raised(void) {
    struct rlimit limits[RLIMIT_NOFILE + 1];
    for (int i = 0; i <= RLIMIT_NOFILE; i++)
        CHECK_IS(getrlimit(i, &limits[i]), 0);
    limits[RLIMIT_NOFILE] = (struct rlimit){64, 128};
    limits[RLIMIT_CORE] = (struct rlimit){0, 0};
    struct run run = {.arguments = SHELL("ulimit -Sn; ulimit -Hn; ulimit -Sc"), .limits = limits};
    run.limit_count = RLIMIT_NOFILE + 1;
    check_output(outcome_of(&run), "64\n128\n0\n");
    /* From within a sandbox of less: asking for more gives what there is. */
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){200, 300});
    limits[RLIMIT_NOFILE] = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
    check_output(outcome_of(&run), "300\n300\n0\n");
}

static void processors_are_inherited(void) {
    cpu_set_t own, one;
    CHECK_IS(sched_getaffinity(0, sizeof own, &own), 0);
    int cpu = 0;
    while (!CPU_ISSET(cpu, &own))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    char expected[32];
    snprintf(expected, sizeof expected, "%d\n", cpu);
    check_output(RUN(.arguments = SHELL("sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status"), .cpus = &one,
                     .cpus_size = sizeof one),
                 expected);
}

#define SIGNAL_BIT(number) (UINT64_C(1) << ((number)-1))

static void ignored_and_blocked_signals_are_inherited(void) {
    struct run run = {.arguments = WORDS("sed", "-n", "s/^Sig\\(Ign\\|Blk\\|Cgt\\):\t//p", "/proc/self/status")};
    check_output(outcome_of(&run), "0000000000000000\n0000000000000000\n0000000000000000\n");
    run.ignored = SIGNAL_BIT(SIGHUP) | SIGNAL_BIT(40) | SIGNAL_BIT(64);
    run.blocked = SIGNAL_BIT(SIGUSR1) | SIGNAL_BIT(33);
    check_output(outcome_of(&run), "0000000100000200\n8000008000000001\n0000000000000000\n");
}

static void the_command_leads_a_process_group_in_inits_session(void) {
    check_output(RUN(.arguments = SHELL("set -- $(cat /proc/$$/stat); [ $5 = $$ ] && echo $4 $6 $7")), "1 1 0\n");
}

/* Signals. --------------------------------------------------------------------------------------------------------- */

static void signals_of_the_list_reach_the_command(void) {
    struct sandbox sandbox;
    char byte[2];
    static const struct {
        const char *name;
        uint32_t number;
    } signals[] = {{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"TERM", SIGTERM},  {"USR1", SIGUSR1},
                   {"USR2", SIGUSR2}, {"CONT", SIGCONT}, {"TSTP", SIGTSTP}, {"WINCH", SIGWINCH}};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        char script[128];
        snprintf(script, sizeof script, "trap 'exit 9' %s; echo; while :; do :; done", signals[i].name);
        park(&sandbox);
        send_run(&sandbox, &(struct run){.arguments = SHELL(script)});
        CHECK_IS(read(sandbox.output, byte, 1), 1);
        send_number(&sandbox, signals[i].number);
        CHECK_IS(last_frame(&sandbox).code, 9);
    }
}

static void a_signal_that_comes_right_behind_the_command_reaches_it(void) {
    struct sandbox sandbox;
    park(&sandbox);
    send_run(&sandbox, &(struct run){.arguments = WORDS("sleep", "1000")});
    send_number(&sandbox, SIGTERM);
    CHECK_IS(last_frame(&sandbox).number, SIGTERM);
    /* All in one piece, so that they are received together. */
    park(&sandbox);
    struct frame frame = run_frame(&(struct run){.arguments = WORDS("sleep", "1000"), .closed = 7});
    CHECK_IS(frame_send(-1, &frame, NULL, 0), -EBADF); /* fills in the length */
    unsigned char bytes[1024];
    memcpy(bytes, frame.data, frame.size);
    memcpy(bytes + frame.size, "\x0a\0\0\0\x13\x2e\x04\0\0\0\x0f\0\0\0", 14);
    CHECK_IS(send(sandbox.socket, bytes, frame.size + 14, 0), frame.size + 14);
    CHECK_IS(last_frame(&sandbox).number, SIGTERM);
}

static void a_signal_goes_to_the_commands_whole_group(void) {
    struct sandbox sandbox;
    char byte;
    park(&sandbox);
    send_run(&sandbox, &(struct run){.arguments = SHELL(
                                         "trap 'wait; exit 9' TERM\n"
                                         "sh -c 'trap \"echo inner; exit\" TERM; echo; while :; do :; done' & wait")});
    CHECK_IS(read(sandbox.output, &byte, 1), 1);
    send_number(&sandbox, SIGTERM);
    struct outcome outcome = last_frame(&sandbox);
    CHECK_IS(outcome.code, 9);
    CHECK_TEXT(outcome.output, "inner\n");
}

static void a_command_that_stops_is_reported_and_goes_on(void) {
    struct sandbox sandbox;
    park(&sandbox);
    send_run(&sandbox, &(struct run){.arguments = SHELL("kill -STOP $$; kill -TSTP $$; exit 4")});
    struct outcome outcome = next_frame(&sandbox);
    CHECK_IS(outcome.type, FRAME_STOPPED);
    CHECK_IS(outcome.number, SIGSTOP);
    send_number(&sandbox, SIGCONT);
    outcome = next_frame(&sandbox);
    CHECK_IS(outcome.type, FRAME_STOPPED);
    CHECK_IS(outcome.number, SIGTSTP);
    send_number(&sandbox, SIGCONT);
    CHECK_IS(last_frame(&sandbox).code, 4);
}

/* A peer that breaks the protocol gets nothing but the end of its sandbox. ----------------------------------------- */

/* What is sent breaks the protocol: nothing is answered, everything ends. */
static void check_broken(struct sandbox *sandbox, int descriptor, const void *bytes, size_t size) {
    struct outcome outcome;
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec data = {.iov_base = (void *)bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        control.align =
            (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.align), &descriptor, sizeof descriptor);
    }
    CHECK_IS(sendmsg(sandbox->socket, &message, MSG_NOSIGNAL), size);
    CHECK_IS(next_frame(sandbox).type, 0);
    if (sandbox->output >= 0)
        read_output(sandbox, &outcome);
    int status;
    CHECK_IS(waitpid(sandbox->pid, &status, 0), sandbox->pid);
    CHECK_IS(status, 1 << 8);
}

#define CHECK_BROKEN(sandbox, descriptor, literal) check_broken((sandbox), (descriptor), literal, sizeof literal - 1)

static void a_broken_first_frame_ends_the_sandbox(void) {
    struct sandbox sandbox;
    park(&sandbox);
    CHECK_BROKEN(&sandbox, -1, "\0\0\0\0");
    park(&sandbox);
    CHECK_BROKEN(&sandbox, -1, "\x01\0\0\x01"); /* larger than RUN may be */
    park(&sandbox);
    CHECK_BROKEN(&sandbox, -1, "\x0a\0\0\0\x13\x2e\x04\0\0\0\x0f\0\0\0"); /* SIGNAL */
    park(&sandbox);
    CHECK_BROKEN(&sandbox, -1, "\x01\0\0\0\x11"); /* RUN without anything */
    park(&sandbox);
    CHECK_BROKEN(&sandbox, -1, "\x01\0\0\0\xff");
    park(&sandbox);
    CHECK_BROKEN(&sandbox, -1, "\x07\0\0\0\x11\x20\x01\0\0\0x"); /* a word that is not ended */
    park(&sandbox);
    CHECK_BROKEN(&sandbox, -1, "\x06\0\0\0\x11\x20\0\0\0\0"); /* no words */
    park(&sandbox);
    CHECK_BROKEN(&sandbox, -1, "\x06\0\0\0\x11\x09\0\0\0\0"); /* a field that RUN does not have */
    park(&sandbox);
    CHECK_BROKEN(&sandbox, -1, "\x0a\0\0\0\x11\x01\x04\0\0\0\x02\0\0\0"); /* another version */
}

/* RUN with one thing wrong: the command must not run. */
static void check_broken_run(void (*break_it)(struct frame *frame)) {
    struct sandbox sandbox;
    char path[64], script[96];
    struct frame frame;
    snprintf(path, sizeof path, "%s/ran", place);
    snprintf(script, sizeof script, ": > %s", path);
    frame = run_frame(&(struct run){.arguments = SHELL(script), .closed = 7});
    break_it(&frame);
    CHECK_IS(frame_send(-1, &frame, NULL, 0), -EBADF); /* fills in the length */
    park(&sandbox);
    check_broken(&sandbox, -1, frame.data, frame.size);
    CHECK(access(path, F_OK) < 0 && errno == ENOENT);
}

static void repeat_a_field(struct frame *frame) { frame_u32(frame, FIELD_UMASK, 0); }
static void add_an_unknown_field(struct frame *frame) { frame_u32(frame, FIELD_STATUS, 0); }
static void add_a_byte(struct frame *frame) { frame_add(frame, "", 1); }
static void drop_the_last_field(struct frame *frame) { frame->size -= 13; /* BLOCKED */ }
static void name_an_odd_limit(struct frame *frame) { frame_field(frame, FIELD_LIMITS, "12345678", 8); }
static void name_too_many_limits(struct frame *frame) { frame_field(frame, FIELD_LIMITS, (char[272]){0}, 272); }
static void name_a_short_window(struct frame *frame) { frame_field(frame, FIELD_WINDOW, "1234567", 7); }
static void name_a_long_defer(struct frame *frame) { frame_field(frame, FIELD_DEFER, "1", 1); }
static void name_short_modes(struct frame *frame) { frame_field(frame, FIELD_MODES, (char[35]){0}, 35); }
static void name_long_modes(struct frame *frame) { frame_field(frame, FIELD_MODES, (char[65]){0}, 65); }
static void name_a_directory_with_a_nul(struct frame *frame) { frame_field(frame, FIELD_WORKDIR, "/\0tmp", 5); }
static void name_a_long_fallback(struct frame *frame) { frame_field(frame, FIELD_FALLBACK, (char[4097]){0}, 4097); }
static void name_a_fourth_terminal(struct frame *frame) { frame_u32(frame, FIELD_PTY, 8); }

static void a_run_with_one_thing_wrong_runs_nothing(void) {
    void (*const ways[])(struct frame *) = {repeat_a_field,        add_an_unknown_field,        add_a_byte,
                                            drop_the_last_field,   name_an_odd_limit,           name_too_many_limits,
                                            name_a_short_window,   name_a_long_defer,           name_short_modes,
                                            name_long_modes,       name_a_directory_with_a_nul, name_a_long_fallback,
                                            name_a_fourth_terminal};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        check_broken_run(ways[i]);
}

static void descriptors_that_do_not_match_end_the_sandbox(void) {
    struct sandbox sandbox;
    struct frame frame = run_frame(&(struct run){.arguments = WORDS("true"), .closed = 7});
    CHECK_IS(frame_send(-1, &frame, NULL, 0), -EBADF);
    park(&sandbox);
    check_broken(&sandbox, 0, frame.data, frame.size); /* one, of none */
    frame = run_frame(&(struct run){.arguments = WORDS("true"), .closed = 6});
    CHECK_IS(frame_send(-1, &frame, NULL, 0), -EBADF);
    park(&sandbox);
    check_broken(&sandbox, -1, frame.data, frame.size); /* none, of one */
}

static void start_sleeper(struct sandbox *sandbox) {
    char byte;
    park(sandbox);
    send_run(sandbox, &(struct run){.arguments = SHELL("trap '' HUP INT QUIT TERM; echo; sleep 1000 & wait")});
    CHECK_IS(read(sandbox->output, &byte, 1), 1);
}

static void a_broken_later_frame_ends_the_command(void) {
    struct sandbox sandbox;
    static const unsigned char numbers[] = {0, SIGKILL, SIGSTOP, SIGSEGV, SIGCHLD, SIGALRM, 64, 65, 255};
    for (size_t i = 0; i < sizeof numbers; i++) {
        unsigned char frame[] = {10, 0, 0, 0, FRAME_SIGNAL, FIELD_NUMBER, 4, 0, 0, 0, numbers[i], 0, 0, 0};
        start_sleeper(&sandbox);
        check_broken(&sandbox, -1, frame, sizeof frame);
    }
    start_sleeper(&sandbox);
    CHECK_BROKEN(&sandbox, -1, "\x0a\0\0\0\x13\x2e\x04\0\0\0\xf1\xff\xff\xff"); /* -SIGTERM */
    start_sleeper(&sandbox);
    CHECK_BROKEN(&sandbox, -1, "\0\0\0\0");
    start_sleeper(&sandbox);
    CHECK_BROKEN(&sandbox, -1, "\x01\x10\0\0\x13"); /* 4,097 bytes */
    start_sleeper(&sandbox);
    CHECK_BROKEN(&sandbox, -1, "\x01\0\0\0\x11"); /* a second RUN */
    start_sleeper(&sandbox);
    CHECK_BROKEN(&sandbox, -1, "\x01\0\0\0\x13"); /* SIGNAL without a number */
    start_sleeper(&sandbox);
    CHECK_BROKEN(&sandbox, -1, "\x0d\0\0\0\x14\x2f\x07\0\0\0 1234567"); /* a window of 7 bytes */
    start_sleeper(&sandbox);
    CHECK_BROKEN(&sandbox, 0, "\x0a\0\0\0\x13\x2e\x04\0\0\0\x0f\0\0\0"); /* SIGNAL with a descriptor */
    start_sleeper(&sandbox);
    CHECK_BROKEN(&sandbox, -1, "\x07\0\0\0\x15\x26\x01\0\0\0x"); /* FOREGROUND with short modes */
}

/* The terminal. ---------------------------------------------------------------------------------------------------- */

/* The first frame of a run with a terminal: its master. */
static int take_master(struct sandbox *sandbox) {
    int master;
    CHECK_IS(next_frame(sandbox).type, FRAME_STARTED);
    CHECK_IS(reader_take(&sandbox->reader, &master, 1), 0);
    return master;
}

/* Reads what the command prints until it ends with this. */
static void expect(int master, const char *end) {
    char text[4096];
    size_t have = 0, size = strlen(end);
    do {
        ssize_t got = read(master, text + have, sizeof text - 1 - have);
        CHECK(got > 0);
        have += (size_t)got;
        text[have] = 0;
    } while (have < size || strcmp(text + have - size, end) != 0);
}

static void a_terminal_inside_is_the_commands_own(void) {
    struct sandbox sandbox;
    park(&sandbox);
    send_run(&sandbox,
             &(struct run){.arguments = SHELL(
                               "stty size; tty >/dev/null && echo $(ps -o tpgid= -p $$) $$; read x; echo \"<$x>\""),
                           .pty = 7});
    int master = take_master(&sandbox);
    expect(master, "33 101\r\n2 2\r\n");
    CHECK_IS(write(master, "typed\n", 6), 6);
    expect(master, "<typed>\r\n");
    CHECK_IS(last_frame(&sandbox).code, 0);
}

static void only_the_wanted_descriptors_are_the_terminal(void) {
    struct sandbox sandbox;
    park(&sandbox);
    send_run(&sandbox, &(struct run){.arguments = SHELL("[ -t 0 ] && [ ! -t 1 ] && [ -t 2 ] && echo out"), .pty = 5});
    take_master(&sandbox);
    struct outcome outcome = last_frame(&sandbox);
    CHECK_IS(outcome.code, 0);
    CHECK_TEXT(outcome.output, "out\n");
}

static void without_a_terminal_there_is_none_to_open(void) {
    CHECK_IS(RUN(.arguments = SHELL("if true </dev/tty; then exit 1; else exit 3; fi 2>/dev/null")).code, 3);
}

static void keys_make_signals_in_the_foreground_only(void) {
    struct sandbox sandbox;
    park(&sandbox);
    send_run(&sandbox, &(struct run){.arguments = SHELL("trap 'exit 5' INT; echo up; while :; do :; done"), .pty = 7});
    int master = take_master(&sandbox);
    expect(master, "up\r\n");
    CHECK_IS(write(master, "\3", 1), 1);
    CHECK_IS(last_frame(&sandbox).code, 5);
}

static void the_window_follows_the_callers(void) {
    struct sandbox sandbox;
    unsigned char bytes[32];
    struct frame frame;
    const struct winsize window = {.ws_row = 12, .ws_col = 34};
    park(&sandbox);
    send_run(&sandbox,
             &(struct run){.arguments = SHELL("trap 'stty size; exit' WINCH; echo up; while :; do :; done"), .pty = 7});
    int master = take_master(&sandbox);
    expect(master, "up\r\n");
    frame_begin(&frame, bytes, sizeof bytes, FRAME_RESIZE);
    frame_field(&frame, FIELD_WINDOW, &window, sizeof window);
    CHECK_IS(frame_send(sandbox.socket, &frame, NULL, 0), 0);
    expect(master, "12 34\r\n");
    CHECK_IS(last_frame(&sandbox).code, 0);
}

static void a_command_in_the_background_asks_for_the_terminal(void) {
    struct sandbox sandbox;
    park(&sandbox);
    send_run(&sandbox, &(struct run){.arguments = SHELL("read x; echo \"<$x>\""), .pty = 7, .defer = true});
    int master = take_master(&sandbox);
    CHECK_IS(next_frame(&sandbox).type, FRAME_WANTS_TERMINAL);
    /* Continued without it, it asks again. */
    send_number(&sandbox, SIGCONT);
    CHECK_IS(next_frame(&sandbox).type, FRAME_WANTS_TERMINAL);
    send_foreground(&sandbox);
    CHECK_IS(write(master, "typed\n", 6), 6);
    expect(master, "<typed>\r\n");
    CHECK_IS(last_frame(&sandbox).code, 0);
}

static void a_command_suspended_at_the_terminal_goes_on_in_the_foreground(void) {
    struct sandbox sandbox;
    park(&sandbox);
    send_run(&sandbox, &(struct run){.arguments = SHELL("echo up; read x; echo \"<$x>\""), .pty = 7});
    int master = take_master(&sandbox);
    expect(master, "up\r\n");
    CHECK_IS(write(master, "\x1a", 1), 1);
    struct outcome outcome = next_frame(&sandbox);
    CHECK_IS(outcome.type, FRAME_STOPPED);
    CHECK_IS(outcome.number, SIGTSTP);
    send_number(&sandbox, SIGCONT); /* bg */
    CHECK_IS(next_frame(&sandbox).type, FRAME_WANTS_TERMINAL);
    send_foreground(&sandbox); /* fg */
    CHECK_IS(write(master, "typed\n", 6), 6);
    expect(master, "<typed>\r\n");
    CHECK_IS(last_frame(&sandbox).code, 0);
}

/* What holds the command. ------------------------------------------------------------------------------------------ */

#define REFUSED(call, error) (errno = 0, (call) == -1 && errno == (error))

/* Runs as the command: exit 0, or the number of the first thing that was not refused as it should be. */
#ifdef __x86_64__
/* Asked in a process of its own: where the kernel or the processor has no such calls at all, a signal ends it. */
static bool lacks_32_bit_calls(void) {
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL); /* the sanitizer's report would be one of a fault */
        long result;
        __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L /* getpid there */) : "memory", "r8", "r9", "r10", "r11");
        _exit((int)result == -ENOSYS ? 0 : 1);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && (status == 0 || WIFSIGNALED(status));
}
#endif

static int probe(void) {
    char key[] = "x";
    if (!REFUSED(ioctl(0, TIOCSTI, key), EPERM))
        return 1;
    if (!REFUSED(syscall(SYS_ioctl, 0, UINT64_C(0x100000000) + TIOCSTI, key), EPERM))
        return 2;
    if (!REFUSED(ioctl(0, TIOCLINUX, key), EPERM))
        return 3;
    if (!REFUSED(unshare(CLONE_NEWUSER), EPERM) || !REFUSED(unshare(CLONE_NEWNS), EPERM))
        return 4;
    if (!REFUSED(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL), EPERM))
        return 5;
    if (!REFUSED(syscall(435 /* clone3 */, NULL, 0), ENOSYS))
        return 6;
    if (!REFUSED(syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL), EPERM))
        return 7;
    if (!REFUSED(syscall(430 /* fsopen */, "tmpfs", 0), EPERM) || !REFUSED(syscall(442 /* mount_setattr */), EPERM))
        return 8;
    if (!REFUSED(syscall(SYS_keyctl, 0, 0, 0, 0, 0), EPERM) || !REFUSED(syscall(SYS_add_key), EPERM))
        return 9;
    if (!REFUSED(syscall(SYS_io_uring_setup, 1, NULL), ENOSYS) || !REFUSED(syscall(SYS_bpf), EPERM))
        return 10;
    if (!REFUSED(syscall(SYS_setns, 0, 0), EPERM) || !REFUSED(syscall(SYS_quotactl), EPERM))
        return 11;
    if (!REFUSED(socket(40 /* AF_VSOCK */, SOCK_STREAM, 0), EAFNOSUPPORT))
        return 12;
    if (!REFUSED(socket(AF_PACKET, SOCK_RAW, 0), EAFNOSUPPORT) ||
        !REFUSED(socket(AF_INET, SOCK_PACKET, 0x300 /* ETH_P_ALL */), EAFNOSUPPORT))
        return 13;
#ifdef __x86_64__
    if (!REFUSED(syscall(0x40000000 | SYS_getpid), ENOSYS))
        return 14;
    if (!lacks_32_bit_calls())
        return 15;
#endif
    if (!REFUSED(ptrace(PTRACE_SEIZE, 1, NULL, NULL), EPERM))
        return 16;
    int init = (int)syscall(SYS_pidfd_open, 1, 0);
    if (init < 0 || !REFUSED(syscall(SYS_pidfd_getfd, init, 3, 0), EPERM))
        return 17;
    /* And what is ordinary works. */
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    if (pid < 0 || waitpid(pid, NULL, 0) != pid)
        return 20;
    if (socket(AF_UNIX, SOCK_STREAM, 0) < 0)
        return 21;
    return 0;
}

static void what_leads_out_is_refused_by_the_filter(void) {
    /* The tracing way to look for leaks is not needed, and nothing the filter has to allow. */
    CHECK_IS(RUN(.arguments = WORDS(self, "probe"), .environment = WORDS("ASAN_OPTIONS=detect_leaks=0")).code, 0);
    check_output(RUN(.arguments = WORDS("sed", "-n", "s/^\\(NoNewPrivs\\|Seccomp\\):\t//p", "/proc/self/status")),
                 "1\n2\n");
}

static void the_command_cannot_look_into_init(void) {
    check_output(
        RUN(.arguments = SHELL("readlink /proc/1/fd/3; cat /proc/1/environ; true < /proc/1/mem && echo memory; "
                               "true < /proc/1/fd/0 && echo descriptor; "
                               "kill -KILL 1; kill -STOP 1; kill -TERM 1; echo alive"),
            .closed = 4),
        "alive\n");
}

/* Sessions. -------------------------------------------------------------------------------------------------------- */

/* A session, and where its clients connect. */
struct session {
    struct sandbox init; /* only its pid, when it serves */
    struct sockaddr_un address;
};

static void send_serve(struct sandbox *sandbox, uint32_t idle, uint32_t total, int listener, int count) {
    unsigned char bytes[64];
    struct frame frame;
    frame_begin(&frame, bytes, sizeof bytes, FRAME_SERVE);
    frame_u32(&frame, FIELD_VERSION, PROTOCOL_VERSION);
    frame_u32(&frame, FIELD_IDLE, idle);
    frame_u32(&frame, FIELD_TOTAL, total);
    CHECK_IS(frame_send(sandbox->socket, &frame, &listener, (size_t)count), 0);
}

/* For a session that a case ends; one of a case that has failed is gone after that. */
enum { LONG = 100 };

static void serve_as(struct session *session, const char *word, uint32_t idle, uint32_t total) {
    *session = (struct session){.address = {.sun_family = AF_UNIX}};
    snprintf(session->address.sun_path, sizeof session->address.sun_path, "%s/session", place);
    unlink(session->address.sun_path);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_IS(bind(listener, (struct sockaddr *)&session->address, sizeof session->address), 0);
    CHECK_IS(listen(listener, 128), 0);
    park_as(&session->init, word);
    send_serve(&session->init, idle, total, listener, 1);
    close(listener);
    CHECK_IS(next_frame(&session->init).type, FRAME_SERVING);
    close(session->init.socket); /* which is not the session's life */
}

static void serve(struct session *session, uint32_t idle, uint32_t total) { serve_as(session, NULL, idle, total); }

/* 0, or why nobody is there. */
static int enter(const struct session *session, struct sandbox *client) {
    client->output = -1;
    client->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(client->socket, (const struct sockaddr *)&session->address, sizeof session->address) < 0)
        return errno;
    reader_begin(&client->reader, client->socket, client->buffer, sizeof client->buffer, SMALL_FRAME_MAX);
    return 0;
}

static void start_in(const struct session *session, struct sandbox *client, const struct run *run) {
    CHECK_IS(enter(session, client), 0);
    send_run(client, run);
}

static struct outcome end_of(struct sandbox *client) {
    struct outcome outcome = next_frame(client);
    CHECK_IS(reader_take(&client->reader, NULL, 0), 0);
    close(client->socket);
    return outcome;
}

static struct outcome outcome_in(const struct session *session, const struct run *run) {
    struct sandbox client;
    start_in(session, &client, run);
    struct outcome outcome = end_of(&client);
    read_output(&client, &outcome);
    close(client.output);
    return outcome;
}

#define RUN_IN(session, ...) outcome_in(session, &(struct run){__VA_ARGS__})

static void await_end(struct session *session) {
    int status;
    CHECK_IS(waitpid(session->init.pid, &status, 0), session->init.pid);
    CHECK_IS(status, 0);
    unlink(session->address.sun_path);
}

static void end(struct session *session) {
    struct sandbox client;
    CHECK_IS(enter(session, &client), 0);
    send_empty(&client, FRAME_END_SESSION);
    CHECK_IS(next_frame(&client).type, 0);
    close(client.socket);
    await_end(session);
}

static void commands_of_a_session_come_one_after_another(void) {
    struct session session;
    serve(&session, LONG, LONG);
    for (uint32_t i = 0; i < 20; i++) {
        struct outcome outcome = RUN_IN(&session, .arguments = SHELL("echo x; exit 3"));
        CHECK_TEXT(outcome.output, "x\n");
        CHECK_IS(outcome.code, 3);
    }
    CHECK_IS(RUN_IN(&session, .arguments = SHELL("kill -KILL $$")).number, SIGKILL);
    check_failed(RUN_IN(&session, .arguments = WORDS("/nonexistent/x")), 127,
                 "cannot run /nonexistent/x: No such file or directory");
    end(&session);
}

static void the_service_is_told_which_command_of_a_session_has_ended(void) {
    struct session session;
    struct sandbox gone;
    struct outcome outcome;
    serve(&session, LONG, LONG);
    CHECK_IS(RUN_IN(&session, .arguments = SHELL("exit 3"), .number = UINT64_C(1) << 40).code, 3);
    outcome = told(&session.init); /* before its client was */
    CHECK_IS(outcome.type, FRAME_FINISHED);
    CHECK_IS(outcome.code, 3);
    CHECK(outcome.command == UINT64_C(1) << 40);
    check_failed(RUN_IN(&session, .arguments = WORDS("/no/such"), .number = 2), 127,
                 "cannot run /no/such: No such file or directory");
    outcome = told(&session.init);
    CHECK_TEXT(outcome.message, "cannot run /no/such: No such file or directory");
    CHECK_IS(outcome.command, 2);
    start_in(&session, &gone, &(struct run){.arguments = SHELL("echo up; sleep 1000"), .number = 3});
    CHECK_IS(read(gone.output, outcome.output, 3), 3);
    close(gone.socket);
    read_output(&gone, &outcome);
    start_in(&session, &gone, &(struct run){.arguments = SHELL("echo up; sleep 1000"), .number = 4});
    CHECK_IS(read(gone.output, outcome.output, 3), 3);
    end(&session);
    outcome = told(&session.init); /* nothing of the third */
    CHECK_IS(outcome.command, 4);
    CHECK_TEXT(outcome.message, "cannot finish the command: its session was ended");
    CHECK_IS(told(&session.init).type, 0);
    close(gone.socket);
    close(session.init.telling);
}

static void many_commands_of_a_session_run_at_once(void) {
    enum { COUNT = 50 };
    static struct sandbox clients[COUNT];
    struct session session;
    int ends[2];
    serve(&session, LONG, LONG);
    CHECK_IS(pipe2(ends, O_CLOEXEC), 0);
    /* Each reads one byte: none ends before all are there. */
    for (int i = 0; i < COUNT; i++)
        start_in(&session, &clients[i], &(struct run){.arguments = SHELL("echo up; head -c 1"), .input = ends[0]});
    for (int i = 0; i < COUNT; i++) {
        char text[3];
        CHECK_IS(read(clients[i].output, text, 3), 3);
    }
    close(ends[0]);
    char bytes[COUNT];
    memset(bytes, 'a', sizeof bytes);
    CHECK_IS(write(ends[1], bytes, sizeof bytes), sizeof bytes);
    close(ends[1]);
    for (int i = 0; i < COUNT; i++) {
        struct outcome outcome = end_of(&clients[i]);
        CHECK_IS(outcome.code, 0);
        close(clients[i].output);
    }
    end(&session);
}

static void what_a_command_of_a_session_leaves_running_goes_on(void) {
    struct session session;
    serve(&session, LONG, LONG);
    struct outcome left = RUN_IN(&session, .arguments = SHELL("sleep 1000 </dev/null >/dev/null 2>&1 & echo $!"));
    char script[64];
    snprintf(script, sizeof script, "kill -0 %d && echo there", atoi(left.output));
    check_output(RUN_IN(&session, .arguments = SHELL(script)), "there\n");
    end(&session);
}

static void a_client_that_goes_takes_its_own_processes_with_it(void) {
    struct session session;
    struct sandbox gone, stays;
    struct outcome outcome = {0};
    serve(&session, LONG, LONG);
    start_in(&session, &gone,
             &(struct run){.arguments = SHELL("trap '' HUP TERM; sleep 1000 & (sleep 1000 &); echo up; wait")});
    start_in(&session, &stays, &(struct run){.arguments = SHELL("echo up; exec sleep 1000")});
    CHECK_IS(read(gone.output, outcome.output, 3), 3);
    CHECK_IS(read(stays.output, outcome.output, 3), 3);
    close(gone.socket);
    read_output(&gone, &outcome); /* nobody has it open any more */
    CHECK_TEXT(outcome.output, "");
    send_number(&stays, SIGTERM);
    CHECK_IS(end_of(&stays).number, SIGTERM);
    end(&session);
}

static void the_end_of_a_session_is_told_to_its_commands(void) {
    struct session session;
    struct sandbox client;
    struct outcome outcome = {0};
    serve(&session, LONG, LONG);
    start_in(&session, &client, &(struct run){.arguments = SHELL("trap '' TERM; echo up; setsid sleep 1000")});
    CHECK_IS(read(client.output, outcome.output, 3), 3);
    end(&session);
    outcome = end_of(&client);
    CHECK_IS(outcome.type, FRAME_FAILED);
    CHECK_IS(outcome.status, 125);
    CHECK_TEXT(outcome.message, "cannot finish the command: its session was ended");
    read_output(&client, &outcome);
}

static void a_sessions_time_is_over(void) {
    struct session session;
    struct sandbox client;
    serve(&session, LONG, 2);
    start_in(&session, &client, &(struct run){.arguments = WORDS("/bin/sleep", "1000")});
    struct outcome outcome = end_of(&client);
    CHECK_IS(outcome.type, FRAME_FAILED);
    CHECK_IS(outcome.status, 124);
    CHECK_TEXT(outcome.message, "cannot finish the command: the time of its session is over");
    await_end(&session);
}

static void a_session_without_commands_ends(void) {
    struct session session;
    struct sandbox client;
    serve(&session, 2, LONG);
    check_output(RUN_IN(&session, .arguments = SHELL("sleep 1000 </dev/null >/dev/null 2>&1 & sleep 2.2; echo x")),
                 "x\n");
    await_end(&session);
    CHECK(enter(&session, &client) != 0);
}

static void a_session_survives_whatever_its_commands_signal(void) {
    struct session session;
    serve(&session, LONG, LONG);
    for (int i = 0; i < 5; i++)
        CHECK_IS(RUN_IN(&session, .arguments = SHELL("kill -STOP -1; kill -CONT -1; exit 4")).code, 4);
    for (int i = 0; i < 5; i++) {
        CHECK_IS(RUN_IN(&session, .arguments = SHELL("kill -KILL -1; echo left")).type, 0); /* its attendant too */
        struct outcome outcome = {0};
        for (int tries = 0; tries < 50 && outcome.type == 0; tries++) /* one that is just dying may still take some */
            outcome =
                RUN_IN(&session, .arguments = SHELL("kill -TERM 1 2>/dev/null; kill -KILL 1 2>/dev/null; echo x"));
        check_output(outcome, "x\n");
    }
    end(&session);
}

static void each_command_of_a_session_has_a_terminal_of_its_own(void) {
    struct session session;
    serve(&session, LONG, LONG);
    for (int i = 0; i < 3; i++) {
        struct sandbox client;
        start_in(&session, &client,
                 &(struct run){.arguments = SHELL("tty </dev/tty && kill -TSTP $$; exit 6"), .pty = 7});
        CHECK_IS(next_frame(&client).type, FRAME_STARTED);
        int master;
        CHECK_IS(reader_take(&client.reader, &master, 1), 0);
        struct outcome outcome = next_frame(&client);
        CHECK_IS(outcome.type, FRAME_STOPPED); /* its group is no orphan */
        CHECK_IS(outcome.number, SIGTSTP);
        send_foreground(&client);
        CHECK_IS(end_of(&client).code, 6);
        close(master);
        close(client.output);
    }
    end(&session);
}

static void the_root_is_given_in_a_session_too(void) {
    struct session session;
    struct sandbox client;
    int given[2];
    serve(&session, LONG, LONG);
    CHECK_IS(enter(&session, &client), 0);
    send_empty(&client, FRAME_ASK_ROOT);
    CHECK_IS(next_frame(&client).type, FRAME_ROOT);
    CHECK_IS(reader_take(&client.reader, given, 2), 0);
    send_run(&client, &(struct run){.arguments = SHELL("exit 5")});
    CHECK_IS(next_frame(&client).code, 5);
    close(client.socket);
    close(client.output);
    close(given[0]);
    close(given[1]);
    end(&session);
}

static void the_root_is_not_given_in_a_session_of_a_caller_who_may_have_no_hooks(void) {
    struct session session;
    struct sandbox client;
    serve_as(&session, "root-once", LONG, LONG);
    for (int i = 0; i < 2; i++) {
        CHECK_IS(enter(&session, &client), 0);
        send_empty(&client, FRAME_ASK_ROOT);
        check_failed(next_frame(&client), 125, "cannot run hooks of your own: Operation not permitted");
        close(client.socket);
        close(client.output);
    }
    CHECK_IS(enter(&session, &client), 0);
    send_run(&client, &(struct run){.arguments = SHELL("exit 5")});
    CHECK_IS(next_frame(&client).code, 5);
    close(client.socket);
    close(client.output);
    end(&session);
}

static void a_broken_frame_ends_nothing_but_its_connection(void) {
    struct session session;
    struct sandbox client;
    serve(&session, LONG, LONG);
    static const enum frame_type wrong[] = {FRAME_SERVE, FRAME_SIGNAL, FRAME_PARKED, FRAME_ENDED};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_IS(enter(&session, &client), 0);
        send_empty(&client, wrong[i]);
        CHECK_IS(next_frame(&client).type, 0);
        close(client.socket);
    }
    check_output(RUN_IN(&session, .arguments = SHELL("echo x")), "x\n");
    end(&session);
}

static void a_broken_wish_for_a_session_ends_the_sandbox(void) {
    int status;
    for (int i = 0; i < 6; i++) {
        struct sandbox sandbox;
        park(&sandbox);
        if (i == 0)
            send_serve(&sandbox, 1000, 1000, -1, 0); /* no socket */
        else if (i > 2)                              /* one that does not listen, and no limits */
            send_serve(&sandbox, i == 4 ? 0 : 1000, i == 5 ? 0 : 1000, listening(SOCK_STREAM, i > 3), 1);
        else
            send_empty(&sandbox, i == 1 ? FRAME_SERVE : FRAME_END_SESSION);
        CHECK_IS(next_frame(&sandbox).type, 0);
        close(sandbox.socket);
        CHECK_IS(waitpid(sandbox.pid, &status, 0), sandbox.pid);
    }
}

int main(int argc, char **argv) {
    static const struct test_case cases[] = {
        CASE(the_commands_exit_code_is_reported),
        CASE(the_signal_that_ended_the_command_is_reported),
        CASE(what_the_command_used_is_reported),
        CASE(what_the_command_left_running_ends_with_it),
        CASE(orphans_that_end_with_the_command_do_not_hide_its_end),
        CASE(the_sockets_end_is_the_commands_end),
        CASE(a_sandbox_that_is_not_claimed_ends_with_its_socket),
        CASE(the_service_is_told_how_the_command_has_ended),
        CASE(the_service_is_told_why_there_was_no_command),
        CASE(the_service_is_told_nothing_of_a_command_that_did_not_end_by_itself),
        CASE(a_service_that_listens_no_more_disturbs_nobody),
        CASE(the_root_is_given_and_shows_the_sandboxs_mounts_after_the_command),
        CASE(the_root_is_shown_once_where_its_caller_may_have_no_hooks),
        CASE(init_stays_for_whoever_has_the_root_when_there_was_no_command),
        CASE(the_terminal_ends_with_the_command_although_init_stays),
        CASE(asking_for_the_root_out_of_turn_ends_the_sandbox),
        CASE(words_and_variables_are_bytes),
        CASE(the_environment_is_what_was_sent_and_nothing_more),
        CASE(a_hundred_thousand_words_arrive),
        CASE(more_words_than_the_kernel_takes_are_an_error),
        CASE(a_command_that_is_not_there_is_127),
        CASE(a_command_that_cannot_be_executed_is_126),
        CASE(a_script_without_an_interpreter_line_is_run_by_the_shell),
        CASE(the_path_is_searched_in_order),
        CASE(an_empty_element_of_the_path_is_the_working_directory),
        CASE(without_a_path_there_is_a_default_one),
        CASE(an_element_of_the_path_that_is_too_long_is_passed_over),
        CASE(the_fallback_is_run_when_the_first_is_not_there),
        CASE(the_command_has_three_descriptors),
        CASE(a_descriptor_that_was_closed_stays_closed),
        CASE(the_input_is_the_callers_own),
        CASE(a_directory_as_a_descriptor_is_refused),
        CASE(listening_sockets_come_from_3_on_and_are_named),
        CASE(many_listening_sockets_displace_nothing_that_is_needed),
        CASE(only_sockets_that_listen_come_in_as_such),
        CASE(the_working_directory_is_the_named_one),
        CASE(a_deleted_working_directory_is_a_deleted_one_inside),
        CASE(mask_and_nice_value_are_inherited),
        CASE(limits_are_inherited_and_never_raised),
        CASE(a_sandbox_has_no_more_processes_than_its_argument_says),
        CASE(processors_are_inherited),
        CASE(ignored_and_blocked_signals_are_inherited),
        CASE(the_command_leads_a_process_group_in_inits_session),
        CASE(signals_of_the_list_reach_the_command),
        CASE(a_signal_that_comes_right_behind_the_command_reaches_it),
        CASE(a_signal_goes_to_the_commands_whole_group),
        CASE(a_command_that_stops_is_reported_and_goes_on),
        CASE(a_broken_first_frame_ends_the_sandbox),
        CASE(a_run_with_one_thing_wrong_runs_nothing),
        CASE(descriptors_that_do_not_match_end_the_sandbox),
        CASE(a_broken_later_frame_ends_the_command),
        CASE(a_terminal_inside_is_the_commands_own),
        CASE(only_the_wanted_descriptors_are_the_terminal),
        CASE(without_a_terminal_there_is_none_to_open),
        CASE(keys_make_signals_in_the_foreground_only),
        CASE(the_window_follows_the_callers),
        CASE(a_command_in_the_background_asks_for_the_terminal),
        CASE(a_command_suspended_at_the_terminal_goes_on_in_the_foreground),
        CASE(what_leads_out_is_refused_by_the_filter),
        CASE(the_command_cannot_look_into_init),
        CASE(commands_of_a_session_come_one_after_another),
        CASE(the_service_is_told_which_command_of_a_session_has_ended),
        CASE(many_commands_of_a_session_run_at_once),
        CASE(what_a_command_of_a_session_leaves_running_goes_on),
        CASE(a_client_that_goes_takes_its_own_processes_with_it),
        CASE(the_end_of_a_session_is_told_to_its_commands),
        CASE(a_sessions_time_is_over),
        CASE(a_session_without_commands_ends),
        CASE(a_session_survives_whatever_its_commands_signal),
        CASE(each_command_of_a_session_has_a_terminal_of_its_own),
        CASE(the_root_is_given_in_a_session_too),
        CASE(the_root_is_not_given_in_a_session_of_a_caller_who_may_have_no_hooks),
        CASE(a_broken_frame_ends_nothing_but_its_connection),
        CASE(a_broken_wish_for_a_session_ends_the_sandbox),
    };
    CHECK_IS(argc, 2);
    if (strcmp(argv[1], "probe") == 0)
        return probe();
    init_path = realpath(argv[1], NULL);
    CHECK(init_path != NULL && realpath("/proc/self/exe", self) != NULL);
    CHECK(mkdtemp(place) != NULL && chmod(place, 0755) == 0);
    int result = run_cases(cases, sizeof cases / sizeof *cases);
    static const char *const files[] = {"script", "tool", "denied", "true"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", place, files[i]);
        unlink(path);
    }
    CHECK_IS(rmdir(place), 0);
    return result;
}
