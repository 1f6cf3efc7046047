package mayfly.launcher;

/** The text of {@code mayfly help}. */
final class HelpText {
    static final String OVERVIEW = """
            Usage: mayfly [OPTION]... [--] COMMAND [ARG]...
                   mayfly SUBCOMMAND ...

            Runs COMMAND in a root of its own and throws the root away afterwards.
            Without a COMMAND: your shell.

              run                 the same as without it: mayfly run [OPTION]... [--] COMMAND [ARG]...
              pool status         what the service has ready, parked and leased
              pool refill         brings a template's pool to N ready clones
              pool drain          gives up ready clones
              template list       what commands can get copies of
              template create     makes a configured template, empty
              template shell      works in the template itself, then offers a snapshot
              template snapshot   freezes the template: commands get clones of that
              template snapshots  lists a template's snapshots
              template rollback   gives the template a snapshot's content back
              template destroy    destroys a snapshot, or the template with all of them
              session start       starts a session: a root that is kept for several commands
              session exec        runs a command in a session
              session list        the sessions that are there
              session end         ends a session and all that runs in it
              listen              a root of its own for each connection to a socket
              serve               the service, in the foreground; --stop ends the one that runs
              doctor              what this machine can do, what is missing, how to get it
              config check        all problems of a configuration file
              version             this program's version
              help [COMMAND]      the options of a subcommand; mayfly help run for those of COMMAND

            Exit status: the command's own; 128+N when signal N ended it; 125 Mayfly itself failed;
            126 found but not executable; 127 not found.
            """;

    private HelpText() {}
}
