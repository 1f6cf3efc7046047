/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#define RTLD_NOW 2
#define RTLD_LOCAL 0
void *dlopen(const char *path, int mode);
void *dlsym(void *restrict handle, const char *restrict name);
