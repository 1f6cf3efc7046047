/* Ways through file systems that no symbolic link can turn aside. Descriptors, or negative errnos. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Opens path; refuses (-ELOOP) when a symbolic or magic link is in it. flags as for open(2). */
int open_plain(const char *path, uint64_t flags);

/* The same beneath a directory that is open: an O_PATH descriptor of the mount point path, a directory or a file. Makes
   what is missing, 0755 and 0644, where that is wanted. `..` is refused, -EINVAL. */
int open_target(int root, const char *path, bool file, bool make);
