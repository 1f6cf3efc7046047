/* What mayfly-init has been told to run, and the steps that start it. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { LIMITS_MAX = 16, MODES_MAX = 64, TERMIOS_SIZE = 36 /* the kernel's struct termios on Linux */ };

struct terminal {
    int master, slave; /* -1: none */
};

struct command {
    char **arguments;   /* two writable elements lie before the first one */
    char **environment; /* NAME=VALUE */
    char directory[PATH_MAX], fallback[PATH_MAX];
    bool has_directory;
    uint32_t open, pty; /* bit N: descriptor N is the caller's, is the terminal */
    int descriptors[3]; /* -1: closed */
    bool defer;         /* start in the terminal's background */
    unsigned char modes[MODES_MAX];
    size_t modes_size;
    struct winsize window;
    uint32_t umask;
    int nice;
    struct rlimit limits[LIMITS_MAX];
    size_t limit_count;
    const unsigned char *cpus;
    size_t cpus_size;
    uint64_t ignored, blocked; /* bit N-1: signal N */

    struct terminal terminal;
    bool deferred; /* the command is kept in the background until the client gives it the terminal */
    pid_t pid;     /* also its process group */
};

/* Opens a new terminal as this session's controlling one; modes may be empty. 0 or a negative errno. */
int terminal_open(struct terminal *terminal, const void *modes, size_t modes_size, const struct winsize *window);

/* Starts the command in a child; 0, or the (positive) errno with which it could not be executed. */
int command_start(struct command *command);

/* Makes init itself unobservable and installs what the command inherits: no_new_privs and the seccomp filter. */
int confine_self(void);
