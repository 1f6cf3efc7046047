/*
 * What the service is told of a command, for its audit log: on a socket of its own, of which neither the command nor the
 * client ever has an end. It has no way back, and whoever writes never waits: what finds no room is not told.
 */
#include "init.h"
#include "protocol.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>

int telling_open(int *service) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
        return -errno;
    *service = ends[1];
    return ends[0];
}

void frame_add_end(struct frame *frame, int status, const struct rusage *usage) {
    if (WIFSIGNALED(status))
        frame_u32(frame, FIELD_NUMBER, (uint32_t)WTERMSIG(status));
    else
        frame_u32(frame, FIELD_CODE, (uint32_t)WEXITSTATUS(status));
    frame_u64(frame, FIELD_USER, (uint64_t)usage->ru_utime.tv_sec * 1000000 + (uint64_t)usage->ru_utime.tv_usec);
    frame_u64(frame, FIELD_SYSTEM, (uint64_t)usage->ru_stime.tv_sec * 1000000 + (uint64_t)usage->ru_stime.tv_usec);
    frame_u64(frame, FIELD_PEAK, (uint64_t)usage->ru_maxrss);
}

static void tell(const struct command *command, int telling, struct frame *frame) {
    if (command->number != 0)
        frame_u64(frame, FIELD_COMMAND, command->number);
    frame_u32(frame, FIELD_ROOTS, command->roots_given);
    frame_send(telling, frame, NULL, 0); /* nobody may listen any more: then nobody is told */
}

void tell_end(const struct command *command, int status, const struct rusage *usage) {
    unsigned char buffer[128];
    struct frame frame;
    frame_begin(&frame, buffer, sizeof buffer, FRAME_FINISHED);
    frame_add_end(&frame, status, usage);
    tell(command, command->telling, &frame);
}

void tell_failure(const struct command *command, int telling, const char *message) {
    unsigned char buffer[SMALL_FRAME_MAX];
    struct frame frame;
    frame_begin(&frame, buffer, sizeof buffer, FRAME_FINISHED);
    frame_text(&frame, FIELD_MESSAGE, message);
    tell(command, telling, &frame);
}
