#include "calls.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char text[8192];
static size_t size;
static unsigned count, failing;
static int failure;

void calls_begin(unsigned fail_at, int error) {
    text[0] = 0;
    size = 0;
    count = 0;
    failing = fail_at;
    failure = error;
}

int call(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int added = vsnprintf(text + size, sizeof text - size, format, arguments);
    va_end(arguments);
    assert(added >= 0 && (size_t)added + 2 < sizeof text - size);
    size += (size_t)added;
    text[size++] = ';';
    text[size] = 0;
    if (++count != failing)
        return 0;
    errno = failure;
    return -1;
}

const char *calls(void) { return text; }

unsigned calls_count(void) { return count; }
