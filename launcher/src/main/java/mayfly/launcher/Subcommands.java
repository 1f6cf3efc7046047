package mayfly.launcher;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import mayfly.client.MayflyException;
import mayfly.client.NothingRunException;
import mayfly.client.SubcommandException;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.options.RunOptions;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Finds the subcommand that the words name and has it done. */
final class Subcommands {
    /** By name; those of two words are named by both. */
    static final Map<String, Subcommand> ALL = all();

    /** All other first words, and {@code run}, are those of a command to be run. */
    static final Set<String> FIRST_WORDS = Set.of(
            "help",
            "--help",
            "-h",
            "version",
            "--version",
            "-V",
            "pool",
            "template",
            "config",
            "serve",
            "doctor",
            "listen",
            "session");

    /** The subcommands of sessions that are claims. */
    private static final Set<String> CLAIMS = Set.of("start", "exec");

    private final PrintStream out;
    private final Messages messages;

    Subcommands(PrintStream out, Messages messages) {
        this.out = out;
        this.messages = messages;
    }

    /** Does what the last words of this process's command line say; the exit status. */
    static int run(int count) {
        PrintStream out = stream(FileDescriptor.out);
        PrintStream errors = stream(FileDescriptor.err);
        Messages messages = new Messages(errors, Person.ofThisProcess(errors));
        try {
            return new Subcommands(out, messages).run(OwnWords.last(count));
        } catch (IOException e) {
            messages.complain("cannot read the command line: " + Failure.reason(e), Optional.empty());
            return MayflyException.FAILED;
        } finally {
            out.flush();
        }
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }

    private static Map<String, Subcommand> all() {
        Map<String, Subcommand> all = new LinkedHashMap<>();
        all.put("pool status", new PoolStatus());
        all.put("pool refill", new PoolRefill());
        all.put("pool drain", new PoolDrain());
        all.put("template list", new TemplateList());
        all.put("template create", new TemplateCreate());
        all.put("template snapshot", new TemplateSnapshot());
        all.put("template snapshots", new TemplateSnapshots());
        all.put("template rollback", new TemplateRollback());
        all.put("template destroy", new TemplateDestroy());
        all.put("template shell", new TemplateShell());
        all.put(
                "session start",
                new SessionRun(
                        "session start",
                        "SESSION [OPTION]...",
                        "Starts a session: a root of its own that is kept until the session ends, for several commands.",
                        false));
        all.put(
                "session exec",
                new SessionRun(
                        "session exec",
                        "SESSION [OPTION]... [--] [COMMAND [ARG]...]",
                        "Runs COMMAND, or your shell, in a session. Options of its sandbox have to be those it was started with.",
                        true));
        all.put("session list", new SessionList());
        all.put("session end", new SessionEnd());
        all.put("listen", new Listen());
        all.put("serve", new Serve());
        all.put("doctor", new Doctor());
        all.put("config check", new ConfigCheck());
        return all;
    }

    int run(List<Bytes> words) {
        try {
            String first = words.isEmpty() ? "" : words.get(0).latin1();
            if (!FIRST_WORDS.contains(first)) {
                return runCommand(words);
            }
            return switch (first) {
                case "help", "--help", "-h" -> help(words.subList(1, words.size()));
                case "version", "--version", "-V" -> version();
                case "session" -> isClaim(words) ? runCommand(words) : named(words);
                default -> named(words);
            };
        } catch (UsageException e) {
            messages.complain("cannot read the command line: " + e.getMessage(), Optional.of(e.remedy()));
            return MayflyException.FAILED;
        } catch (MayflyException e) {
            return messages.complain(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            messages.complain("cannot finish: interrupted", Optional.empty());
            return MayflyException.FAILED;
        }
    }

    /** As the C client, which sends such words itself. */
    private static boolean isClaim(List<Bytes> words) {
        return words.size() > 2
                && CLAIMS.contains(words.get(1).latin1())
                && !words.get(2).startsWith(Bytes.utf8("-"));
    }

    /** The service, which knows the options, says when they are a subcommand's. */
    private int runCommand(List<Bytes> words) throws UsageException, MayflyException, InterruptedException {
        try {
            return new RunCommand(messages).run(words);
        } catch (SubcommandException e) {
            return named(e.words());
        } catch (NothingRunException e) {
            return 0;
        }
    }

    private int version() {
        out.println("mayfly " + Main.version());
        return 0;
    }

    private int named(List<Bytes> words) throws UsageException, MayflyException, InterruptedException {
        String name = name(words);
        Subcommand subcommand = find(name);
        List<String> rest = new ArrayList<>();
        for (Bytes word : words.subList(name.contains(" ") ? 2 : 1, words.size())) {
            rest.add(word.latin1());
        }
        CommandLine parser = new CommandLine(subcommand.spec())
                .setOverwrittenOptionsAllowed(true)
                .setExpandAtFiles(false)
                .setInterpolateVariables(false);
        ParseResult result = parse(parser, rest, name);
        if (result.isUsageHelpRequested()) {
            usage(parser);
            return 0;
        }
        return subcommand.run(result, out, messages);
    }

    private static Subcommand find(String name) throws UsageException {
        Subcommand subcommand = ALL.get(name);
        if (subcommand == null) {
            throw new UsageException("there is no subcommand " + name);
        }
        return subcommand;
    }

    /** The first word, and the second with those that have one. */
    private static String name(List<Bytes> words) {
        String first = words.get(0).text();
        boolean two = ALL.keySet().stream().anyMatch(name -> name.startsWith(first + " "));
        return two && words.size() > 1 ? first + " " + words.get(1).text() : first;
    }

    private static ParseResult parse(CommandLine parser, List<String> words, String name) throws UsageException {
        String remedy = "mayfly help " + name + " lists the options";
        try {
            return parser.parseArgs(words.toArray(new String[0]));
        } catch (UnmatchedArgumentException e) {
            String word = Bytes.fromLatin1(e.getUnmatched().get(0)).text();
            throw new UsageException((word.startsWith("-") ? "unknown option " : "unexpected word ") + word, remedy);
        } catch (MissingParameterException e) {
            String operand = e.getMissing().stream()
                    .filter(CommandLine.Model.ArgSpec::isPositional)
                    .map(CommandLine.Model.ArgSpec::paramLabel)
                    .findFirst()
                    .orElse("");
            throw new UsageException(
                    operand.isEmpty()
                            ? "option " + words.get(words.size() - 1) + " needs a value"
                            : operand + " is missing",
                    remedy);
        } catch (ParameterException e) {
            throw new UsageException(String.valueOf(e.getMessage()), remedy);
        }
    }

    private int help(List<Bytes> words) throws UsageException {
        if (words.isEmpty()) {
            out.print(HelpText.OVERVIEW);
        } else if (words.get(0).latin1().equals("run")) {
            usage(new CommandLine(RunOptions.spec()));
        } else if (words.get(0).latin1().equals("isolate")) {
            usage(new CommandLine(CommandSpecs.isolate()));
        } else {
            usage(new CommandLine(find(name(words)).spec()));
        }
        return 0;
    }

    private void usage(CommandLine parser) {
        parser.setUsageHelpWidth(100).usage(out, CommandLine.Help.Ansi.OFF);
    }
}
