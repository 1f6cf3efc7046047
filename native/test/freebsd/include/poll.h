/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

/* Without POLLRDHUP, which FreeBSD has from 14 on. */
typedef unsigned nfds_t;
struct pollfd {
    int fd;
    short events, revents;
};
#define POLLIN 0x0001
#define POLLOUT 0x0004
#define POLLERR 0x0008
#define POLLHUP 0x0010
#define POLLNVAL 0x0020
int poll(struct pollfd *descriptors, nfds_t count, int milliseconds);
