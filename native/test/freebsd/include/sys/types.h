/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef int pid_t;
typedef unsigned uid_t, gid_t;
typedef int64_t id_t, off_t, blkcnt_t, rlim_t, time_t;
typedef uint64_t dev_t, ino_t, nlink_t;
typedef uint16_t mode_t;
typedef long ssize_t, suseconds_t;
typedef int clockid_t, blksize_t;
typedef unsigned char sa_family_t;
typedef unsigned socklen_t;
