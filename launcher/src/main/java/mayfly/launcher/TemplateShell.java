package mayfly.launcher;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import mayfly.client.Administration;
import mayfly.client.Mayfly;
import mayfly.client.MayflyException;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.options.RunOptions;
import mayfly.sandbox.posix.Accounts;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code mayfly template shell}: {@code mayfly run} in the template itself, and a snapshot afterwards. The network is the
 * host's unless that is switched off: packages are to be installed.
 */
final class TemplateShell implements Subcommand {
    /** What the template shell decides itself. */
    private static final Set<String> NOT_OPTIONS = Set.of(
            "--template", "--root", "--share-net", "--refill", "--force", "--sweep", "--session", "--idle", "--time");

    private static final String SNAPSHOT = "--snapshot";
    private static final String NO_SNAPSHOT = "--no-snapshot";
    private static final String NO_NET = "--no-net";
    private static final String END_OF_OPTIONS = "--";

    /** Root's own may lack what package managers need. */
    private static final String ROOTS_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Options.command(
                "template shell",
                "mayfly template shell TEMPLATE [OPTION]... [-- COMMAND [ARG]...]",
                "Runs COMMAND, or your shell, in the template itself: changes stay. Offers a snapshot when that ended with 0.");
        for (OptionSpec option : RunOptions.spec().options()) {
            if (!NOT_OPTIONS.contains(option.longestName())) {
                spec.addOption(option);
            }
        }
        return spec.addOption(Options.flag("do not share the host's network", NO_NET))
                .addOption(Options.flag("take the snapshot without asking", SNAPSHOT))
                .addOption(Options.flag("neither ask nor take it", NO_SNAPSHOT))
                .addPositional(PositionalParamSpec.builder()
                        .arity("1..*")
                        .required(true)
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .paramLabel("TEMPLATE")
                        .hideParamSyntax(true)
                        .description("a template's name, or its dataset")
                        .build());
    }

    @Override
    public int run(ParseResult words, PrintStream out, Messages messages)
            throws MayflyException, UsageException, InterruptedException {
        if (words.hasMatchedOption(SNAPSHOT) && words.hasMatchedOption(NO_SNAPSHOT)) {
            throw new UsageException("options --snapshot and --no-snapshot exclude each other", remedy());
        }
        String template = template(words);
        try (Mayfly mayfly = Mayfly.connect()) {
            // The service is asked for this only: the command has the terminal.
            Administration administration = mayfly.administration(progress -> {});
            String directory = administration.directory(template);
            boolean root = Accounts.effectiveUid() == 0;
            int status = new RunCommand(messages).run(command(words, directory, root));
            if (status == 0 && wantsSnapshot(words, messages, template)) {
                out.println(administration.snapshot(template, Optional.empty()));
            }
            return status;
        }
    }

    private static String template(ParseResult words) throws UsageException {
        List<String> operands = words.matchedPositionalValue(0, List.of());
        int own = operands.size() - commandWords(words).size();
        if (own != 1) {
            throw new UsageException(
                    own == 0
                            ? "TEMPLATE is missing"
                            : "unexpected word "
                                    + Bytes.fromLatin1(operands.get(1)).text(),
                    "a command stands behind --: mayfly template shell TEMPLATE -- COMMAND");
        }
        return Bytes.fromLatin1(operands.get(0)).text();
    }

    private static List<String> commandWords(ParseResult words) {
        List<String> all = words.originalArgs();
        int end = all.indexOf(END_OF_OPTIONS);
        return end < 0 ? List.of() : all.subList(end + 1, all.size());
    }

    /** The words of the {@code mayfly run} that it is. */
    static List<Bytes> command(ParseResult words, String directory, boolean root) {
        List<Bytes> command = new ArrayList<>();
        command.add(Bytes.utf8("run"));
        command.add(Bytes.utf8("--root"));
        command.add(Bytes.utf8(directory));
        if (!words.hasMatchedOption(NO_NET)) {
            command.add(Bytes.utf8("--share-net"));
        }
        if (root) {
            command.add(Bytes.utf8("--env"));
            command.add(Bytes.utf8(ROOTS_PATH));
        }
        // Those of a repeatable option are together in the first.
        for (OptionSpec option : new LinkedHashSet<>(words.matchedOptions())) {
            String name = option.longestName();
            if (Set.of(NO_NET, SNAPSHOT, NO_SNAPSHOT).contains(name)) {
                continue;
            }
            if (option.arity().max() == 0) {
                command.add(Bytes.utf8(name));
            } else {
                for (String value : option.stringValues()) {
                    command.add(Bytes.utf8(name));
                    command.add(Bytes.fromLatin1(value));
                }
            }
        }
        command.add(Bytes.utf8(END_OF_OPTIONS));
        commandWords(words).forEach(word -> command.add(Bytes.fromLatin1(word)));
        return command;
    }

    private static boolean wantsSnapshot(ParseResult words, Messages messages, String template) throws MayflyException {
        if (words.hasMatchedOption(SNAPSHOT) || words.hasMatchedOption(NO_SNAPSHOT)) {
            return words.hasMatchedOption(SNAPSHOT);
        }
        Person person = messages.person();
        return person.isThere() && person.agrees("Take a snapshot of " + template + " now?", true);
    }

    private static String remedy() {
        return "mayfly help template shell lists the options";
    }
}
