/*
 * load: how many commands a second, and how long each takes, while CLIENTS run them back to back.
 *
 * Given: CLIENTS SECONDS NAME PROGRAM [ARG]...; the program has to write something. Prints lines NAME.QUANTITY VALUE:
 *   first_ms, exit_ms   for each command: from before fork until its first byte came, and until it was reaped
 *   per_second          once: commands that ended within SECONDS, by SECONDS
 *   cpu_ms              once: processor time of the whole machine for each command
 * Exit: 0; 1 a command failed, wrote nothing or could not be run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS_MAX = 1024, SAMPLES_MAX = 1 << 20 };

struct sample {
    float first_ms, exit_ms;
};

struct results {
    size_t count;
    struct sample samples[SAMPLES_MAX];
};

static double now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* The machine's busy processor time so far, ms (proc(5), /proc/stat: user nice system idle iowait irq softirq). */
static double busy_ms(void) {
    unsigned long long user, nice_, system_, idle, wait_, irq, softirq;
    FILE *stat = fopen("/proc/stat", "re");
    if (!stat || fscanf(stat, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice_, &system_, &idle, &wait_, &irq,
                        &softirq) != 7) {
        fprintf(stderr, "load: cannot read /proc/stat\n");
        exit(1);
    }
    fclose(stat);
    return (double)(user + nice_ + system_ + irq + softirq) * 1e3 / (double)sysconf(_SC_CLK_TCK);
}

static struct sample run_once(char **command) {
    int ends[2];
    char bytes[4096];
    double start = now_ms();
    if (pipe2(ends, O_CLOEXEC) < 0)
        _exit(98);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], 1);
        execv(command[0], command);
        _exit(99);
    }
    close(ends[1]);
    if (pid < 0 || read(ends[0], bytes, sizeof bytes) < 1) {
        fprintf(stderr, "load: %s has written nothing\n", command[0]);
        _exit(1);
    }
    double first = now_ms();
    while (read(ends[0], bytes, sizeof bytes) > 0)
        ;
    close(ends[0]);
    int status;
    if (waitpid(pid, &status, 0) != pid || status != 0) {
        fprintf(stderr, "load: %s failed\n", command[0]);
        _exit(1);
    }
    return (struct sample){(float)(first - start), (float)(now_ms() - start)};
}

static _Noreturn void client(struct results *results, double end, char **command) {
    while (now_ms() < end && results->count < SAMPLES_MAX) {
        struct sample sample = run_once(command);
        if (now_ms() < end)
            results->samples[results->count++] = sample;
    }
    _exit(0);
}

int main(int argc, char **argv) {
    int clients = argc > 4 ? atoi(argv[1]) : 0, seconds = argc > 4 ? atoi(argv[2]) : 0;
    if (clients < 1 || clients > CLIENTS_MAX || seconds < 1) {
        fprintf(stderr, "usage: load CLIENTS SECONDS NAME PROGRAM [ARG]...\n");
        return 1;
    }
    const char *name = argv[3];
    struct results *results = mmap(NULL, (size_t)clients * sizeof *results, PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (results == MAP_FAILED) {
        fprintf(stderr, "load: cannot map memory: %s\n", strerror(errno));
        return 1;
    }
    double busy = busy_ms(), end = now_ms() + seconds * 1e3;
    for (int i = 0; i < clients; i++) {
        pid_t pid = fork();
        if (pid == 0)
            client(results + i, end, argv + 4);
        if (pid < 0) {
            fprintf(stderr, "load: cannot start a client: %s\n", strerror(errno));
            return 1;
        }
    }
    int failed = 0, status;
    while (wait(&status) > 0)
        failed |= status;
    busy = busy_ms() - busy;
    size_t commands = 0;
    for (int i = 0; i < clients; i++) {
        commands += results[i].count;
        for (size_t j = 0; j < results[i].count; j++)
            printf("%s.first_ms %.3f\n%s.exit_ms %.3f\n", name, results[i].samples[j].first_ms, name,
                   results[i].samples[j].exit_ms);
    }
    if (failed || commands == 0)
        return 1;
    printf("%s.per_second %.2f\n%s.cpu_ms %.3f\n", name, (double)commands / seconds, name, busy / (double)commands);
    return fflush(stdout) == 0 ? 0 : 1;
}
