/* RUN as mayfly-init's child reads it: it is refused, or all of the command lies within the frame. Nothing is executed. */
#include "socket.h"

#include <setjmp.h>
#include <sys/stat.h>

static jmp_buf fuzz_ended;
static _Noreturn void fuzz_exit(int status) {
    assert(status <= 2); /* 0: a session's (SERVE, END_SESSION); 2: CHILD_SAID_WHY */
    longjmp(fuzz_ended, 1);
}

/* Some descriptors are directories. */
static int fuzz_fstat(int descriptor, struct stat *status) {
    *status = (struct stat){.st_mode = descriptor % 5 == 4 ? S_IFDIR : S_IFREG};
    return 0;
}

/* Some descriptors are sockets that listen. */
static int fuzz_getsockopt(int descriptor, int level, int option, void *value, socklen_t *size) {
    assert(level == SOL_SOCKET && option == SO_ACCEPTCONN && *size == sizeof(int));
    *(int *)value = descriptor % 4 == 3 ? 2 : descriptor % 2; /* 2 is how FreeBSD says that it does */
    return 0;
}

#define getsockopt fuzz_getsockopt
#define _exit fuzz_exit
#define fstat(descriptor, status) fuzz_fstat(descriptor, status)
#include "../become.c"

static size_t walk(char *const *list) {
    size_t count = 0;
    for (; list[count] != NULL; count++)
        fuzz_touch(list[count], strlen(list[count]) + 1);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct command command;
    fuzz_begin(data, size);
    memset(&command, 0, sizeof command);
    command.attendance.is_session = size % 2 == 1;
    if (setjmp(fuzz_ended) == 0) {
        read_command(&command);
        check_listeners(&command);
        assert(command.listener_count <= LISTENERS_MAX);
        for (size_t i = 0; i < command.listener_count; i++)
            assert(command.listeners[i] >= FIRST_DESCRIPTOR && command.listeners[i] % 2 == 1);
        const size_t before = walk(command.environment);
        name_listeners(&command);
        assert(walk(command.environment) <= before + LISTEN_VARIABLES);
        assert(walk(command.arguments) > 0);
        walk(command.environment);
        path_of(command.environment);
        command.arguments[-1] = command.arguments[-2] = NULL; /* where execute_file puts a shell */
        fuzz_touch(command.cpus, command.cpus_size);
        assert(memchr(command.directory, 0, sizeof command.directory) != NULL);
        assert(memchr(command.fallback, 0, sizeof command.fallback) != NULL);
        assert(command.limit_count <= LIMITS_MAX && (command.open & command.pty) == 0);
        for (int i = 0; i < 3; i++)
            assert((command.descriptors[i] >= FIRST_DESCRIPTOR) == ((command.open >> i & 1) != 0));
    }
    fuzz_end();
    return 0;
}
