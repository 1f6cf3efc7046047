/* What the programs that talk to a service say of an error; each has its own way to complain. */
#include "client.h"

#include <stdio.h>
#include <string.h>

int cannot(const char *what, const char *object, int error, const char *remedy) {
    char message[PATH_MAX + 256];
    snprintf(message, sizeof message, "cannot %s %s: %s", what, object, strerror(error));
    complain(message, remedy);
    return MAYFLY_FAILED;
}
