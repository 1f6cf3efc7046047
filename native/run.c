/* The conversation with init: what to run, signals on the way in, the end on the way out. */
#include "client.h"
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static unsigned char run_buffer[64 << 10];
static unsigned char reply_buffer[SMALL_FRAME_MAX + 4];
static unsigned char small_buffer[64];

#define BIT(number) (UINT64_C(1) << ((number)-1))
static const uint64_t travelling = BIT(SIGHUP) | BIT(SIGINT) | BIT(SIGQUIT) | BIT(SIGTERM) | BIT(SIGUSR1) |
                                   BIT(SIGUSR2) | BIT(SIGCONT) | BIT(SIGTSTP) | BIT(SIGWINCH);

/* What a frame from init means when it is not the end. */
enum { GO_ON = -1, BROKEN = -2 };
/* More than the kernel keeps of what was written to a pty and not read. */
enum { TERMINAL_BUFFER = 256 << 10 };

struct run {
    const struct claim *claim;
    const struct caller *caller;
    struct reader reader;
    struct keyboard keyboard;
    struct hooks hooks;
    int signals;
    bool started;
    bool deferred; /* the command has not had the terminal yet */
};

/* Sending. -------------------------------------------------------------------------------------------------------- */

static void add_terminal(struct frame *frame, const struct run *run) {
    frame_u32(frame, FIELD_PTY, run->caller->terminals);
    if (run->deferred)
        frame_field(frame, FIELD_DEFER, NULL, 0);
    else
        frame_field(frame, FIELD_MODES, run->keyboard.modes, TERMIOS_SIZE);
    struct winsize window;
    if (keyboard_window(&run->keyboard, &window) == 0)
        frame_field(frame, FIELD_WINDOW, &window, sizeof window);
}

static int send_run(const struct run *run, char **command) {
    const struct claim *claim = run->claim;
    const struct caller *caller = run->caller;
    char **environment = environment_make(claim, NULL);
    if (environment == NULL)
        return -ENOMEM;
    size_t size = run_size(command, environment);
    if (size > RUN_FRAME_MAX)
        return -E2BIG;
    void *buffer = run_buffer;
    if (size > sizeof run_buffer) {
        buffer = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (buffer == MAP_FAILED)
            return -errno;
    }
    const uint32_t open = caller->open & ~caller->terminals;
    struct frame frame;
    frame_begin(&frame, buffer, size > sizeof run_buffer ? size : sizeof run_buffer, FRAME_RUN);
    run_write(&frame, claim, caller, command, environment, open);
    if (run->keyboard.tty >= 0)
        add_terminal(&frame, run);

    int descriptors[3];
    size_t count = 0;
    for (int i = 0; i < 3; i++)
        if ((open >> i & 1) != 0)
            descriptors[count++] = i;
    return frame_send(claim->sandbox, &frame, descriptors, count);
}

static void send_number(const struct run *run, int number) {
    struct frame frame;
    frame_begin(&frame, small_buffer, sizeof small_buffer, FRAME_SIGNAL);
    frame_u32(&frame, FIELD_NUMBER, (uint32_t)number);
    /* A sandbox that has just ended says so by itself. */
    frame_send(run->claim->sandbox, &frame, NULL, 0);
}

static void send_window(const struct run *run) {
    struct winsize window;
    if (keyboard_window(&run->keyboard, &window) < 0)
        return;
    struct frame frame;
    frame_begin(&frame, small_buffer, sizeof small_buffer, FRAME_RESIZE);
    frame_field(&frame, FIELD_WINDOW, &window, sizeof window);
    frame_send(run->claim->sandbox, &frame, NULL, 0);
}

/* Stopping and going on. ------------------------------------------------------------------------------------------ */

static void pass_signals(const struct run *run, uint64_t without) {
    for (int number; (number = signals_next(run->signals)) > 0;) {
        if ((without & BIT(number)) != 0)
            continue;
        if (number == SIGWINCH && run->keyboard.tty >= 0)
            send_window(run);
        else
            send_number(run, number);
    }
}

static void give_terminal(struct run *run) {
    keyboard_take(&run->keyboard);
    /* Taking it may have stopped us: a signal that let us go on has done its work. */
    pass_signals(run, BIT(SIGCONT));
    send_window(run);
    struct frame frame;
    frame_begin(&frame, small_buffer, sizeof small_buffer, FRAME_FOREGROUND);
    if (run->deferred)
        frame_field(&frame, FIELD_MODES, run->keyboard.modes, TERMIOS_SIZE);
    run->deferred = false;
    frame_send(run->claim->sandbox, &frame, NULL, 0);
}

/* As if the stop had reached this process in place of the command: its parent sees a stopped job. */
static void stop_self(struct run *run) {
    keyboard_restore(&run->keyboard);
    struct sigaction action = {.sa_handler = SIG_DFL}, before;
    sigaction(SIGTSTP, &action, &before);
    /* On a terminal the key would have stopped the whole job. */
    kill(run->keyboard.tty >= 0 ? 0 : getpid(), SIGTSTP);
    sigset_t only, old;
    sigemptyset(&only);
    sigaddset(&only, SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &only, &old);
    sigprocmask(SIG_SETMASK, &old, NULL);
    sigaction(SIGTSTP, &before, NULL);
    /* Here again: continued; the signal that did it is answered below. */
    pass_signals(run, BIT(SIGCONT));
    if (run->keyboard.tty >= 0 && keyboard_foreground(&run->keyboard))
        give_terminal(run);
    else
        send_number(run, SIGCONT);
}

/* The end. -------------------------------------------------------------------------------------------------------- */

static void print_ms(char *text, size_t size, uint64_t us) {
    snprintf(text, size, "%llu.%03u", (unsigned long long)(us / 1000), (unsigned)(us % 1000));
}

static void write_status(const struct claim *claim, int exit_status, const struct ending *ending) {
    if (claim->status_descriptor < 0)
        return;
    char code[16] = "null", number[16] = "null", elapsed[32], user[32], system[32];
    if (ending->number > 0)
        snprintf(number, sizeof number, "%u", ending->number);
    else
        snprintf(code, sizeof code, "%d", exit_status);
    signal(SIGPIPE, SIG_IGN); /* nobody reads it: that is an error to tell, not a reason to die */
    print_ms(elapsed, sizeof elapsed, ending->elapsed);
    print_ms(user, sizeof user, ending->user);
    print_ms(system, sizeof system, ending->system);
    /* In one write: others may write to the same file. */
    static char line[SMALL_FRAME_MAX + 512];
    int size = snprintf(
        line, sizeof line,
        "{\"exit\":%s,\"signal\":%s,\"elapsed_ms\":%s,\"user_ms\":%s,\"system_ms\":%s,\"max_rss_kib\":%llu%s%.*s}\n",
        code, number, elapsed, user, system, (unsigned long long)ending->peak, claim->origin.size > 0 ? "," : "",
        (int)claim->origin.size, claim->origin.size > 0 ? (const char *)claim->origin.data : "");
    int error = size < 0 || (size_t)size >= sizeof line ? EOVERFLOW : 0;
    for (char *at = line, *end = line + size; error == 0 && at < end;) {
        ssize_t written = write(claim->status_descriptor, at, (size_t)(end - at));
        if (written >= 0)
            at += written;
        else if (errno != EINTR)
            error = errno;
    }
    if (error != 0)
        cannot("write", "the status line", error, NULL);
}

static int finish(struct run *run, struct view view) {
    struct ending ending = {0};
    if (ending_read(view, &ending) < 0)
        return -1;
    /* What is there already; in a session others may go on writing to the terminal for ever. */
    for (size_t printed = 0, more; run->keyboard.master >= 0 && printed < TERMINAL_BUFFER; printed += more)
        if ((more = keyboard_print(&run->keyboard)) == 0)
            break;
    keyboard_restore(&run->keyboard);
    int status = ending.number > 0 ? 128 + (int)ending.number : (int)ending.code;
    write_status(run->claim, status, &ending);
    return status;
}

static int report_failure(struct run *run, struct view view) {
    static struct refusal refusal;
    if (refusal_read(view, &refusal) < 0)
        return BROKEN;
    keyboard_restore(&run->keyboard);
    complain(refusal.message, refusal.remedy[0] != 0 ? refusal.remedy : NULL);
    write_status(run->claim, refusal.status, &(struct ending){0});
    return refusal.status;
}

/* One frame from init: the exit status, GO_ON or BROKEN. */
static int understand(struct run *run) {
    struct view view;
    struct field field;
    uint32_t number;
    int result = reader_next(&run->reader, &view);
    if (result < 0 || (view.type != FRAME_STARTED && reader_take(&run->reader, NULL, 0) < 0))
        return BROKEN;
    switch (view.type) {
    case FRAME_STARTED:
        if (run->started || reader_take(&run->reader, &run->keyboard.master, 1) < 0)
            return BROKEN;
        run->started = true;
        return fcntl(run->keyboard.master, F_SETFL, O_NONBLOCK) < 0 ? BROKEN : GO_ON;
    case FRAME_WANTS_TERMINAL:
        give_terminal(run);
        return GO_ON;
    case FRAME_STOPPED:
        if (view_next(&view, &field) != 1 || field.tag != FIELD_NUMBER || field_u32(&field, &number) < 0)
            return BROKEN;
        stop_self(run);
        return GO_ON;
    case FRAME_ENDED:
        result = finish(run, view);
        return result < 0 ? BROKEN : result;
    case FRAME_FAILED:
        return report_failure(run, view);
    default:
        return BROKEN;
    }
}

static int attend(struct run *run) {
    struct keyboard *keyboard = &run->keyboard;
    for (;;) {
        struct pollfd events[] = {
            {.fd = run->claim->sandbox, .events = POLLIN},
            {.fd = run->signals, .events = POLLIN},
            {.fd = keyboard->master, .events = keyboard_master_events(keyboard)},
            {.fd = keyboard_tty_events(keyboard) != 0 ? keyboard->tty : -1, .events = POLLIN},
        };
        if (poll(events, keyboard->tty >= 0 ? 4 : 2, -1) < 0 && errno != EINTR)
            return cannot("wait for", "the command", errno, NULL);
        if (events[1].revents != 0)
            pass_signals(run, 0);
        if ((events[2].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !keyboard_print(keyboard) &&
            (events[2].revents & POLLIN) == 0) {
            close(keyboard->master);
            keyboard->master = -1;
        }
        if ((events[2].revents & POLLOUT) != 0)
            keyboard_flush(keyboard);
        if (events[3].revents != 0)
            keyboard_read(keyboard);
        if (events[0].revents != 0) {
            int status = understand(run);
            if (status >= 0)
                return status;
            if (status == BROKEN) {
                keyboard_restore(keyboard);
                complain("cannot finish the command: its sandbox ended unexpectedly", NULL);
                return MAYFLY_FAILED;
            }
        }
    }
}

/* Hooks see the root itself, by a descriptor that only init can give. 0, or an exit status. */
static int ask_for_root(struct run *run) {
    struct frame frame;
    struct view view = {0};
    int given[2], status = BROKEN;
    frame_begin(&frame, small_buffer, sizeof small_buffer, FRAME_ASK_ROOT);
    if (frame_send(run->claim->sandbox, &frame, NULL, 0) == 0 && reader_next(&run->reader, &view) == 0) {
        if (view.type == FRAME_ROOT && view.size == 0 && reader_take(&run->reader, given, 2) == 0) {
            run->hooks.root = given[0];
            close(given[1]); /* its mounts stay as long as init does */
            return 0;
        }
        if (view.type == FRAME_FAILED && reader_take(&run->reader, NULL, 0) == 0)
            status = report_failure(run, view);
    }
    if (status != BROKEN)
        return status;
    complain("cannot look at the sandbox for a hook: it ended unexpectedly", NULL);
    return MAYFLY_FAILED;
}

static int begin_hooks(struct run *run) {
    int status = ask_for_root(run);
    return status != 0 ? status : hook_run(&run->hooks, PRE_HOOK, run->caller, run->claim->flags);
}

/* Those of this program's own, as the service's socket, may have any number, and are closed on exec: no inherited one is. */
static bool is_inherited(int descriptor) {
    int flags = fcntl(descriptor, F_GETFD);
    return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

static void trace(const struct claim *claim) {
    struct field field;
    for (struct view view = claim->reply; view_next(&view, &field) > 0;)
        if (field.tag == FIELD_NOTE)
            dprintf(2, "mayfly: %.*s\n", (int)field.size, (const char *)field.data);
}

int run_command(const struct claim *claim, char **arguments, const struct caller *caller) {
    static struct run run;
    size_t count = 0;
    while (arguments[count] != NULL)
        count++;
    const bool no_command = (claim->flags & CLAIM_NO_COMMAND) != 0;
    if (claim->first > count || (claim->first == count && claim->shell[0] == 0 && !no_command)) {
        complain("cannot claim a sandbox: the service's answer makes no sense", NULL);
        return MAYFLY_FAILED;
    }
    if (claim->status_descriptor >= 0 && !is_inherited(claim->status_descriptor))
        return cannot("write", "the status line", EBADF, "--status-fd names a descriptor that must be open: 3>file");
    if (claim->started_service && (claim->flags & CLAIM_QUIET) == 0)
        dprintf(2, "mayfly: started a service for this user; it ends when it has been idle\n");
    if ((claim->flags & CLAIM_TRACE) != 0)
        trace(claim);
    if (no_command)
        return 0;

    char *shell[] = {(char *)claim->shell, NULL};
    char **command = claim->first < count ? arguments + claim->first : shell;
    run = (struct run){.claim = claim, .caller = caller};
    int status = hooks_find(&run.hooks);
    if (status != 0)
        return status;
    if (hooks_any(&run.hooks) && (claim->flags & CLAIM_SESSION) != 0) {
        complain("cannot run hooks in a session: other commands have changed its root, or do so meanwhile",
                 "unset PRE_SPAWN_HOOK and POST_SPAWN_HOOK, or run the command without a session");
        return MAYFLY_FAILED;
    }
    keyboard_begin(&run.keyboard, caller);
    run.deferred = run.keyboard.tty >= 0 && !keyboard_free(&run.keyboard, caller);
    reader_begin(&run.reader, claim->sandbox, reply_buffer, sizeof reply_buffer, SMALL_FRAME_MAX);
    /* What the caller ignores stays with him; an interrupt with -i is the command's alone in any case. */
    uint64_t passed = travelling & ~caller->ignored;
    int result = block_signals(passed, NULL);
    if (result == 0)
        result = run.signals = signals_watch(passed);
    if (result < 0)
        return cannot("watch for", "signals", -result, NULL);
    if (hooks_any(&run.hooks) && (status = begin_hooks(&run)) != 0)
        return status;
    result = send_run(&run, command);
    if (result == -E2BIG) {
        complain("cannot run the command: its arguments and variables are longer than 16 MiB", NULL);
        return 126;
    }
    if (result < 0 && result != -EPIPE)
        return cannot("send the command to", "its sandbox", -result, NULL);
    if (run.keyboard.tty >= 0 && !run.deferred)
        keyboard_take(&run.keyboard);
    status = attend(&run);
    hook_run(&run.hooks, POST_HOOK, caller, claim->flags); /* its failure has been told, and changes nothing */
    return status;
}
