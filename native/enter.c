/*
 * mayfly-enter: builds a root and an identity step by step, then execs the backend's own program in it.
 *
 * Given: STEP... -- PROGRAM [ARG]...; the steps and their words are in docs/architecture.md. Descriptors: 0 the clone's
 * lock, 1 and 2 the report, 3 the sandbox socket, 4 mayfly-init; any other is closed first.
 * Execs: PROGRAM (an absolute path), with the environment it was given.
 * After the step pid it is a child that goes on; mayfly-enter itself waits for it, and ends as it does.
 * Exit: 125 a step failed, 126 or 127 PROGRAM could not be executed; the reason is one line on descriptor 2.
 *
 * Run as root it works for other users, so no path is followed through a symbolic link.
 */
#include "one_line.h"
#include "steps.h"
#include "system.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LAST_GIVEN_DESCRIPTOR = 4, WORDS_OF_A_STEP_MAX = 5 };

static const struct step {
    const char *name;
    int words;
    int (*take)(char **words);
    const char *doing;
    int object; /* which word to name in a failure, -1: none */
} steps[] = {
    {"private", 0, step_private, "make a private mount namespace", -1},
    {"user-private", 2, step_user_private, "make a user namespace", -1},
    {"user-range", 5, step_user_range, "make a user namespace with a range of ids", -1},
    {"tmpfs", 2, step_tmpfs, "mount a tmpfs on", 1},
    {"directory", 2, step_directory, "make the directory", 1},
    {"symlink", 2, step_symlink, "make the symbolic link", 1},
    {"overlay", 3, step_overlay, "mount an overlay over", 0},
    {"bind", 2, step_bind, "bind", 0},
    {"bind-readonly", 2, step_bind_readonly, "bind", 0},
    {"bind-mapped", 2, step_bind_mapped, "give ids of its own to", 0},
    {"zfs", 2, step_zfs, "mount the dataset", 0},
    {"copy", 2, step_copy, "copy", 0},
    {"target", 3, step_target, "make the mount point", 1},
    {"need-target", 3, step_need_target, "use the mount point", 1},
    {"lock-aside", 0, step_lock_aside, "put the lock aside", -1},
    {"identity", 0, step_identity, "make a user namespace of all ids", -1},
    {"ids", 3, step_ids, "make a user namespace with ids of its own", -1},
    {"enter-ids", 0, step_enter_ids, "enter the user namespace with ids of its own", -1},
    {"user", 3, step_user, "become user", 0},
    {"cgroup", 1, step_cgroup, "enter the control group", 0},
    {"pid", 0, step_pid, "make a pid namespace", -1},
    {"proc", 1, step_proc, "mount proc on", 0},
    {"devpts", 1, step_devpts, "mount devpts on", 0},
    {"pivot", 1, step_pivot, "enter the root", 0},
    {"capabilities", 1, step_capabilities, "keep the capabilities", 0},
};

static const struct step *find_step(const char *name) {
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (strcmp(steps[i].name, name) == 0)
            return &steps[i];
    return NULL;
}

static int refuse(const char *doing, const char *object, const char *reason) {
    char line[PATH_MAX + 256];
    snprintf(line, sizeof line - 1, "cannot %s%s%s: %s", doing, object != NULL ? " " : "", object != NULL ? object : "",
             reason);
    make_one_line(line);
    dprintf(2, "%s\n", line);
    return 125;
}

static const char *reason_of(int error, const struct step *step) {
    if (error == ELOOP)
        return "a symbolic link is in the way";
    if (error == EINVAL && step->take == step_bind_mapped)
        return "its filesystem has no idmapped mounts (OpenZFS has them from 2.2 on)";
    return strerror(error);
}

int main(int argc, char **argv) {
    close_descriptors_from(LAST_GIVEN_DESCRIPTOR + 1);
    /* Of a session of its own: signals of the service's terminal do not concern it. Fails for a group leader only. */
    setsid();
    umask(022);
    if (chdir("/") < 0)
        return refuse("enter", "/", strerror(errno));

    int at = 1;
    for (; at < argc && strcmp(argv[at], "--") != 0;) {
        const struct step *step = find_step(argv[at]);
        if (step == NULL)
            return refuse("understand the step", argv[at], "there is no such step");
        if (argc - at - 1 < step->words)
            return refuse("understand the step", argv[at], "words are missing");
        char **words = argv + at + 1;
        int result = step->take(words);
        if (result < 0)
            return refuse(step->doing, step->object >= 0 ? words[step->object] : NULL, reason_of(-result, step));
        at += 1 + step->words;
    }
    if (at + 1 >= argc)
        return refuse("find", "the program", "no words after --");

    execv(argv[at + 1], argv + at + 1);
    int error = errno;
    refuse("run", argv[at + 1], strerror(error));
    return error == ENOENT ? 127 : 126;
}
