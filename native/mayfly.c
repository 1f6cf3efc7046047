/*
 * mayfly: the client. Claims a parked sandbox from the service, has the command run in it, and exits as the command did.
 *
 * Given: the words of the command line (docs/usage.md); the options are parsed by the service, not here.
 * Environment: MAYFLY_RUNTIME_DIR names the only place to look for a service; XDG_RUNTIME_DIR the user's own.
 * Execs: lib/mayfly/mayfly-java for subcommands, and to start a service when none is reachable.
 * Exit: the command's own; 128+N signal N ended it; 125 Mayfly failed; 126 not executable; 127 not found.
 */
#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void complain(const char *message, const char *remedy) {
    dprintf(2, remedy != NULL ? "mayfly: %s\n%s\n" : "mayfly: %s\n", message, remedy);
}

int cannot(const char *what, const char *object, int error, const char *remedy) {
    char message[PATH_MAX + 256];
    snprintf(message, sizeof message, "cannot %s %s: %s", what, object, strerror(error));
    complain(message, remedy);
    return MAYFLY_FAILED;
}

/* The subcommands that are not `run`: the Java launcher's. A test compares them with its own. */
static bool is_for_launcher(const char *word) {
    static const char *const words[] = {"config",   "doctor",  "help",   "pool", "serve",     "session",
                                        "template", "version", "--help", "-h",   "--version", "-V"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

int main(int argc, char **argv) {
    static struct caller caller;
    static struct claim claim;
    if (argc > 1 && strcmp(argv[1], "--java") == 0)
        return become_launcher(argv + 2);
    if (argc > 1 && is_for_launcher(argv[1]))
        return become_launcher(argv + 1);
    if (argc < 1)
        return cannot("start", "without a name", EINVAL, NULL);

    caller_begin(&caller);
    int status = claim_sandbox(&claim, argv, &caller);
    return status != 0 ? status : run_command(&claim, argv, &caller);
}
