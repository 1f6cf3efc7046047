/*
 * refuse CALL ERRNO|kill PROGRAM ARG... - runs a program to which, and to all whose parent it is, the kernel refuses a
 * system call, as a kernel without it or a security module would; with kill it kills whoever makes it, as SIGKILL does.
 * Exit: that of the program; 125 when it cannot be done.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_poll
#define SYS_poll SYS_ppoll
#endif

/* With an operation where the call has several, and which of its arguments that is. */
static const struct call {
    const char *name;
    unsigned number;
    int operation;
    unsigned argument;
} calls[] = {
    {"swapon", SYS_swapon, -1, 0},
    {"seccomp", SYS_seccomp, -1, 0},
    {"prctl-seccomp", SYS_prctl, PR_SET_SECCOMP, 0},
    {"prctl-no-new-privs", SYS_prctl, PR_SET_NO_NEW_PRIVS, 0},
    {"prctl-dumpable", SYS_prctl, PR_SET_DUMPABLE, 0},
    {"prctl-parent", SYS_prctl, PR_SET_PDEATHSIG, 0},
    {"getsockopt-domain", SYS_getsockopt, SO_DOMAIN, 2},
    {"landlock_create_ruleset", 444, -1, 0},
    {"landlock_add_rule", 445, -1, 0},
    {"landlock_restrict_self", 446, -1, 0},
    {"mount", SYS_mount, -1, 0},
    {"umount2", SYS_umount2, -1, 0},
    {"pivot_root", SYS_pivot_root, -1, 0},
    {"unshare", SYS_unshare, -1, 0},
    {"setns", SYS_setns, -1, 0},
    {"openat2", 437, -1, 0},
    {"memfd_create", SYS_memfd_create, -1, 0},
    {"open_tree", 428, -1, 0},
    {"move_mount", 429, -1, 0},
    {"mount_setattr", 442, -1, 0},
    {"pidfd_open", 434, -1, 0},
    {"capset", SYS_capset, -1, 0},
    {"sethostname", SYS_sethostname, -1, 0},
    {"close_range", SYS_close_range, -1, 0},
    {"setsid", SYS_setsid, -1, 0},
    {"mkdirat", SYS_mkdirat, -1, 0},
    {"setgroups", SYS_setgroups, -1, 0},
    {"setresuid", SYS_setresuid, -1, 0},
    {"capget", SYS_capget, -1, 0},
    {"socket", SYS_socket, -1, 0},
    {"connect", SYS_connect, -1, 0},
    {"socketpair", SYS_socketpair, -1, 0},
    {"sendmsg", SYS_sendmsg, -1, 0},
    {"recvmsg", SYS_recvmsg, -1, 0},
    {"poll", SYS_poll, -1, 0},
    {"signalfd4", SYS_signalfd4, -1, 0},
    {"clone", SYS_clone, -1, 0},
    {"setpgid", SYS_setpgid, -1, 0},
    {"getpriority", SYS_getpriority, -1, 0},
    {"wait4", SYS_wait4, -1, 0},
    {"exit_group", SYS_exit_group, -1, 0},
};

int main(int argc, char **argv) {
    const struct call *call = NULL;
    for (size_t i = 0; argc > 3 && i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].name, argv[1]) == 0)
            call = &calls[i];
    if (call == NULL) {
        fputs("refuse: no such call\n", stderr);
        return 125;
    }
    bool kills = strcmp(argv[2], "kill") == 0;
    unsigned refusal = kills ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | (unsigned)atoi(argv[2]);
    if (kills && setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) < 0) {
        perror("refuse: setrlimit");
        return 125;
    }
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call->number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)(offsetof(struct seccomp_data, args[0]) + 8 * call->argument)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call->operation, 0, call->operation >= 0 ? 1 : 0),
        BPF_STMT(BPF_RET | BPF_K, refusal),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    if (geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        perror("refuse: prctl");
        return 125;
    }
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) {
        perror("refuse: seccomp");
        return 125;
    }
    execvp(argv[3], argv + 3);
    perror(argv[3]);
    return 125;
}
