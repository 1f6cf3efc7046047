/*
 * launch: times whole processes, from before fork until reaped, on the monotonic clock.
 *
 * Given: RUNS GAP_US CASE [-- CASE]...; each round runs every case once, in a new random order, with GAP_US of rest before
 * each (0: back to back); one round in ten is warm-up, at least five. A CASE is
 *   NAME [VARIABLE=VALUE]... PROGRAM [ARG]... [++ PROGRAM [ARG]...]   behind ++: run after each, untimed
 *   NAME @tty PROGRAM [ARG]...    with a new pseudo-terminal as its controlling terminal, 0, 1 and 2
 *   NAME @PORT                    a connection to that port of 127.0.0.1, from connect until the first byte of the answer
 * Else input and output of the commands are /dev/null. Prints a line for each timed run, those of a round in the order of the cases: NAME MS.
 * Exit: 0; 1 a command failed or could not be run.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CASES_MAX = 32 };

struct timed {
    const char *name;
    char **environment; // ends with the first word that is no assignment
    char **command;
    char **after; // NULL: nothing
};

static double now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static _Noreturn void fail(const char *name, const char *why) {
    fprintf(stderr, "launch: %s: %s\n", name, why);
    exit(1);
}

static void take_terminal(int terminal) {
    setsid();
    ioctl(terminal, TIOCSCTTY, 0);
}

static _Noreturn void execute(const struct timed *timed, char **command, int descriptor) {
    for (char **variable = timed->environment; variable < timed->command; variable++)
        putenv(*variable);
    dup2(descriptor, 0);
    dup2(descriptor, 1);
    if (isatty(descriptor)) {
        dup2(descriptor, 2);
        take_terminal(0);
    }
    execv(command[0], command);
    fprintf(stderr, "launch: cannot run %s: %s\n", command[0], strerror(errno));
    _exit(99);
}

static double connect_once(const struct timed *timed) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((in_port_t)atoi(timed->command[0] + 1))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    char byte;
    double start = now_ms();
    int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0 || connect(socket_, (struct sockaddr *)&address, sizeof address) < 0 ||
        read(socket_, &byte, 1) != 1)
        fail(timed->name, strerror(errno));
    double ms = now_ms() - start;
    while (read(socket_, &byte, 1) > 0)
        ;
    close(socket_);
    return ms;
}

static double process_once(const struct timed *timed, char **command, int descriptor) {
    double start = now_ms();
    pid_t pid = fork();
    if (pid == 0)
        execute(timed, command, descriptor);
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        fail(timed->name, strerror(errno));
    double ms = now_ms() - start;
    if (status != 0)
        fail(timed->name, "the command failed");
    return ms;
}

static double terminal_once(const struct timed *timed) {
    int outer = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (outer < 0 || grantpt(outer) < 0 || unlockpt(outer) < 0)
        fail(timed->name, strerror(errno));
    int inner = open(ptsname(outer), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (inner < 0)
        fail(timed->name, strerror(errno));
    double ms = process_once(timed, timed->command + 1, inner);
    close(inner);
    close(outer);
    return ms;
}

static double run_once(const struct timed *timed, int nothing) {
    if (strcmp(timed->command[0], "@tty") == 0)
        return terminal_once(timed);
    if (timed->command[0][0] == '@')
        return connect_once(timed);
    double ms = process_once(timed, timed->command, nothing);
    if (timed->after)
        process_once(timed, timed->after, nothing);
    return ms;
}

static void shuffle(int *order, int count) {
    for (int i = count - 1; i > 0; i--) {
        int j = (int)(random() % (i + 1)), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

/* The case whose words begin here; *at goes to those of the next. */
static struct timed read_case(char **words, int count, int *at) {
    struct timed timed = {.name = words[(*at)++], .environment = words + *at};
    while (*at < count && strchr(words[*at], '=') && words[*at][0] != '/')
        ++*at;
    timed.command = words + *at;
    for (; *at < count && strcmp(words[*at], "--") != 0; ++*at) {
        if (strcmp(words[*at], "++") == 0) {
            words[*at] = NULL;
            timed.after = words + *at + 1;
        }
    }
    if (*at < count)
        words[(*at)++] = NULL;
    return timed;
}

int main(int argc, char **argv) {
    static struct timed cases[CASES_MAX];
    int count = 0, runs = argc > 2 ? atoi(argv[1]) : 0;
    useconds_t gap = (useconds_t)(argc > 2 ? atoi(argv[2]) : 0);
    for (int at = 3; at + 1 < argc && count < CASES_MAX;)
        cases[count++] = read_case(argv, argc, &at);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (runs < 1 || count == 0 || nothing < 0) {
        fprintf(stderr, "usage: launch RUNS GAP_US CASE [-- CASE]...\n");
        return 1;
    }

    int warm_up = runs / 10 > 5 ? runs / 10 : 5, order[CASES_MAX];
    double ms[CASES_MAX];
    for (int i = 0; i < count; i++)
        order[i] = i;
    for (int round = -warm_up; round < runs; round++) {
        shuffle(order, count);
        for (int i = 0; i < count; i++) {
            if (gap > 0)
                usleep(gap);
            ms[order[i]] = run_once(&cases[order[i]], nothing);
        }
        for (int i = 0; i < count && round >= 0; i++)
            printf("%s %.4f\n", cases[i].name, ms[i]);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
