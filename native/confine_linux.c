/* What every process of a sandbox is held by on Linux beyond its namespaces: no_new_privs and a filter of system calls. */
#include "init.h"
#include "policy_linux.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The most that a backend leaves to root; NET_ADMIN is for a network of his own. */
static const unsigned char left_to_root[] = {
    CAP_CHOWN,     CAP_DAC_OVERRIDE, CAP_FOWNER,  CAP_FSETID,           CAP_KILL,  CAP_SETGID,     CAP_SETUID,
    CAP_SETPCAP,   CAP_SETFCAP,      CAP_NET_RAW, CAP_NET_BIND_SERVICE, CAP_MKNOD, CAP_SYS_CHROOT, CAP_AUDIT_WRITE,
    CAP_NET_ADMIN,
};

/* Root keeps what the backend left him; nothing could add the rest, and now nothing has it to add. If it left more, something
   would not let it take that away: bubblewrap passes over a capset(2) that is refused. Nothing is inheritable, and so nothing
   ambient: who is root no more has none of it, whatever file he executes. */
static int drop_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {0};
    if (syscall(SYS_capget, &header, sets) < 0)
        return -errno;
    uint64_t most = 0;
    for (size_t i = 0; i < sizeof left_to_root; i++)
        most |= UINT64_C(1) << left_to_root[i];
    uint64_t permitted = (uint64_t)sets[1].permitted << 32 | sets[0].permitted;
    if ((permitted & ~most) != 0)
        return -EPERM;
    for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
        if ((permitted >> capability & 1) == 0)
            prctl(PR_CAPBSET_DROP, capability); /* without CAP_SETPCAP there is nothing to drop either */
    if ((sets[0].inheritable | sets[1].inheritable) == 0)
        return 0;
    sets[0].inheritable = sets[1].inheritable = 0;
    return syscall(SYS_capset, &header, sets) < 0 ? -errno : 0;
}

int confine_self(const struct confinement *confinement) {
    /* The backend's outer process stands for the sandbox: it holds the clone's lock, so nothing may outlive it. It has
       one thread, so this signal means that the process has ended, not some thread of it. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return -errno;
    /* Not dumpable: a command with the same uid can neither trace init nor open its memory or descriptors. */
    if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    int result = drop_capabilities();
    if (result == 0 && confinement->leaves_abstract_sockets)
        result = leave_abstract_sockets(confinement->has_own_network, confinement->may_mount);
    return result < 0 ? result : filter_install(confinement->policy);
}
