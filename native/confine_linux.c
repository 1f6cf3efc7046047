/* What every process of a sandbox is held by on Linux beyond its namespaces: no_new_privs and a filter of system calls. */
#include "init.h"
#include "policy_linux.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Equal on all architectures; older headers lack them. */
enum {
    NR_landlock_create_ruleset = 444,
    NR_landlock_restrict_self = 446,
    LANDLOCK_VERSION = 1,       /* flag: ask for the version */
    LANDLOCK_SCOPE_SOCKETS = 1, /* abstract sockets of processes outside */
    LANDLOCK_ABI_WITH_SCOPES = 6,
};

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
    return result < 0 ? result : filter_install(confinement->policy);
}
