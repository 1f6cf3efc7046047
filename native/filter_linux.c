/*
 * The policy of system calls as a seccomp program. Numbers are found by halving, in some seven comparisons; kernels from
 * 5.11 on keep the answer for each number that is judged by nothing else, and so run the program for the others only.
 */
#include "policy_linux.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

enum {
    X32_BIT = 0x40000000,
    NAMESPACE_FLAGS =
        CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET,
    SOCKET_TYPE_MASK = 0xf, /* the kernel's SOCK_TYPE_MASK */
    NETLINK_ROUTE = 0,
    NETLINK_SOCK_DIAG = 4,
};

struct program {
    struct sock_filter *code;
    size_t size;
};

/* What an instruction of the kernel's is made with. */
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/* The low 32 bits only, as the kernel reads what is compared here (TIOCSTI + 2^32, CVE-2019-10063). */
#define LOAD_ARGUMENT(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]))
#define AND(bits) BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits)
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, value)
#define REFUSE(error) ANSWER(SECCOMP_RET_ERRNO | (error))
#define ALLOW ANSWER(SECCOMP_RET_ALLOW)
#define IF_EQUAL(value, skip_then, skip_else) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skip_then, skip_else)
#define IF_ANY(bits, skip_then, skip_else) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, skip_then, skip_else)
#define IF_AT_LEAST(value, skip_then, skip_else) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, skip_then, skip_else)

static void add_all(struct program *program, const struct sock_filter *code, size_t count) {
    assert(program->size + count <= FILTER_CAPACITY);
    for (size_t i = 0; i < count; i++)
        program->code[program->size++] = code[i];
}

#define ADD(program, ...)                                                                                              \
    do {                                                                                                               \
        const struct sock_filter added[] = {__VA_ARGS__};                                                              \
        add_all(program, added, sizeof added / sizeof *added);                                                         \
    } while (0)

/* A call that is judged by its arguments: the code given ends with an answer. */
#define JUDGE(program, number, ...)                                                                                    \
    do {                                                                                                               \
        const struct sock_filter judgement[] = {__VA_ARGS__};                                                          \
        ADD(program, IF_EQUAL(number, 0, sizeof judgement / sizeof *judgement));                                       \
        add_all(program, judgement, sizeof judgement / sizeof *judgement);                                             \
    } while (0)

static void judge_sending(struct program *program) {
    JUDGE(program, SYS_sendto, LOAD_ARGUMENT(3), IF_ANY(MSG_FASTOPEN, 0, 1), REFUSE(EOPNOTSUPP), ALLOW);
    JUDGE(program, SYS_sendmsg, LOAD_ARGUMENT(2), IF_ANY(MSG_FASTOPEN, 0, 1), REFUSE(EOPNOTSUPP), ALLOW);
    JUDGE(program, SYS_sendmmsg, LOAD_ARGUMENT(3), IF_ANY(MSG_FASTOPEN, 0, 1), REFUSE(EOPNOTSUPP), ALLOW);
}

static void judge_arguments(struct program *program, enum policy policy) {
    /* New namespaces, nested user namespaces above all: most kernel privilege bugs are reached from there. */
    if (policy != POLICY_NESTED)
        JUDGE(program, SYS_clone, LOAD_ARGUMENT(0), IF_ANY(NAMESPACE_FLAGS, 0, 1), REFUSE(EPERM), ALLOW);
    /* Typing into terminals; a user's own service cannot remove a subvolume that is read-only and without permissions; a file
       that was opened for reading only could be made unwritable for good. */
    JUDGE(program, SYS_ioctl, LOAD_ARGUMENT(1), IF_EQUAL(TIOCSTI, 5, 0), IF_EQUAL(TIOCLINUX, 4, 0),
          IF_EQUAL(TIOCSETD /* loads modules of the kernel's */, 3, 0),
          IF_EQUAL(0x50009417 /* BTRFS_IOC_SNAP_CREATE_V2 */, 2, 0),
          IF_EQUAL(0x4008941a /* BTRFS_IOC_SUBVOL_SETFLAGS */, 1, 0),
          IF_EQUAL(0x40806685 /* FS_IOC_ENABLE_VERITY */, 0, 1), REFUSE(EPERM), ALLOW);
    /* Families that reach past the sandbox's namespaces (vsock), or are more of the kernel than of use (packet, alg, …);
       of netlink what tells of addresses, routes and sockets, not what sets filters; of the internet's the usual protocols. With
       the old type SOCK_PACKET the kernel makes a socket of AF_PACKET of one of AF_INET. */
    JUDGE(program, SYS_socket, LOAD_ARGUMENT(0), IF_EQUAL(AF_UNIX, 20, 0), IF_EQUAL(AF_INET, 5, 0),
          IF_EQUAL(AF_INET6, 4, 0), IF_EQUAL(AF_NETLINK, 0, 16), LOAD_ARGUMENT(2), IF_EQUAL(NETLINK_ROUTE, 15, 0),
          IF_EQUAL(NETLINK_SOCK_DIAG, 14, 13), LOAD_ARGUMENT(1), AND(SOCKET_TYPE_MASK), IF_EQUAL(SOCK_RAW, 11, 0),
          IF_EQUAL(SOCK_STREAM, 1, 0), IF_EQUAL(SOCK_DGRAM, 0, 8), LOAD_ARGUMENT(2), IF_EQUAL(0, 7, 0),
          IF_EQUAL(IPPROTO_TCP, 6, 0), IF_EQUAL(IPPROTO_UDP, 5, 0), IF_EQUAL(IPPROTO_ICMP, 4, 0),
          IF_EQUAL(IPPROTO_ICMPV6, 3, 0), IF_EQUAL(IPPROTO_UDPLITE, 2, 0), REFUSE(EPROTONOSUPPORT),
          REFUSE(EAFNOSUPPORT), ALLOW);
    /* Pairs of Unix sockets; others (TIPC) would let in by another door what the rule above keeps out. */
    JUDGE(program, SYS_socketpair, LOAD_ARGUMENT(0), IF_EQUAL(AF_UNIX, 1, 0), REFUSE(EAFNOSUPPORT), ALLOW);
    /* A connection made by sending: no Landlock looks at it. Programs go on as if it were switched off. */
    judge_sending(program);
    /* Other protocols on top of a connection (tls, …) are more of the kernel than of use: as if it had none of them. */
    JUDGE(program, SYS_setsockopt, LOAD_ARGUMENT(1), IF_EQUAL(IPPROTO_TCP, 0, 3), LOAD_ARGUMENT(2),
          IF_EQUAL(TCP_ULP, 0, 1), REFUSE(ENOENT), ALLOW);
    /* Layouts of memory are for programs of other systems, and make faults easier to exploit. */
    JUDGE(program, SYS_personality, LOAD_ARGUMENT(0), IF_EQUAL(PER_LINUX, 5, 0), IF_EQUAL(PER_LINUX32, 4, 0),
          IF_EQUAL(UNAME26, 3, 0), IF_EQUAL(PER_LINUX32 | UNAME26, 2, 0), IF_EQUAL(UINT32_MAX /* to ask */, 1, 0),
          REFUSE(EPERM), ALLOW);
}

/* A run of numbers that have the same verdict. */
struct run {
    unsigned first;
    enum verdict verdict;
};

static void answer(struct program *program, enum verdict verdict) {
    if (verdict == VERDICT_ALLOWED)
        ADD(program, ALLOW);
    else
        ADD(program, REFUSE(verdict == VERDICT_ABSENT ? ENOSYS : EPERM));
}

static void halve(struct program *program, const struct run *runs, size_t count) {
    if (count == 1) {
        answer(program, runs->verdict);
        return;
    }
    size_t half = count / 2;
    size_t branch = program->size;
    ADD(program, IF_AT_LEAST(runs[half].first, 0, 0));
    halve(program, runs, half);
    size_t lower = program->size - branch - 1;
    assert(lower <= UINT8_MAX);
    program->code[branch].jt = (uint8_t)lower;
    halve(program, runs + half, count - half);
}

/* Other tables of calls have other numbers. */
static void refuse_other_tables(struct program *program) {
    ADD(program, LOAD(arch), IF_EQUAL(NATIVE_ARCHITECTURE, 1, 0), REFUSE(ENOSYS), LOAD(nr));
#ifdef __x86_64__
    ADD(program, IF_AT_LEAST(X32_BIT, 0, 1), REFUSE(ENOSYS));
#endif
}

size_t filter_build(enum policy policy, struct sock_filter *code) {
    struct program program = {.code = code};
    refuse_other_tables(&program);
    judge_arguments(&program, policy);

    unsigned char verdicts[POLICY_NUMBERS];
    policy_read(policy, verdicts);
    struct run runs[POLICY_NUMBERS + 1];
    size_t count = 0;
    for (unsigned number = 0; number <= POLICY_NUMBERS; number++) {
        enum verdict verdict = number < POLICY_NUMBERS ? (enum verdict)verdicts[number] : VERDICT_ABSENT;
        if (count == 0 || runs[count - 1].verdict != verdict)
            runs[count++] = (struct run){.first = number, .verdict = verdict};
    }
    halve(&program, runs, count);
    return program.size;
}

static void judge_modes(struct program *program) {
    enum { PRIVILEGED = S_ISUID | S_ISGID };
#ifdef SYS_chmod
    JUDGE(program, SYS_chmod, LOAD_ARGUMENT(1), IF_ANY(PRIVILEGED, 0, 1), REFUSE(EPERM), ALLOW);
#endif
    JUDGE(program, SYS_fchmod, LOAD_ARGUMENT(1), IF_ANY(PRIVILEGED, 0, 1), REFUSE(EPERM), ALLOW);
    JUDGE(program, SYS_fchmodat, LOAD_ARGUMENT(2), IF_ANY(PRIVILEGED, 0, 1), REFUSE(EPERM), ALLOW);
    JUDGE(program, NR_fchmodat2, LOAD_ARGUMENT(2), IF_ANY(PRIVILEGED, 0, 1), REFUSE(EPERM), ALLOW);
}

/* The kernel truncates as it opens, for reading too. argument: which one of the call has the flags. */
#define JUDGE_OPENING(program, call, argument)                                                                         \
    JUDGE(program, call, LOAD_ARGUMENT(argument), IF_ANY(O_TRUNC, 0, 4), AND(O_ACCMODE), IF_EQUAL(O_WRONLY, 2, 0),     \
          IF_EQUAL(O_RDWR, 1, 0), REFUSE(EPERM), ALLOW)

static void judge_truncation(struct program *program) {
#ifdef SYS_open
    JUDGE_OPENING(program, SYS_open, 1);
#endif
    JUDGE_OPENING(program, SYS_openat, 2);
    JUDGE(program, NR_openat2, REFUSE(ENOSYS)); /* its flags are in memory */
    JUDGE(program, SYS_truncate, REFUSE(EPERM));
}

size_t filter_build_refusal(enum refused refused, struct sock_filter *code) {
    struct program program = {.code = code};
    refuse_other_tables(&program);
    switch (refused) {
    case REFUSE_CONNECTIONS:
        JUDGE(&program, SYS_connect, REFUSE(EACCES));
        judge_sending(&program);
        break;
    case REFUSE_UNIX_SOCKETS:
        JUDGE(&program, SYS_socket, LOAD_ARGUMENT(0), IF_EQUAL(AF_UNIX, 0, 1), REFUSE(EAFNOSUPPORT), ALLOW);
        JUDGE(&program, SYS_socketpair, LOAD_ARGUMENT(1), AND(SOCKET_TYPE_MASK), IF_EQUAL(SOCK_STREAM, 2, 0),
              IF_EQUAL(SOCK_SEQPACKET, 1, 0), REFUSE(EAFNOSUPPORT), ALLOW);
        break;
    case REFUSE_PRIVILEGED_MODES:
        judge_modes(&program);
        break;
    case REFUSE_TRUNCATION:
        judge_truncation(&program);
        break;
    }
    ADD(&program, ALLOW);
    return program.size;
}

static int install(const struct program *program) {
    struct sock_fprog given = {.len = (unsigned short)program->size, .filter = program->code};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &given) < 0 ? -errno : 0;
}

int filter_install(enum policy policy) {
    if (policy == POLICY_NONE)
        return 0;
    struct sock_filter code[FILTER_CAPACITY];
    return install(&(struct program){.code = code, .size = filter_build(policy, code)});
}

int filter_refuse(enum refused refused) {
    struct sock_filter code[FILTER_CAPACITY];
    return install(&(struct program){.code = code, .size = filter_build_refusal(refused, code)});
}
