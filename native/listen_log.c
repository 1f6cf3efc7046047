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

static uint64_t tokens = BURST, filled, left_out;

uint64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static bool may_print(void) {
    uint64_t now = now_ms(), more = (now - filled) * EACH_SECOND / 1000;
    if (filled == 0)
        filled = now;
    else if (more > 0) {
        tokens = tokens + more < BURST ? tokens + more : BURST;
        filled = now;
    }
    struct pollfd out = {.fd = 2, .events = POLLOUT};
    if (tokens == 0 || poll(&out, 1, 0) != 1 || (out.revents & POLLOUT) == 0) {
        left_out++;
        return false;
    }
    tokens--;
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
    if (!may_print())
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments); /* NOLINT: the analyzer misses va_start in a later file of many */
    va_end(arguments);
    make_one_line(text);
    print(text);
}

void log_settle(void) {
    char text[64];
    if (left_out == 0 || !may_print())
        return;
    snprintf(text, sizeof text, "%llu lines were left out", (unsigned long long)left_out);
    left_out = 0;
    print(text);
}
