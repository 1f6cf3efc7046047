/* What the steps of mayfly-enter on Linux have in common. 0 or more, or a negative errno. */
#pragma once

#include "mounts_linux.h"

#include <stdbool.h>
#include <stdint.h>

/* Set by user-private and user-range: overlays keep their marks in user.* attributes then, and owners cannot be given
   away. */
extern bool unprivileged;

int write_file(const char *path, const char *text);
/* A number below 2^32-1. */
int number_of(const char *word, uint32_t *number);
int make_mounts_private(void);
/* Makes path unless it is there: a directory, or an empty file where `file` is true. */
int make_missing(const char *path, bool file);

/* Whether the step ids was taken. */
bool range_is_made(void);
/* Until it is called with false, what this process makes in a filesystem belongs to root of that range, if there is one. */
void act_as_range(bool on);

/* The steps: each takes its words and gives 0 or a negative errno. */

int step_private(char **words);
int step_user_private(char **words);
int step_tmpfs(char **words);
int step_directory(char **words);
int step_symlink(char **words);
int step_owner(char **words);
int step_overlay(char **words);
int step_bind(char **words);
int step_bind_as(char **words);
int step_bind_readonly(char **words);
int step_tree_readonly(char **words);
int step_zfs(char **words);
int step_harden(char **words);
int step_follow_none(char **words);
int step_copy(char **words);
int step_target(char **words);
int step_need_target(char **words);
int step_groups(char **words);
int step_user(char **words);

/* Ids: ids_linux.c. */
int step_lock_aside(char **words);
int step_identity(char **words);
int step_user_range(char **words);
int step_ids(char **words);
int step_all_ids(char **words);
int step_one_id(char **words);
int step_bind_mapped(char **words);
int step_enter_ids(char **words);

/* A sandbox without a program that builds it: chroot_linux.c. */
int step_pid(char **words);
int step_proc(char **words);
int step_proc_readonly(char **words);
int step_devpts(char **words);
int step_pivot(char **words);
int step_namespaces(char **words);
int step_capabilities(char **words);
int step_cgroup(char **words);
