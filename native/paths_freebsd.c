/* paths.h on FreeBSD: one name after another, none of them a link. */
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_entry(int parent, const char *name, int flags) {
    int entry = openat(parent, name, (flags & ~O_DIRECTORY) | O_NOFOLLOW | O_CLOEXEC);
    if (entry < 0)
        return open_failure();
    /* With O_PATH the link itself is opened. */
    struct stat status;
    int error = fstat(entry, &status) < 0                                ? errno
                : S_ISLNK(status.st_mode)                                ? ELOOP
                : (flags & O_DIRECTORY) != 0 && !S_ISDIR(status.st_mode) ? ENOTDIR
                                                                         : 0;
    if (error == 0)
        return entry;
    close(entry);
    return -error;
}

int open_plain(const char *path, uint64_t flags) {
    char copy[PATH_MAX];
    if (path[0] != '/')
        return -EINVAL;
    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy)
        return -ENAMETOOLONG;
    char *rest = copy, *name = strtok_r(copy, "/", &rest);
    int at = open("/", (name == NULL ? (int)flags : O_PATH | O_DIRECTORY) | O_CLOEXEC);
    if (at < 0)
        return -errno;
    while (name != NULL && at >= 0) {
        char *next = strtok_r(NULL, "/", &rest);
        int parent = at;
        at = strcmp(name, "..") == 0 ? -EINVAL
                                     : open_entry(parent, name, next == NULL ? (int)flags : O_PATH | O_DIRECTORY);
        close(parent);
        name = next;
    }
    return at;
}
