/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#include <stddef.h>

struct iovec {
    void *iov_base;
    size_t iov_len;
};
