/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#include <sys/types.h>
#include <time.h>

struct stat {
    dev_t st_dev;
    ino_t st_ino;
    nlink_t st_nlink;
    mode_t st_mode;
    uid_t st_uid;
    gid_t st_gid;
    dev_t st_rdev;
    struct timespec st_mtim;
    off_t st_size;
};
#define S_IFMT 0170000
#define S_ISREG(mode) (((mode)&S_IFMT) == 0100000)
#define S_ISDIR(mode) (((mode)&S_IFMT) == 0040000)
#define S_ISLNK(mode) (((mode)&S_IFMT) == 0120000)
#define S_ISSOCK(mode) (((mode)&S_IFMT) == 0140000)
#define S_ISCHR(mode) (((mode)&S_IFMT) == 0020000)
int chmod(const char *path, mode_t mode);
int fchmod(int descriptor, mode_t mode);
int fstat(int descriptor, struct stat *status);
int lstat(const char *path, struct stat *status);
int stat(const char *path, struct stat *status);
int mkdir(const char *path, mode_t mode);
int mkdirat(int directory, const char *name, mode_t mode);
mode_t umask(mode_t mask);
