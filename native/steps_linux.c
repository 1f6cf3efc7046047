/* Steps of mayfly-enter on Linux: mounts and namespaces. Paths are opened without following links and used by descriptor. */
#include "steps_linux.h"
#include "cleanup.h"
#include "paths.h"
#include "paths_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COPY_MAX = 1 << 20, GROUPS_MAX = 65536, LOCK_ASIDE = 10 };

bool unprivileged;

/* A path to an open descriptor, for calls that take paths only. */
struct descriptor_path {
    char text[32];
};

static struct descriptor_path path_of(int descriptor) {
    struct descriptor_path path;
    snprintf(path.text, sizeof path.text, "/proc/self/fd/%d", descriptor);
    return path;
}

/* The parent directory of path, opened; *name is set to the last component. */
static int open_parent(const char *path, const char **name) {
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash[1] == 0)
        return -EINVAL;
    char parent[PATH_MAX];
    size_t size = slash == path ? 1 : (size_t)(slash - path);
    if (size >= sizeof parent)
        return -ENAMETOOLONG;
    memcpy(parent, path, size);
    parent[size] = 0;
    *name = slash + 1;
    return open_plain(parent, O_PATH | O_DIRECTORY);
}

int write_file(const char *path, const char *text) {
    _cleanup_close_ int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return -errno;
    size_t size = strlen(text);
    ssize_t written = write(file, text, size);
    return written < 0 ? -errno : (size_t)written < size ? -EIO : 0;
}

int number_of(const char *word, uint32_t *number) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(word, &end, 10);
    if (*word < '0' || *word > '9' || *end != 0 || errno != 0 || value >= UINT32_MAX)
        return -EINVAL;
    *number = (uint32_t)value;
    return 0;
}

/* Numbers with commas between, or "-"; the word is changed. The groups stay until others are read. */
static int read_groups(char *list, const gid_t **read, size_t *count) {
    static gid_t groups[GROUPS_MAX];
    *read = groups;
    *count = 0;
    char *rest = NULL;
    if (strcmp(list, "-") != 0)
        for (char *word = strtok_r(list, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest))
            if (*count == GROUPS_MAX || number_of(word, &groups[(*count)++]) < 0)
                return -EINVAL;
    return 0;
}

int make_mounts_private(void) { return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -errno : 0; }

int step_private(char **words) {
    (void)words;
    if (unshare(CLONE_NEWNS) < 0)
        return -errno;
    return make_mounts_private();
}

int step_user_private(char **words) {
    uint32_t uid, gid;
    if (number_of(words[0], &uid) < 0 || number_of(words[1], &gid) < 0)
        return -EINVAL;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return -errno;
    unprivileged = true;
    char map[64];
    int result = write_file("/proc/self/setgroups", "deny");
    if (result == 0) {
        snprintf(map, sizeof map, "%u %u 1", uid, uid);
        result = write_file("/proc/self/uid_map", map);
    }
    if (result == 0) {
        snprintf(map, sizeof map, "%u %u 1", gid, gid);
        result = write_file("/proc/self/gid_map", map);
    }
    return result < 0 ? result : make_mounts_private();
}

/* A file takes memory, too, whatever is in it: there may be as many as pages. */
int step_tmpfs(char **words) {
    enum { PAGE = 4096 };
    char *end, options[128];
    errno = 0;
    uint64_t pages = strtoull(words[0], &end, 10) / PAGE;
    if (*words[0] < '0' || *words[0] > '9' || *end != '\0' || errno != 0 || pages == 0)
        return -EINVAL;
    snprintf(options, sizeof options, "mode=0755,size=%" PRIu64 ",nr_inodes=%" PRIu64, pages * PAGE, pages);
    _cleanup_close_ int directory = open_plain(words[1], O_PATH | O_DIRECTORY);
    if (directory < 0)
        return directory;
    return mount("mayfly", path_of(directory).text, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0 ? -errno : 0;
}

/* Gives an open entry the owner and mode of another. Owners stay the caller's own where he may not give things away. */
static int make_like(int entry, const struct stat *like) {
    if (!unprivileged && fchown(entry, like->st_uid, like->st_gid) < 0)
        return -errno;
    return fchmod(entry, like->st_mode & 07777) < 0 ? -errno : 0;
}

static int make_directory_like(const char *path, const struct stat *like) {
    const char *name;
    _cleanup_close_ int parent = open_parent(path, &name);
    if (parent < 0)
        return parent;
    if (mkdirat(parent, name, 0700) < 0)
        return -errno;
    _cleanup_close_ int made = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return made < 0 ? -errno : make_like(made, like);
}

static int status_of(const char *path, struct stat *status) {
    _cleanup_close_ int entry = open_plain(path, O_PATH);
    if (entry < 0)
        return entry;
    return fstat(entry, status) < 0 ? -errno : 0;
}

int step_directory(char **words) {
    struct stat like;
    int result = status_of(words[0], &like);
    return result < 0 ? result : make_directory_like(words[1], &like);
}

int step_symlink(char **words) {
    const char *name;
    _cleanup_close_ int parent = open_parent(words[1], &name);
    if (parent < 0)
        return parent;
    return symlinkat(words[0], parent, name) < 0 ? -errno : 0;
}

int step_owner(char **words) {
    uint32_t uid, gid;
    if (number_of(words[0], &uid) < 0 || number_of(words[1], &gid) < 0)
        return -EINVAL;
    _cleanup_close_ int directory = open_plain(words[2], O_RDONLY | O_DIRECTORY);
    if (directory < 0)
        return directory;
    return fchown(directory, uid, gid) < 0 ? -errno : 0;
}

/* Makes path unless it is there: a directory, or an empty file where `file` is true. */
int make_missing(const char *path, bool file) {
    const char *name;
    _cleanup_close_ int parent = open_parent(path, &name);
    if (parent < 0)
        return parent;
    if (!file)
        return mkdirat(parent, name, 0755) < 0 && errno != EEXIST ? -errno : 0;
    _cleanup_close_ int entry = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    return entry < 0 && errno != EEXIST ? -errno : 0;
}

static int scratch_path(char *path, const char *scratch, const char *name) {
    return snprintf(path, PATH_MAX, "%s/%s", scratch, name) >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int step_overlay(char **words) {
    const char *scratch = words[1], *target = words[2];
    char upper[PATH_MAX], work[PATH_MAX];
    int result = scratch_path(upper, scratch, "upper");
    if (result == 0)
        result = scratch_path(work, scratch, "work");
    if (result < 0)
        return result;

    _cleanup_close_ int lower = open_plain(words[0], O_PATH | O_DIRECTORY);
    struct stat like;
    if (lower < 0)
        return lower;
    if (fstat(lower, &like) < 0)
        return -errno;
    if ((result = make_missing(scratch, false)) < 0 || (result = make_directory_like(upper, &like)) < 0 ||
        (result = make_missing(work, false)) < 0 || (result = make_missing(target, false)) < 0)
        return result;

    _cleanup_close_ int upper_directory = open_plain(upper, O_PATH | O_DIRECTORY);
    _cleanup_close_ int work_directory = open_plain(work, O_PATH | O_DIRECTORY);
    _cleanup_close_ int mount_point = open_plain(target, O_PATH | O_DIRECTORY);
    if (upper_directory < 0 || work_directory < 0 || mount_point < 0)
        return -ENOENT;
    /* By descriptor: neither links nor the characters that separate options can get in the way. With xino a file keeps its
       number when it is linked (git clone looks); without privileges the kernel cannot find where a copy came from. */
    char options[256];
    snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s%s", path_of(lower).text,
             path_of(upper_directory).text, path_of(work_directory).text, unprivileged ? ",userxattr" : ",xino=on");
    /* Who is root of a range of ids could take these flags away again, were they not there before it begins. */
    unsigned long flags = range_is_made() ? MS_NOSUID | MS_NODEV : 0;
    return mount("mayfly", path_of(mount_point).text, "overlay", flags, options) < 0 ? -errno : 0;
}

static int bind_opened(int source, const char *target, bool file, unsigned long flags, int *mounted) {
    int result = make_missing(target, file);
    if (result < 0)
        return result;
    _cleanup_close_ int mount_point = open_plain(target, O_PATH);
    if (mount_point < 0)
        return mount_point;
    if (mount(path_of(source).text, path_of(mount_point).text, NULL, MS_BIND | flags, NULL) < 0)
        return -errno;
    /* Opened again: the old descriptor is of what lies under the mount. */
    if (mounted != NULL && (*mounted = open_plain(target, O_PATH)) < 0)
        return *mounted;
    return 0;
}

static int bind(const char *source_path, const char *target, unsigned long flags, int *mounted) {
    _cleanup_close_ int source = open_plain(source_path, O_PATH);
    struct stat status;
    if (source < 0)
        return source;
    return fstat(source, &status) < 0 ? -errno : bind_opened(source, target, !S_ISDIR(status.st_mode), flags, mounted);
}

/* Adds flags and leaves the others, which may be locked. */
static int set_attributes(int mounted, uint64_t flags, unsigned how) {
    struct mount_attributes attributes = {.set = flags};
    return syscall(NR_mount_setattr, mounted, "", AT_EMPTY_PATH | how, &attributes, sizeof attributes) < 0 ? -errno : 0;
}

int step_bind(char **words) { return bind(words[0], words[1], MS_REC, NULL); }

static int open_directory(void *path) { return open_plain(path, O_PATH | O_DIRECTORY); }

/* What is mounted is what the user could enter, by the names that were checked: he may exchange them for others at any time.
   Root may not look into it: it may be in a FUSE file system of the user's. */
int step_bind_as(char **words) {
    struct user user = {0};
    if (number_of(words[0], &user.uid) < 0 || number_of(words[1], &user.gid) < 0)
        return -EINVAL;
    int result = read_groups(words[2], &user.groups, &user.group_count);
    if (result < 0)
        return result;
    _cleanup_close_ int source = open_as(&user, open_directory, words[3]);
    return source < 0 ? source : bind_opened(source, words[4], false, MS_REC, NULL);
}

int step_bind_readonly(char **words) {
    _cleanup_close_ int mounted = -1;
    int result = bind(words[0], words[1], 0, &mounted);
    if (result < 0)
        return result;
    return set_attributes(mounted, ATTRIBUTE_RDONLY, 0);
}

int step_harden(char **words) {
    _cleanup_close_ int root = open_plain(words[0], O_PATH | O_DIRECTORY);
    if (root < 0)
        return root;
    return set_attributes(root, ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV, TREE_RECURSIVE);
}

/* For who goes through a tree by paths while others change it: what was a directory may be a link by then. */
int step_follow_none(char **words) {
    _cleanup_close_ int mounted = -1;
    int result = bind(words[0], words[0], 0, &mounted);
    return result < 0 ? result : set_attributes(mounted, ATTRIBUTE_NOSYMFOLLOW, 0);
}

int step_tree_readonly(char **words) {
    _cleanup_close_ int mounted = -1;
    int result = bind(words[0], words[1], MS_REC, &mounted);
    return result < 0 ? result
                      : set_attributes(mounted, ATTRIBUTE_RDONLY | ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV, TREE_RECURSIVE);
}

/* The properties setuid and devices are mount options that mount.zfs(8) would add; reading is not to write to a clone. */
int step_zfs(char **words) {
    int result = make_missing(words[1], false);
    if (result < 0)
        return result;
    _cleanup_close_ int mount_point = open_plain(words[1], O_PATH | O_DIRECTORY);
    if (mount_point < 0)
        return mount_point;
    return mount(words[0], path_of(mount_point).text, "zfs", MS_NOSUID | MS_NODEV | MS_NOATIME, NULL) < 0 ? -errno : 0;
}

int step_copy(char **words) {
    _cleanup_close_ int source = open_plain(words[0], O_RDONLY | O_NONBLOCK);
    struct stat status;
    if (source < 0)
        return source;
    if (fstat(source, &status) < 0)
        return -errno;
    if (!S_ISREG(status.st_mode) || status.st_size > COPY_MAX)
        return -EFBIG;
    const char *name;
    _cleanup_close_ int parent = open_parent(words[1], &name);
    if (parent < 0)
        return parent;
    _cleanup_close_ int target = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (target < 0)
        return -errno;
    char buffer[16384];
    for (size_t copied = 0; copied <= COPY_MAX;) {
        ssize_t size = read(source, buffer, sizeof buffer);
        if (size == 0)
            return make_like(target, &status);
        if (size < 0 || write(target, buffer, (size_t)size) != size)
            return size < 0 ? -errno : -ENOSPC;
        copied += (size_t)size;
    }
    return -EFBIG;
}

/* Belongs to root of the range, if there is one: a mapped mount takes files of no other ids. */
static int make_in_range(int parent, const char *name, bool directory) {
    act_as_range(true);
    int result = make_entry(parent, name, directory);
    act_as_range(false);
    return result;
}

int step_target(char **words) { return walk_target(words[0], words[1], words[2], make_in_range); }

int step_need_target(char **words) { return walk_target(words[0], words[1], words[2], NULL); }

/* Some programs give their standard input to the user whom they become. */
int step_lock_aside(char **words) {
    (void)words;
    _cleanup_close_ int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0 || fcntl(0, F_DUPFD, LOCK_ASIDE) < 0 || dup2(nothing, 0) < 0)
        return -errno;
    return 0;
}

int step_groups(char **words) {
    const gid_t *groups;
    size_t count;
    int result = read_groups(words[0], &groups, &count);
    return result < 0 ? result : setgroups(count, groups) < 0 ? -errno : 0;
}

int step_user(char **words) {
    uint32_t uid, gid;
    if (number_of(words[0], &uid) < 0 || number_of(words[1], &gid) < 0)
        return -EINVAL;
    int result = step_groups(words + 2);
    if (result < 0)
        return result;
    if (setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    return 0;
}
