/*
 * mayfly: the client. Claims a parked sandbox from the service, has the command run in it, and exits as the command did.
 *
 * Given: the words of the command line (docs/usage.md); the options are parsed by the service, not here. Called by a link
 * named isolate, it has no subcommands (docs/from-isolate.md); by one named mayfly-login, it is a login shell (login.c).
 * Environment: MAYFLY_RUNTIME_DIR names the only place to look for a service; XDG_RUNTIME_DIR the user's own.
 * Execs: lib/mayfly/mayfly-listen for `listen`, lib/mayfly/mayfly-java for other subcommands, and to start a service when none is reachable.
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

/* The subcommands that are not `run`: the Java launcher's, all but two. A test compares them with its own. */
static bool is_for_launcher(const char *word) {
    static const char *const words[] = {"config",   "doctor",  "help",   "listen", "pool",      "serve", "session",
                                        "template", "version", "--help", "-h",     "--version", "-V"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

/* A session's commands are the service's to understand, as a run's are; about sessions the launcher asks and is asked. */
static bool is_claim_of_session(char **words) {
    return strcmp(words[0], "session") == 0 && words[1] != NULL &&
           (strcmp(words[1], "exec") == 0 || strcmp(words[1], "start") == 0) && words[2] != NULL && words[2][0] != '-';
}

/* Whether this is the link that behaves as the shell tool of this name. */
static bool is_isolate(const char *name) {
    const char *slash = strrchr(name, '/');
    return strcmp(slash != NULL ? slash + 1 : name, "isolate") == 0;
}

static bool asks_for_help(const char *word) {
    return word != NULL && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0);
}

/* Returns 0 when the words are the service's to read; else, when the launcher cannot be started, an exit status. */
static int leave_to_launcher(char **argv) {
    static char run[] = "run", help[] = "help", isolate[] = "isolate";
    static char *isolate_help[] = {help, isolate, NULL};
    char **words = argv + 1;
    bool java = *words != NULL && strcmp(*words, "--java") == 0;
    if (java)
        words++;
    if (!is_isolate(argv[0]) && !java && *words != NULL && strcmp(*words, "listen") == 0 && !asks_for_help(words[1]))
        return become_program("mayfly-listen", words + 1);
    if (!is_isolate(argv[0]))
        return java || (*words != NULL && is_for_launcher(*words) && !is_claim_of_session(words))
                   ? become_launcher(words)
                   : 0;
    if (asks_for_help(*words))
        return become_launcher(isolate_help);
    if (!java)
        return 0;
    *--words = run; /* behind this word nothing is a subcommand */
    return become_launcher(words);
}

int main(int argc, char **argv) {
    static struct caller caller;
    static struct claim claim;
    if (argc < 1)
        return cannot("start", "without a name", EINVAL, NULL);
    if (is_login(argv[0]))
        return log_in(argv);
    int status = leave_to_launcher(argv);
    if (status != 0)
        return status;

    caller_begin(&caller);
    status = claim_sandbox(&claim, argv, &caller);
    return status != 0 ? status : run_command(&claim, argv, &caller);
}
