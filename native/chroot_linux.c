/*
 * Steps of mayfly-enter on Linux: what a backend without a program of its own needs of mayfly-enter, and the control groups that any
 * backend may have its sandboxes in.
 */
#include "cleanup.h"
#include "paths.h"
#include "steps_linux.h"
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_OF_INIT = 3, CANNOT = 125, SIGNALLED = 128 };

/* The outermost process: it keeps descriptors 0 to 2, with 0 the clone's lock, as long as the sandbox lives. The others
   are mayfly-init's: its socket must have no end here. */
static _Noreturn void stand_for(pid_t sandbox) {
    close_descriptors_from(FIRST_OF_INIT);
    int status;
    while (waitpid(sandbox, &status, 0) < 0)
        if (errno != EINTR)
            _exit(CANNOT);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : SIGNALLED + WTERMSIG(status));
}

int step_pid(char **words) {
    (void)words;
    if (unshare(CLONE_NEWPID) < 0)
        return -errno;
    pid_t sandbox = fork();
    if (sandbox < 0)
        return -errno;
    if (sandbox > 0)
        stand_for(sandbox);
    /* mayfly-init asks for it again: a step that becomes a user takes it away. */
    return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? -errno : 0;
}

static int mount_on(const char *path, const char *type, unsigned long flags, const char *options) {
    _cleanup_close_ int directory = open_plain(path, O_PATH | O_DIRECTORY);
    if (directory < 0)
        return directory;
    char by_descriptor[32];
    snprintf(by_descriptor, sizeof by_descriptor, "/proc/self/fd/%d", directory);
    return mount(type, by_descriptor, type, flags, options) < 0 ? -errno : 0;
}

enum { OF_PROC = MS_NOSUID | MS_NODEV | MS_NOEXEC };

int step_proc(char **words) { return mount_on(words[0], "proc", OF_PROC, NULL); }

int step_proc_readonly(char **words) { return mount_on(words[0], "proc", OF_PROC | MS_RDONLY, NULL); }

int step_devpts(char **words) {
    return mount_on(words[0], "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,max=128");
}

int step_pivot(char **words) {
    _cleanup_close_ int root = open_plain(words[0], O_PATH | O_DIRECTORY);
    if (root < 0)
        return root;
    /* Old and new root on one mount point: the old one lies on top then and is taken away (pivot_root(2)). */
    if (fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
        return -errno;
    return 0;
}

static const struct {
    const char *name;
    int flag;
} namespace_kinds[] = {
    {"ipc", CLONE_NEWIPC}, {"uts", CLONE_NEWUTS}, {"cgroup", CLONE_NEWCGROUP}, {"net", CLONE_NEWNET}};

static int namespace_flag(const char *name) {
    for (size_t i = 0; i < sizeof namespace_kinds / sizeof *namespace_kinds; i++)
        if (strcmp(namespace_kinds[i].name, name) == 0)
            return namespace_kinds[i].flag;
    return -EINVAL;
}

/* A new network's loopback is down. */
static int bring_up_loopback(void) {
    _cleanup_close_ int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    return any < 0 || ioctl(any, SIOCSIFFLAGS, &loopback) < 0 ? -errno : 0;
}

int step_namespaces(char **words) {
    int flags = 0;
    char *rest = NULL;
    for (char *name = strtok_r(words[0], ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
        int flag = namespace_flag(name);
        if (flag < 0)
            return flag;
        flags |= flag;
    }
    if (unshare(flags) < 0)
        return -errno;
    return (flags & CLONE_NEWNET) != 0 ? bring_up_loopback() : 0;
}

static const char *const capability_names[] = {
    [CAP_CHOWN] = "CHOWN",
    [CAP_DAC_OVERRIDE] = "DAC_OVERRIDE",
    [CAP_FOWNER] = "FOWNER",
    [CAP_FSETID] = "FSETID",
    [CAP_KILL] = "KILL",
    [CAP_SETGID] = "SETGID",
    [CAP_SETUID] = "SETUID",
    [CAP_SETPCAP] = "SETPCAP",
    [CAP_NET_BIND_SERVICE] = "NET_BIND_SERVICE",
    [CAP_NET_RAW] = "NET_RAW",
    [CAP_SYS_CHROOT] = "SYS_CHROOT",
    [CAP_MKNOD] = "MKNOD",
    [CAP_AUDIT_WRITE] = "AUDIT_WRITE",
    [CAP_SETFCAP] = "SETFCAP",
};

static int capability_named(const char *name) {
    for (size_t i = 0; i < sizeof capability_names / sizeof *capability_names; i++)
        if (capability_names[i] != NULL && strcmp(capability_names[i], name) == 0)
            return (int)i;
    return -EINVAL;
}

int step_capabilities(char **words) {
    uint64_t kept = 0;
    char *rest = NULL;
    const bool any = strcmp(words[0], "-") != 0;
    for (char *name = any ? strtok_r(words[0], ",", &rest) : NULL; name != NULL; name = strtok_r(NULL, ",", &rest)) {
        int capability = capability_named(name);
        if (capability < 0)
            return capability;
        kept |= UINT64_C(1) << capability;
    }
    /* What is not in the bounding set, no program that root executes gets. */
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++)
        if ((kept >> capability & 1) == 0 && prctl(PR_CAPBSET_DROP, capability) < 0)
            return -errno;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {0};
    sets[0].effective = sets[0].permitted = (uint32_t)kept;
    return syscall(SYS_capset, &header, sets) < 0 ? -errno : 0;
}

int step_cgroup(char **words) {
    char file[4096];
    if (snprintf(file, sizeof file, "%s/cgroup.procs", words[0]) >= (int)sizeof file)
        return -ENAMETOOLONG;
    return write_file(file, "0"); /* whoever writes it */
}
