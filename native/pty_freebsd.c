/* The terminal inside the sandbox, on FreeBSD: a pty that only this jail sees in its /dev/pts. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

_Static_assert(sizeof(struct termios) == KERNEL_TERMIOS_SIZE, "the modes that travel are a whole struct termios");

int terminal_open(struct terminal *terminal) {
    int slave = -1;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0)
        return -errno;
    const char *path = ptsname(master);
    if (path == NULL || (slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0 || ioctl(slave, TIOCSCTTY, NULL) < 0) {
        int error = errno;
        if (slave >= 0)
            close(slave);
        close(master);
        return -error;
    }
    *terminal = (struct terminal){.master = master, .slave = slave};
    return 0;
}

int terminal_adjust(const struct terminal *terminal, const void *modes, const struct winsize *window) {
    if ((modes != NULL && ioctl(terminal->slave, MODES_SET, modes) < 0) ||
        ioctl(terminal->slave, TIOCSWINSZ, window) < 0)
        return -errno;
    return 0;
}

/* A process leaves its controlling terminal only by beginning a session (tty(4)): TIOCNOTTY does nothing here. */
void terminal_leave(const struct terminal *terminal) {
    (void)terminal;
    setsid();
}
