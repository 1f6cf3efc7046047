/*
 * The steps of mayfly-enter on FreeBSD (docs/architecture.md): mount points, the jail, the user. What is mounted, and the
 * rules and devices around the jail, are the service's to make and to take away (JailBackend): they are the whole machine's.
 */
#include "cleanup.h"
#include "paths.h"
#include "steps.h"
#include "system.h"

#include <sys/param.h> /* before jail.h, which does not include it */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/jail.h>
#include <sys/mman.h>
#include <sys/procctl.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    REPORT = 2,
    FIRST_OF_INIT = 3,
    INIT = 4,
    CANNOT = 125,
    SIGNALLED = 128,
    PARAMETERS_MAX = 96,
    ADDRESSES_MAX = 16,
    NAME_MAX_BYTES = 64,
    PARAMETER_NAME_MAX = 64,
};

extern char **environ;

static int number_of(const char *word, uint32_t *number) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(word, &end, 10);
    if (*word < '0' || *word > '9' || *end != 0 || errno != 0 || value >= UINT32_MAX)
        return -EINVAL;
    *number = (uint32_t)value;
    return 0;
}

/* Mount points. ---------------------------------------------------------------------------------------------------- */

static int step_target(char **words) { return walk_target(words[0], words[1], words[2], make_entry); }

static int step_need_target(char **words) { return walk_target(words[0], words[1], words[2], NULL); }

/* Parameters of the jail. ------------------------------------------------------------------------------------------ */

/* jail_set(2) takes values as the kernel has them: each name here has one kind. What is not named cannot be set, persist
   above all: a jail must go with its last process. */
enum kind { TEXT, NUMBER, SHARING, ADDRESSES_4, ADDRESSES_6 };
static const struct known {
    const char *name;
    enum kind kind;
} known[] = {
    {"host.hostname", TEXT},   {"enforce_statfs", NUMBER}, {"children.max", NUMBER}, {"securelevel", NUMBER},
    {"devfs_ruleset", NUMBER}, {"ip4", SHARING},           {"ip6", SHARING},         {"vnet", SHARING},
    {"sysvmsg", SHARING},      {"sysvsem", SHARING},       {"sysvshm", SHARING},     {"ip4.addr", ADDRESSES_4},
    {"ip6.addr", ADDRESSES_6},
};

union value {
    int number;
    struct in_addr four[ADDRESSES_MAX];
    struct in6_addr six[ADDRESSES_MAX];
};

static struct iovec parameters[2 * PARAMETERS_MAX];
static union value values[PARAMETERS_MAX];
static char names[PARAMETERS_MAX][PARAMETER_NAME_MAX];
static unsigned parameter_count;

static int reason(const char *format, const char *object) {
    snprintf(step_reason, sizeof step_reason, format, object);
    return -EINVAL;
}

static int add(const char *name, void *value, size_t size) {
    if (parameter_count == PARAMETERS_MAX)
        return -E2BIG;
    for (unsigned i = 0; i < parameter_count; i++)
        if (strcmp(names[i], name) == 0)
            return reason("%s is given twice", name);
    char *kept = names[parameter_count];
    if (snprintf(kept, PARAMETER_NAME_MAX, "%s", name) >= PARAMETER_NAME_MAX)
        return -ENAMETOOLONG;
    parameters[2 * parameter_count] = (struct iovec){.iov_base = kept, .iov_len = strlen(kept) + 1};
    parameters[2 * parameter_count + 1] = (struct iovec){.iov_base = value, .iov_len = size};
    parameter_count++;
    return 0;
}

static int sharing_of(const char *word) {
    return strcmp(word, "disable") == 0   ? JAIL_SYS_DISABLE
           : strcmp(word, "new") == 0     ? JAIL_SYS_NEW
           : strcmp(word, "inherit") == 0 ? JAIL_SYS_INHERIT
                                          : -EINVAL;
}

static int add_addresses(const char *name, char *word, int family, union value *value) {
    size_t count = 0, each = family == AF_INET ? sizeof *value->four : sizeof *value->six;
    char *rest = NULL;
    for (char *one = strtok_r(word, ",", &rest); one != NULL; one = strtok_r(NULL, ",", &rest)) {
        if (count == ADDRESSES_MAX)
            return -E2BIG;
        void *to = family == AF_INET ? (void *)&value->four[count] : (void *)&value->six[count];
        if (inet_pton(family, one, to) != 1)
            return reason("%s is no such address", one);
        count++;
    }
    return count == 0 ? reason("%s is given no address", name) : add(name, value, count * each);
}

static int add_known(const struct known *parameter, char *word) {
    union value *value = &values[parameter_count % PARAMETERS_MAX];
    uint32_t number;
    switch (parameter->kind) {
    case TEXT:
        return add(parameter->name, word, strlen(word) + 1);
    case NUMBER:
        if (number_of(word, &number) < 0 || number > INT_MAX)
            return -EINVAL;
        value->number = (int)number;
        return add(parameter->name, &value->number, sizeof value->number);
    case SHARING:
        value->number = sharing_of(word);
        return value->number < 0 ? -EINVAL : add(parameter->name, &value->number, sizeof value->number);
    case ADDRESSES_4:
        return add_addresses(parameter->name, word, AF_INET, value);
    case ADDRESSES_6:
        return add_addresses(parameter->name, word, AF_INET6, value);
    }
    return -EINVAL;
}

static int step_parameter(char **words) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, words[0]) == 0)
            return add_known(&known[i], words[1]);
    return reason("mayfly-enter knows no parameter %s", words[0]);
}

static bool is_permission(const char *word) {
    return *word != 0 && word[strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_.")] == 0;
}

/* A boolean is set by its presence: to deny something its name with "no" before the last part is sent. A 0 as the value of
   the other name would be ignored, and the jail would have what was meant to be denied. */
static int step_deny(char **words) {
    char name[PARAMETER_NAME_MAX], variable[PARAMETER_NAME_MAX + 32];
    if (!is_permission(words[0]))
        return -EINVAL;
    const char *dot = strrchr(words[0], '.');
    int parent = dot == NULL ? 0 : (int)(dot + 1 - words[0]);
    if (snprintf(name, sizeof name, "allow.%.*sno%s", parent, words[0], words[0] + parent) >= (int)sizeof name)
        return -ENAMETOOLONG;
    /* A permission that came with a later version: where there is none, nothing has to be denied. */
    int place[CTL_MAXNAME];
    size_t size = sizeof place / sizeof *place;
    snprintf(variable, sizeof variable, "security.jail.param.allow.%s", words[0]);
    if (sysctlnametomib(variable, place, &size) < 0)
        return errno == ENOENT ? 0 : -errno;
    return add(name, NULL, 0);
}

/* The jail. -------------------------------------------------------------------------------------------------------- */

/* As the service calls them: no dot, which would make one jail another's, and no number, which would name a jail by its id. */
static bool is_jail_name(const char *name) {
    size_t size = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    return name[size] == 0 && size > 0 && size <= NAME_MAX_BYTES &&
           ((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z'));
}

/* The id of the jail, or a negative errno: -ENOENT, there is none, or it is dying. */
static int find_jail(const char *name) {
    char kept[NAME_MAX_BYTES + 1];
    struct iovec asked[] = {{.iov_base = (char[]){"name"}, .iov_len = sizeof "name"},
                            {.iov_base = kept, .iov_len = strlen(name) + 1}};
    memcpy(kept, name, strlen(name) + 1);
    int jail = jail_get(asked, sizeof asked / sizeof *asked, 0);
    return jail < 0 ? -errno : jail;
}

/* Kills all that is in it, at once. */
static int remove_jail(int jail) {
    /* EINVAL: its last process has gone meanwhile, and the jail with it. */
    return jail_remove(jail) < 0 && errno != EINVAL ? -errno : 0;
}

static int step_remove_jail(char **words) {
    if (!is_jail_name(words[0]))
        return -EINVAL;
    int jail = find_jail(words[0]);
    return jail >= 0 ? remove_jail(jail) : jail == -ENOENT ? 0 : jail;
}

/* A directory that is open outside a jail is a way out of it (openat(2), fchdir(2)), and the kernel may refuse to attach. */
static int check_descriptors(void) {
    for (int i = 0; i <= INIT; i++) {
        struct stat status;
        if (fstat(i, &status) < 0 && errno == EBADF)
            continue;
        if (S_ISDIR(status.st_mode)) {
            char number[16];
            snprintf(number, sizeof number, "%d", i);
            return reason("descriptor %s is a directory, which would lead out of it", number);
        }
    }
    return 0;
}

/* The id of the jail that init has made; in memory that it shares with the outermost process. */
static volatile int *made_jail;

/* Unless it has gone, and with it its name, which may be another's by now. */
static int remove_made_jail(const char *name) {
    int jail = *made_jail > 0 ? find_jail(name) : -ENOENT;
    if (jail < 0)
        return jail == -ENOENT ? 0 : jail;
    return jail == *made_jail ? remove_jail(jail) : 0;
}

/* The outermost process: it keeps descriptors 0 to 2, with 0 the clone's lock, as long as the sandbox lives. When init has
   ended nothing else would end what is left in the jail. */
static _Noreturn void stand_for(pid_t init, const char *name) {
    close_descriptors_from(FIRST_OF_INIT);
    int status;
    while (waitpid(init, &status, 0) < 0)
        if (errno != EINTR)
            _exit(CANNOT);
    int result = remove_made_jail(name);
    if (result < 0) {
        dprintf(REPORT, "cannot remove the jail %s: %s\n", name, strerror(-result));
        _exit(CANNOT);
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : SIGNALLED + WTERMSIG(status));
}

/* Creates the jail and enters it, at once: it is there as long as a process is in it. */
static int make_jail(char *name, char *root) {
    char complaint[STEP_REASON_MAX] = "";
    const struct {
        const char *name;
        char *value;
        size_t size;
    } more[] = {
        {"name", name, strlen(name) + 1}, {"path", root, strlen(root) + 1}, {"errmsg", complaint, sizeof complaint}};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        int result = add(more[i].name, more[i].value, more[i].size);
        if (result < 0)
            return result;
    }
    int made = jail_set(parameters, 2 * parameter_count, JAIL_CREATE | JAIL_ATTACH);
    if (made < 0) {
        int error = errno;
        complaint[sizeof complaint - 1] = 0;
        memcpy(step_reason, complaint, sizeof step_reason);
        return -error;
    }
    *made_jail = made;
    return chdir("/") < 0 ? -errno : 0;
}

static int check_root(const char *path) {
    _cleanup_close_ int root = open_plain(path, O_PATH | O_DIRECTORY);
    return root < 0 ? root : 0;
}

static int step_jail(char **words) {
    char *name = words[0], *root = words[1];
    if (!is_jail_name(name))
        return -EINVAL;
    int result = check_descriptors();
    if (result == 0)
        result = check_root(root);
    if (result < 0)
        return result;
    int other = find_jail(name);
    if (other != -ENOENT)
        return other < 0 ? other : -EEXIST;
    made_jail = mmap(NULL, sizeof *made_jail, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (made_jail == MAP_FAILED)
        return -errno;
    const pid_t outermost = getpid();
    pid_t init = fork();
    if (init < 0)
        return -errno;
    if (init > 0)
        stand_for(init, name);
    die_with_parent();
    if (getppid() != outermost)
        return -ESRCH;
    /* The lock is the outermost process's alone: whoever has its descriptor could unlock it. */
    _cleanup_close_ int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0 || dup2(nothing, 0) < 0)
        return -errno;
    return make_jail(name, root);
}

/* What getlogin(2) says is the session's: without one of its own the sandbox would be told the service's, or rename that. "-":
   there is no name. */
static int step_login(char **words) {
    if (setsid() < 0 && getsid(0) != getpid())
        return -errno;
    return setlogin(strcmp(words[0], "-") != 0 ? words[0] : "") < 0 ? -errno : 0;
}

static int step_user(char **words) {
    static gid_t groups[NGROUPS_MAX + 1];
    int count = 1;
    uint32_t uid, gid;
    if (number_of(words[0], &uid) < 0 || number_of(words[1], &gid) < 0)
        return -EINVAL;
    groups[0] = gid; /* before 15 the first one is the effective group (setgroups(2)) */
    if (strcmp(words[2], "-") != 0) {
        char *rest = NULL;
        for (char *word = strtok_r(words[2], ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest))
            if (count == NGROUPS_MAX || number_of(word, &groups[count++]) < 0)
                return -EINVAL;
    }
    int enable = PROC_NO_NEW_PRIVS_ENABLE;
    if (setgroups(count, groups) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0 ||
        procctl(P_PID, getpid(), PROC_NO_NEW_PRIVS_CTL, &enable) < 0)
        return -errno;
    return 0;
}

const struct step steps[] = {
    {"target", 3, step_target, "make the mount point", 1, NULL},
    {"need-target", 3, step_need_target, "use the mount point", 1, NULL},
    {"parameter", 2, step_parameter, "set the jail's parameter", 0, NULL},
    {"deny", 1, step_deny, "deny the jail", 0, NULL},
    {"jail", 2, step_jail, "make the jail", 0, NULL},
    {"remove-jail", 1, step_remove_jail, "remove the jail", 0, NULL},
    {"login", 1, step_login, "set the login name", 0, NULL},
    {"user", 3, step_user, "become user", 0, NULL},
};
const size_t step_count = sizeof steps / sizeof *steps;

/* The service gives mayfly-init as a descriptor: in the jail no path leads to it. */
int execute_program(char **words) {
    if (strcmp(words[0], "/dev/fd/4") == 0)
        fexecve(INIT, words, environ);
    else
        execve(words[0], words, environ);
    return errno;
}
