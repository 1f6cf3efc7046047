/*
 * The steps of mayfly-enter on FreeBSD, with doubles of what only its kernel has: which calls are made, in which order and
 * with which arguments, and what is done when each of them fails in turn.
 */
#include "../test.h"
#include "calls.h"

#include <sys/param.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/jail.h>
#include <sys/procctl.h>
#include <sys/stat.h>

enum { INIT_PID = 77, OUTERMOST = 70, JAIL = 5 };

static pid_t forked;               /* what fork gives: 0 is the sandbox's side */
static int directory = -1;         /* a descriptor that is one */
static const char *complaint = ""; /* of jail_set */
static const char *unknown = "";   /* a permission that the kernel does not have */
static bool exists;                /* a jail of that name */
static bool is_gone;               /* the jail that init has made, with init */
static bool failed;                /* init has made none */
static volatile int *made_jail;
static bool leads_session; /* already */
static pid_t parent = OUTERMOST;
static int status_of_init;
static jmp_buf ended;
static int exit_status;

static _Noreturn void double_exit(int status) {
    call("_exit %d", status);
    exit_status = status;
    longjmp(ended, 1);
}

static pid_t double_fork(void) {
    if (call("fork") < 0)
        return -1;
    if (forked > 0 && !failed) { /* what init does meanwhile */
        *made_jail = JAIL;
        exists = !is_gone;
    }
    return forked;
}

static pid_t double_getpid(void) { return OUTERMOST; }

static pid_t double_getppid(void) { return parent; }

static pid_t double_waitpid(pid_t pid, int *status, int options) {
    CHECK_IS(options, 0);
    *status = status_of_init;
    return call("waitpid %d", (int)pid) < 0 ? -1 : pid;
}

static int double_dup2(int from, int to) {
    CHECK(from > 2);
    return call("dup2 null %d", to) < 0 ? -1 : to;
}

static int double_chdir(const char *path) { return call("chdir %s", path); }

static int double_fstat(int descriptor, struct stat *status) {
    *status = (struct stat){.st_mode = descriptor == directory ? S_IFDIR : S_IFREG};
    if (descriptor != 3)
        return 0;
    errno = EBADF; /* a closed one is none */
    return -1;
}

/* The parameters, as the kernel would read them. */
static void describe(char *text, size_t size, const struct iovec *list, unsigned count) {
    size_t at = 0;
    CHECK_IS(count % 2, 0);
    for (unsigned i = 0; i < count; i += 2) {
        const char *name = list[i].iov_base;
        const struct iovec *value = &list[i + 1];
        CHECK_IS(list[i].iov_len, strlen(name) + 1);
        bool is_text = strcmp(name, "name") == 0 || strcmp(name, "path") == 0 || strcmp(name, "host.hostname") == 0;
        at += (size_t)snprintf(text + at, size - at, " %s", name);
        if (value->iov_base == NULL)
            CHECK_IS(value->iov_len, 0);
        else if (is_text)
            at += (size_t)snprintf(text + at, size - at, "=%.*s", (int)value->iov_len - 1, (char *)value->iov_base);
        else if (strstr(name, ".addr") != NULL)
            for (size_t j = 0; j < value->iov_len; j++)
                at += (size_t)snprintf(text + at, size - at, "%s%d", j == 0 ? "=" : ".",
                                       ((unsigned char *)value->iov_base)[j]);
        else if (strcmp(name, "errmsg") != 0)
            at += (size_t)snprintf(text + at, size - at, "=%d", *(int *)value->iov_base);
    }
}

int jail_set(struct iovec *list, unsigned count, int flags) {
    char text[2048];
    describe(text, sizeof text, list, count);
    CHECK_IS(flags, JAIL_CREATE | JAIL_ATTACH);
    if (call("jail_set%s", text) == 0)
        return JAIL;
    snprintf(list[count - 1].iov_base, list[count - 1].iov_len, "%s", complaint);
    return -1;
}

int jail_get(struct iovec *list, unsigned count, int flags) {
    char text[256];
    describe(text, sizeof text, list, count);
    CHECK_IS(flags, 0); /* without the dying ones */
    if (call("jail_get%s", text) < 0)
        return -1;
    if (exists)
        return JAIL;
    errno = ENOENT;
    return -1;
}

int jail_remove(int jail) { return call("jail_remove %d", jail); }

int procctl(idtype_t kind, id_t id, int command, void *data) {
    CHECK(kind == P_PID && id == OUTERMOST && command == PROC_NO_NEW_PRIVS_CTL &&
          *(int *)data == PROC_NO_NEW_PRIVS_ENABLE);
    return call("no_new_privs");
}

static int double_sysctlnametomib(const char *name, int *place, size_t *size) {
    CHECK(place != NULL && *size > 0);
    if (strcmp(name, unknown) != 0)
        return call("sysctl %s", name);
    errno = ENOENT;
    return -1;
}

static int double_setgroups(int count, const gid_t *groups) {
    char text[128] = "";
    for (int i = 0; i < count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), " %u", groups[i]);
    return call("setgroups%s", text);
}

static pid_t double_setsid(void) { return call("setsid") < 0 ? -1 : OUTERMOST; }

static pid_t double_getsid(pid_t pid) {
    CHECK_IS(pid, 0);
    return leads_session ? OUTERMOST : 1;
}

static int double_setlogin(const char *name) { return call("setlogin '%s'", name); }

static int double_setresgid(gid_t a, gid_t b, gid_t c) { return call("setresgid %u %u %u", a, b, c); }

static int double_setresuid(uid_t a, uid_t b, uid_t c) { return call("setresuid %u %u %u", a, b, c); }

static int double_fexecve(int descriptor, char *const *words, char *const *environment) {
    (void)environment;
    call("fexecve %d %s", descriptor, words[0]);
    errno = EACCES;
    return -1;
}

static int double_execve(const char *path, char *const *words, char *const *environment) {
    (void)words;
    (void)environment;
    call("execve %s", path);
    errno = ENOENT;
    return -1;
}

/* system.h, as the steps call it. */
#include "../../system.h"
void close_descriptors_from(int lowest) { call("closefrom %d", lowest); }
void die_with_parent(void) { call("die_with_parent"); }

#define _exit double_exit
#define fork double_fork
#define getpid double_getpid
#define getppid double_getppid
#define waitpid double_waitpid
#define dup2 double_dup2
#define chdir double_chdir
#define fstat(descriptor, status) double_fstat(descriptor, status)
#define sysctlnametomib double_sysctlnametomib
#define setsid double_setsid
#define getsid double_getsid
#define setlogin double_setlogin
#define setgroups double_setgroups
#define setresgid double_setresgid
#define setresuid double_setresuid
#define fexecve double_fexecve
#define execve double_execve
#include "../../steps_freebsd.c"
#undef _exit
#undef fork
#undef getpid
#undef waitpid
#undef chdir
#undef fstat

char step_reason[STEP_REASON_MAX];

static char place[] = "/tmp/mayfly-freebsd-XXXXXX";

static size_t open_descriptors(void) {
    size_t count = 0;
    for (int i = 0; i < 256; i++)
        count += fcntl(i, F_GETFD) >= 0;
    return count;
}

/* Takes a step by its name; leaves no descriptor open, however it ends. -1000: it has ended the process. */
enum { ENDED = -1000 };
static int take(const char *name, const char *const *words) {
    static char copies[8][PARAMETERS_MAX][512]; /* the values of parameters are used in place */
    static unsigned next;
    char *list[4] = {NULL};
    const size_t before = open_descriptors();
    int result = -EDOM;
    step_reason[0] = 0;
    for (size_t i = 0; i < step_count; i++) {
        if (strcmp(steps[i].name, name) != 0)
            continue;
        for (int j = 0; j < steps[i].words; j++)
            list[j] = strcpy(copies[j][next % PARAMETERS_MAX], words[j]);
        next++;
        if (setjmp(ended) == 0)
            result = steps[i].take(list);
        else
            result = ENDED;
    }
    CHECK_IS(open_descriptors(), before);
    return result;
}

#define TAKE(name, ...) take((name), (const char *const[]){__VA_ARGS__, NULL})

/* The jail. -------------------------------------------------------------------------------------------------------- */

static char expected_jail[512];

static void set_usual(void) {
    CHECK_IS(TAKE("parameter", "ip4", "disable"), 0);
    CHECK_IS(TAKE("parameter", "sysvshm", "new"), 0);
    CHECK_IS(TAKE("parameter", "securelevel", "2"), 0);
    CHECK_IS(TAKE("deny", "set_hostname"), 0);
    snprintf(expected_jail, sizeof expected_jail,
             "jail_get name=mf1;fork;die_with_parent;dup2 null 0;"
             "jail_set ip4=0 sysvshm=1 securelevel=2 allow.noset_hostname name=mf1 path=%s errmsg;chdir /;",
             place);
}

static void the_jail_is_made_and_entered_in_one_call_that_never_lets_it_persist(void) {
    set_usual();
    calls_begin(0, 0);
    CHECK_IS(TAKE("jail", "mf1", place), 0);
    CHECK_TEXT(calls(), expected_jail);
    CHECK(strstr(calls(), "persist") == NULL);
}

static void a_call_that_fails_is_the_last_one_and_its_errno_is_told(void) {
    set_usual();
    static const int errors[] = {EPERM, EAGAIN, 0, EMFILE, EPERM, EACCES};
    for (unsigned i = 1; i <= 6; i++) {
        if (i == 3)
            continue; /* die_with_parent tells nothing: whether the parent lives is looked at */
        const unsigned before = parameter_count;
        calls_begin(i, errors[i - 1]);
        CHECK_IS(TAKE("jail", "mf1", place), -errors[i - 1]);
        CHECK_IS(calls_count(), i);
        CHECK_IS(strncmp(calls(), expected_jail, strlen(calls())), 0);
        parameter_count = before; /* each is the end of a process; here one follows another */
    }
}

static void the_kernels_own_words_are_the_reason(void) {
    set_usual();
    complaint = "unknown parameter: allow.noset_hostname";
    calls_begin(5, EINVAL);
    CHECK_IS(TAKE("jail", "mf1", place), -EINVAL);
    CHECK_TEXT(step_reason, complaint);
}

static void a_parent_that_has_gone_leaves_no_jail(void) {
    set_usual();
    parent = 1;
    calls_begin(0, 0);
    CHECK_IS(TAKE("jail", "mf1", place), -ESRCH);
    CHECK_TEXT(calls(), "jail_get name=mf1;fork;die_with_parent;");
}

static void no_directory_goes_into_a_jail(void) {
    for (int i = 0; i <= 4; i++) {
        if (i == 3)
            continue; /* closed in this test */
        directory = i;
        calls_begin(0, 0);
        CHECK_IS(TAKE("jail", "mf1", place), -EINVAL);
        CHECK_TEXT(calls(), "");
        char reason_text[128];
        snprintf(reason_text, sizeof reason_text, "descriptor %d is a directory, which would lead out of it", i);
        CHECK_TEXT(step_reason, reason_text);
    }
}

static void a_root_behind_a_link_is_refused(void) {
    char path[128], link_path[128];
    snprintf(link_path, sizeof link_path, "%s/link", place);
    snprintf(path, sizeof path, "%s/link/below", place);
    CHECK_IS(symlink("/", link_path), 0);
    calls_begin(0, 0);
    CHECK_IS(TAKE("jail", "mf1", link_path), -ELOOP);
    CHECK_IS(TAKE("jail", "mf1", path), -ELOOP);
    snprintf(path, sizeof path, "%s/..", place);
    CHECK_IS(TAKE("jail", "mf1", path), -EINVAL);
    CHECK_IS(TAKE("jail", "mf1", "relative"), -EINVAL);
    CHECK_IS(TAKE("jail", "mf1", "/no/such"), -ENOENT);
    CHECK_TEXT(calls(), "");
    CHECK_IS(unlink(link_path), 0);
}

static void a_hostile_name_names_no_jail(void) {
    static const char *const names[] = {"", "a b", ";", "..", "a.b", "a\nb", "12", "-x", "a/b", "a=b", "\xff"};
    char many[300];
    memset(many, 'a', sizeof many - 1);
    many[sizeof many - 1] = 0;
    calls_begin(0, 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CHECK_IS(TAKE("jail", names[i], place), -EINVAL);
        CHECK_IS(TAKE("remove-jail", names[i]), -EINVAL);
    }
    CHECK_IS(TAKE("jail", many, place), -EINVAL);
    CHECK_IS(TAKE("remove-jail", many), -EINVAL);
    CHECK_TEXT(calls(), "");
}

/* The outermost process. */

static void outermost(int status, int expected) {
    forked = INIT_PID;
    status_of_init = status;
    exists = false;
    calls_begin(0, 0);
    CHECK_IS(TAKE("jail", "mf1", place), ENDED);
    CHECK_IS(exit_status, expected);
}

static void what_init_leaves_is_removed_before_its_status_is_passed_on(void) {
    outermost(7 << 8, 7);
    CHECK_TEXT(calls(), "jail_get name=mf1;fork;closefrom 3;waitpid 77;jail_get name=mf1;jail_remove 5;_exit 7;");
    outermost(SIGKILL, 128 + SIGKILL);
}

static void a_jail_that_went_with_its_last_process_is_not_looked_for_again(void) {
    is_gone = true;
    outermost(0, 0);
    CHECK_TEXT(calls(), "jail_get name=mf1;fork;closefrom 3;waitpid 77;jail_get name=mf1;_exit 0;");
}

static void a_jail_that_cannot_be_removed_is_no_success(void) {
    forked = INIT_PID;
    CHECK_IS(close(2), 0); /* it is told there */
    calls_begin(6, EPERM);
    CHECK_IS(TAKE("jail", "mf1", place), ENDED);
    CHECK_IS(exit_status, 125);
    exists = false;
    calls_begin(5, EPERM); /* nor one that cannot be looked for */
    CHECK_IS(TAKE("jail", "mf1", place), ENDED);
    CHECK_IS(exit_status, 125);
    exists = false;
    calls_begin(6, EINVAL); /* gone between the two */
    CHECK_IS(TAKE("jail", "mf1", place), ENDED);
    CHECK_IS(exit_status, 0);
}

static void another_jail_of_that_name_is_refused_and_left_alone(void) {
    exists = true;
    calls_begin(0, 0);
    CHECK_IS(TAKE("jail", "mf1", place), -EEXIST);
    CHECK_TEXT(calls(), "jail_get name=mf1;");
    exists = false;
    failed = true; /* init, for there was one by then */
    outermost(125 << 8, 125);
    CHECK_TEXT(calls(), "jail_get name=mf1;fork;closefrom 3;waitpid 77;_exit 125;");
}

static void removing_a_jail_by_name_is_what_a_service_does_after_a_crash(void) {
    exists = true;
    calls_begin(0, 0);
    CHECK_IS(TAKE("remove-jail", "mf1"), 0);
    CHECK_TEXT(calls(), "jail_get name=mf1;jail_remove 5;");
    calls_begin(2, EPERM);
    CHECK_IS(TAKE("remove-jail", "mf1"), -EPERM);
    exists = false;
    calls_begin(0, 0);
    CHECK_IS(TAKE("remove-jail", "mf1"), 0);
    CHECK_TEXT(calls(), "jail_get name=mf1;");
}

/* Parameters. ------------------------------------------------------------------------------------------------------ */

static void values_are_as_the_kernel_has_them(void) {
    CHECK_IS(TAKE("parameter", "ip4", "new"), 0);
    CHECK_IS(TAKE("parameter", "ip6", "inherit"), 0);
    CHECK_IS(TAKE("parameter", "ip4.addr", "10.0.0.1,192.168.1.2"), 0);
    CHECK_IS(TAKE("parameter", "ip6.addr", "::1"), 0);
    CHECK_IS(TAKE("parameter", "host.hostname", "a b"), 0);
    CHECK_IS(TAKE("parameter", "vnet", "new"), 0);
    CHECK_IS(TAKE("deny", "mount.devfs"), 0);
    calls_begin(0, 0);
    CHECK_IS(TAKE("jail", "mf1", place), 0);
    CHECK(strstr(calls(), "jail_set ip4=1 ip6=2 ip4.addr=10.0.0.1.192.168.1.2 ip6.addr=0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1 "
                          "host.hostname=a b vnet=1 allow.mount.nodevfs name=mf1 ") != NULL);
}

static void what_is_no_value_is_refused(void) {
    static const char *const bad[][2] = {
        {"ip4", "0"},
        {"ip4", ""},
        {"securelevel", "-1"},
        {"securelevel", "x"},
        {"securelevel", "4294967294"},
        {"ip4.addr", "10.0.0"},
        {"ip4.addr", ""},
        {"ip6.addr", "10.0.0.1"},
        {"persist", "1"},
        {"allow.mount", "1"},
        {"name", "x"},
        {"path", "/"},
        {"", "x"},
        {"ip4\n", "new"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_IS(TAKE("parameter", bad[i][0], bad[i][1]), -EINVAL);
    CHECK_IS(parameter_count, 0);
    CHECK_IS(TAKE("parameter", "ip4", "new"), 0);
    CHECK_IS(TAKE("parameter", "ip4", "disable"), -EINVAL);
    CHECK_TEXT(step_reason, "ip4 is given twice");
    CHECK_IS(TAKE("deny", "a b"), -EINVAL);
    CHECK_IS(TAKE("deny", ""), -EINVAL);
    CHECK_IS(parameter_count, 1);
}

static void a_permission_that_this_kernel_lacks_needs_no_denial(void) {
    unknown = "security.jail.param.allow.routing";
    CHECK_IS(TAKE("deny", "routing"), 0);
    CHECK_IS(parameter_count, 0);
    calls_begin(1, EPERM);
    CHECK_IS(TAKE("deny", "settime"), -EPERM);
    CHECK_IS(parameter_count, 0);
}

static void too_many_parameters_are_refused(void) {
    char name[16];
    for (int i = 0; i < PARAMETERS_MAX; i++) {
        snprintf(name, sizeof name, "p%d", i);
        CHECK_IS(TAKE("deny", name), 0);
    }
    CHECK_IS(TAKE("deny", "more"), -E2BIG);
    calls_begin(0, 0);
    CHECK_IS(TAKE("jail", "mf1", place), -E2BIG);
    CHECK_TEXT(calls(), "jail_get name=mf1;fork;die_with_parent;dup2 null 0;");
}

/* The user and the program. ---------------------------------------------------------------------------------------- */

static void a_user_has_no_way_back_and_its_group_comes_first(void) {
    calls_begin(0, 0);
    CHECK_IS(TAKE("user", "1001", "1002", "5,6"), 0);
    CHECK_TEXT(calls(), "setgroups 1002 5 6;setresgid 1002 1002 1002;setresuid 1001 1001 1001;no_new_privs;");
    calls_begin(0, 0);
    CHECK_IS(TAKE("user", "1001", "1002", "-"), 0);
    CHECK_TEXT(calls(), "setgroups 1002;setresgid 1002 1002 1002;setresuid 1001 1001 1001;no_new_privs;");
    for (unsigned i = 1; i <= 4; i++) {
        calls_begin(i, EPERM);
        CHECK_IS(TAKE("user", "1001", "1002", "-"), -EPERM);
        CHECK_IS(calls_count(), i);
    }
    calls_begin(0, 0);
    CHECK_IS(TAKE("user", "x", "1", "-"), -EINVAL);
    CHECK_IS(TAKE("user", "1", "4294967295", "-"), -EINVAL);
    CHECK_IS(TAKE("user", "1", "1", "5,x"), -EINVAL);
    CHECK_TEXT(calls(), "");
}

static void who_has_logged_in_is_said_in_a_session_of_its_own_only(void) {
    calls_begin(0, 0);
    CHECK_IS(TAKE("login", "ann"), 0);
    CHECK_IS(TAKE("login", "-"), 0);
    CHECK_TEXT(calls(), "setsid;setlogin 'ann';setsid;setlogin '';");
    for (unsigned i = 1; i <= 2; i++) {
        calls_begin(i, EPERM);
        CHECK_IS(TAKE("login", "ann"), -EPERM);
        CHECK_IS(calls_count(), i);
    }
    leads_session = true;
    calls_begin(1, EPERM);
    CHECK_IS(TAKE("login", "ann"), 0);
    CHECK_TEXT(calls(), "setsid;setlogin 'ann';");
}

static void init_is_executed_by_its_descriptor(void) {
    calls_begin(0, 0);
    CHECK_IS(execute_program((char *[]){(char[]){"/dev/fd/4"}, NULL}), EACCES);
    CHECK_IS(execute_program((char *[]){(char[]){"/usr/bin/true"}, NULL}), ENOENT);
    CHECK_TEXT(calls(), "fexecve 4 /dev/fd/4;execve /usr/bin/true;");
}

static void mount_points_are_made_beneath_the_root_and_through_no_link(void) {
    char inner[128], link_path[128];
    snprintf(inner, sizeof inner, "%s/dev", place);
    snprintf(link_path, sizeof link_path, "%s/tmp", place);
    CHECK_IS(TAKE("target", place, "/dev", "directory"), 0);
    CHECK_IS(access(inner, F_OK), 0);
    CHECK_IS(TAKE("need-target", place, "/proc", "directory"), -ENOENT);
    CHECK_IS(symlink("/tmp", link_path), 0);
    CHECK_IS(TAKE("target", place, "/tmp", "directory"), -ELOOP);
    CHECK_IS(TAKE("target", place, "/tmp/x", "directory"), -ELOOP);
    CHECK_IS(TAKE("target", place, "/../x", "directory"), -EINVAL);
    CHECK_IS(TAKE("target", place, "/dev", "file"), -EISDIR);
    CHECK_IS(TAKE("target", place, "/dev", "else"), -EINVAL);
    CHECK_IS(unlink(link_path) | rmdir(inner), 0);
}

int main(void) {
    static const struct test_case cases[] = {
        CASE(the_jail_is_made_and_entered_in_one_call_that_never_lets_it_persist),
        CASE(a_call_that_fails_is_the_last_one_and_its_errno_is_told),
        CASE(the_kernels_own_words_are_the_reason),
        CASE(a_parent_that_has_gone_leaves_no_jail),
        CASE(no_directory_goes_into_a_jail),
        CASE(a_root_behind_a_link_is_refused),
        CASE(a_hostile_name_names_no_jail),
        CASE(what_init_leaves_is_removed_before_its_status_is_passed_on),
        CASE(a_jail_that_went_with_its_last_process_is_not_looked_for_again),
        CASE(a_jail_that_cannot_be_removed_is_no_success),
        CASE(another_jail_of_that_name_is_refused_and_left_alone),
        CASE(removing_a_jail_by_name_is_what_a_service_does_after_a_crash),
        CASE(values_are_as_the_kernel_has_them),
        CASE(what_is_no_value_is_refused),
        CASE(a_permission_that_this_kernel_lacks_needs_no_denial),
        CASE(too_many_parameters_are_refused),
        CASE(a_user_has_no_way_back_and_its_group_comes_first),
        CASE(who_has_logged_in_is_said_in_a_session_of_its_own_only),
        CASE(init_is_executed_by_its_descriptor),
        CASE(mount_points_are_made_beneath_the_root_and_through_no_link),
    };
    CHECK(mkdtemp(place) != NULL);
    int result = run_cases(cases, sizeof cases / sizeof *cases);
    CHECK_IS(rmdir(place), 0);
    return result;
}
