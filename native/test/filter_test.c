/* The program of the filter against the policy: run for every number, as the kernel would run it. */
#include "../policy_linux.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fsverity.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#ifdef __x86_64__
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif

enum { ALLOWED = 0, X32_BIT = 0x40000000 };

static struct sock_filter code[FILTER_CAPACITY];
static size_t size;

/* ALLOWED, or the errno of the refusal. What the program does not use, it must not have. */
static int judge(const struct seccomp_data *call) {
    uint32_t value = 0;
    for (size_t at = 0; at < size; at++) {
        const struct sock_filter *step = &code[at];
        switch (step->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            CHECK(step->k % 4 == 0 && step->k < sizeof *call);
            memcpy(&value, (const char *)call + step->k, sizeof value);
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            value &= step->k;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
            at += value == step->k ? step->jt : step->jf;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            at += value >= step->k ? step->jt : step->jf;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            at += (value & step->k) != 0 ? step->jt : step->jf;
            break;
        case BPF_RET | BPF_K:
            if (step->k == SECCOMP_RET_ALLOW)
                return ALLOWED;
            CHECK_IS(step->k & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO);
            return (int)(step->k & SECCOMP_RET_DATA);
        default:
            CHECK_TEXT("an unknown instruction", "");
        }
    }
    CHECK_TEXT("a program without an answer", "");
    return -1;
}

static int call_with(long number, uint64_t first, uint64_t second, uint64_t third, uint64_t fourth) {
    struct seccomp_data data = {.nr = (int)number, .arch = NATIVE, .args = {first, second, third, fourth}};
    return judge(&data);
}

static int call(long number, uint64_t first, uint64_t second, uint64_t third) {
    return call_with(number, first, second, third, 0);
}

static void use(enum policy policy) { size = filter_build(policy, code); }

/* Whatever is judged by its arguments too is asked here with some that are harmless. */
static int by_number(unsigned number) {
    return call(number, number == SYS_socket || number == SYS_socketpair ? AF_UNIX : 0, 0, 0);
}

static void every_number_has_the_policys_answer(void) {
    for (enum policy policy = POLICY_DEFAULT; policy < POLICY_NONE; policy++) {
        use(policy);
        unsigned char verdicts[POLICY_NUMBERS];
        policy_read(policy, verdicts);
        for (unsigned number = 0; number < POLICY_NUMBERS + 100; number++) {
            enum verdict verdict = number < POLICY_NUMBERS ? (enum verdict)verdicts[number] : VERDICT_ABSENT;
            int expected = verdict == VERDICT_ALLOWED ? ALLOWED : verdict == VERDICT_ABSENT ? ENOSYS : EPERM;
            CHECK_IS(by_number(number), expected);
        }
        CHECK_IS(by_number(0xffffffff), ENOSYS);
    }
}

static void other_architectures_have_no_calls(void) {
    use(POLICY_NESTED);
    struct seccomp_data data = {.nr = SYS_getpid, .arch = AUDIT_ARCH_I386};
    CHECK_IS(judge(&data), ENOSYS);
    data.arch = AUDIT_ARCH_ARM;
    CHECK_IS(judge(&data), ENOSYS);
#ifdef __x86_64__
    CHECK_IS(call(X32_BIT | SYS_getpid, 0, 0, 0), ENOSYS);
#endif
}

static void namespaces_are_for_nested_sandboxes_only(void) {
    static const uint64_t flags[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                     CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        use(POLICY_DEFAULT);
        CHECK_IS(call(SYS_clone, flags[i] | SIGCHLD, 0, 0), EPERM);
        CHECK_IS(call(SYS_unshare, flags[i], 0, 0), EPERM);
        use(POLICY_NESTED);
        CHECK_IS(call(SYS_clone, flags[i] | SIGCHLD, 0, 0), ALLOWED);
        CHECK_IS(call(SYS_unshare, flags[i], 0, 0), ALLOWED);
    }
    use(POLICY_DEFAULT);
    CHECK_IS(call(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0), ALLOWED);
    CHECK_IS(call(SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, 0, 0),
             ALLOWED);
}

static void nothing_is_typed_into_a_terminal(void) {
    for (enum policy policy = POLICY_DEFAULT; policy < POLICY_NONE; policy++) {
        use(policy);
        CHECK_IS(call(SYS_ioctl, 0, TIOCSTI, 0), EPERM);
        CHECK_IS(call(SYS_ioctl, 0, UINT64_C(0x100000000) | TIOCSTI, 0), EPERM);
        CHECK_IS(call(SYS_ioctl, 0, 0x541c /* TIOCLINUX */, 0), EPERM);
        CHECK_IS(call(SYS_ioctl, 0, TIOCSETD, 0), EPERM);
        CHECK_IS(call(SYS_ioctl, 0, TIOCGWINSZ, 0), ALLOWED);
    }
}

static void a_file_that_is_only_read_is_not_made_unwritable(void) {
    for (enum policy policy = POLICY_DEFAULT; policy < POLICY_NONE; policy++) {
        use(policy);
        CHECK_IS(call(SYS_ioctl, 0, FS_IOC_ENABLE_VERITY, 0), EPERM);
        CHECK_IS(call(SYS_ioctl, 0, FS_IOC_MEASURE_VERITY, 0), ALLOWED);
    }
}

static void sockets_are_of_the_usual_families(void) {
    for (enum policy policy = POLICY_DEFAULT; policy < POLICY_NONE; policy++) {
        use(policy);
        for (uint64_t family = 0; family < 64; family++) {
            bool usual = family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK;
            CHECK_IS(call(SYS_socket, family, SOCK_STREAM, 0), usual ? ALLOWED : EAFNOSUPPORT);
            CHECK_IS(call(SYS_socketpair, family, SOCK_STREAM, 0), family == AF_UNIX ? ALLOWED : EAFNOSUPPORT);
        }
        CHECK_IS(call(SYS_socket, AF_INET, SOCK_PACKET, 0), EAFNOSUPPORT);
        CHECK_IS(call(SYS_socket, AF_INET, SOCK_PACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), EAFNOSUPPORT);
        CHECK_IS(call(SYS_socket, AF_INET, UINT64_C(0x100000000) | SOCK_PACKET, 0), EAFNOSUPPORT);
        for (uint64_t type = 0; type < 16; type++) {
            bool usual = type == SOCK_STREAM || type == SOCK_DGRAM || type == SOCK_RAW;
            CHECK_IS(call(SYS_socket, AF_INET, type | SOCK_CLOEXEC, 0), usual ? ALLOWED : EAFNOSUPPORT);
            CHECK_IS(call(SYS_socket, AF_INET6, type | SOCK_NONBLOCK, 0), usual ? ALLOWED : EAFNOSUPPORT);
            CHECK_IS(call(SYS_socket, AF_UNIX, type | SOCK_CLOEXEC, 0), ALLOWED);
        }
        for (uint64_t protocol = 0; protocol < 300; protocol++) {
            bool usual = protocol == 0 || protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
                         protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6 || protocol == IPPROTO_UDPLITE;
            CHECK_IS(call(SYS_socket, AF_INET, SOCK_STREAM, protocol), usual ? ALLOWED : EPROTONOSUPPORT);
            CHECK_IS(call(SYS_socket, AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, protocol),
                     usual ? ALLOWED : EPROTONOSUPPORT);
            CHECK_IS(call(SYS_socket, AF_INET, SOCK_RAW, protocol), ALLOWED);
        }
        for (uint64_t protocol = 0; protocol < 32; protocol++)
            CHECK_IS(call(SYS_socket, AF_NETLINK, SOCK_RAW, protocol),
                     protocol == 0 || protocol == 4 ? ALLOWED : EAFNOSUPPORT);
        CHECK_IS(call(SYS_socket, UINT64_C(0x100000000) | 40 /* AF_VSOCK */, SOCK_STREAM, 0), EAFNOSUPPORT);
        CHECK_IS(call(SYS_socketpair, UINT64_C(0x100000000) | 30 /* AF_TIPC */, SOCK_STREAM, 0), EAFNOSUPPORT);
    }
}

static void nothing_connects_by_sending(void) {
    for (enum policy policy = POLICY_DEFAULT; policy < POLICY_NONE; policy++) {
        use(policy);
        CHECK_IS(call_with(SYS_sendto, 3, 0, 0, MSG_NOSIGNAL), ALLOWED);
        CHECK_IS(call_with(SYS_sendto, 3, 0, 0, MSG_NOSIGNAL | MSG_FASTOPEN), EOPNOTSUPP);
        CHECK_IS(call_with(SYS_sendto, 3, 0, 0, UINT64_C(0x100000000) | MSG_FASTOPEN), EOPNOTSUPP);
        CHECK_IS(call_with(SYS_sendmsg, 3, 0, MSG_FASTOPEN, 0), EOPNOTSUPP);
        CHECK_IS(call_with(SYS_sendmmsg, 3, 0, 1, MSG_FASTOPEN), EOPNOTSUPP);
    }
}

static void nothing_is_put_on_top_of_a_connection(void) {
    for (enum policy policy = POLICY_DEFAULT; policy < POLICY_NONE; policy++) {
        use(policy);
        CHECK_IS(call(SYS_setsockopt, 3, IPPROTO_TCP, TCP_ULP), ENOENT);
        CHECK_IS(call(SYS_setsockopt, 3, UINT64_C(0x100000000) | IPPROTO_TCP, UINT64_C(0x100000000) | TCP_ULP), ENOENT);
        CHECK_IS(call(SYS_setsockopt, 3, IPPROTO_TCP, TCP_NODELAY), ALLOWED);
        CHECK_IS(call(SYS_setsockopt, 3, SOL_SOCKET, TCP_ULP), ALLOWED);
    }
}

static void memory_has_the_usual_layout(void) {
    use(POLICY_DEFAULT);
    CHECK_IS(call(SYS_personality, 0xffffffff, 0, 0), ALLOWED);
    CHECK_IS(call(SYS_personality, 0x20008, 0, 0), ALLOWED);
    CHECK_IS(call(SYS_personality, 0x400000 /* READ_IMPLIES_EXEC */, 0, 0), EPERM);
    CHECK_IS(call(SYS_personality, 0x100000 /* MMAP_PAGE_ZERO */, 0, 0), EPERM);
}

/* With what is refused beside a policy, all else stays. */
static void use_refusal(enum refused refused) {
    size = filter_build_refusal(refused, code);
    struct seccomp_data data = {.nr = SYS_getpid, .arch = AUDIT_ARCH_I386};
    CHECK_IS(judge(&data), ENOSYS);
    CHECK_IS(call(SYS_mount, 0, 0, 0), ALLOWED);
    CHECK_IS(call(SYS_ioctl, 0, TIOCSTI, 0), ALLOWED);
}

static void no_socket_is_connected_where_landlock_cannot_look(void) {
    use_refusal(REFUSE_CONNECTIONS);
    CHECK_IS(call(SYS_connect, 3, 0, 0), EACCES);
    CHECK_IS(call_with(SYS_sendto, 3, 0, 0, MSG_FASTOPEN), EOPNOTSUPP);
    CHECK_IS(call_with(SYS_sendto, 3, 0, 0, 0), ALLOWED);
    CHECK_IS(call(SYS_socket, AF_INET, SOCK_STREAM, 0), ALLOWED);
    CHECK_IS(call(SYS_accept4, 3, 0, 0), ALLOWED);
}

static void no_unix_socket_is_made_where_landlock_cannot_look(void) {
    use_refusal(REFUSE_UNIX_SOCKETS);
    CHECK_IS(call(SYS_socket, AF_UNIX, SOCK_STREAM, 0), EAFNOSUPPORT);
    CHECK_IS(call(SYS_socket, UINT64_C(0x100000000) | AF_UNIX, SOCK_DGRAM, 0), EAFNOSUPPORT);
    CHECK_IS(call(SYS_socket, AF_INET, SOCK_STREAM, 0), ALLOWED);
    for (uint64_t type = 0; type < 16; type++)
        CHECK_IS(call(SYS_socketpair, AF_UNIX, type | SOCK_CLOEXEC, 0),
                 type == SOCK_STREAM || type == SOCK_SEQPACKET ? ALLOWED : EAFNOSUPPORT);
}

static void no_file_gets_a_setuid_bit(void) {
    static const uint64_t modes[] = {04755, 02755, 06000, 0104755, UINT64_C(0x100000000) | 04000};
    use_refusal(REFUSE_PRIVILEGED_MODES);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
#ifdef SYS_chmod
        CHECK_IS(call(SYS_chmod, 0, modes[i], 0), EPERM);
#endif
        CHECK_IS(call(SYS_fchmod, 0, modes[i], 0), EPERM);
        CHECK_IS(call(SYS_fchmodat, 0, 0, modes[i]), EPERM);
        CHECK_IS(call(NR_fchmodat2, 0, 0, modes[i]), EPERM);
    }
    CHECK_IS(call(SYS_fchmod, 0, 01777, 0), ALLOWED);
    CHECK_IS(call(SYS_fchmodat, 0, 04755 /* another argument */, 0755), ALLOWED);
}

static void nothing_is_truncated_but_by_who_writes_to_it(void) {
    use_refusal(REFUSE_TRUNCATION);
    CHECK_IS(call(SYS_truncate, 0, 0, 0), EPERM);
    CHECK_IS(call(NR_openat2, 0, 0, 0), ENOSYS);
    for (uint64_t mode = 0; mode < 4; mode++) {
        int expected = mode == O_WRONLY || mode == O_RDWR ? ALLOWED : EPERM;
        CHECK_IS(call(SYS_openat, 0, 0, mode | O_TRUNC | O_CREAT), expected);
        CHECK_IS(call(SYS_openat, 0, 0, mode | O_CREAT), ALLOWED);
#ifdef SYS_open
        CHECK_IS(call(SYS_open, 0, mode | O_TRUNC, 0), expected);
        CHECK_IS(call(SYS_open, 0, mode, 0), ALLOWED);
#endif
    }
}

/* What must not depend on somebody's idea of a group. */
static void what_escapes_are_made_of_is_refused_by_name(void) {
    static const long never[] = {SYS_bpf,
                                 SYS_perf_event_open,
                                 SYS_userfaultfd,
                                 SYS_open_by_handle_at,
                                 SYS_kexec_load,
                                 SYS_init_module,
                                 SYS_finit_module,
                                 SYS_delete_module,
                                 SYS_keyctl,
                                 SYS_add_key,
                                 SYS_request_key,
                                 SYS_ptrace,
                                 SYS_swapon,
                                 SYS_process_vm_readv,
                                 SYS_process_vm_writev,
                                 SYS_reboot,
                                 SYS_acct,
                                 SYS_settimeofday,
                                 SYS_clock_settime,
                                 SYS_syslog,
                                 SYS_quotactl,
                                 SYS_kcmp,
                                 SYS_fanotify_init,
                                 SYS_vhangup};
    for (enum policy policy = POLICY_DEFAULT; policy < POLICY_NONE; policy++) {
        use(policy);
        for (size_t i = 0; i < sizeof never / sizeof *never; i++)
            CHECK_IS(by_number((unsigned)never[i]), EPERM);
    }
    static const long mounts[] = {SYS_mount, SYS_umount2, SYS_pivot_root, SYS_setns, SYS_unshare, 428, 429, 430, 442};
    for (enum policy policy = POLICY_DEFAULT; policy < POLICY_NESTED; policy++) {
        use(policy);
        for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++)
            CHECK_IS(by_number((unsigned)mounts[i]), EPERM);
    }
}

int main(void) {
    static const struct test_case cases[] = {
        CASE(every_number_has_the_policys_answer),
        CASE(other_architectures_have_no_calls),
        CASE(namespaces_are_for_nested_sandboxes_only),
        CASE(nothing_is_typed_into_a_terminal),
        CASE(a_file_that_is_only_read_is_not_made_unwritable),
        CASE(sockets_are_of_the_usual_families),
        CASE(nothing_connects_by_sending),
        CASE(nothing_is_put_on_top_of_a_connection),
        CASE(memory_has_the_usual_layout),
        CASE(what_escapes_are_made_of_is_refused_by_name),
        CASE(no_socket_is_connected_where_landlock_cannot_look),
        CASE(no_unix_socket_is_made_where_landlock_cannot_look),
        CASE(no_file_gets_a_setuid_bit),
        CASE(nothing_is_truncated_but_by_who_writes_to_it),
    };
    return run_cases(cases, sizeof cases / sizeof *cases);
}
