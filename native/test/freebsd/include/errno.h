/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

int *__error(void);
#define errno (*__error())

#define EPERM 1
#define ENOENT 2
#define ESRCH 3
#define EINTR 4
#define EIO 5
#define E2BIG 7
#define ENOEXEC 8
#define EBADF 9
#define ECHILD 10
#define ENOMEM 12
#define EACCES 13
#define EBUSY 16
#define EEXIST 17
#define ENOTDIR 20
#define EISDIR 21
#define EINVAL 22
#define EMFILE 24
#define ENFILE 23
#define EFBIG 27
#define ENOSPC 28
#define ESPIPE 29
#define EMLINK 31
#define EPIPE 32
#define ERANGE 34
#define EAGAIN 35
#define EWOULDBLOCK EAGAIN
#define EINPROGRESS 36
#define ENOTSOCK 38
#define EMSGSIZE 40
#define EPROTONOSUPPORT 43
#define EADDRINUSE 48
#define EADDRNOTAVAIL 49
#define EAFNOSUPPORT 47
#define ENOBUFS 55
#define ECONNABORTED 53
#define EDQUOT 69
#define ECONNRESET 54
#define ENOTCONN 57
#define ETIMEDOUT 60
#define ECONNREFUSED 61
#define ELOOP 62
#define ENAMETOOLONG 63
#define EOPNOTSUPP 45
#define ENOTSUP EOPNOTSUPP
#define ENOSYS 78
#define EOVERFLOW 84
#define EPROTO 92
