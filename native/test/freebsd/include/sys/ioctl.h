/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

struct winsize {
    unsigned short ws_row, ws_col, ws_xpixel, ws_ypixel;
};
#define TIOCSCTTY 1UL
#define TIOCGWINSZ 2UL
#define TIOCSWINSZ 3UL
#define TIOCGETA 4UL
#define TIOCSETA 5UL
#define TIOCSETAW 6UL
int ioctl(int descriptor, unsigned long request, ...);
