/* Lines for whoever runs mayfly-listen. Nobody can fill a disk with them, or keep the program waiting by not reading them. */
#include "listen.h"
#include "one_line.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BURST = 1000, EACH_SECOND = 50 };

struct bucket {
    uint64_t tokens, filled;
};

/* Two: what commands print cannot keep this program from saying what becomes of connections. */
static struct bucket own = {.tokens = BURST}, commands = {.tokens = BURST};
static uint64_t left_out;

uint64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static bool may_print(struct bucket *bucket) {
    uint64_t now = now_ms(), more = (now - bucket->filled) * EACH_SECOND / 1000;
    if (bucket->filled == 0)
        bucket->filled = now;
    else if (more > 0) {
        bucket->tokens = bucket->tokens + more < BURST ? bucket->tokens + more : BURST;
        bucket->filled = now;
    }
    struct pollfd out = {.fd = 2, .events = POLLOUT};
    if (bucket->tokens == 0 || poll(&out, 1, 0) != 1 || (out.revents & POLLOUT) == 0) {
        left_out++;
        return false;
    }
    bucket->tokens--;
    return true;
}

static void print(const char *text) {
    char line[1100];
    int size = snprintf(line, sizeof line, "mayfly: %s\n", text);
    /* In one piece; what is lost when nobody can read it any more has nowhere to be told. */
    while (size > 0 && write(2, line, (size_t)size) < 0 && errno == EINTR)
        ;
}

void log_line(const char *format, ...) {
    char text[1024];
    va_list arguments;
    if (!may_print(&own))
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments); /* NOLINT: the analyzer misses va_start in a later file of many */
    va_end(arguments);
    make_one_line(text);
    print(text);
}

void log_output(const char *peer, const char *line) {
    char text[1024];
    if (!may_print(&commands))
        return;
    snprintf(text, sizeof text, "%s: | %s", peer, line);
    make_one_line(text);
    print(text);
}

void log_settle(void) {
    char text[64];
    if (left_out == 0 || !may_print(&own))
        return;
    snprintf(text, sizeof text, "%llu lines were left out", (unsigned long long)left_out);
    left_out = 0;
    print(text);
}
