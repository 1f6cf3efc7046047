package mayfly.launcher;

import java.io.PrintStream;
import java.util.Set;
import mayfly.sandbox.options.RunOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code mayfly listen}: what its options are. It is done by mayfly-listen, which the C client becomes without any Java.
 */
final class Listen implements Subcommand {
    private static final Set<String> NOT_OPTIONS =
            Set.of("--refill", "--force", "--sweep", "--status-fd", "--session", "--idle", "--time");

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Options.command(
                        "listen",
                        "mayfly listen [--tcp ADDRESS:PORT | --unix PATH]... [OPTION]... [OPTION OF A RUN]... -- COMMAND [ARG]...",
                        "Serves each connection by COMMAND in a sandbox of its own. The connection is its standard input and output. "
                                + "Options of a run come behind those of listen.")
                .addOption(Options.value(
                        "--tcp", "ADDRESS:PORT", "listen there: 127.0.0.1:80, [::1]:80, or *:80 for all; repeatable"))
                .addOption(Options.value("--unix", "PATH", "listen at a socket of that name; repeatable"))
                .addOption(Options.value("--mode", "MODE", "of the sockets of --unix, as 0660"))
                .addOption(Options.value(
                        "--fd",
                        "N",
                        "a listening socket that is open as descriptor N; without any: those of LISTEN_FDS"))
                .addOption(Options.value("--max", "N", "connections at once, 100; more wait in the kernel"))
                .addOption(Options.value(
                        "--max-per-source",
                        "N",
                        "of one address (IPv6: of one /64; Unix: of one user); more are closed"))
                .addOption(Options.value("--rate", "N/s", "connections accepted in a second (/m: minute, /h: hour)"))
                .addOption(Options.value("--time", "SECONDS", "how long each may take"))
                .addOption(Options.value(
                        "--stderr", "WHERE", "what COMMAND writes on standard error: log, connection or none"))
                .addOption(Options.value("--user", "USER", "become that user when the sockets are open"))
                .addOption(Options.flag(
                        "give COMMAND the listening sockets (LISTEN_FDS) when somebody connects: it accepts by itself",
                        "--pass-listener"));
        for (OptionSpec option : RunOptions.spec().options()) {
            if (!NOT_OPTIONS.contains(option.longestName())) {
                spec.addOption(option);
            }
        }
        return spec;
    }

    @Override
    public int run(ParseResult words, PrintStream out, Messages messages) throws UsageException {
        throw new UsageException("listen needs no Java", "mayfly listen, without --java");
    }
}
