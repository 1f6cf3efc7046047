/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

typedef enum { P_PID = 0, P_PGID = 2, P_ALL = 7 } idtype_t;
#define WNOHANG 1
#define WUNTRACED 2
#define WSTOPPED WUNTRACED
#define WNOWAIT 8
#define WEXITED 16
#define WIFSTOPPED(status) (((status)&0177) == 0177)
#define WSTOPSIG(status) ((status) >> 8)
#define WIFSIGNALED(status) (((status)&0177) != 0177 && ((status)&0177) != 0)
#define WTERMSIG(status) ((status)&0177)
#define WIFEXITED(status) (((status)&0177) == 0)
#define WEXITSTATUS(status) ((status) >> 8)
pid_t waitpid(pid_t pid, int *status, int options);
pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage);
int waitid(idtype_t kind, id_t id, siginfo_t *information, int options);
