/* steps.h on Linux: the table of the steps, and the program after them. */
#include "steps.h"
#include "steps_linux.h"

#include <errno.h>
#include <unistd.h>

#define NO_MAPPED_MOUNTS "its filesystem has no idmapped mounts (tmpfs has them from Linux 6.3 on, OpenZFS from 2.2)"

const struct step steps[] = {
    {"private", 0, step_private, "make a private mount namespace", -1, NULL},
    {"user-private", 2, step_user_private, "make a user namespace", -1, NULL},
    {"user-range", 5, step_user_range, "make a user namespace with a range of ids", -1, NULL},
    {"tmpfs", 2, step_tmpfs, "mount a tmpfs on", 1, NULL},
    {"directory", 2, step_directory, "make the directory", 1, NULL},
    {"symlink", 2, step_symlink, "make the symbolic link", 1, NULL},
    {"owner", 3, step_owner, "give away the directory", 2, NULL},
    {"overlay", 3, step_overlay, "mount an overlay over", 0, NULL},
    {"bind", 2, step_bind, "bind", 0, NULL},
    {"bind-as", 5, step_bind_as, "bind", 3, NULL},
    {"bind-readonly", 2, step_bind_readonly, "bind", 0, NULL},
    {"tree-readonly", 2, step_tree_readonly, "bind", 0, NULL},
    {"bind-mapped", 2, step_bind_mapped, "give ids of its own to", 0, NO_MAPPED_MOUNTS},
    {"zfs", 2, step_zfs, "mount the dataset", 0, NULL},
    {"harden", 1, step_harden, "take setuid files and devices from", 0, NULL},
    {"follow-none", 1, step_follow_none, "close to symbolic links", 0, NULL},
    {"copy", 2, step_copy, "copy", 0, NULL},
    {"target", 3, step_target, "make the mount point", 1, NULL},
    {"need-target", 3, step_need_target, "use the mount point", 1, NULL},
    {"lock-aside", 0, step_lock_aside, "put the lock aside", -1, NULL},
    {"identity", 0, step_identity, "make a user namespace of all ids", -1, NULL},
    {"ids", 3, step_ids, "make a user namespace with ids of its own", -1, NULL},
    {"all-ids", 0, step_all_ids, "make a user namespace of all ids", -1, NULL},
    {"one-id", 4, step_one_id, "make a user namespace of one id", -1, NULL},
    {"enter-ids", 0, step_enter_ids, "enter the user namespace", -1, NULL},
    {"groups", 1, step_groups, "set the groups", -1, NULL},
    {"user", 3, step_user, "become user", 0, NULL},
    {"cgroup", 1, step_cgroup, "enter the control group", 0, NULL},
    {"pid", 0, step_pid, "make a pid namespace", -1, NULL},
    {"proc", 1, step_proc, "mount proc on", 0, NULL},
    {"proc-readonly", 1, step_proc_readonly, "mount proc on", 0, NULL},
    {"devpts", 1, step_devpts, "mount devpts on", 0, NULL},
    {"pivot", 1, step_pivot, "enter the root", 0, NULL},
    {"namespaces", 1, step_namespaces, "make namespaces", -1, NULL},
    {"capabilities", 1, step_capabilities, "give up capabilities", -1, NULL},
};
const size_t step_count = sizeof steps / sizeof *steps;

int execute_program(char **words) {
    execv(words[0], words);
    return errno;
}
