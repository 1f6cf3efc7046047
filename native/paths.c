/* paths.h, less what systems do differently. */
#include "paths.h"
#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int make_entry(int parent, const char *name, bool directory) {
    if (directory)
        return mkdirat(parent, name, 0755) < 0 ? -errno : 0;
    _cleanup_close_ int made = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    return made < 0 ? -errno : 0;
}

/* One step down a mount point's path. */
static int descend(int parent, const char *name, bool directory, int (*make)(int, const char *, bool)) {
    int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    int entry = openat(parent, name, flags);
    if (entry < 0 && errno == ENOENT && make != NULL) {
        int result = make(parent, name, directory);
        if (result < 0)
            return result;
        entry = openat(parent, name, flags);
    }
    if (entry < 0)
        return open_failure();
    struct stat status;
    int error = 0;
    if (fstat(entry, &status) < 0)
        error = errno;
    else if (S_ISLNK(status.st_mode))
        error = ELOOP;
    else if (directory != (S_ISDIR(status.st_mode) != 0))
        error = directory ? ENOTDIR : EISDIR;
    if (error == 0)
        return entry;
    close(entry);
    return -error;
}

int open_target(int root, const char *path, bool file, int (*make)(int parent, const char *name, bool directory)) {
    char copy[PATH_MAX];
    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy)
        return -ENAMETOOLONG;
    int at = fcntl(root, F_DUPFD_CLOEXEC, 0);
    if (at < 0)
        return -errno;
    char *rest = copy;
    for (char *name = strtok_r(copy, "/", &rest); name != NULL && at >= 0;) {
        char *next = strtok_r(NULL, "/", &rest);
        _cleanup_close_ int parent = at;
        at = strcmp(name, "..") == 0 ? -EINVAL : descend(parent, name, next != NULL || !file, make);
        name = next;
    }
    return at;
}

int walk_target(const char *root_path, const char *path, const char *kind,
                int (*make)(int parent, const char *name, bool directory)) {
    bool is_file = strcmp(kind, "file") == 0;
    if (!is_file && strcmp(kind, "directory") != 0)
        return -EINVAL;
    _cleanup_close_ int root = open_plain(root_path, O_PATH | O_DIRECTORY);
    if (root < 0)
        return root;
    _cleanup_close_ int target = open_target(root, path, is_file, make);
    return target < 0 ? target : 0;
}
