/* First use: starting the Java launcher, and through it a service that stays behind. */
#include "cleanup.h"
#include "client.h"
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOG_TAIL = 2048, START_MILLISECONDS = 60000 };

extern char **environ;

/* A program of lib/mayfly, from bin beside lib or from there. */
static int program_path(char *path, const char *name) {
    static const char place[] = "/lib/mayfly";
    int result = own_path(path, PATH_MAX);
    if (result < 0)
        return cannot("find", "the place of mayfly", -result, NULL);
    path[strrchr(path, '/') - path] = 0;
    size_t size = strlen(path);
    bool there = size >= sizeof place - 1 && strcmp(path + size - (sizeof place - 1), place) == 0;
    if (!there) {
        char *slash = strrchr(path, '/');
        size = slash != NULL ? (size_t)(slash - path) : 0;
    }
    int added = snprintf(path + size, PATH_MAX - size, "%s/%s", there ? "" : place, name);
    return (size_t)added < PATH_MAX - size ? 0 : cannot("find", name, ENAMETOOLONG, NULL);
}

int become_program(const char *name, char **words) {
    char path[PATH_MAX];
    int status = program_path(path, name);
    if (status != 0)
        return status;
    size_t count = 0;
    while (words[count] != NULL)
        count++;
    char **arguments = calloc(count + 2, sizeof *arguments);
    if (arguments == NULL)
        return cannot("start", path, ENOMEM, NULL);
    arguments[0] = path;
    memcpy(arguments + 1, words, count * sizeof *words);
    execv(path, arguments);
    return cannot("start", path, errno, "install Mayfly whole: bin/ and lib/mayfly/ belong together");
}

int become_launcher(char **words) { return become_program("mayfly-java", words); }

/* Makes the place unless it is there, and sees that nobody else can put things into it. */
static int prepare_place(const char *directory) {
    mode_t mode = geteuid() == 0 ? 0755 : 0700; /* whatever the umask is */
    if (mkdir(directory, mode) == 0 ? chmod(directory, mode) < 0 : errno != EEXIST)
        return cannot("make the directory", directory, errno, "name another with MAYFLY_RUNTIME_DIR");
    struct stat status;
    if (lstat(directory, &status) < 0)
        return cannot("use the directory", directory, errno, NULL);
    if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 022) != 0)
        return cannot(
            "use the directory", directory, EPERM,
            "it must be a directory, yours, and not writable by others; name another with MAYFLY_RUNTIME_DIR");
    return 0;
}

static int open_in(const char *directory, const char *name, int flags) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return open(path, flags | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* The service outlives its first client: it does not keep what happens to be narrower there. */
static void widen(void) {
    static const int resources[] = {RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_CPU, RLIMIT_NPROC};
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
        struct rlimit limit;
        if (getrlimit(resources[i], &limit) == 0) {
            limit.rlim_cur = limit.rlim_max;
            setrlimit(resources[i], &limit);
        }
    }
    affinity_widen();
    setpriority(PRIO_PROCESS, 0, 0);
    umask(022);
    for (int number = 1; number < 32; number++)
        signal(number, SIG_DFL);
    set_blocked_signals(0);
}

/* Only what the service needs: nothing of the caller's can change what Java, or later a backend, loads. */
static char **service_environment(void) {
    static const char *const names[] = {"HOME",           "USER", "LOGNAME", "LANG", "XDG_DATA_HOME", "XDG_CONFIG_HOME",
                                        "XDG_RUNTIME_DIR"};
    enum { NAME_COUNT = sizeof names / sizeof *names };
    static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    static char *list[NAME_COUNT + 2] = {path};
    size_t count = 1;
    for (size_t i = 0; i < NAME_COUNT; i++)
        for (char **entry = environ; *entry != NULL; entry++)
            if (strncmp(*entry, names[i], strlen(names[i])) == 0 && (*entry)[strlen(names[i])] == '=') {
                list[count++] = *entry;
                break;
            }
    return list;
}

static _Noreturn void become_service(char *launcher, char *directory, int ready, int log) {
    char *arguments[] = {launcher, "serve", "--runtime-dir", directory, "--ready", NULL};
    setsid();
    int nothing = open("/dev/null", O_RDWR);
    if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(ready, 1) < 0 || dup2(log, 2) < 0 || chdir("/") < 0)
        _exit(MAYFLY_FAILED);
    close_descriptors_from(3);
    widen();
    execve(launcher, arguments, service_environment());
    dprintf(2, "cannot start %s: %s\n", launcher, strerror(errno));
    _exit(MAYFLY_FAILED);
}

static int show_log(const char *directory, int log, off_t from, const char *reason) {
    char text[LOG_TAIL + 1], message[PATH_MAX];
    off_t end = lseek(log, 0, SEEK_END);
    if (end - from > LOG_TAIL)
        from = end - LOG_TAIL;
    ssize_t size = pread(log, text, LOG_TAIL, from);
    text[size > 0 ? size : 0] = 0;
    snprintf(message, sizeof message, "cannot start the service: %s; the last of %s/service.log:\n%s", reason,
             directory, text);
    size_t length = strlen(message);
    if (length > 0 && message[length - 1] == '\n')
        message[length - 1] = 0;
    complain(message, "mayfly doctor says what this machine lacks");
    return MAYFLY_FAILED;
}

static int launch(char *launcher, char *directory) {
    _cleanup_close_ int log = open_in(directory, "service.log", O_RDWR | O_APPEND);
    if (log < 0)
        return cannot("write the log in", directory, errno, NULL);
    off_t before = lseek(log, 0, SEEK_END);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return cannot("start", "the service", errno, NULL);
    _cleanup_close_ int reading = ends[0];
    pid_t pid = fork();
    if (pid == 0)
        become_service(launcher, directory, ends[1], log);
    close(ends[1]);
    if (pid < 0)
        return cannot("start", "the service", errno, NULL);
    static const char word[] = "ready\n";
    char text[sizeof word - 1];
    size_t have = 0;
    struct pollfd word_or_end = {.fd = reading, .events = POLLIN};
    while (have < sizeof text && poll(&word_or_end, 1, START_MILLISECONDS) != 0) {
        ssize_t n = read(reading, text + have, sizeof text - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    return have == sizeof text && memcmp(text, word, have) == 0
               ? 0
               : show_log(directory, log, before,
                          word_or_end.revents != 0 ? "it ended" : "it was not ready within 60 s");
}

int start_service(struct place *place, int (*connect_to)(const struct place *place), int *door, bool *started) {
    char launcher[PATH_MAX];
    int status = program_path(launcher, "mayfly-java");
    if (status == 0)
        status = prepare_place(place->directory);
    if (status != 0)
        return status;
    /* Of clients that come together one starts the service; the others wait here and find it running. */
    _cleanup_close_ int lock = open_in(place->directory, "start.lock", O_RDWR);
    if (lock < 0)
        return cannot("lock the directory", place->directory, errno, NULL);
    while (flock(lock, LOCK_EX) < 0)
        if (errno != EINTR)
            return cannot("lock the directory", place->directory, errno, NULL);
    *door = connect_to(place);
    if (*door >= 0)
        return 0;
    status = launch(launcher, place->directory);
    if (status != 0)
        return status;
    *started = true;
    *door = connect_to(place);
    return *door >= 0 ? 0 : cannot("reach the service in", place->directory, -*door, NULL);
}
