/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#include <sys/types.h>
#include <sys/wait.h>

#define PROC_REAP_ACQUIRE 2
#define PROC_TRACE_CTL 7
#define PROC_PDEATHSIG_CTL 11
#define PROC_NO_NEW_PRIVS_CTL 19
#define PROC_TRACE_CTL_DISABLE 2
#define PROC_NO_NEW_PRIVS_ENABLE 1

int procctl(idtype_t kind, id_t id, int command, void *data);
