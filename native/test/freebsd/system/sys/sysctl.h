/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#include <stddef.h>

#define CTL_MAXNAME 24
#define CTL_KERN 1
#define KERN_PROC 14
#define KERN_PROC_SESSION 3
#define KERN_PROC_ARGS 7
#define KERN_PROC_PATHNAME 12

int sysctl(const int *name, unsigned count, void *old, size_t *old_size, const void *new, size_t new_size);
int sysctlbyname(const char *name, void *old, size_t *old_size, const void *new, size_t new_size);
int sysctlnametomib(const char *name, int *place, size_t *size);
