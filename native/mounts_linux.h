/* Numbers and flags of Linux's calls about mounts that older headers lack. */
#pragma once

#include <stdint.h>

enum {
    NR_open_tree = 428,
    NR_move_mount = 429,
    NR_mount_setattr = 442,
    TREE_CLONE = 1,
    TREE_RECURSIVE = 0x8000,
    MOVE_EMPTY_PATHS = 0x04 | 0x40, /* from and to a descriptor */
    ATTRIBUTE_RDONLY = 1,
    ATTRIBUTE_NOSUID = 2,
    ATTRIBUTE_NODEV = 4,
    ATTRIBUTE_IDMAP = 0x100000,
    ATTRIBUTE_NOSYMFOLLOW = 0x200000, /* since Linux 5.14 */
};

/* Of mount_setattr(2). */
struct mount_attributes {
    uint64_t set, clear, propagation, userns;
};
