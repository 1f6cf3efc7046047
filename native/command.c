/* Starting the command in a child of init, with all that it would have inherited from its caller. */
#include "init.h"
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* The rest runs between vfork and exec, in init's memory: no allocation, no stdio, nothing that init would miss. */

static const char *path_of(char *const *environment) {
    for (; *environment != NULL; environment++)
        if (strncmp(*environment, "PATH=", 5) == 0)
            return *environment + 5;
    return default_path;
}

static int execute_file(char *file, struct command *command) {
    execve(file, command->arguments, command->environment);
    if (errno != ENOEXEC)
        return errno;
    /* A script without an interpreter line: what a shell and execvp(3) do. */
    char **shell = command->arguments - 1;
    char *first = command->arguments[0];
    shell[0] = (char[]){"sh"};
    shell[1] = file;
    execve("/bin/sh", shell, command->environment);
    int error = errno;
    command->arguments[0] = first;
    return error;
}

/* As execvp(3), with the PATH that the command will see. */
static int execute(char *name, struct command *command) {
    if (*name == 0)
        return ENOENT;
    if (strchr(name, '/') != NULL)
        return execute_file(name, command);
    size_t name_size = strlen(name);
    int error = ENOENT;
    const char *part = path_of(command->environment);
    for (;;) {
        size_t size = strcspn(part, ":");
        char file[PATH_MAX];
        if (size + 1 + name_size < sizeof file) {
            memcpy(file, part, size);
            size_t slash = size > 0 ? 1 : 0;
            file[size] = '/';
            memcpy(file + size + slash, name, name_size + 1);
            int this_error = execute_file(file, command);
            if (this_error == EACCES)
                error = EACCES;
            else if (this_error != ENOENT && this_error != ENOTDIR)
                return this_error;
        }
        if (part[size] == 0)
            return error;
        part += size + 1;
    }
}

static void place_descriptors(const struct command *command) {
    for (int i = 0; i < 3; i++) {
        if (command->descriptors[i] >= 0)
            dup2(command->descriptors[i], i);
        else
            close(i);
    }
    close_descriptors_from(3);
}

static bool same_limit(const struct rlimit *a, const struct rlimit *b) {
    return a->rlim_cur == b->rlim_cur && a->rlim_max == b->rlim_max;
}

/* As far as the sandbox permits: what may not be raised stays as the sandbox has it. */
static void inherit(const struct command *command) {
    umask((mode_t)command->umask);
    if (command->cpus_size > 0)
        affinity_set(command->cpus, command->cpus_size);
    if (getpriority(PRIO_PROCESS, 0) != command->nice)
        setpriority(PRIO_PROCESS, 0, command->nice);
    for (size_t i = 0; i < command->limit_count; i++) {
        struct rlimit own, wanted = command->limits[i];
        if (getrlimit((int)i, &own) < 0 || same_limit(&own, &wanted))
            continue;
        if (wanted.rlim_max > own.rlim_max)
            wanted.rlim_max = own.rlim_max;
        if (wanted.rlim_cur > wanted.rlim_max)
            wanted.rlim_cur = wanted.rlim_max;
        setrlimit((int)i, &wanted);
    }
    ignore_signals(command->ignored);
    set_blocked_signals(command->blocked);
}

static _Noreturn void become_command(struct command *command, volatile int *error) {
    setpgid(0, 0);
    if (command->terminal.slave >= 0 && !command->deferred)
        tcsetpgrp(command->terminal.slave, getpid());
    place_descriptors(command);
    inherit(command);
    *error = execute(command->arguments[0], command);
    if (*error == ENOENT && command->fallback[0] != 0) {
        command->arguments[0] = command->fallback;
        *error = execute(command->fallback, command);
    }
    _exit(127);
}

int command_start(struct command *command) {
    volatile int error = 0;
    command->deferred = command->defer && command->terminal.slave >= 0;
    pid_t pid = vfork();
    if (pid == 0)
        become_command(command, &error);
    if (pid < 0)
        return errno;
    command->pid = pid;
    if (error != 0)
        waitpid(pid, NULL, 0);
    return error;
}
