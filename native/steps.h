/* The steps of mayfly-enter (docs/architecture.md): each takes its words and gives 0 or a negative errno. */
#pragma once

int step_private(char **words);
int step_user_private(char **words);
int step_tmpfs(char **words);
int step_directory(char **words);
int step_symlink(char **words);
int step_overlay(char **words);
int step_bind(char **words);
int step_bind_readonly(char **words);
int step_zfs(char **words);
int step_copy(char **words);
int step_target(char **words);
int step_need_target(char **words);
int step_user(char **words);

/* Ids: ids_linux.c. */
int step_lock_aside(char **words);
int step_identity(char **words);
int step_user_range(char **words);
int step_ids(char **words);
int step_bind_mapped(char **words);
int step_enter_ids(char **words);

/* A sandbox without a program that builds it: chroot_linux.c. */
int step_pid(char **words);
int step_proc(char **words);
int step_devpts(char **words);
int step_pivot(char **words);
int step_capabilities(char **words);
int step_cgroup(char **words);
