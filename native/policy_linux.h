/* Which system calls a command may make on Linux. */
#pragma once

#include "init.h"

#include <stddef.h>

/* Equal on all architectures; older headers lack them. policy_linux.c has more. */
enum { NR_pidfd_open = 434, NR_openat2 = 437, NR_fchmodat2 = 452 };

/* Of a system call's number. */
enum verdict {
    VERDICT_REFUSED, /* fails with EPERM */
    VERDICT_ABSENT,  /* fails with ENOSYS, as if the kernel were older: programs then do without */
    VERDICT_ALLOWED, /* some are judged by their arguments then */
};

/* Numbers from this one on are of kernels newer than the policy: absent. */
enum { POLICY_NUMBERS = 468 };

void policy_read(enum policy policy, unsigned char verdicts[POLICY_NUMBERS]);

struct sock_filter;
enum { FILTER_CAPACITY = 512 };

/* The policy as a program for the kernel, at most FILTER_CAPACITY instructions; how many it has. */
size_t filter_build(enum policy policy, struct sock_filter *code);
/* Puts this process, and all that come from it, under that program. 0 or a negative errno. */
int filter_install(enum policy policy);

/* What can be refused on top of it. */
enum refused {
    REFUSE_CONNECTIONS,      /* to connect a socket, however */
    REFUSE_UNIX_SOCKETS,     /* those that could be connected, or sent by, to another than their pair */
    REFUSE_PRIVILEGED_MODES, /* setuid and setgid bits */
    REFUSE_TRUNCATION,       /* of a file that is not opened for writing */
};
size_t filter_build_refusal(enum refused refused, struct sock_filter *code);
int filter_refuse(enum refused refused);
