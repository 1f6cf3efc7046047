/*
 * supervise - process 1 of the virtual machine: runs the command, and ends the machine when it has ended. Under systemd it
 * is a unit, and has systemd shut the machine down.
 *
 * Reads from its own directory: `argv` and `env` (strings that end with NUL), `chdir` (the working directory's path).
 * What the command writes to 1 and 2 goes to the port `output` in that directory, how it ended to the port `status`:
 * its exit status, or 128+N for signal N, as a decimal number and a newline. 0 is /dev/null. Exec fails: 127, 126.
 * The command writes into a pipe and not to the port itself, because a port can be opened only once, and programs do
 * open /dev/stderr.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Process 1 must not exit: that panics the kernel, which is how the outside learns of it (-no-reboot, panic=-1). */
static _Noreturn void die(const char *verb, const char *object) {
    fprintf(stderr, "supervise: cannot %s %s: %s\n", verb, object, strerror(errno));
    exit(125);
}

static int must_open(const char *path, int flags) {
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0) {
        die("open", path);
    }
    return fd;
}

/* The file's bytes and one NUL more. */
static char *contents(const char *path, size_t *size) {
    int fd = must_open(path, O_RDONLY);
    struct stat facts;
    if (fstat(fd, &facts) < 0) {
        die("stat", path);
    }
    char *bytes = calloc(1, (size_t)facts.st_size + 1);
    if (!bytes || read(fd, bytes, (size_t)facts.st_size) != facts.st_size) {
        die("read", path);
    }
    close(fd);
    *size = (size_t)facts.st_size;
    return bytes;
}

/* The strings of a file, as execve wants them. */
static char **strings(const char *path) {
    size_t size;
    char *bytes = contents(path, &size);
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        count += bytes[i] == '\0';
    }
    char **list = calloc(count + 1, sizeof *list);
    if (!list) {
        die("read", path);
    }
    for (size_t i = 0; i < count; i++, bytes += strlen(bytes) + 1) {
        list[i] = bytes;
    }
    return list;
}

static _Noreturn void become(char **arguments, char **environment, const char *directory, int output) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    dup2(must_open("/dev/null", O_RDONLY), 0);
    dup2(output, 1);
    dup2(output, 2);
    if (chdir(directory) < 0) {
        die("enter", directory);
    }
    environ = environment;
    execvp(arguments[0], arguments);
    fprintf(stderr, "supervise: cannot execute %s: %s\n", arguments[0], strerror(errno));
    _exit(errno == ENOENT ? 127 : 126);
}

static void put(int port, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t done = write(port, bytes, size);
        if (done < 0 && errno != EINTR) {
            die("write to", "a port");
        }
        if (done > 0) {
            bytes += done;
            size -= (size_t)done;
        }
    }
}

/* Copies what is there; false at the end of file, or when there is nothing now. */
static int copy(int from, int port) {
    char buffer[65536];
    ssize_t size = read(from, buffer, sizeof buffer);
    if (size > 0) {
        put(port, buffer, (size_t)size);
    }
    return size > 0;
}

/* Collects all that have ended; true when the command is among them. */
static int reap(pid_t command, int *status) {
    int ended = 0;
    int how;
    for (pid_t pid; (pid = waitpid(-1, &how, WNOHANG)) > 0;) {
        if (pid == command) {
            *status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
            ended = 1;
        }
    }
    return ended;
}

int main(int argc, char **argv) {
    (void)argc;
    char *slash = strrchr(argv[0], '/');
    if (!slash) {
        errno = EINVAL;
        die("find the directory of", argv[0]);
    }
    *slash = '\0';
    if (chdir(argv[0]) < 0) {
        die("enter", argv[0]);
    }
    size_t size;
    char **arguments = strings("argv");
    char **environment = strings("env");
    char *directory = contents("chdir", &size);
    int output = must_open("output", O_WRONLY);
    int status_port = must_open("status", O_WRONLY);
    if (chdir("/") < 0) {
        die("enter", "/");
    }

    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    int children = signalfd(-1, &child, SFD_CLOEXEC);
    int ends[2];
    if (children < 0 || pipe2(ends, O_CLOEXEC) < 0) {
        die("make", "descriptors");
    }
    pid_t command = fork();
    if (command < 0) {
        die("start", arguments[0]);
    }
    if (command == 0) {
        become(arguments, environment, directory, ends[1]);
    }

    /* Our own writing end stays open, so that the pipe has no end of file while the command runs. */
    int status = 125;
    for (int ended = 0; !ended;) {
        struct pollfd events[] = {{.fd = ends[0], .events = POLLIN}, {.fd = children, .events = POLLIN}};
        if (poll(events, 2, -1) < 0 && errno != EINTR) {
            die("wait for", arguments[0]);
        }
        if (events[0].revents) {
            copy(ends[0], output);
        }
        if (events[1].revents) {
            struct signalfd_siginfo ignored;
            if (read(children, &ignored, sizeof ignored) < 0) {
                die("read", "a signal");
            }
            ended = reap(command, &status);
        }
    }

    /* What it left running must not write for ever. */
    int is_first = getpid() == 1;
    if (is_first) {
        kill(-1, SIGKILL);
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    while (copy(ends[0], output)) {
    }
    char text[16];
    put(status_port, text, (size_t)snprintf(text, sizeof text, "%d\n", status));
    if (!is_first) {
        execlp("systemctl", "systemctl", "--no-block", "reboot", (char *)NULL);
        die("execute", "systemctl");
    }
    reboot(RB_AUTOBOOT);
    die("end", "the machine");
}
