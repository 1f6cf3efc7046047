package mayfly.launcher;

import java.io.PrintStream;
import mayfly.client.MayflyException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** One subcommand: its options, and what it does. */
interface Subcommand {
    /** Its options and the text of its help. Words are one character for each byte (Latin-1). */
    CommandSpec spec();

    /** Does it; the exit status. */
    int run(ParseResult words, PrintStream out, Messages messages)
            throws MayflyException, UsageException, InterruptedException;
}
