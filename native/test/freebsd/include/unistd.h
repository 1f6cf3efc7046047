/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#include <sys/types.h>

#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#define F_OK 0
#define R_OK 4
#define X_OK 1
#define W_OK 2
#define RFPROC 1
#define RFFDG 2
#define RFMEM 4

_Noreturn void _exit(int status);
int access(const char *path, int mode);
int chdir(const char *path);
int fchdir(int descriptor);
int chown(const char *path, uid_t uid, gid_t gid);
int fchown(int descriptor, uid_t uid, gid_t gid);
int lchown(const char *path, uid_t uid, gid_t gid);
int close(int descriptor);
void closefrom(int lowest);
int dup(int descriptor);
int dup2(int from, int to);
int dup3(int from, int to, int flags);
int execv(const char *path, char *const *words);
int execve(const char *path, char *const *words, char *const *environment);
int fexecve(int descriptor, char *const *words, char *const *environment);
pid_t fork(void);
pid_t rfork_thread(int flags, void *stack, int (*run)(void *), void *argument);
char *getcwd(char *buffer, size_t size);
uid_t getuid(void);
uid_t geteuid(void);
gid_t getgid(void);
gid_t getegid(void);
int getgroups(int count, gid_t *groups);
int getpeereid(int socket, uid_t *uid, gid_t *gid);
pid_t getpgrp(void);
pid_t getpid(void);
pid_t getppid(void);
pid_t getsid(pid_t pid);
int isatty(int descriptor);
int link(const char *from, const char *to);
off_t lseek(int descriptor, off_t offset, int whence);
int pipe2(int *ends, int flags);
ssize_t pread(int descriptor, void *buffer, size_t size, off_t offset);
ssize_t read(int descriptor, void *buffer, size_t size);
ssize_t readlink(const char *path, char *buffer, size_t size);
int rmdir(const char *path);
int setgroups(int count, const gid_t *groups);
int setpgid(pid_t pid, pid_t group);
int setresgid(gid_t real, gid_t effective, gid_t saved);
int setresuid(uid_t real, uid_t effective, uid_t saved);
int setgid(gid_t gid);
int setlogin(const char *name);
int setuid(uid_t uid);
pid_t setsid(void);
int symlinkat(const char *target, int directory, const char *name);
pid_t tcgetpgrp(int terminal);
int tcsetpgrp(int terminal, pid_t group);
int unlink(const char *path);
ssize_t write(int descriptor, const void *buffer, size_t size);
