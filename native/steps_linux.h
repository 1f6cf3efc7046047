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
