/* What mayfly-init has been told to run, and the steps that start it. */
#pragma once

#include "protocol.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { SANDBOX_SOCKET = 3 };
enum { LIMITS_MAX = 16, TERMIOS_SIZE = 36 /* the kernel's struct termios on Linux */ };

struct terminal {
    int master, slave;
};

/* The child's exit status when it has told the client why there is no command. */
enum { CHILD_SAID_WHY = 2 };

enum phase { PHASE_WAITING, PHASE_EXECUTING, PHASE_FAILED };

struct command {
    struct reader reader; /* of the socket: the child reads RUN with it, init what follows */
    char **arguments;     /* two writable elements lie before the first one */
    char **environment;   /* NAME=VALUE */
    char directory[PATH_MAX], fallback[PATH_MAX];
    bool has_directory;
    uint32_t open, pty; /* bit N: descriptor N is the caller's, is the terminal */
    int descriptors[3]; /* -1: closed */
    int listeners[LISTENERS_MAX];
    size_t listener_count;
    char listener_names[1024]; /* with a colon between */
    unsigned char modes[TERMIOS_SIZE];
    bool has_modes;
    struct winsize window;
    uint32_t umask;
    int nice;
    struct rlimit limits[LIMITS_MAX];
    size_t limit_count;
    const unsigned char *cpus;
    size_t cpus_size;
    uint64_t ignored, blocked; /* bit N-1: signal N */

    struct terminal terminal; /* there in any case, the command's when pty is not 0 */
    volatile enum phase phase;
    volatile bool root_given; /* somebody outside looks at the root, and may after the command's end */
    uint64_t started;         /* us, monotonic */
    bool deferred;            /* the command is kept in the background until the client gives it the terminal */
    pid_t pid;                /* of the child; also its process group */
};

/* Opens a new terminal as the controlling one of this session. Made when the sandbox is parked: a process only gets a
   controlling terminal by being started after its session has one. 0 or a negative errno. */
int terminal_open(struct terminal *terminal);
/* modes: TERMIOS_SIZE bytes, or NULL to leave them. */
int terminal_adjust(const struct terminal *terminal, const void *modes, const struct winsize *window);
/* Makes this process one without a controlling terminal. */
void terminal_leave(const struct terminal *terminal);

/* The child: reads its command from the socket (argument: struct command) and executes it; does not return. */
int become_command(void *argument);
uint64_t now_us(void);

/* What a sandbox's filter of system calls permits. */
enum policy {
    POLICY_DEFAULT,
    POLICY_STRICT, /* less: for programs that only compute, and talk over files, pipes and the usual sockets */
    POLICY_NESTED, /* more: namespaces and mounts, for sandboxes inside the sandbox */
    POLICY_NONE,   /* no filter */
};

struct confinement {
    enum policy policy;           /* of system calls */
    bool leaves_abstract_sockets; /* those of processes outside are out of reach, where the kernel can do that */
};

/* Makes init itself unobservable and installs what the command inherits: no_new_privs and what is asked for. */
int confine_self(const struct confinement *confinement);
