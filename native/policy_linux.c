/*
 * The policy of system calls on Linux: what is allowed, by group, with the reason. What is not named is refused.
 *
 * It is derived from the default profiles of Docker (moby, profiles/seccomp), Podman and systemd's @system-service: nothing
 * is allowed here that Docker does not allow to a container without capabilities, but for what POLICY_NESTED adds. Less
 * than Docker's are ptrace and its like, io_uring, 32-bit calls, and the setting of clocks. Some calls are judged by their
 * arguments as well (filter_linux.c).
 */
#include "policy_linux.h"

#include <string.h>
#include <sys/syscall.h>

/* Numbers that older headers lack; equal on all architectures since they were added together. */
enum {
    NR_pidfd_send_signal = 424,
    NR_io_uring_setup = 425,
    NR_io_uring_enter = 426,
    NR_io_uring_register = 427,
    NR_open_tree = 428,
    NR_move_mount = 429,
    NR_fsopen = 430,
    NR_fsconfig = 431,
    NR_fsmount = 432,
    NR_fspick = 433,
    NR_clone3 = 435,
    NR_close_range = 436,
    NR_faccessat2 = 439,
    NR_epoll_pwait2 = 441,
    NR_mount_setattr = 442,
    NR_landlock_create_ruleset = 444,
    NR_landlock_add_rule = 445,
    NR_landlock_restrict_self = 446,
    NR_memfd_secret = 447,
    NR_process_mrelease = 448,
    NR_futex_waitv = 449,
    NR_cachestat = 451,
    NR_map_shadow_stack = 453,
    NR_futex_wake = 454,
    NR_futex_wait = 455,
    NR_futex_requeue = 456,
    NR_statmount = 457,
    NR_listmount = 458,
    NR_lsm_get_self_attr = 459,
    NR_lsm_list_modules = 461,
    NR_mseal = 462,
    NR_setxattrat = 463,
    NR_getxattrat = 464,
    NR_listxattrat = 465,
    NR_removexattrat = 466,
};

/* By group, not one a line. */
/* clang-format off */
static const unsigned short allowed[] = {
    /* Files that are open: all they do is bounded by how they were opened. */
    SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_preadv, SYS_pwritev, SYS_preadv2,
    SYS_pwritev2, SYS_lseek, SYS_close, NR_close_range, SYS_dup, SYS_dup3, SYS_fcntl, SYS_flock, SYS_fsync, SYS_fdatasync,
    SYS_sync, SYS_syncfs, SYS_sync_file_range, SYS_ftruncate, SYS_fallocate, SYS_fadvise64, SYS_readahead, SYS_sendfile,
    SYS_copy_file_range, SYS_pipe2, SYS_getdents64, SYS_fstat, SYS_fstatfs, SYS_ioctl, NR_cachestat,
    /* Files by name: the sandbox's own root bounds what there is, its user what may be done. */
    SYS_openat, NR_openat2, SYS_statx, SYS_newfstatat, SYS_statfs, SYS_faccessat, NR_faccessat2, SYS_readlinkat,
    SYS_mkdirat, SYS_unlinkat, SYS_linkat, SYS_symlinkat, SYS_renameat2, SYS_truncate, SYS_utimensat, SYS_getcwd,
    SYS_chdir, SYS_fchdir, SYS_umask, SYS_name_to_handle_at,
    /* Owners, modes, attributes; special files that mknod makes cannot be opened (nodev). */
    SYS_fchmod, SYS_fchmodat, NR_fchmodat2, SYS_fchown, SYS_fchownat, SYS_mknodat, SYS_getxattr, SYS_lgetxattr,
    SYS_fgetxattr, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr, SYS_listxattr, SYS_llistxattr, SYS_flistxattr,
    SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr, NR_setxattrat, NR_getxattrat, NR_listxattrat, NR_removexattrat,
    /* Waiting for files and timers. */
    SYS_ppoll, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, NR_epoll_pwait2, SYS_eventfd2,
    SYS_signalfd4, SYS_timerfd_create, SYS_timerfd_settime, SYS_timerfd_gettime, SYS_inotify_init1,
    SYS_inotify_add_watch, SYS_inotify_rm_watch,
    /* Memory of its own. */
    SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_msync, SYS_mincore, SYS_mlock, SYS_mlock2,
    SYS_mlockall, SYS_munlock, SYS_munlockall, SYS_memfd_create, SYS_membarrier, NR_map_shadow_stack, NR_mseal,
    SYS_pkey_alloc, SYS_pkey_free, SYS_pkey_mprotect, SYS_remap_file_pages,
    /* Processes and threads of its pid namespace; clone is judged by its flags. */
    SYS_clone, SYS_execve, SYS_execveat, SYS_exit, SYS_exit_group, SYS_wait4, SYS_waitid, SYS_getpid, SYS_getppid,
    SYS_gettid, SYS_getpgid, SYS_setpgid, SYS_getsid, SYS_setsid, SYS_set_tid_address, SYS_set_robust_list,
    SYS_get_robust_list, SYS_futex, NR_futex_waitv, NR_futex_wake, NR_futex_wait, NR_futex_requeue, SYS_rseq, SYS_prctl,
    SYS_personality, NR_pidfd_open, NR_process_mrelease, SYS_getcpu, SYS_restart_syscall,
    /* Signals, to processes that it may reach. */
    SYS_kill, SYS_tkill, SYS_tgkill, NR_pidfd_send_signal, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigpending,
    SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_rt_sigreturn, SYS_rt_sigsuspend, SYS_rt_sigtimedwait, SYS_sigaltstack,
    /* Who it is. It gains nothing by a file (no_new_privs), and sets what its capabilities let it. */
    SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getresuid, SYS_getresgid, SYS_getgroups, SYS_setuid,
    SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setfsuid, SYS_setfsgid, SYS_setgroups,
    SYS_capget, SYS_capset,
    /* Limits and scheduling of what is its own. */
    SYS_getrlimit, SYS_setrlimit, SYS_prlimit64, SYS_getrusage, SYS_times, SYS_getpriority, SYS_setpriority,
    SYS_ioprio_get, SYS_ioprio_set, SYS_sched_yield, SYS_sched_getaffinity, SYS_sched_setaffinity, SYS_sched_getattr,
    SYS_sched_setattr, SYS_sched_getparam, SYS_sched_setparam, SYS_sched_getscheduler, SYS_sched_setscheduler,
    SYS_sched_get_priority_max, SYS_sched_get_priority_min, SYS_sched_rr_get_interval,
    /* Time: to read it, and to be woken. Clocks are the machine's, and nobody's to set. */
    SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_getitimer,
    SYS_setitimer, SYS_timer_create, SYS_timer_settime, SYS_timer_gettime, SYS_timer_getoverrun, SYS_timer_delete,
    /* Sockets; socket itself is judged by its family. */
    SYS_socket, SYS_socketpair, SYS_bind, SYS_listen, SYS_accept, SYS_accept4, SYS_connect, SYS_shutdown,
    SYS_getsockname, SYS_getpeername, SYS_getsockopt, SYS_setsockopt, SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg,
    SYS_sendmmsg, SYS_recvmmsg,
    /* What tells about the machine, and what makes a process's own confinement tighter. */
    SYS_uname, SYS_sysinfo, SYS_getrandom, SYS_seccomp, NR_landlock_create_ruleset, NR_landlock_add_rule,
    NR_landlock_restrict_self, NR_lsm_get_self_attr, NR_lsm_list_modules,
#ifdef __x86_64__
    /* What later architectures have under other names only. */
    SYS_open, SYS_creat, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_mkdir, SYS_rmdir, SYS_unlink, SYS_link,
    SYS_symlink, SYS_rename, SYS_renameat, SYS_chmod, SYS_chown, SYS_lchown, SYS_mknod, SYS_utime, SYS_utimes,
    SYS_futimesat, SYS_getdents, SYS_dup2, SYS_pipe, SYS_poll, SYS_select, SYS_epoll_create, SYS_epoll_wait,
    SYS_eventfd, SYS_signalfd, SYS_inotify_init, SYS_fork, SYS_vfork, SYS_getpgrp, SYS_alarm, SYS_pause, SYS_time,
    SYS_arch_prctl,
#elif defined SYS_renameat
    SYS_renameat,
#endif
};

/* Allowed unless the policy is strict: rarely needed, and each a part of the kernel with faults of its own. */
static const unsigned short not_strict[] = {
    /* Messages, semaphores and memory of System V and POSIX: the sandbox's ipc namespace bounds them. */
    SYS_shmget, SYS_shmat, SYS_shmdt, SYS_shmctl, SYS_semget, SYS_semop, SYS_semtimedop, SYS_semctl, SYS_msgget,
    SYS_msgsnd, SYS_msgrcv, SYS_msgctl, SYS_mq_open, SYS_mq_unlink, SYS_mq_timedsend, SYS_mq_timedreceive, SYS_mq_notify,
    SYS_mq_getsetattr,
    /* Asynchronous input and output, for databases. */
    SYS_io_setup, SYS_io_submit, SYS_io_cancel, SYS_io_getevents, SYS_io_destroy,
#ifdef SYS_io_pgetevents
    SYS_io_pgetevents,
#endif
    /* Pages moved between pipes and files. */
    SYS_splice, SYS_tee, SYS_vmsplice,
    /* Memory that the kernel itself does not see. */
    NR_memfd_secret,
    /* Wants a capability, which root inside has: package managers use it. */
    SYS_chroot,
};

/* What nested sandboxes need. In a user namespace of its own a process has all capabilities there. */
static const unsigned short nested[] = {
    SYS_unshare, SYS_setns, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_sethostname, SYS_setdomainname, NR_open_tree,
    NR_move_mount, NR_fsopen, NR_fsconfig, NR_fsmount, NR_fspick, NR_mount_setattr, NR_statmount, NR_listmount,
};

/* Programs try these first, and do something else when the kernel does not have them. */
static const unsigned short absent[] = {
    NR_clone3, /* its flags are in memory, out of a filter's sight */
    NR_io_uring_setup, NR_io_uring_enter, NR_io_uring_register,
};
/* clang-format on */

#define MARK(list, verdict) mark(list, sizeof(list) / sizeof *(list), verdict, verdicts)

static void mark(const unsigned short *list, size_t count, enum verdict verdict, unsigned char *verdicts) {
    for (size_t i = 0; i < count; i++)
        verdicts[list[i]] = (unsigned char)verdict;
}

void policy_read(enum policy policy, unsigned char verdicts[POLICY_NUMBERS]) {
    memset(verdicts, VERDICT_REFUSED, POLICY_NUMBERS);
    MARK(allowed, VERDICT_ALLOWED);
    MARK(absent, VERDICT_ABSENT);
    if (policy != POLICY_STRICT)
        MARK(not_strict, VERDICT_ALLOWED);
    if (policy == POLICY_NESTED)
        MARK(nested, VERDICT_ALLOWED);
}
