/* The terminal inside the sandbox, on Linux: a pty of its own devpts. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

int terminal_open(struct terminal *terminal) {
    int unlocked = 0;
    int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0)
        return -errno;
    int slave = -1;
    /* TIOCGPTPEER opens the other end without a path. */
    if (ioctl(master, TIOCSPTLCK, &unlocked) < 0 ||
        (slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0 || ioctl(slave, TIOCSCTTY, 0) < 0) {
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
    if ((modes != NULL && ioctl(terminal->slave, TCSETS, modes) < 0) || ioctl(terminal->slave, TIOCSWINSZ, window) < 0)
        return -errno;
    return 0;
}

void terminal_leave(const struct terminal *terminal) {
    setpgid(0, 0);
    ioctl(terminal->slave, TIOCNOTTY);
}
