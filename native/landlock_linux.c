#include "landlock_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Equal on all architectures; older headers lack them. */
enum {
    NR_landlock_create_ruleset = 444,
    NR_landlock_add_rule = 445,
    NR_landlock_restrict_self = 446,
    ASK_VERSION = 1,  /* a flag */
    PATH_BENEATH = 1, /* a kind of rule */
};

struct path_beneath {
    uint64_t allowed_access;
    int32_t parent_fd;
} __attribute__((packed));

int landlock_version(void) {
    long version = syscall(NR_landlock_create_ruleset, NULL, 0, ASK_VERSION);
    if (version >= 0)
        return (int)version;
    return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
}

int landlock_permit(int ruleset, int file, uint64_t accesses) {
    const struct path_beneath rule = {.allowed_access = accesses, .parent_fd = file};
    if (syscall(NR_landlock_add_rule, ruleset, PATH_BENEATH, &rule, 0) == 0 || errno == EBADFD)
        return 0;
    return -errno;
}

static int permit_root(int ruleset, uint64_t accesses) {
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return -errno;
    int result = landlock_permit(ruleset, root, accesses);
    close(root);
    return result;
}

int landlock_begin(const struct landlock_rules *rules, bool may_mount) {
    struct landlock_rules all = *rules;
    if (!may_mount && landlock_version() >= LANDLOCK_WITH_REFER)
        all.handled_access_fs |= LANDLOCK_REFER;
    /* A kernel that does not know the last of them takes zeros there. */
    int ruleset = (int)syscall(NR_landlock_create_ruleset, &all, sizeof all, 0);
    if (ruleset < 0)
        return -errno;
    int result = all.handled_access_fs == 0 ? 0 : permit_root(ruleset, all.handled_access_fs);
    if (result < 0)
        close(ruleset);
    return result < 0 ? result : ruleset;
}

int landlock_enter(int ruleset) {
    int result = syscall(NR_landlock_restrict_self, ruleset, 0) < 0 ? -errno : 0;
    close(ruleset);
    return result;
}
