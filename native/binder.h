/* What mayfly-binder is asked for, and the part of it that differs between operating systems. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { BINDS_MAX = 128, BINDER_GROUPS_MAX = 65536 };

struct bind {
    const char *source, *target;
    bool readonly;
    bool no_links; /* no symbolic link may lead to the source */
};

struct request {
    uid_t uid, maker_uid; /* whose rights count for the sources; for mount points that only the sandbox has */
    gid_t gid, maker_gid;
    const gid_t *groups;
    size_t group_count;
    const char *root; /* where mayfly-enter put the finished root, NULL: nowhere, and no mount point may be made */
    struct bind binds[BINDS_MAX];
    size_t count;
    int sandbox; /* a pidfd of its outermost process */
};

/* What could not be done: "cannot DOING OBJECT: reason". */
struct failure {
    const char *doing, *object, *reason;
};

/* Mounts all binds into the sandbox, in their order; 0, or a negative errno with the failure filled in. Ends this process's
   life in its own mount namespace: it can do nothing else afterwards. */
int bind_into_sandbox(const struct request *request, struct failure *failure);
