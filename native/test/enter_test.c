/*
 * mayfly-enter as its caller sees it: exit statuses, its one line of reason, what the program it execs gets.
 * Given: the path of mayfly-enter.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

static char *enter;
static char place[] = "/tmp/mayfly-enter-XXXXXX";

struct end {
    int status;        /* exit status, or -1: a signal */
    char output[4096]; /* descriptors 1 and 2 */
};

/* Runs mayfly-enter with these words; descriptors 0 and 1 to 5 are given, 6 and 7 are too many. */
static struct end run(const char *const *words) {
    char *arguments[64] = {enter};
    for (int i = 0; words[i] != NULL; i++)
        arguments[i + 1] = (char *)words[i];
    int ends[2];
    CHECK_IS(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char *environment[] = {"NAME=value", NULL};
        int report = fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
        int nothing = fcntl(open("/dev/null", O_RDWR), F_DUPFD_CLOEXEC, 10);
        for (int i = 0; i <= 7; i++)
            dup2(i == 1 || i == 2 ? report : nothing, i);
        umask(077);
        execve(enter, arguments, environment);
        _exit(99);
    }
    close(ends[1]);
    struct end end = {.status = -1};
    size_t have = 0;
    for (ssize_t size; (size = read(ends[0], end.output + have, sizeof end.output - 1 - have)) > 0;)
        have += (size_t)size;
    close(ends[0]);
    int status;
    CHECK_IS(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status))
        end.status = WEXITSTATUS(status);
    return end;
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})
#define CHECK_REFUSED(code, reason, ...)                                                                               \
    do {                                                                                                               \
        struct end end = RUN(__VA_ARGS__);                                                                             \
        CHECK_TEXT(end.output, reason);                                                                                \
        CHECK_IS(end.status, code);                                                                                    \
    } while (0)

static void a_step_that_is_none_is_refused(void) {
    CHECK_REFUSED(125, "cannot understand the step mount: there is no such step\n", "mount", "--", "/bin/true");
    CHECK_REFUSED(125, "cannot understand the step : there is no such step\n", "", "--", "/bin/true");
    CHECK_REFUSED(125, "cannot understand the step -h: there is no such step\n", "-h");
}

static void a_step_without_its_words_is_refused(void) {
    CHECK_REFUSED(125, "cannot understand the step bind: words are missing\n", "bind", "/tmp");
    CHECK_REFUSED(125, "cannot understand the step user: words are missing\n", "user", "1", "1");
    CHECK_REFUSED(125, "cannot understand the step overlay: words are missing\n", "overlay");
}

static void no_program_is_refused(void) {
    CHECK_REFUSED(125, "cannot find the program: no words after --\n", NULL);
    CHECK_REFUSED(125, "cannot find the program: no words after --\n", "--");
}

static void a_step_that_fails_is_named_with_its_object_and_nothing_is_run(void) {
    CHECK_REFUSED(125, "cannot bind /no/such: No such file or directory\n", "bind", "/no/such", "/tmp", "--",
                  "/bin/echo", "ran");
    CHECK_REFUSED(125, "cannot become user x: Invalid argument\n", "user", "x", "1", "-", "--", "/bin/echo", "ran");
    CHECK_REFUSED(125, "cannot make the mount point /..: Invalid argument\n", "target", "/tmp", "/..", "file", "--",
                  "/bin/echo", "ran");
    CHECK_REFUSED(125, "cannot copy /proc/self/exe: a symbolic link is in the way\n", "copy", "/proc/self/exe",
                  "/tmp/x", "--", "/bin/echo", "ran");
}

static void a_filesystem_without_idmapped_mounts_is_named_as_such(void) {
    if (geteuid() != 0)
        return; /* only root makes mapped mounts */
    CHECK_REFUSED(
        125,
        "cannot give ids of its own to /proc: its filesystem has no idmapped mounts (tmpfs has them from Linux 6.3 on, "
        "OpenZFS from 2.2)\n",
        "private", "ids", "100000", "100000", "65536", "bind-mapped", "/proc", "/tmp", "--", "/bin/echo", "ran");
    CHECK_REFUSED(125, "cannot make a user namespace with ids of its own: Invalid argument\n", "ids", "0", "1", "65536",
                  "--", "/bin/echo", "ran");
}

static void a_reason_is_one_line_whatever_the_object_is_called(void) {
    CHECK_REFUSED(125, "cannot bind /no/such?name?[2J: No such file or directory\n", "bind", "/no/such\nname\33[2J",
                  "/tmp", "--", "/bin/echo", "ran");
    CHECK_REFUSED(125, "cannot bind /??x???y\xc3\xa4\xe2\x80\x93: No such file or directory\n", "bind",
                  "/\xc2\x9bx\xe2\x80\xaey\xc3\xa4\xe2\x80\x93", "/tmp", "--", "/bin/echo", "ran");
}

static void a_program_that_cannot_be_executed_has_the_shells_statuses(void) {
    CHECK_REFUSED(127, "cannot run /no/such: No such file or directory\n", "--", "/no/such");
    CHECK_REFUSED(126, "cannot run /etc/passwd: Permission denied\n", "--", "/etc/passwd");
    CHECK_REFUSED(126, "cannot run /tmp: Permission denied\n", "--", "/tmp");
}

static void the_programs_words_and_variables_arrive_unchanged(void) {
    struct end end =
        RUN("--", "/bin/sh", "-c", "printf '[%s]' \"$0\" \"$@\" \"$NAME\"", "private", "", "--", "a b\n", "\xff");
    CHECK_IS(end.status, 0);
    CHECK_TEXT(end.output, "[private][][--][a b\n][\xff][value]");
    CHECK_IS(RUN("--", "/bin/sh", "-c", "exit 7").status, 7);
}

static void the_program_has_the_five_descriptors_and_nothing_else_of_the_service(void) {
    struct end end = RUN("--", "/bin/ls", "/proc/self/fd"); /* 5 is the directory itself */
    CHECK_TEXT(end.output, "0\n1\n2\n3\n4\n5\n");
    end = RUN("--", "/bin/sh", "-c", "umask; pwd; cut -d' ' -f6 /proc/$$/stat | grep -cx $$");
    CHECK_TEXT(end.output, "0022\n/\n1\n");
}

/* The chain for a per-user service, on a directory in place of the host's root. */
static void steps_are_taken_in_the_order_given(void) {
    char uid[16], gid[16], lower[64], lower_file[80], mount_point[64], scratch[80], root[80], read_only[80];
    snprintf(uid, sizeof uid, "%u", (unsigned)geteuid());
    snprintf(gid, sizeof gid, "%u", (unsigned)getegid());
    snprintf(lower, sizeof lower, "%s/lower", place);
    snprintf(lower_file, sizeof lower_file, "%s/file", lower);
    snprintf(mount_point, sizeof mount_point, "%s/mnt", place);
    snprintf(scratch, sizeof scratch, "%s/s", mount_point);
    snprintf(root, sizeof root, "%s/r", mount_point);
    snprintf(read_only, sizeof read_only, "%s/bound", root);
    CHECK_IS(mkdir(lower, 0755) | mkdir(mount_point, 0755), 0);
    int file = open(lower_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    CHECK(file >= 0 && write(file, "below", 5) == 5 && close(file) == 0);
    struct end end =
        RUN("user-private", uid, gid, "tmpfs", "8388608", mount_point, "overlay", lower, scratch, root, "target", root,
            "/bound", "directory", "bind-readonly", "/etc", read_only, "--", "/bin/sh", "-c",
            "cd \"$0\" && cat file && rm file && test -e bound/passwd && ! touch bound/x 2>/dev/null", root);
    CHECK_TEXT(end.output, "below");
    CHECK_IS(end.status, 0);
    CHECK_IS(access(lower_file, F_OK), 0);
    CHECK(access(root, F_OK) < 0 && errno == ENOENT);
    CHECK_IS(unlink(lower_file) | rmdir(lower) | rmdir(mount_point), 0);
}

int main(int argc, char **argv) {
    static const struct test_case cases[] = {
        CASE(a_step_that_is_none_is_refused),
        CASE(a_step_without_its_words_is_refused),
        CASE(no_program_is_refused),
        CASE(a_step_that_fails_is_named_with_its_object_and_nothing_is_run),
        CASE(a_filesystem_without_idmapped_mounts_is_named_as_such),
        CASE(a_reason_is_one_line_whatever_the_object_is_called),
        CASE(a_program_that_cannot_be_executed_has_the_shells_statuses),
        CASE(the_programs_words_and_variables_arrive_unchanged),
        CASE(the_program_has_the_five_descriptors_and_nothing_else_of_the_service),
        CASE(steps_are_taken_in_the_order_given),
    };
    CHECK_IS(argc, 2);
    enter = argv[1];
    CHECK(mkdtemp(place) != NULL);
    int result = run_cases(cases, sizeof cases / sizeof *cases);
    CHECK_IS(rmdir(place), 0);
    return result;
}
