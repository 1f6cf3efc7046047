/*
 * What a process can reach where it runs, a line each: KIND NAME. Tries every
 * system call with arguments that are no good, each in a child, opens what is
 * below /dev, /proc and /sys, makes sockets of every kind, and writes to what
 * is mounted.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SYSTEM_CALLS = 472 };

/* Those that end, stop or copy the process, or whose success with such
 * arguments would mean nothing. */
static bool is_left_out(long number) {
  static const long numbers[] = {SYS_exit,  SYS_exit_group, SYS_rt_sigreturn,
                                 SYS_vfork, SYS_fork,       SYS_clone,
                                 SYS_pause};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    if (numbers[i] == number)
      return true;
  return false;
}

/* Reached: the kernel's own code looked at the arguments. EPERM says that a
 * filter, or the want of a right, was in the way. */
static void try_call(long number) {
  pid_t pid = fork();
  if (pid == 0) {
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, 0), dup2(nothing, 1), dup2(nothing, 2);
    alarm(1);
    long result = syscall(number, -1L, -1L, -1L, -1L, -1L, -1L);
    _exit(result < 0 && (errno == EPERM || errno == ENOSYS) ? 1 : 0);
  }
  int status;
  waitpid(pid, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) == 0)
    printf("syscall %ld\n", number);
}

static void walk(const char *path, int depth, const char *kind, int flags) {
  DIR *directory = opendir(path);
  if (directory == NULL)
    return;
  struct dirent *entry;
  while ((entry = readdir(directory)) != NULL) {
    char name[4096];
    struct stat status;
    if (entry->d_name[0] == '.' || snprintf(name, sizeof name, "%s/%s", path,
                                            entry->d_name) >= (int)sizeof name)
      continue;
    if (lstat(name, &status) < 0)
      continue;
    /* Where there is /dev/null in a file's place, nothing is reached. */
    if (S_ISCHR(status.st_mode) && strcmp(kind, "device-read") != 0)
      continue;
    if (S_ISDIR(status.st_mode)) {
      /* Of processes one is enough: oneself. */
      bool is_process = strcmp(path, "/proc") == 0 && entry->d_name[0] >= '0' &&
                        entry->d_name[0] <= '9';
      if (depth > 0 && !is_process)
        walk(name, depth - 1, kind, flags);
    } else if (S_ISREG(status.st_mode) || S_ISCHR(status.st_mode) ||
               S_ISBLK(status.st_mode)) {
      int file = open(name, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
      if (file >= 0) {
        char byte;
        if (flags != O_RDONLY || S_ISCHR(status.st_mode) ||
            read(file, &byte, 1) >= 0)
          printf("%s %s\n", kind, name);
        close(file);
      }
    }
  }
  closedir(directory);
}

static void show_status(void) {
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, "Cap", 3) == 0 || strncmp(line, "NoNewPrivs", 10) == 0 ||
        strncmp(line, "Seccomp:", 8) == 0)
      printf("status %s", line);
}

static void show_lines(const char *kind, const char *path) {
  FILE *file = fopen(path, "r");
  char line[4096];
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    printf("%s %s", kind, line);
}

/* What is mounted, but for the root and the devices, and can be written to. */
static void write_mounts(void) {
  FILE *file = fopen("/proc/self/mountinfo", "r");
  char line[4096], path[4096];
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    struct stat status;
    if (sscanf(line, "%*s %*s %*s %*s %4095s", path) != 1 ||
        strcmp(path, "/") == 0 || stat(path, &status) < 0)
      continue;
    int made = -1;
    if (S_ISDIR(status.st_mode)) {
      char name[4200];
      snprintf(name, sizeof name, "%s/probe-wrote-this", path);
      made = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
      if (made >= 0)
        unlink(name);
    } else if (S_ISREG(status.st_mode)) {
      made = open(path, O_WRONLY | O_CLOEXEC);
    }
    if (made >= 0)
      printf("writable %s\n", path), close(made);
  }
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  show_status();
  for (long number = 0; number < SYSTEM_CALLS; number++)
    if (!is_left_out(number))
      fflush(stdout), try_call(number);
  for (int family = 1; family < 46; family++)
    for (int type = 1; type <= 5; type++) {
      int made = socket(family, type, 0);
      if (made >= 0)
        printf("socket family %d type %d\n", family, type), close(made);
    }
  walk("/dev", 2, "device-read", O_RDONLY);
  walk("/proc", 6, "proc-read", O_RDONLY);
  walk("/proc", 6, "proc-write", O_WRONLY);
  walk("/sys", 12, "sys-write", O_WRONLY);
  write_mounts();
  show_lines("mount", "/proc/self/mountinfo");
  show_lines("network", "/proc/net/dev");
  show_lines("unix", "/proc/net/unix");
  return 0;
}
