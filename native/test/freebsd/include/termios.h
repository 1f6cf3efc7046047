/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#include <sys/types.h>

struct termios {
    unsigned c_iflag, c_oflag, c_cflag, c_lflag;
    unsigned char c_cc[20];
    unsigned c_ispeed, c_ospeed;
};
#define TCSANOW 0
#define TCSADRAIN 1
#define TCSAFLUSH 2
void cfmakeraw(struct termios *modes);
int tcdrain(int terminal);
int tcgetattr(int terminal, struct termios *modes);
int tcsetattr(int terminal, int when, const struct termios *modes);
pid_t tcgetsid(int terminal);
