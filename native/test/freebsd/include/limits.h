/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#include_next <limits.h>

#define PATH_MAX 1024
#define NAME_MAX 255
#define NGROUPS_MAX 1023
