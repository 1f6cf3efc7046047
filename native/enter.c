/*
 * mayfly-enter: builds a root and an identity step by step, then execs the backend's own program in it.
 *
 * Given: STEP... -- PROGRAM [ARG]...; the steps of each system and their words are in docs/architecture.md. Descriptors: 0 the clone's
 * lock, 1 and 2 the report, 3 the sandbox socket, 4 mayfly-init; any other is closed first.
 * Execs: PROGRAM (an absolute path), with the environment it was given.
 * After the step pid (Linux) or jail (FreeBSD) it is a child that goes on; mayfly-enter itself waits for it, and ends as it does.
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

enum { LAST_GIVEN_DESCRIPTOR = 4 };

char step_reason[STEP_REASON_MAX];

static const struct step *find_step(const char *name) {
    for (size_t i = 0; i < step_count; i++)
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
    if (step_reason[0] != 0)
        return step_reason;
    return error == EINVAL && step->invalid != NULL ? step->invalid : strerror(error);
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

    int error = execute_program(argv + at + 1);
    refuse("run", argv[at + 1], strerror(error));
    return error == ENOENT ? 127 : 126;
}
