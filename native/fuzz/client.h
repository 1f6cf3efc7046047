/* What both halves of the client's conversation need, without its main. */
#pragma once

#include "../client.h"
#include "socket.h"

#include <stdarg.h>
#include <stdio.h>

static size_t fuzz_complaints;

void complain(const char *message, const char *remedy) {
    fuzz_touch(message, strlen(message) + 1);
    if (remedy != NULL)
        fuzz_touch(remedy, strlen(remedy) + 1);
    fuzz_complaints++;
}

int cannot(const char *what, const char *object, int error, const char *remedy) {
    (void)what, (void)error;
    complain(object, remedy);
    return MAYFLY_FAILED;
}

/* Formats, so that what it reads is checked; writes nowhere. */
static int fuzz_dprintf(int descriptor, const char *format, ...) {
    static char text[2 * DOOR_FRAME_MAX];
    va_list arguments;
    (void)descriptor;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    assert(size >= 0 && (size_t)size < sizeof text);
    return size;
}
