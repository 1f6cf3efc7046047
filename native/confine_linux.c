/*
 * What every process of a sandbox is held by on Linux beyond its namespaces: no_new_privs and a seccomp filter. The
 * filter refuses what gives a way to more kernel or to other users, and leaves the rest to the sandbox's lack of rights.
 */
#include "init.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined __x86_64__
#define NATIVE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define NATIVE_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the seccomp filter has no entry for this architecture"
#endif

#ifndef TIOCLINUX
#define TIOCLINUX 0x541C
#endif

/* Numbers that older headers lack; equal on all architectures since they were added together. */
enum {
    NR_open_tree = 428,
    NR_move_mount = 429,
    NR_fsopen = 430,
    NR_fsconfig = 431,
    NR_fsmount = 432,
    NR_fspick = 433,
    NR_clone3 = 435,
    NR_mount_setattr = 442,
    NR_open_tree_attr = 467,
    NR_landlock_create_ruleset = 444,
    NR_landlock_restrict_self = 446,
    LANDLOCK_VERSION = 1,       /* flag: ask for the version */
    LANDLOCK_SCOPE_SOCKETS = 1, /* abstract sockets of processes outside */
    LANDLOCK_ABI_WITH_SCOPES = 6,
    X32_BIT = 0x40000000,
    NAMESPACE_FLAGS =
        CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET,
};

/* By kind, not one a line. */
/* clang-format off */
static const int refused[] = {
    /* Mounts and roots: the sandbox's are made; a second set would be a way around their flags (CVE-2021-41133). */
    SYS_mount, SYS_umount2, SYS_pivot_root, NR_open_tree, NR_move_mount, NR_fsopen, NR_fsconfig, NR_fsmount,
    NR_fspick, NR_mount_setattr, NR_open_tree_attr,
    SYS_setns,
    /* Keyrings are not in any namespace: they would pass secrets from one run to another. */
    SYS_keyctl, SYS_add_key, SYS_request_key,
    /* Kernel interfaces with a record of escapes and no place in a command. */
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
    SYS_open_by_handle_at, SYS_kexec_load, SYS_kexec_file_load, SYS_init_module, SYS_finit_module, SYS_delete_module,
    SYS_reboot, SYS_swapon, SYS_swapoff, SYS_acct, SYS_quotactl, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
    SYS_clock_adjtime, SYS_syslog, SYS_lookup_dcookie, SYS_vhangup, SYS_nfsservctl,
#ifdef __x86_64__
    SYS_iopl, SYS_ioperm, SYS_modify_ldt, SYS_uselib, SYS_ustat, SYS_sysfs, SYS__sysctl, SYS_create_module,
    SYS_get_kernel_syms, SYS_query_module,
#endif
};
/* clang-format on */
enum { REFUSED_COUNT = sizeof refused / sizeof *refused };

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define LOAD_ARGUMENT(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, value)
#define REFUSE(error) ANSWER(SECCOMP_RET_ERRNO | (error))
#define IF_EQUAL(value, skip_then, skip_else) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skip_then, skip_else)

static int install_filter(void) {
    /* Arguments are compared by their low 32 bits only, as the kernel reads them (TIOCSTI + 2^32, CVE-2019-10063). */
    const struct sock_filter head[] = {
        LOAD(arch),
        IF_EQUAL(NATIVE_ARCHITECTURE, 1, 0),
        REFUSE(ENOSYS),
        LOAD(nr),
#ifdef __x86_64__
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1),
        REFUSE(ENOSYS),
#endif
        /* Its flags are in memory, out of the filter's sight: libc falls back to clone. */
        IF_EQUAL(NR_clone3, 0, 1),
        REFUSE(ENOSYS),
        /* New namespaces, nested user namespaces above all: most kernel privilege bugs are reached from there. */
        IF_EQUAL(SYS_clone, 1, 0),
        IF_EQUAL(SYS_unshare, 0, 4),
        LOAD_ARGUMENT(0),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NAMESPACE_FLAGS, 0, 1),
        REFUSE(EPERM),
        ANSWER(SECCOMP_RET_ALLOW),
        /* A user's own service cannot remove a subvolume that is read-only and without permissions. */
        IF_EQUAL(SYS_ioctl, 0, 7),
        LOAD_ARGUMENT(1),
        IF_EQUAL(TIOCSTI, 3, 0),
        IF_EQUAL(TIOCLINUX, 2, 0),
        IF_EQUAL(0x50009417 /* BTRFS_IOC_SNAP_CREATE_V2 */, 1, 0),
        IF_EQUAL(0x4008941a /* BTRFS_IOC_SUBVOL_SETFLAGS */, 0, 1),
        REFUSE(EPERM),
        ANSWER(SECCOMP_RET_ALLOW),
        /* Sockets of families that reach past the sandbox's namespaces or have no use in it. */
        IF_EQUAL(SYS_socket, 0, 5),
        LOAD_ARGUMENT(0),
        IF_EQUAL(40 /* AF_VSOCK */, 1, 0),
        IF_EQUAL(17 /* AF_PACKET */, 0, 1),
        REFUSE(EAFNOSUPPORT),
        ANSWER(SECCOMP_RET_ALLOW),
    };
    enum { HEAD_COUNT = sizeof head / sizeof *head };
    struct sock_filter filter[HEAD_COUNT + REFUSED_COUNT + 2];
    __builtin_memcpy(filter, head, sizeof head);
    for (int i = 0; i < REFUSED_COUNT; i++)
        filter[HEAD_COUNT + i] =
            (struct sock_filter)IF_EQUAL((unsigned)refused[i], (unsigned char)(REFUSED_COUNT - i), 0);
    filter[HEAD_COUNT + REFUSED_COUNT] = (struct sock_filter)ANSWER(SECCOMP_RET_ALLOW);
    filter[HEAD_COUNT + REFUSED_COUNT + 1] = (struct sock_filter)REFUSE(EPERM);
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 ? -errno : 0;
}

/* Abstract sockets belong to the network namespace: with the host's, its services would be in reach (CVE-2020-15257). */
static int leave_abstract_sockets(void) {
    struct {
        uint64_t handled_access_fs, handled_access_net, scoped;
    } rules = {.scoped = LANDLOCK_SCOPE_SOCKETS};
    if (syscall(NR_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION) < LANDLOCK_ABI_WITH_SCOPES)
        return 0; /* Linux before 6.12: docs/usage.md says so */
    int ruleset = (int)syscall(NR_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (ruleset < 0)
        return -errno;
    int result = syscall(NR_landlock_restrict_self, ruleset, 0) < 0 ? -errno : 0;
    close(ruleset);
    return result;
}

/* Root keeps what the backend left him; nothing could add the rest, and now nothing has it to add. */
static void drop_bounding_set(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {0};
    if (syscall(SYS_capget, &header, sets) < 0)
        return;
    for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
        if ((sets[capability / 32].permitted >> (capability % 32) & 1) == 0)
            prctl(PR_CAPBSET_DROP, capability); /* without CAP_SETPCAP there is nothing to drop either */
}

int confine_self(const struct confinement *confinement) {
    /* The backend's outer process stands for the sandbox: it holds the clone's lock, so nothing may outlive it. It has
       one thread, so this signal means that the process has ended, not some thread of it. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return -errno;
    /* Not dumpable: a command with the same uid can neither trace init nor open its memory or descriptors. */
    if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    drop_bounding_set();
    int result = confinement->leaves_abstract_sockets ? leave_abstract_sockets() : 0;
    return result < 0 || !confinement->filtered ? result : install_filter();
}
