/*
 * The caller's terminal while the command has one of its own inside. It is made raw and read only once the command may
 * have it: in a pipeline or in the background something else may be using it. Whatever is typed then goes to the
 * command's terminal, which makes signals and lines of it; whatever the command prints comes back.
 */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

void keyboard_begin(struct keyboard *keyboard, const struct caller *caller) {
    *keyboard = (struct keyboard){.tty = -1, .output = -1, .master = -1};
    for (int i = 2; i >= 0; i--)
        if ((caller->terminals >> i & 1) != 0) {
            keyboard->tty = i; /* the lowest one: input where it is a terminal */
            if (keyboard->output < 0)
                keyboard->output = i;
        }
    if (keyboard->tty >= 0)
        ioctl(keyboard->tty, MODES_GET, keyboard->modes);
    if ((caller->terminals & 2) != 0)
        keyboard->output = 1;
}

bool keyboard_foreground(const struct keyboard *keyboard) { return tcgetpgrp(keyboard->tty) == getpgrp(); }

bool keyboard_free(const struct keyboard *keyboard, const struct caller *caller) {
    return (caller->terminals & 3) == 3 && keyboard_foreground(keyboard);
}

int keyboard_window(const struct keyboard *keyboard, struct winsize *window) {
    return ioctl(keyboard->tty, TIOCGWINSZ, window) < 0 ? -errno : 0;
}

/* In the background this stops us (SIGTTOU) until the shell gives us the terminal; only then are the modes ours to read. */
static int wait_for_foreground(const struct keyboard *keyboard) {
    int result;
    do
        result = tcdrain(keyboard->tty);
    while (result < 0 && errno == EINTR);
    return result;
}

void keyboard_take(struct keyboard *keyboard) {
    struct termios modes;
    if (keyboard->raw || wait_for_foreground(keyboard) < 0 || tcgetattr(keyboard->tty, &modes) < 0 ||
        ioctl(keyboard->tty, MODES_GET, keyboard->modes) < 0)
        return; /* taken already; or a terminal that will never be ours: the command finds it silent */
    cfmakeraw(&modes);
    keyboard->raw = keyboard->reading = tcsetattr(keyboard->tty, TCSADRAIN, &modes) == 0;
}

void keyboard_restore(struct keyboard *keyboard) {
    if (keyboard->raw)
        while (ioctl(keyboard->tty, MODES_SET_DRAINED, keyboard->modes) < 0 && errno == EINTR)
            ;
    keyboard->raw = keyboard->reading = false;
}

short keyboard_tty_events(const struct keyboard *keyboard) {
    return keyboard->reading && keyboard->master >= 0 && keyboard->pending_start == keyboard->pending_end ? POLLIN : 0;
}

short keyboard_master_events(const struct keyboard *keyboard) {
    return (short)(POLLIN | (keyboard->pending_start < keyboard->pending_end ? POLLOUT : 0));
}

void keyboard_read(struct keyboard *keyboard) {
    ssize_t size = read(keyboard->tty, keyboard->pending, sizeof keyboard->pending);
    if (size > 0) {
        keyboard->pending_start = 0;
        keyboard->pending_end = (size_t)size;
        keyboard_flush(keyboard);
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
        keyboard->reading = false; /* the terminal has gone; its hang-up signal says the rest */
    }
}

void keyboard_flush(struct keyboard *keyboard) {
    while (keyboard->pending_start < keyboard->pending_end) {
        ssize_t size = write(keyboard->master, keyboard->pending + keyboard->pending_start,
                             keyboard->pending_end - keyboard->pending_start);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return; /* full: poll says when there is room again */
        keyboard->pending_start += (size_t)size;
    }
}

static void write_all(int descriptor, const unsigned char *bytes, size_t size) {
    while (size > 0) {
        ssize_t written = write(descriptor, bytes, size);
        if (written >= 0) {
            bytes += written;
            size -= (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd room = {.fd = descriptor, .events = POLLOUT};
            poll(&room, 1, -1);
        } else if (errno != EINTR) {
            return; /* nobody looks at this terminal any more */
        }
    }
}

size_t keyboard_print(struct keyboard *keyboard) {
    static unsigned char bytes[16384];
    ssize_t size;
    do
        size = read(keyboard->master, bytes, sizeof bytes);
    while (size < 0 && errno == EINTR);
    if (size <= 0)
        return 0;
    write_all(keyboard->output, bytes, (size_t)size);
    return (size_t)size;
}
