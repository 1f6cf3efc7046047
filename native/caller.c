/* Where the caller stands: all that the command would have inherited from it. */
#include "client.h"
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void caller_begin(struct caller *caller) {
    /* A closed descriptor would be filled by the first socket that the client opens: keep its place with /dev/null. */
    for (int i = 0; i < 3; i++) {
        if (fcntl(i, F_GETFD) >= 0) {
            caller->open |= 1U << i;
            if (isatty(i))
                caller->terminals |= 1U << i;
        } else {
            open("/dev/null", O_RDWR | O_CLOEXEC);
        }
    }
    if (getcwd(caller->directory, sizeof caller->directory) == NULL || caller->directory[0] != '/')
        caller->directory[0] = 0;
}

void caller_observe(struct caller *caller) {
    mode_t mask = umask(0);
    umask(mask);
    caller->umask = mask;
    caller->nice = getpriority(PRIO_PROCESS, 0);
    for (int i = 0; i < LIMITS_COUNT; i++)
        if (getrlimit(i, &caller->limits[i]) < 0)
            caller->limits[i] = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
    ssize_t size = affinity_get(caller->cpus, sizeof caller->cpus);
    caller->cpus_size = size > 0 ? (size_t)size : 0;
    caller->ignored = ignored_signals();
    block_signals(0, &caller->blocked);
}
