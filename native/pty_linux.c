/* The terminal inside the sandbox, on Linux: a pty of its own devpts, the controlling terminal of init's session. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

int terminal_open(struct terminal *terminal, const void *modes, size_t modes_size, const struct winsize *window) {
    int unlocked = 0;
    int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0)
        return -errno;
    int slave = -1;
    /* TIOCGPTPEER opens the other end without a path, which a template could have prepared. */
    if (ioctl(master, TIOCSPTLCK, &unlocked) < 0 ||
        (slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0 ||
        (modes_size == TERMIOS_SIZE && ioctl(slave, TCSETS, modes) < 0) || ioctl(slave, TIOCSWINSZ, window) < 0 ||
        ioctl(slave, TIOCSCTTY, 0) < 0) {
        int error = errno;
        if (slave >= 0)
            close(slave);
        close(master);
        return -error;
    }
    *terminal = (struct terminal){.master = master, .slave = slave};
    return 0;
}
