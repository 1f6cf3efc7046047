package mayfly.launcher;

import java.util.LinkedHashMap;
import java.util.Map;
import mayfly.sandbox.options.RunOptions;
import picocli.CommandLine.Model.CommandSpec;

/** All that can stand on the command line, for whoever writes it down. */
public final class CommandSpecs {
    private CommandSpecs() {}

    /** {@code run} and each subcommand by its name of one word or two. */
    public static Map<String, CommandSpec> all() {
        Map<String, CommandSpec> all = new LinkedHashMap<>();
        all.put("run", RunOptions.spec());
        Subcommands.ALL.forEach((name, subcommand) -> all.put(name, subcommand.spec()));
        return all;
    }

    /** What a link named {@code isolate} understands: the options of {@code run}, and no subcommands. */
    static CommandSpec isolate() {
        CommandSpec spec = RunOptions.spec();
        spec.usageMessage()
                .customSynopsis(
                        "isolate [OPTION]... [--] [COMMAND [ARG]...]%n       isolate -r TEMPLATE [-f] [-s] [-q] [-x] [N]%n");
        return spec;
    }
}
