/* The steps of mayfly-enter (docs/architecture.md), which each system has its own of: table_linux.c, steps_freebsd.c. */
#pragma once

#include <stddef.h>

struct step {
    const char *name;
    int words;
    int (*take)(char **words); /* 0 or a negative errno */
    const char *doing;
    int object;          /* which word to name in a failure, -1: none */
    const char *invalid; /* what EINVAL means here; NULL: what it usually does */
};
extern const struct step steps[];
extern const size_t step_count;

/* A step that knows more than its errno says so here; empty otherwise. */
enum { STEP_REASON_MAX = 256 };
extern char step_reason[STEP_REASON_MAX];

/* Executes the program of these words; returns only when that fails, an errno. */
int execute_program(char **words);
