/* What mayfly-init has been told to run, and the steps that start it. */
#pragma once

#include "modes.h"
#include "protocol.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { SANDBOX_SOCKET = 3 };
enum { LIMITS_MAX = 16, TERMIOS_SIZE = KERNEL_TERMIOS_SIZE };

struct terminal {
    int master, slave;
};

/* The child's exit status when it has told the client why there is no command. */
enum { CHILD_SAID_WHY = 2 };

/* PHASE_SERVING: it has been told that the sandbox is a session's from now on; PHASE_ENDING: that its session is to end. */
enum phase { PHASE_WAITING, PHASE_EXECUTING, PHASE_FAILED, PHASE_SERVING, PHASE_ENDING };

/* What makes an attendant of a process (session.c): it does for one of the session's commands what init does for the only one. */
struct attendance {
    bool is_session;   /* all else only then */
    int listener;      /* the child takes its connection there */
    int ending;        /* at its end of file when the session ends */
    pid_t attendant;   /* the process itself, which the child must not outlive */
    uint64_t deadline; /* when the session's time is over, us monotonic; 0: never */
};

/* Of the frame SERVE; seconds, not 0. */
struct session_limits {
    uint32_t idle, total;
};

struct command {
    struct reader reader; /* of the socket: the child reads RUN with it, init what follows */
    char **arguments;     /* two writable elements lie before the first one */
    char **environment;   /* NAME=VALUE */
    char directory[PATH_MAX], fallback[PATH_MAX];
    bool has_directory, or_root; /* or_root: the root will do where there is no such directory */
    uint32_t open, pty;          /* bit N: descriptor N is the caller's, is the terminal */
    int descriptors[3];          /* -1: closed */
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
    bool may_mount;                /* as its confinement has it */
    bool root_once;                /* the first who asks for the root, the service, gets it, and nobody after him */
    volatile uint32_t roots_given; /* not 0: somebody outside looks at the root, and may after the command's end */
    uint64_t started;              /* us, monotonic */
    bool deferred;                 /* the command is kept in the background until the client gives it the terminal */
    pid_t pid;                     /* of the child; also its process group */

    int telling;     /* where the service is told of the end: tell.c */
    uint64_t number; /* which of its session's commands it is, as the service has told its client; 0: none */

    int link;                     /* the child's end of a socket, by which it passes a descriptor; closed by exec */
    struct attendance attendance; /* none in init */
    struct session_limits limits_of_session;
};

/* Opens a new terminal as the controlling one of this session. Made when the sandbox is parked: a process only gets a
   controlling terminal by being started after its session has one. 0 or a negative errno. */
int terminal_open(struct terminal *terminal);
/* modes: TERMIOS_SIZE bytes, or NULL to leave them. */
int terminal_adjust(const struct terminal *terminal, const void *modes, const struct winsize *window);
/* Makes this process one without a controlling terminal, in a process group of its own. */
void terminal_leave(const struct terminal *terminal);

/* The sandbox's processes: sandbox_linux.c, sandbox_freebsd.c. ----------------------------------------------------- */

/* Makes sure that whatever this process may kill is of its sandbox, and that it is told of the end of all that is left by
   its parent there. 0 or a negative errno. */
int sandbox_hold(void);
/* A descriptor that says to whoever has it when all of the sandbox's processes have ended (pidfd_open(2)); this one ends last. NOTHING_TO_WATCH:
   this system has none. Else a negative errno. */
enum { NOTHING_TO_WATCH = INT_MIN };
int sandbox_watch(void);
/* Starts a process that shares this one's memory and has all else of its own, as a child of vfork has it, but goes on beside
   this one. stack: its end. A process id or a negative errno. */
pid_t sandbox_start(int (*run)(void *argument), void *stack, void *argument);
/* Kills all of this process's session but itself, and that of its command where it has had to make one, once; how many
   there were. */
int sandbox_kill_session(pid_t command);
enum { ROOT_DESCRIPTORS = 2 };
/* Opens what shows somebody outside the root as the command will see it: the directory, and what keeps its mounts. */
int sandbox_open_root(int descriptors[ROOT_DESCRIPTORS]);

/* become.c: starts the child, which reads its command from the socket and executes it. This process's end of the link to
   it, or a negative errno. */
int start_child(struct command *command);
/* The descriptor that the child has passed over its link; negative: none, it has ended or executed its command. */
int receive_descriptor(int link);
uint64_t now_us(void);

/* attend.c: waits until the child has executed the command, or has been told of a session (PHASE_SERVING, PHASE_ENDING);
   ends when it could do neither, or when the peer goes away. */
void wait_for_start(struct command *command, int link, int children);
/* The conversation with the client until the command's end. */
_Noreturn void attend(struct command *command, int children);
/* Of an attendant: tells its client that the session ends. */
_Noreturn void leave_session(const struct command *command);
/* Lets a child go on that somebody has stopped before it has become its command. */
void keep_going(pid_t pid);

/* tell.c: a socket on which the service is told of commands; its end of it goes to *service. A negative errno: there is none. */
int telling_open(int *service);
/* What a process has ended with and used, as fields. */
void frame_add_end(struct frame *frame, int status, const struct rusage *usage);
/* Neither waits, nor fails. telling: where the socket is now. */
void tell_end(const struct command *command, int status, const struct rusage *usage);
void tell_failure(const struct command *command, int telling, const char *message);

/* session.c: this sandbox is a session's from now on. command: what the attendants begin with. */
_Noreturn void serve_session(struct command *command, int listener, int children);

/* What a sandbox's filter of system calls permits. */
enum policy {
    POLICY_DEFAULT,
    POLICY_STRICT, /* less: for programs that only compute, and talk over files, pipes and the usual sockets */
    POLICY_NESTED, /* more: namespaces and mounts, for sandboxes inside the sandbox */
    POLICY_NONE,   /* no filter */
};

struct confinement {
    enum policy policy; /* of system calls */
    bool may_mount;     /* as that has it */
    bool has_own_network;
    bool leaves_abstract_sockets; /* those of processes outside are out of reach */
};

/* Makes init itself unobservable and installs what the command inherits: no_new_privs and what is asked for. */
int confine_self(const struct confinement *confinement);

/* Keeps this process, and all that come from it, from abstract sockets of processes outside; where the kernel is too old for that,
   from all Unix sockets but pairs that are connected for good. 0 or a negative errno; so below. */
int leave_abstract_sockets(bool has_own_network, bool may_mount);
/* given_linux.c: keeps it from making more of these files than they were opened for, and from giving their runners rights.
   may_mount: it has to be able to; then files can be opened anew. has_neighbours: other commands of its sandbox are given files
   too, and from Linux 5.19 it is kept from those, and from whatever else it could learn of their processes by tracing them. */
int hold_given_files(const int given[3], bool may_mount, bool has_neighbours);
/* What a descriptor that a command is given lets it do in another network than its own. */
enum way_out {
    NO_WAY_OUT,
    WAY_TO_CLOSE,   /* a connection of TCP, or what listens for some: confine_to_connections */
    WAY_THAT_STAYS, /* of another protocol with connections, which that does not reach */
};
/* One of them, or a negative errno: that cannot be told. */
int way_out_of_network(int given);
/* Leaves this process, and all that come from it, no TCP socket that they could connect or bind; where the kernel is too old for
   that, no socket that they could connect. */
int confine_to_connections(bool may_mount);
