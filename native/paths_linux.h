/* Opening with a user's rights, by root. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct user {
    uid_t uid;
    gid_t gid;
    const gid_t *groups;
    size_t group_count;
};

/*
 * What `open` returns in a child that has become the user and nothing else but has this process's descriptors and memory, so that
 * what it opens stays open here: a FUSE file system answers whoever is its user in every respect only. This process stays root's
 * own to signal and to trace. -EINTR: somebody has killed the child.
 */
int open_as(const struct user *user, int (*open)(void *argument), void *argument);
