/*
 * What a command can make of a file that it is given as one of its three descriptors.
 *
 * By /proc/self/fd the kernel lets it open that file anew, where it lies on the host and with all rights of the command's user: what
 * was opened for reading could be written to. And who owns a file can give it a setuid bit, or root capabilities, which count
 * for whoever runs it on the host. In a session other commands could do so too, by /proc/PID/fd, those that were there before.
 */
#include "cleanup.h"
#include "init.h"
#include "landlock_linux.h"
#include "policy_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { MEMORY_MAJOR = 1, UNMAPPED = 65534 };

/* /dev/null and its like: what is written to them changes nothing. */
static bool is_of_memory(const struct stat *status) {
    return S_ISCHR(status->st_mode) && major(status->st_rdev) == MEMORY_MAJOR;
}

/* Whether all ids of the machine are those inside, so that UNMAPPED is a user like others: user_namespaces(7). */
static bool has_all_ids(void) {
    char map[128] = "";
    _cleanup_close_ int file = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
    return file < 0 || read(file, map, sizeof map - 1) <= 0 || strstr(map, "4294967295") != NULL;
}

/* Whether it is in reach of the command's own id, or of its root's power over the ids that there are inside. */
static bool is_own(const struct stat *status) {
    uid_t own = geteuid();
    if (!S_ISREG(status->st_mode))
        return false;
    return status->st_uid == own || (own == 0 && (status->st_uid != UNMAPPED || has_all_ids()));
}

/* Root's, which could write capabilities into a file. */
static int drop_file_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {0};
    if (syscall(SYS_capget, &header, sets) < 0)
        return -errno;
    const uint32_t bit = UINT32_C(1) << CAP_SETFCAP;
    if ((sets[0].permitted & bit) == 0)
        return 0; /* nor can it be had: no_new_privs and the bounding set */
    sets[0].permitted &= ~bit;
    sets[0].effective &= ~bit;
    sets[0].inheritable &= ~bit;
    if (prctl(PR_CAPBSET_DROP, CAP_SETFCAP) < 0 || syscall(SYS_capset, &header, sets) < 0)
        return -errno;
    return 0;
}

static uint64_t accesses_of(int file) {
    switch (fcntl(file, F_GETFL) & O_ACCMODE) {
    case O_RDONLY:
        return LANDLOCK_READ_FILE;
    case O_WRONLY:
        return LANDLOCK_WRITE_FILE | LANDLOCK_TRUNCATE;
    default:
        return LANDLOCK_READ_FILE | LANDLOCK_WRITE_FILE | LANDLOCK_TRUNCATE;
    }
}

/* Files are opened below the root only, but for those that are given: as they were opened. */
static int open_inside_only(const int given[3]) {
    int version = landlock_version();
    if (version <= 0)
        return version < 0 ? version : -ENOSYS;
    uint64_t known = LANDLOCK_READ_FILE | LANDLOCK_WRITE_FILE;
    known |= version >= LANDLOCK_WITH_TRUNCATE ? LANDLOCK_TRUNCATE : 0;
    const struct landlock_rules rules = {.handled_access_fs = known};
    int ruleset = landlock_begin(&rules, false);
    int result = ruleset < 0 ? ruleset : 0;
    for (int i = 0; i < 3 && result == 0; i++)
        if (given[i] >= 0)
            result = landlock_permit(ruleset, given[i], accesses_of(given[i]) & known);
    if (result < 0)
        return result;
    result = landlock_enter(ruleset);
    return result == 0 && version < LANDLOCK_WITH_TRUNCATE ? filter_refuse(REFUSE_TRUNCATION) : result;
}

int hold_given_files(const int given[3], bool may_mount, bool has_neighbours) {
    bool own = false, reads = false;
    for (int i = 0; i < 3; i++) {
        struct stat status;
        if (given[i] < 0)
            continue;
        if (fstat(given[i], &status) < 0)
            return -errno;
        own |= is_own(&status);
        bool is_file = S_ISREG(status.st_mode) || S_ISBLK(status.st_mode) || S_ISCHR(status.st_mode);
        reads |= is_file && !is_of_memory(&status) && (fcntl(given[i], F_GETFL) & O_ACCMODE) == O_RDONLY;
    }
    /* Who makes user namespaces needs them to be root there. */
    int result = own && !may_mount ? drop_file_capabilities() : 0;
    if (result == 0 && own)
        result = filter_refuse(REFUSE_PRIVILEGED_MODES);
    /* Under Landlock nothing can be mounted. */
    if (result < 0 || may_mount)
        return result;
    /* Whoever is in a domain of Landlock's is kept from the descriptors of others, in /proc, who are not below it. Where there
       is none nobody is given a file for reading. */
    bool keeps_out = has_neighbours && landlock_version() >= LANDLOCK_WITH_REFER;
    return reads || keeps_out ? open_inside_only(given) : 0;
}
