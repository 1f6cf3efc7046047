/*
 * A test program is a list of cases. Each runs in a process of its own, so that it may change whatever it likes; the
 * first check that does not hold ends it. Closing line: "N passed, N failed"; exit 1 when any failed.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct test_case {
    const char *name;
    void (*run)(void);
};

#define CASE(name) ((struct test_case){#name, name})
#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)
#define CHECK_IS(actual, expected) check_is((long long)(actual), (long long)(expected), #actual, __FILE__, __LINE__)
#define CHECK_TEXT(actual, expected) check_text((actual), (expected), #actual, __FILE__, __LINE__)
static inline void check(bool holds, const char *condition, const char *file, int line) {
    if (holds)
        return;
    dprintf(2, "%s:%d: does not hold: %s\n", file, line, condition);
    _exit(1);
}

static inline void check_is(long long actual, long long expected, const char *what, const char *file, int line) {
    if (actual == expected)
        return;
    dprintf(2, "%s is %lld, not %lld\n", what, actual, expected);
    check(false, what, file, line);
}

static inline void check_text(const char *actual, const char *expected, const char *what, const char *file, int line) {
    if (strcmp(actual, expected) == 0)
        return;
    dprintf(2, "%s is \"%s\", not \"%s\"\n", what, actual, expected);
    check(false, what, file, line);
}

static inline int run_cases(const struct test_case *cases, size_t count) {
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        int status = 0;
        pid_t pid = fork();
        if (pid == 0) {
            alarm(30);
            cases[i].run();
            _exit(0);
        }
        if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0)
            continue;
        failed++;
        dprintf(2, "FAILED %s%s\n", cases[i].name, WIFSIGNALED(status) ? ": ended by a signal" : "");
    }
    printf("%zu passed, %zu failed\n", count - failed, failed);
    return failed > 0;
}
