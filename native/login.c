/*
 * mayfly-login: the client as a login shell, or as sshd's ForceCommand. What is run is the shell that the service names for
 * who logs in, in the session of this login (docs/login.md).
 *
 * Given: as login(1) and sshd(8) give it to a shell: nothing or -l for a login, -c COMMAND.
 * Environment: SSH_ORIGINAL_COMMAND stands for -c, as a ForceCommand gets it. No variable changes which service is asked, or
 * what is done outside: variables can come from the other end of an ssh connection.
 */
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* So a login says that its shell is to be a login shell. */
static bool is_marked(const char *name) { return *name == '-'; }

bool is_login(const char *name) {
    name += is_marked(name);
    const char *slash = strrchr(name, '/');
    return strcmp(slash != NULL ? slash + 1 : name, LOGIN_NAME) == 0;
}

/* The command, NULL for none; false: the words are not a login's. */
static bool find_command(char **argv, char **command) {
    char **words = argv + 1;
    bool wants_login_shell = is_marked(argv[0]);
    if (*words != NULL && strcmp(*words, "-l") == 0) {
        wants_login_shell = true;
        words++;
    }
    if (*words == NULL) {
        *command = wants_login_shell ? NULL : getenv("SSH_ORIGINAL_COMMAND");
        return true;
    }
    if (strcmp(words[0], "-c") != 0 || words[1] == NULL || words[2] != NULL)
        return false;
    /* A ForceCommand is given to the account's shell, which may be this program too. */
    *command = is_login(words[1]) ? getenv("SSH_ORIGINAL_COMMAND") : words[1];
    return true;
}

int log_in(char **argv) {
    static struct caller caller;
    static struct claim claim;
    char option_login[] = "-l", option_command[] = "-c", *command;
    if (!find_command(argv, &command)) {
        complain("cannot log in: the command line is not a login shell's",
                 "mayfly-login takes nothing, -l, or -c COMMAND: see docs/login.md");
        return MAYFLY_FAILED;
    }
    /* Hooks are for who starts commands here, not for who comes from elsewhere. */
    unsetenv("PRE_SPAWN_HOOK");
    unsetenv("POST_SPAWN_HOOK");
    caller_begin(&caller);
    char name[] = LOGIN_NAME;
    char *asked[] = {name, command, NULL};
    int status = claim_login(&claim, asked, &caller);
    if (status != 0)
        return status;
    /* An older service would give a sandbox to everybody. */
    if (claim.shell[0] == 0 || (claim.flags & CLAIM_SESSION) == 0) {
        complain("cannot log in: the service knows of no logins", "restart the service: it is of another version");
        return MAYFLY_FAILED;
    }
    char *words[] = {claim.shell, command != NULL ? option_command : option_login, command, NULL};
    claim.first = 0;
    return run_command(&claim, words, &caller);
}
