/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#if !defined _SYS_PARAM_H_ && !defined _SYS_PARAM_H /* FreeBSD's, glibc's */
#error "sys/param.h has to come first"
#endif

#include <stddef.h>
#include <stdint.h>

#define CPU_LEVEL_ROOT 1
#define CPU_LEVEL_CPUSET 2
#define CPU_LEVEL_WHICH 3
#define CPU_WHICH_PID 2

typedef struct {
    long bits[16];
} cpuset_t;

int cpuset_getaffinity(int level, int which, int64_t id, size_t size, cpuset_t *mask);
int cpuset_setaffinity(int level, int which, int64_t id, size_t size, const cpuset_t *mask);
