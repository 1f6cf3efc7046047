/*
 * The steps of mayfly-enter that are about ids: user namespaces, and the mounts whose owners they map.
 *
 * The namespace of the step ids belongs to root, not to the user whose range it is: he has no power in it but through the
 * command that runs there, which a filter of system calls holds.
 */
#include "cleanup.h"
#include "paths.h"
#include "steps_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MAP_SIZE = 64,
    NAMESPACE_PATH_SIZE = 64,
};

/* The namespace of the step ids, all-ids or one-id, who this process becomes in it, and whether it keeps its groups. */
static int kept_namespace = -1;
static uint32_t inside_uid, inside_gid;
static bool groups_stay;

/* The step ids: who is root in its namespace. No range's root is the machine's. */
static uint32_t range_uid, range_gid;

bool range_is_made(void) { return kept_namespace >= 0 && range_uid != 0; }

/* Also takes away root's power over the files of others, as setfsuid(2) says, until it comes back. */
void act_as_range(bool on) {
    if (!range_is_made())
        return;
    setfsgid(on ? range_gid : 0);
    setfsuid(on ? range_uid : 0);
}

/* Maps ids of the process with this pid; the maps need rights that a process loses when it enters its new namespace. */
static int write_maps(pid_t pid, const char *uid_map, const char *gid_map) {
    char path[NAMESPACE_PATH_SIZE];
    snprintf(path, sizeof path, "/proc/%d/uid_map", (int)pid);
    int result = write_file(path, uid_map);
    snprintf(path, sizeof path, "/proc/%d/gid_map", (int)pid);
    return result < 0 ? result : write_file(path, gid_map);
}

/* Has another process, which keeps today's rights, work for this one after it has made a new user namespace. */
static int with_helper(int flags, int (*work)(pid_t pid, char **words), char **words) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    _cleanup_close_ int reading = ends[0];
    _cleanup_close_ int writing = ends[1];
    pid_t self = getpid(), helper = fork();
    if (helper < 0)
        return -errno;
    if (helper == 0) {
        close(writing);
        char byte;
        _exit(read(reading, &byte, 1) != 1 ? EIO : -work(self, words));
    }
    int error = unshare(flags) < 0 ? errno : 0;
    if (error == 0 && write(writing, "", 1) != 1)
        error = EIO;
    close(writing);
    writing = -1;
    int status;
    if (waitpid(helper, &status, 0) < 0)
        return -errno;
    if (error != 0)
        return -error;
    return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

static const char all_ids[] = "0 0 4294967295";

static int map_all(pid_t pid, char **words) {
    (void)words;
    return write_maps(pid, all_ids, all_ids);
}

int step_identity(char **words) { return with_helper(CLONE_NEWUSER, map_all, words); }

/* Runs newuidmap or newgidmap, which only give what /etc/subuid and /etc/subgid do and say what they do not like. */
static int run_mapper(const char *program, pid_t pid, const char *own, const char *base, const char *count) {
    char target[16];
    snprintf(target, sizeof target, "%d", (int)pid);
    pid_t child = fork();
    if (child == 0) {
        execl(program, program, target, "0", own, "1", "1", base, count, (char *)NULL);
        _exit(127);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) < 0)
        return -errno;
    return status == 0 ? 0 : WIFEXITED(status) && WEXITSTATUS(status) == 127 ? -ENOENT : -EPERM;
}

static int map_own_range(pid_t pid, char **words) {
    int result = run_mapper("/usr/bin/newuidmap", pid, words[0], words[2], words[4]);
    return result < 0 ? result : run_mapper("/usr/bin/newgidmap", pid, words[1], words[3], words[4]);
}

int step_user_range(char **words) {
    uint32_t number;
    for (int i = 0; i < 5; i++)
        if (number_of(words[i], &number) < 0)
            return -EINVAL;
    int result = with_helper(CLONE_NEWUSER | CLONE_NEWNS, map_own_range, words);
    unprivileged = true;
    return result < 0 ? result : make_mounts_private();
}

/* Holds a new user namespace until it is told to end, or its parent ends. */
static _Noreturn void hold_namespace(int ready, int end) {
    char byte;
    if (unshare(CLONE_NEWUSER) < 0)
        _exit(errno);
    if (write(ready, "", 1) == 1 && read(end, &byte, 1) < 0)
        _exit(EIO);
    _exit(0);
}

static int map_and_open(pid_t holder, const char *uid_map, const char *gid_map) {
    char path[NAMESPACE_PATH_SIZE];
    snprintf(path, sizeof path, "/proc/%d/setgroups", (int)holder);
    int result = groups_stay ? write_file(path, "deny") : 0;
    if (result == 0)
        result = write_maps(holder, uid_map, gid_map);
    if (result < 0)
        return result;
    snprintf(path, sizeof path, "/proc/%d/ns/user", (int)holder);
    int opened = open(path, O_RDONLY | O_CLOEXEC);
    return opened < 0 ? -errno : opened;
}

/* Makes a user namespace with these maps, and keeps it. */
static int keep_namespace(const char *uid_map, const char *gid_map) {
    if (kept_namespace >= 0)
        return -EEXIST;
    int ready[2], end[2];
    if (pipe2(ready, O_CLOEXEC) < 0)
        return -errno;
    _cleanup_close_ int is_ready = ready[0];
    _cleanup_close_ int says_ready = ready[1];
    if (pipe2(end, O_CLOEXEC) < 0)
        return -errno;
    _cleanup_close_ int ends = end[0];
    _cleanup_close_ int says_end = end[1];
    pid_t holder = fork();
    if (holder < 0)
        return -errno;
    if (holder == 0) {
        close(says_end);
        hold_namespace(says_ready, ends);
    }
    close(says_ready);
    says_ready = -1;
    char byte;
    int opened = read(is_ready, &byte, 1) == 1 ? map_and_open(holder, uid_map, gid_map) : -EIO;
    close(says_end);
    says_end = -1;
    int status;
    if (waitpid(holder, &status, 0) < 0)
        return -errno;
    if (opened < 0)
        return WIFEXITED(status) && WEXITSTATUS(status) != 0 ? -WEXITSTATUS(status) : opened;
    kept_namespace = opened;
    return 0;
}

int step_ids(char **words) {
    uint32_t uid, gid, count;
    if (number_of(words[0], &uid) < 0 || number_of(words[1], &gid) < 0 || number_of(words[2], &count) < 0)
        return -EINVAL;
    /* The machine's root is in nobody's range. */
    if (uid == 0 || gid == 0 || count == 0 || count > UINT32_MAX - uid || count > UINT32_MAX - gid)
        return -EINVAL;
    char uid_map[MAP_SIZE], gid_map[MAP_SIZE];
    snprintf(uid_map, sizeof uid_map, "0 %u %u", uid, count);
    snprintf(gid_map, sizeof gid_map, "0 %u %u", gid, count);
    int result = keep_namespace(uid_map, gid_map);
    if (result == 0) {
        range_uid = uid;
        range_gid = gid;
    }
    return result;
}

int step_all_ids(char **words) {
    (void)words;
    return keep_namespace(all_ids, all_ids);
}

/* Groups cannot be given up in it: files can deny something to the members of a group. */
int step_one_id(char **words) {
    uint32_t uid, gid;
    if (number_of(words[0], &uid) < 0 || number_of(words[1], &gid) < 0 || number_of(words[2], &inside_uid) < 0 ||
        number_of(words[3], &inside_gid) < 0)
        return -EINVAL;
    char uid_map[MAP_SIZE], gid_map[MAP_SIZE];
    snprintf(uid_map, sizeof uid_map, "%u %u 1", inside_uid, uid);
    snprintf(gid_map, sizeof gid_map, "%u %u 1", inside_gid, gid);
    groups_stay = true;
    return keep_namespace(uid_map, gid_map);
}

/* Neither recursive nor with setuid or device files: whatever of the host were to be in it would be the range's own. */
int step_bind_mapped(char **words) {
    if (!range_is_made())
        return -EBADF;
    _cleanup_close_ int source = open_plain(words[0], O_PATH | O_DIRECTORY);
    if (source < 0)
        return source;
    int result = make_missing(words[1], false);
    if (result < 0)
        return result;
    _cleanup_close_ int mount_point = open_plain(words[1], O_PATH | O_DIRECTORY);
    if (mount_point < 0)
        return mount_point;
    _cleanup_close_ int tree = (int)syscall(NR_open_tree, source, "", TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH);
    if (tree < 0)
        return -errno;
    struct mount_attributes attributes = {.set = ATTRIBUTE_IDMAP | ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV,
                                          .userns = (uint64_t)kept_namespace};
    if (syscall(NR_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0)
        return -errno;
    int moved = (int)syscall(NR_move_mount, tree, "", mount_point, "", MOVE_EMPTY_PATHS);
    return moved < 0 ? -errno : 0;
}

int step_enter_ids(char **words) {
    (void)words;
    if (kept_namespace < 0)
        return -EBADF;
    int error = setns(kept_namespace, CLONE_NEWUSER) < 0 ? errno : 0;
    close(kept_namespace);
    kept_namespace = -1;
    if (error != 0)
        return -error;
    if (!groups_stay && setgroups(0, NULL) < 0)
        return -errno;
    return setresgid(inside_gid, inside_gid, inside_gid) < 0 || setresuid(inside_uid, inside_uid, inside_uid) < 0
               ? -errno
               : 0;
}
