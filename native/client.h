/* The parts of the client: where it stands (caller), the lease it gets (claim), the command's conversation (run). */
#pragma once

#include "modes.h"
#include "protocol.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

extern char **environ;

enum { MAYFLY_FAILED = 125, LIMITS_COUNT = 16, CPUS_MAX = 1024 };
enum { TERMIOS_SIZE = KERNEL_TERMIOS_SIZE };

/* Prints "mayfly: MESSAGE" and the remedy, when there is one, on a line of its own. */
void complain(const char *message, const char *remedy);
/* The same for "cannot DO OBJECT: reason of error"; always MAYFLY_FAILED. */
int cannot(const char *what, const char *object, int error, const char *remedy);

/* What a command inherits from the process that starts it. */
struct caller {
    char directory[PATH_MAX]; /* empty: deleted */
    uint32_t umask;
    int nice;
    struct rlimit limits[LIMITS_COUNT];
    unsigned char cpus[CPUS_MAX];
    size_t cpus_size;
    uint64_t ignored, blocked; /* bit N-1: signal N */
    uint32_t open;             /* bit N: descriptor N is open */
    uint32_t terminals;        /* bit N: and is a terminal */
};

/* Descriptors and directory, before anything is opened; the rest, which the service need not wait for. */
void caller_begin(struct caller *caller);
void caller_observe(struct caller *caller);

/* What the service has given. Pointers are into the reply, which stays. */
struct claim {
    int door, sandbox;
    uint32_t first, flags;
    int status_descriptor; /* -1: none */
    bool has_directory, started_service, is_login;
    char shell[PATH_MAX], directory[PATH_MAX];
    uint64_t number; /* which of its session's commands; 0: none */
    struct field origin;
    struct view reply; /* for its ENV and NOTE fields, from the start */
};

/* Gets a lease, starting a service when there is none, and observes the caller meanwhile. 0, or the exit status after complaining. */
int claim_sandbox(struct claim *claim, char **arguments, struct caller *caller);
/* The same for who logs in: of root's service in its own place only, and starts none. */
int claim_login(struct claim *claim, char **arguments, struct caller *caller);

/* The link's name, and the first word of a login's claim; the command may follow, as a shell would get it. */
#define LOGIN_NAME "mayfly-login"
/* Whether a program of this name is a login's shell. */
bool is_login(const char *name);
/* Does all that mayfly-login does; the exit status. */
int log_in(char **argv);

struct place;
/* A connection to a running service, one that does not block, or a negative errno: to that of the place, if it has a directory,
   else to the first one that is found, whose place is then known. */
int door_try(struct place *place);
/* The same, blocking, for any place; starts a service when there is none. 0, or an exit status after complaining. */
int door_open(int *door, bool *started);
/* The same for a place that has a directory, and a service is started in none but the caller's own. */
int door_open_at(struct place *place, int *door, bool *started);

/* The frames of a lease (lease.c). */

/* variables: those among which the service finds what changes the sandbox. */
void claim_write(struct frame *frame, void *buffer, size_t capacity, char **arguments, const char *directory,
                 char **variables);
/* What CLAIMED says, its descriptor included. 0 or a negative errno, as all that read. */
int claimed_read(struct reader *reader, struct view view, struct claim *claim);

/* REFUSED or FAILED. */
struct refusal {
    int status;                       /* 1 … 255 */
    char message[8192], remedy[4096]; /* empty remedy: none */
};
int refusal_read(struct view view, struct refusal *refusal);

/* The command's variables, ended by NULL, for free(3); `extra` (or NULL) are more that -v NAME finds. NULL: no memory. */
char **environment_make(const struct claim *claim, char **extra);
/* Room for RUN and all that is added to it. */
size_t run_size(char **command, char **environment);
void run_write(struct frame *frame, const struct claim *claim, const struct caller *caller, char **command,
               char **environment, uint32_t open);

/* ENDED. */
struct ending {
    uint32_t code, number; /* number: the signal, 0: none */
    uint64_t elapsed, user, system, peak;
};
int ending_read(struct view view, struct ending *ending);

/* Where services are looked for and started. */
struct place {
    char directory[96]; /* with "/mayfly.sock" it must fit into a socket address */
    bool may_start;
    bool is_in_tmp; /* anybody can have made it: root's service is not believed to be there */
};
/* Connects to the service of that place, having started it unless another client was faster. 0, or an exit status. */
int start_service(struct place *place, int (*connect_to)(const struct place *place), int *door, bool *started);
/* Replaces this program by the Java launcher with these words; only returns an exit status when that fails. */
int become_launcher(char **words);
/* The same for another program of lib/mayfly. */
int become_program(const char *name, char **words);

/* The caller's hooks: shell commands of his that run outside, before and after the command. */
enum hook { PRE_HOOK, POST_HOOK };
struct hooks {
    const char *commands[2]; /* NULL: none */
    int root;                /* the sandbox's, for ROOTFS; -1: not there yet */
    int seconds;             /* that each may take */
};

/* Looks at the caller's variables, and makes no system call when they name none. 0, or an exit status after complaining. */
int hooks_find(struct hooks *hooks);
bool hooks_any(const struct hooks *hooks);
/* Runs that hook, if there is one, to its end. 0, or an exit status after complaining. */
int hook_run(const struct hooks *hooks, enum hook which, const struct caller *caller, uint32_t flags);

/* Runs the command in the claimed sandbox; the exit status. */
int run_command(const struct claim *claim, char **arguments, const struct caller *caller);

/* The caller's own terminal, while the command has one inside. */
struct keyboard {
    int tty, output; /* the caller's terminal to read and to write; -1: no terminal */
    int master;      /* of the terminal inside, -1: not there yet */
    bool raw, reading;
    unsigned char modes[TERMIOS_SIZE]; /* what the terminal was like */
    unsigned char pending[4096];
    size_t pending_start, pending_end; /* typed, not yet taken by the command's terminal */
};

void keyboard_begin(struct keyboard *keyboard, const struct caller *caller);
/* Whether the command may have the terminal from the start: nothing else in the pipeline wants it. */
bool keyboard_free(const struct keyboard *keyboard, const struct caller *caller);
bool keyboard_foreground(const struct keyboard *keyboard);
int keyboard_window(const struct keyboard *keyboard, struct winsize *window);
/* Makes the terminal raw and starts to read; stops this process until it is in the foreground. */
void keyboard_take(struct keyboard *keyboard);
void keyboard_restore(struct keyboard *keyboard);
/* What to wait for, and what to do then. */
short keyboard_tty_events(const struct keyboard *keyboard);
short keyboard_master_events(const struct keyboard *keyboard);
void keyboard_read(struct keyboard *keyboard);
void keyboard_flush(struct keyboard *keyboard);
/* Copies what the command has written; how many bytes, 0 when there is nothing more. */
size_t keyboard_print(struct keyboard *keyboard);
