/*
 * launch: times whole processes, from before fork until reaped, on the monotonic clock; and with @PORT as COMMAND a
 * connection to that port of 127.0.0.1, from connect until the first byte of the answer.
 *
 * Given: RUNS GAP_US NAME COMMAND [ARG]... [-- NAME COMMAND [ARG]...]...; each round runs every case once, in a new random
 * order, with GAP_US of rest before each (0: back to back); one round in ten is warm-up, at least five. Output of the
 * commands goes to /dev/null. Prints one JSON object: case -> median_ms, p95_ms, p99_ms, runs, ratio to the first case.
 * Exit: 0; 1 a command failed or could not be run.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CASES_MAX = 32 };

struct timed {
    const char *name;
    char **command;
    double *ms;
};

static double now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static _Noreturn void execute(char **command) {
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, 0);
    dup2(nothing, 1);
    execv(command[0], command);
    fprintf(stderr, "launch: cannot run %s: %s\n", command[0], strerror(errno));
    _exit(99);
}

static double connect_once(const struct timed *timed) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((in_port_t)atoi(timed->command[0] + 1))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    char byte;
    double start = now_ms();
    int socket_ = socket(AF_INET, SOCK_STREAM, 0);
    if (socket_ < 0 || connect(socket_, (struct sockaddr *)&address, sizeof address) < 0 ||
        read(socket_, &byte, 1) != 1) {
        fprintf(stderr, "launch: %s failed: %s\n", timed->name, strerror(errno));
        exit(1);
    }
    double ms = now_ms() - start;
    while (read(socket_, &byte, 1) > 0)
        ;
    close(socket_);
    return ms;
}

static double run_once(const struct timed *timed) {
    if (timed->command[0][0] == '@')
        return connect_once(timed);
    double start = now_ms();
    pid_t pid = fork();
    if (pid == 0)
        execute(timed->command);
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        fprintf(stderr, "launch: %s failed\n", timed->name);
        exit(1);
    }
    return now_ms() - start;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void shuffle(int *order, int count) {
    for (int i = count - 1; i > 0; i--) {
        int j = (int)(random() % (i + 1)), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

int main(int argc, char **argv) {
    static struct timed cases[CASES_MAX];
    int count = 0, runs = argc > 2 ? atoi(argv[1]) : 0;
    useconds_t gap = (useconds_t)(argc > 2 ? atoi(argv[2]) : 0);
    for (int at = 3; at + 1 < argc && count < CASES_MAX;) {
        cases[count] = (struct timed){argv[at], argv + at + 1, calloc((size_t)runs, sizeof(double))};
        for (at += 2; at < argc && strcmp(argv[at], "--") != 0; at++)
            ;
        if (at < argc)
            argv[at++] = NULL;
        count++;
    }
    if (runs < 1 || count == 0) {
        fprintf(stderr, "usage: launch RUNS GAP_US NAME COMMAND [ARG]... [-- NAME COMMAND [ARG]...]...\n");
        return 1;
    }

    int warm_up = runs / 10 > 5 ? runs / 10 : 5, order[CASES_MAX];
    for (int i = 0; i < count; i++)
        order[i] = i;
    for (int round = -warm_up; round < runs; round++) {
        shuffle(order, count);
        for (int i = 0; i < count; i++) {
            if (gap > 0)
                usleep(gap);
            double ms = run_once(&cases[order[i]]);
            if (round >= 0)
                cases[order[i]].ms[round] = ms;
        }
    }

    double first = 0;
    printf("{\n");
    for (int i = 0; i < count; i++) {
        double *ms = cases[i].ms;
        qsort(ms, (size_t)runs, sizeof *ms, compare);
        double median = ms[runs / 2];
        if (i == 0)
            first = median;
        printf("  \"%s\": {\"median_ms\": %.3f, \"p95_ms\": %.3f, \"p99_ms\": %.3f, \"runs\": %d, \"ratio\": %.3f}%s\n", cases[i].name,
               median, ms[runs * 95 / 100], ms[runs * 99 / 100], runs, median / first, i + 1 < count ? "," : "");
    }
    printf("}\n");
    return 0;
}
