/*
 * run: parks one sandbox and runs one command in it, as the service and the client do together: for machines on which there
 * is no service to do so.
 *
 * Given: MAYFLY-INIT LOCK MAYFLY-ENTER [STEP-WORD]... -- PROGRAM --- COMMAND [ARG]...; PROGRAM is what mayfly-enter executes
 * when its steps are done, with mayfly-init as descriptor 4. LOCK is made if it is missing, and locked by the sandbox.
 * Exit: the command's own, 128+N for signal N; 125 when there was no command, with the reason on standard error.
 */
#include "../../native/protocol.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CANNOT = 125, HIGH = 20 };

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "run: cannot %s\n", what);
    exit(CANNOT);
}

static int high(int descriptor) {
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, HIGH);
    if (moved < 0)
        fail("move a descriptor");
    return moved;
}

static _Noreturn void become_sandbox(char **words, int lock, int socket, int init) {
    const int given[] = {high(lock), high(2), high(2), high(socket), high(init)};
    for (int i = 0; i < 5; i++)
        if (dup2(given[i], i) < 0)
            _exit(CANNOT);
    execv(words[0], words);
    dprintf(2, "run: cannot execute %s\n", words[0]);
    _exit(CANNOT);
}

static void send_command(int socket, char **command) {
    static unsigned char buffer[64 << 10];
    static const char variable[] = "PATH=/bin:/usr/bin";
    const int own[] = {0, 1, 2};
    struct frame frame;
    frame_begin(&frame, buffer, sizeof buffer, FRAME_RUN);
    frame_u32(&frame, FIELD_VERSION, PROTOCOL_VERSION);
    frame_open(&frame, FIELD_ARGV);
    for (; *command != NULL; command++)
        frame_add(&frame, *command, strlen(*command) + 1);
    frame_close(&frame);
    frame_field(&frame, FIELD_ENVIRON, variable, sizeof variable);
    frame_u32(&frame, FIELD_OPEN, 7);
    frame_u32(&frame, FIELD_UMASK, 022);
    frame_u32(&frame, FIELD_NICE, 0);
    frame_u64(&frame, FIELD_IGNORED, 0);
    frame_u64(&frame, FIELD_BLOCKED, 0);
    if (frame_send(socket, &frame, own, 3) < 0)
        fail("send the command");
}

/* The exit status of ENDED; what FAILED says. */
static int read_end(struct view *view) {
    struct field field;
    char text[4096];
    uint32_t number;
    int status = CANNOT;
    while (view_next(view, &field) == 1) {
        if (field.tag == FIELD_CODE && field_u32(&field, &number) == 0)
            status = (int)number;
        else if (field.tag == FIELD_NUMBER && field_u32(&field, &number) == 0)
            status = 128 + (int)number;
        else if (field.tag == FIELD_STATUS && field_u32(&field, &number) == 0)
            status = (int)number;
        else if (field.tag == FIELD_MESSAGE && field_string(&field, text, sizeof text) == 0)
            fprintf(stderr, "run: %s\n", text);
    }
    return status;
}

static int converse(int socket, char **command) {
    static unsigned char buffer[SMALL_FRAME_MAX];
    struct reader reader;
    struct view view;
    reader_begin(&reader, socket, buffer, sizeof buffer, SMALL_FRAME_MAX);
    if (reader_next(&reader, &view) < 0 || view.type != FRAME_PARKED)
        fail("park a sandbox");
    send_command(socket, command);
    do
        if (reader_next(&reader, &view) < 0)
            fail("learn of the command's end");
    while (view.type != FRAME_ENDED && view.type != FRAME_FAILED);
    return read_end(&view);
}

int main(int argc, char **argv) {
    int end = 0;
    for (int i = 1; i < argc && end == 0; i++)
        if (strcmp(argv[i], "---") == 0)
            end = i;
    if (end < 5 || end + 1 >= argc)
        fail("understand the words: run INIT LOCK ENTER [WORD]... -- PROGRAM --- COMMAND [ARG]...");
    argv[end] = NULL;
    int ends[2];
    int init = open(argv[1], O_RDONLY | O_CLOEXEC), lock = open(argv[2], O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
    if (init < 0 || lock < 0 || flock(lock, LOCK_EX | LOCK_NB) < 0)
        fail("open mayfly-init, or lock the file");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        fail("make a pair of sockets");
    pid_t sandbox = fork();
    if (sandbox < 0)
        fail("fork");
    if (sandbox == 0)
        become_sandbox(argv + 3, lock, ends[1], init);
    close(ends[1]);
    close(lock);
    int status = converse(ends[0], argv + end + 1);
    close(ends[0]);
    while (waitpid(sandbox, NULL, 0) < 0)
        ;
    return status;
}
