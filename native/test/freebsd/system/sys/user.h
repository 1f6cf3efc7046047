/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#include <sys/types.h>

struct kinfo_proc {
    int ki_structsize;
    pid_t ki_pid;
    char others[1080];
};
