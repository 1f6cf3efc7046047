/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#if !defined _SYS_PARAM_H_ && !defined _SYS_PARAM_H /* FreeBSD's, glibc's */
#error "sys/param.h has to come first"
#endif

#include <sys/uio.h>

#define JAIL_CREATE 0x01
#define JAIL_UPDATE 0x02
#define JAIL_ATTACH 0x04
#define JAIL_DYING 0x08

#define JAIL_SYS_DISABLE 0
#define JAIL_SYS_NEW 1
#define JAIL_SYS_INHERIT 2

int jail_set(struct iovec *parameters, unsigned count, int flags);
int jail_get(struct iovec *parameters, unsigned count, int flags);
int jail_attach(int jail);
int jail_remove(int jail);
