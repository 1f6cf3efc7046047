/* System calls in order, with their arguments, as doubles of them record them; one of them can be made to fail. */
#pragma once

/* From now on the fail_at-th call (from 1 on; 0: none) fails with this errno. */
void calls_begin(unsigned fail_at, int error);
/* Records a call; what the system call gives: 0, or -1 and errno. */
int call(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* All that have been recorded since, each ended by a semicolon. */
const char *calls(void);
unsigned calls_count(void);
