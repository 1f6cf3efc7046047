/*
 * binder.h on Linux: detached copies of mounts (open_tree), moved into another mount namespace (move_mount). Sources are
 * opened with the rights of the user who named them. Mount points are made by root only where root put the root together,
 * in mayfly-enter's own mount namespace: what the sandbox itself has may have been rearranged by its user, who can enter
 * the user namespace that he owns.
 */
#include "binder.h"
#include "cleanup.h"
#include "mounts_linux.h"
#include "paths.h"
#include "paths_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Inside a sandbox these are file systems of its own: they are not there where root put the root together. */
static const char *const provided[] = {"/proc", "/dev", "/sys", "/run"};

static bool is_provided(const char *path) {
    for (size_t i = 0; i < sizeof provided / sizeof *provided; i++) {
        size_t size = strlen(provided[i]);
        if (strncmp(path, provided[i], size) == 0 && (path[size] == '/' || path[size] == 0))
            return true;
    }
    return false;
}

/* The sandbox's mount namespaces, and its root as its commands see it. */
struct sandbox {
    int outer, inner, root;
};

static int read_number(const char *path, const char *key, int *number) {
    char text[512];
    _cleanup_close_ int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -errno;
    ssize_t size = read(file, text, sizeof text - 1);
    if (size < 0)
        return -errno;
    text[size] = 0;
    const char *at = strstr(text, key);
    if (at == NULL)
        return -ESRCH;
    char *end;
    long value = strtol(at + strlen(key), &end, 10);
    if (end == at + strlen(key) || value <= 0 || value > INT32_MAX)
        return -ESRCH;
    *number = (int)value;
    return 0;
}

static int child_of(int pid, int *child) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
    return read_number(path, "", child);
}

static bool has_ended(int pidfd) {
    struct pollfd event = {.fd = pidfd, .events = POLLIN};
    return poll(&event, 1, 0) != 0;
}

static int open_of(int pid, const char *name, int flags) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    int descriptor = open(path, flags | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

static bool is_same(int a, int b) {
    struct stat first, second;
    return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/* Whether the outer mount namespace is one that only root of the machine can change, and the inner one is not it, unless
   the outermost process is root's too. The user of a sandbox cannot make it otherwise; this is the second lock. */
static bool is_trusted(int pid, const struct sandbox *sandbox) {
    _cleanup_close_ int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
    _cleanup_close_ int owner = ioctl(sandbox->outer, NS_GET_USERNS);
    if (own < 0 || owner < 0 || !is_same(own, owner))
        return false;
    if (!is_same(sandbox->inner, sandbox->outer))
        return true;
    char path[64];
    struct stat process;
    snprintf(path, sizeof path, "/proc/%d", pid);
    return stat(path, &process) == 0 && process.st_uid == 0;
}

/* Numbers of processes are used again: what was opened by them counts only if the outermost process, and its child by
   that number, are there afterwards as they were before. */
static int find_sandbox(int pidfd, struct sandbox *sandbox) {
    char path[64];
    int pid = 0, child = 0, again = 0;
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
    int result = read_number(path, "Pid:", &pid);
    if (result < 0 || (result = child_of(pid, &child)) < 0)
        return result;
    sandbox->outer = open_of(pid, "ns/mnt", O_RDONLY);
    sandbox->inner = open_of(child, "ns/mnt", O_RDONLY);
    sandbox->root = open_of(child, "root", O_PATH | O_DIRECTORY);
    if (sandbox->outer < 0 || sandbox->inner < 0 || sandbox->root < 0)
        return -ESRCH;
    if ((result = child_of(pid, &again)) < 0)
        return result;
    if (again != child || has_ended(pidfd))
        return -ESRCH;
    return is_trusted(pid, sandbox) ? 0 : -EPERM;
}

/* Magic links lead to what this process has, not the user. What it is has to be found by opening: root may not look into
   a user's own FUSE file system. */
static int open_source(const struct bind *bind, bool *file) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC | O_DIRECTORY,
                           .resolve = bind->no_links ? RESOLVE_NO_SYMLINKS : RESOLVE_NO_MAGICLINKS};
    int source = (int)syscall(SYS_openat2, AT_FDCWD, bind->source, &how, sizeof how);
    *file = source < 0 && errno == ENOTDIR;
    if (*file) {
        how.flags = O_PATH | O_CLOEXEC;
        source = (int)syscall(SYS_openat2, AT_FDCWD, bind->source, &how, sizeof how);
    }
    return source < 0 ? -errno : source;
}

static int clone_tree(int source, bool directory, bool readonly) {
    const unsigned recursive = directory ? TREE_RECURSIVE : 0;
    int tree = (int)syscall(NR_open_tree, source, "", TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH | recursive);
    if (tree < 0)
        return -errno;
    struct mount_attributes attributes = {.set = ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV, .propagation = MS_PRIVATE};
    if (readonly)
        attributes.set |= ATTRIBUTE_RDONLY;
    if (syscall(NR_mount_setattr, tree, "", AT_EMPTY_PATH | recursive, &attributes, sizeof attributes) == 0)
        return tree;
    int error = errno;
    close(tree);
    return -error;
}

struct mounted {
    int tree;
    bool file;
};

struct sources {
    const struct request *request;
    struct mounted *mounted;
    struct failure *failure;
    int opened[BINDS_MAX];
};

static int open_sources(void *argument) {
    struct sources *sources = argument;
    int result = 0;
    for (size_t i = 0; i < sources->request->count && result >= 0; i++) {
        sources->failure->object = sources->request->binds[i].source;
        result = sources->opened[i] = open_source(&sources->request->binds[i], &sources->mounted[i].file);
    }
    return result;
}

static int open_trees(const struct request *request, struct mounted *mounted, struct failure *failure) {
    struct sources sources = {.request = request, .mounted = mounted, .failure = failure};
    const struct user user = {request->uid, request->gid, request->groups, request->group_count};
    failure->doing = "bind";
    int result = open_as(&user, open_sources, &sources);
    if (result < 0)
        return result;
    for (size_t i = 0; i < request->count; i++) {
        failure->object = request->binds[i].source;
        if ((mounted[i].tree = clone_tree(sources.opened[i], !mounted[i].file, request->binds[i].readonly)) < 0)
            return mounted[i].tree;
        close(sources.opened[i]);
    }
    return 0;
}

struct target {
    int root;
    const char *path;
    bool file;
};

static int make_target(void *argument) {
    const struct target *target = argument;
    return open_target(target->root, target->path, target->file, make_entry);
}

static int make_as_maker(const struct request *request, int root, const char *path, bool file) {
    const struct user maker = {.uid = request->maker_uid, .gid = request->maker_gid};
    struct target target = {root, path, file};
    _cleanup_close_ int made = open_as(&maker, make_target, &target);
    return made < 0 ? made : 0;
}

/* Where nobody but root has been. */
static int make_targets(const struct request *request, const struct sandbox *sandbox, const struct mounted *mounted,
                        struct failure *failure) {
    failure->doing = "make the mount point";
    failure->object = request->binds[0].target;
    if (setns(sandbox->outer, CLONE_NEWNS) < 0)
        return -errno;
    _cleanup_close_ int root = open_plain(request->root, O_PATH | O_DIRECTORY);
    if (root < 0)
        return root;
    for (size_t i = 0; i < request->count; i++) {
        failure->object = request->binds[i].target;
        if (is_provided(request->binds[i].target))
            continue;
        _cleanup_close_ int target = open_target(root, request->binds[i].target, mounted[i].file, make_entry);
        /* A mapped mount takes files of no ids but its range's. */
        int result =
            target == -EOVERFLOW ? make_as_maker(request, root, request->binds[i].target, mounted[i].file) : target;
        if (result < 0)
            return result;
    }
    return 0;
}

/* A mount point as the sandbox has it. One that is missing is in a file system of its own, or in another bind. */
static int find_target(const struct request *request, int root, const char *path, bool file) {
    int target = open_target(root, path, file, NULL);
    if (target != -ENOENT || (request->root == NULL && !is_provided(path)))
        return target;
    int result = make_as_maker(request, root, path, file);
    return result < 0 ? result : open_target(root, path, file, NULL);
}

int bind_into_sandbox(const struct request *request, struct failure *failure) {
    struct sandbox sandbox;
    struct mounted mounted[BINDS_MAX] = {0};
    *failure = (struct failure){.doing = "bind", .object = request->binds[0].source};
    int result = find_sandbox(request->sandbox, &sandbox);
    if (result < 0) {
        failure->reason = "its sandbox has ended";
        return result;
    }
    result = open_trees(request, mounted, failure);
    if (result == 0 && request->root != NULL)
        result = make_targets(request, &sandbox, mounted, failure);
    if (result == 0) {
        failure->doing = "enter";
        failure->object = "the sandbox";
        result = setns(sandbox.inner, CLONE_NEWNS) < 0 ? -errno : 0;
    }
    for (size_t i = 0; i < request->count && result == 0; i++) {
        const struct bind *bind = &request->binds[i];
        *failure = (struct failure){.doing = request->root != NULL ? "make the mount point" : "use the mount point",
                                    .object = bind->target};
        _cleanup_close_ int target = find_target(request, sandbox.root, bind->target, mounted[i].file);
        if ((result = target) < 0)
            break;
        failure->doing = "bind at";
        result = syscall(NR_move_mount, mounted[i].tree, "", target, "", MOVE_EMPTY_PATHS) < 0 ? -errno : 0;
    }
    if (result < 0)
        failure->reason = result == -ELOOP ? "a symbolic link is in the way" : strerror(-result);
    return result;
}
