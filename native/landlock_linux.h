/* landlock(7): what a process, and all that come from it, gives up for good. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct landlock_rules {
    uint64_t handled_access_fs, handled_access_net, scoped;
};

/* Of handled_access_fs. */
enum {
    LANDLOCK_WRITE_FILE = 1 << 1,
    LANDLOCK_READ_FILE = 1 << 2,
    LANDLOCK_REFER = 1 << 13,
    LANDLOCK_TRUNCATE = 1 << 14,
};
/* Of handled_access_net and scoped. */
enum {
    LANDLOCK_BIND_TCP = 1,
    LANDLOCK_CONNECT_TCP = 2,
    LANDLOCK_SCOPE_SOCKETS = 1 /* abstract ones, of processes outside */
};
/* The versions from which on there is what they are named for. */
enum {
    LANDLOCK_WITH_REFER = 2,    /* Linux 5.19 */
    LANDLOCK_WITH_TRUNCATE = 3, /* Linux 6.2 */
    LANDLOCK_WITH_NETWORK = 4,  /* Linux 6.7 */
    LANDLOCK_WITH_SCOPES = 6,   /* Linux 6.12 */
};

/* 0: the kernel has none, or it is switched off; a negative errno: it is there, but refused. */
int landlock_version(void);
/*
 * A ruleset's descriptor, or a negative errno. Below the root it permits all accesses to files that it handles. may_mount: what
 * is under it has to be able to mount, which nobody can whose access to files is restricted. But then it keeps files from being
 * moved from one directory to another as soon as another ruleset restricts access to files: each has to permit that.
 */
int landlock_begin(const struct landlock_rules *rules, bool may_mount);
/* Permits these accesses to the file, or to all below the directory. What belongs to no file system, a pipe say, needs no
   permission. 0 or a negative errno; so below. */
int landlock_permit(int ruleset, int file, uint64_t accesses);
/* From now on the ruleset holds, and is closed. */
int landlock_enter(int ruleset);
