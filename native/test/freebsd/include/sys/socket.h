/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 28
#define SOCK_STREAM 1
#define SOCK_RAW 3
#define SOCK_SEQPACKET 5
#define SOCK_CLOEXEC 0x10000000
#define SOCK_NONBLOCK 0x20000000
#define SOL_SOCKET 0xffff
#define SOL_LOCAL 0
#define LOCAL_PEERCRED 1
#define SO_ACCEPTCONN 0x0002
#define SO_REUSEADDR 0x0004
#define SO_REUSEPORT 0x0200
#define SO_REUSEPORT_LB 0x00010000
#define SO_KEEPALIVE 0x0008
#define SO_SNDTIMEO 0x1005
#define SO_RCVTIMEO 0x1006
#define SO_ERROR 0x1007
#define SO_TYPE 0x1008
#define SO_PROTOCOL 0x1016
#define SO_DOMAIN 0x1019
#define SOMAXCONN 128
#define SHUT_RD 0
#define SHUT_WR 1
#define SHUT_RDWR 2
#define MSG_PEEK 0x2
#define MSG_CTRUNC 0x20
#define MSG_DONTWAIT 0x80
#define MSG_NOSIGNAL 0x20000
#define MSG_CMSG_CLOEXEC 0x40000
#define SCM_RIGHTS 1
struct sockaddr {
    unsigned char sa_len;
    sa_family_t sa_family;
    char sa_data[14];
};
struct sockaddr_storage {
    unsigned char ss_len;
    sa_family_t ss_family;
    char others[126];
};
struct msghdr {
    void *msg_name;
    socklen_t msg_namelen;
    struct iovec *msg_iov;
    int msg_iovlen;
    void *msg_control;
    socklen_t msg_controllen;
    int msg_flags;
};
struct cmsghdr {
    socklen_t cmsg_len;
    int cmsg_level, cmsg_type;
};
#define CMSG_ALIGN_(size) (((size) + 7) & ~(size_t)7)
#define CMSG_DATA(head) ((unsigned char *)(head) + CMSG_ALIGN_(sizeof(struct cmsghdr)))
#define CMSG_SPACE(size) (CMSG_ALIGN_(sizeof(struct cmsghdr)) + CMSG_ALIGN_(size))
#define CMSG_LEN(size) (CMSG_ALIGN_(sizeof(struct cmsghdr)) + (size))
#define CMSG_FIRSTHDR(message)                                                                                         \
    ((message)->msg_controllen >= sizeof(struct cmsghdr) ? (struct cmsghdr *)(message)->msg_control                    \
                                                         : (struct cmsghdr *)NULL)
struct cmsghdr *CMSG_NXTHDR(struct msghdr *message, struct cmsghdr *head);
int accept4(int socket, struct sockaddr *address, socklen_t *size, int flags);
int bind(int socket, const struct sockaddr *address, socklen_t size);
int connect(int socket, const struct sockaddr *address, socklen_t size);
int getpeername(int socket, struct sockaddr *address, socklen_t *size);
int getsockname(int socket, struct sockaddr *address, socklen_t *size);
int getsockopt(int socket, int level, int option, void *value, socklen_t *size);
int listen(int socket, int backlog);
ssize_t recv(int socket, void *buffer, size_t size, int flags);
ssize_t recvmsg(int socket, struct msghdr *message, int flags);
ssize_t send(int socket, const void *buffer, size_t size, int flags);
ssize_t sendmsg(int socket, const struct msghdr *message, int flags);
int setsockopt(int socket, int level, int option, const void *value, socklen_t size);
int shutdown(int socket, int how);
int socket(int domain, int type, int protocol);
int socketpair(int domain, int type, int protocol, int *ends);
