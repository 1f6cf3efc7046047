/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#if !defined _SYS_PARAM_H_ && !defined _SYS_PARAM_H /* FreeBSD's, glibc's */
#error "sys/param.h has to come first"
#endif

#include <sys/types.h>

struct kinfo_proc {
    int ki_structsize;
    pid_t ki_pid;
    char others[1080];
};
