/* Descriptors that close themselves at the end of their scope. */
#pragma once

#include <unistd.h>

static inline void close_at_exit(int *descriptor) {
    if (*descriptor >= 0)
        close(*descriptor);
}

#define _cleanup_close_ __attribute__((cleanup(close_at_exit)))
