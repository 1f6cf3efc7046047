/*
 * The caller's hooks: PRE_SPAWN_HOOK and POST_SPAWN_HOOK, shell commands by definition. They run as he, on the host, with
 * ROOTFS naming the sandbox's root; each has a session of its own, so that all of it can be killed, and a time limit.
 */
#include "client.h"
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { DEFAULT_SECONDS = 60, SECONDS_MAX = 86400 };

#define BIT(number) (UINT64_C(1) << ((number)-1))

static const char *const variables[] = {[PRE_HOOK] = "PRE_SPAWN_HOOK=", [POST_HOOK] = "POST_SPAWN_HOOK="};
static const char *const names[] = {[PRE_HOOK] = "the pre hook", [POST_HOOK] = "the post hook"};

static const char *unless_empty(const char *text) { return text != NULL && *text != 0 ? text : NULL; }

int hooks_find(struct hooks *hooks) {
    *hooks = (struct hooks){.root = -1, .seconds = DEFAULT_SECONDS};
    hooks->commands[PRE_HOOK] = unless_empty(getenv("PRE_SPAWN_HOOK"));
    hooks->commands[POST_HOOK] = unless_empty(getenv("POST_SPAWN_HOOK"));
    const char *limit = hooks_any(hooks) ? unless_empty(getenv("MAYFLY_HOOK_SECONDS")) : NULL;
    if (limit == NULL)
        return 0;
    char *end;
    errno = 0;
    long seconds = strtol(limit, &end, 10);
    if (*limit < '0' || *limit > '9' || *end != 0 || errno != 0 || seconds < 1 || seconds > SECONDS_MAX) {
        complain("cannot use MAYFLY_HOOK_SECONDS: it is no number from 1 to 86400", "set it right, or unset it for 60");
        return MAYFLY_FAILED;
    }
    hooks->seconds = (int)seconds;
    return 0;
}

bool hooks_any(const struct hooks *hooks) {
    return hooks->commands[PRE_HOOK] != NULL || hooks->commands[POST_HOOK] != NULL;
}

static bool begins_with(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

/* The caller's variables and ROOTFS. Without the hooks themselves: one that runs mayfly must not begin all over again. */
static char **make_environment(const char *root) {
    size_t count = 0, kept = 0;
    while (environ[count] != NULL)
        count++;
    char **list = calloc(count + 2, sizeof *list);
    if (list == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (!begins_with(environ[i], variables[PRE_HOOK]) && !begins_with(environ[i], variables[POST_HOOK]) &&
            !begins_with(environ[i], "ROOTFS="))
            list[kept++] = environ[i];
    list[kept] = (char *)root;
    return list;
}

static const char *find_shell(void) {
    const char *shell = getenv("SHELL");
    struct stat status;
    bool usable = shell != NULL && *shell == '/' && stat(shell, &status) == 0 && S_ISREG(status.st_mode) &&
                  access(shell, X_OK) == 0;
    return usable ? shell : "/bin/sh";
}

/* The hook's process, after fork. */
static _Noreturn void become_hook(const char *commands, const char *root, const struct caller *caller) {
    const char *shell = find_shell();
    char **environment = make_environment(root);
    if (environment == NULL)
        _exit(cannot("prepare", "a hook", ENOMEM, NULL));
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (setsid() < 0 || nothing < 0 || dup2(nothing, 0) < 0 || dup2(2, 1) < 0 || fcntl(2, F_SETFD, 0) < 0)
        _exit(cannot("prepare", "a hook", errno, NULL));
    /* What this program has changed of its own becomes as the caller has it. */
    signal(SIGPIPE, (caller->ignored & BIT(SIGPIPE)) != 0 ? SIG_IGN : SIG_DFL);
    signal(SIGCHLD, (caller->ignored & BIT(SIGCHLD)) != 0 ? SIG_IGN : SIG_DFL);
    set_blocked_signals(caller->blocked);
    char *words[] = {(char *)shell, (char[]){"-c"}, (char *)commands, NULL};
    execve(shell, words, environment);
    const int error = errno;
    cannot("run", shell, error, NULL);
    _exit(error == ENOENT ? 127 : 126);
}

static int64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

struct hook_end {
    int status; /* as waitpid tells it */
    bool late;
    int interrupted; /* the signal that this process got meanwhile, 0: none */
};

static void send_signal(pid_t hook, int number) {
    /* It may not lead its group yet. */
    if (kill(-hook, number) < 0)
        kill(hook, number);
}

/* Signals that end a program go to the hook; a second one means it. */
static void pass_signals(pid_t hook, int signals, struct hook_end *end) {
    for (int number; (number = signals_next(signals)) > 0;) {
        if (number == SIGCHLD)
            continue;
        send_signal(hook, end->interrupted != 0 ? SIGKILL : number);
        end->interrupted = number;
    }
}

static bool has_ended(pid_t hook, int options) {
    siginfo_t information = {0};
    int result;
    do
        result = waitid(P_PID, (id_t)hook, &information, WEXITED | WNOWAIT | options);
    while (result < 0 && errno == EINTR);
    return result < 0 || information.si_pid == hook;
}

static struct hook_end await_hook(pid_t hook, int signals, int seconds) {
    struct hook_end end = {0};
    const int64_t deadline = now_ms() + (int64_t)seconds * 1000;
    while (!has_ended(hook, WNOHANG)) {
        int64_t left = deadline - now_ms();
        end.late = left <= 0;
        if (end.late) {
            send_signal(hook, SIGKILL);
            has_ended(hook, 0);
            break;
        }
        struct pollfd event = {.fd = signals, .events = POLLIN};
        poll(&event, 1, (int)left);
        pass_signals(hook, signals, &end);
    }
    /* What it has left running could use the root for ever; its process id is still nobody else's. */
    kill(-hook, SIGKILL);
    waitpid(hook, &end.status, 0);
    return end;
}

static int judge(enum hook which, const struct hook_end *end, int seconds) {
    char message[128];
    const char *remedy = NULL;
    const int start = snprintf(message, sizeof message, "cannot run %s: ", names[which]);
    char *reason = message + start;
    const size_t room = sizeof message - (size_t)start;
    int status = MAYFLY_FAILED;
    if (end->late) {
        snprintf(reason, room, "it took longer than %d s", seconds);
        remedy = "MAYFLY_HOOK_SECONDS gives it more time";
    } else if (end->interrupted != 0 && (which == PRE_HOOK || end->status != 0)) {
        snprintf(reason, room, "signal %d interrupted it", end->interrupted);
        status = 128 + end->interrupted;
    } else if (WIFSIGNALED(end->status)) {
        snprintf(reason, room, "signal %d ended it", WTERMSIG(end->status));
    } else if (WEXITSTATUS(end->status) != 0) {
        snprintf(reason, room, "it ended with status %d", WEXITSTATUS(end->status));
    } else {
        return 0;
    }
    complain(message, remedy);
    return status;
}

int hook_run(const struct hooks *hooks, enum hook which, const struct caller *caller, uint32_t flags) {
    const char *commands = hooks->commands[which];
    if (commands == NULL)
        return 0;
    uint64_t ending = (BIT(SIGHUP) | BIT(SIGINT) | BIT(SIGQUIT) | BIT(SIGTERM)) & ~caller->ignored;
    if ((flags & CLAIM_IGNORE_SIGINT) != 0)
        ending &= ~BIT(SIGINT); /* the command's alone */
    /* "/." makes a directory of it also for programs that would not follow the link. */
    char root[64];
    snprintf(root, sizeof root, "ROOTFS=/proc/%ld/fd/%d/.", (long)getpid(), hooks->root);
    signal(SIGCHLD, SIG_DFL); /* ignored, it would leave no end to wait for */
    int signals = block_signals(ending | BIT(SIGCHLD), NULL);
    if (signals == 0)
        signals = signals_watch(ending | BIT(SIGCHLD));
    if (signals < 0)
        return cannot("watch for", "signals", -signals, NULL);
    const int64_t started = now_ms();
    pid_t hook = fork();
    if (hook == 0)
        become_hook(commands, root, caller);
    struct hook_end end = {0};
    int error = errno;
    if (hook > 0)
        end = await_hook(hook, signals, hooks->seconds);
    close(signals);
    if (hook < 0)
        return cannot("run", names[which], error, NULL);
    if ((flags & CLAIM_TRACE) != 0)
        dprintf(2, "mayfly: %s took %lld ms\n", names[which], (long long)(now_ms() - started));
    return judge(which, &end, hooks->seconds);
}
