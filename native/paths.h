/* Ways through file systems that no symbolic link can turn aside. Descriptors, or negative errnos. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

/* Why an open with O_NOFOLLOW failed: EMLINK is FreeBSD's word for a link. */
static inline int open_failure(void) { return errno == EMLINK ? -ELOOP : -errno; }

/* Opens path; refuses (-ELOOP) when a symbolic or magic link is in it. flags as for open(2). */
int open_plain(const char *path, uint64_t flags);

/* Makes a directory, 0755, or an empty file, 0644. */
int make_entry(int parent, const char *name, bool directory);

/* The same as open_plain beneath a directory that is open: an O_PATH descriptor of the mount point path, a directory or a
   file. Has what is missing made as make does, unless that is NULL. `..` is refused, -EINVAL. */
int open_target(int root, const char *path, bool file, int (*make)(int parent, const char *name, bool directory));

/* The same from the path of the directory, as open_plain takes it; kind is "directory" or "file", -EINVAL else. 0: it is there. */
int walk_target(const char *root_path, const char *path, const char *kind,
                int (*make)(int parent, const char *name, bool directory));
