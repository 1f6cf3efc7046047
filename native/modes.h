/* The modes of terminals as the kernel has them: how large they are, and what asks for them and sets them. */
#pragma once

#include <sys/ioctl.h>
#include <termios.h>

#ifdef __FreeBSD__
enum { KERNEL_TERMIOS_SIZE = 44 };
#define MODES_GET TIOCGETA
#define MODES_SET TIOCSETA
#define MODES_SET_DRAINED TIOCSETAW
#else
enum { KERNEL_TERMIOS_SIZE = 36 }; /* libc's struct is larger */
#define MODES_GET TCGETS
#define MODES_SET TCSETS
#define MODES_SET_DRAINED TCSETSW
#endif
