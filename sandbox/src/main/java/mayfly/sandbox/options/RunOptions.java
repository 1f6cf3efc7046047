package mayfly.sandbox.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Identity;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.TimeSpan;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The options of {@code mayfly run}. For one thread: the parser is kept between uses. */
public final class RunOptions {
    private static final Bytes RUN = Bytes.utf8("run");
    private static final Bytes SESSION = Bytes.utf8("session");
    private static final Bytes START = Bytes.utf8("start");
    private static final Bytes EXEC = Bytes.utf8("exec");
    /** Words in front of the options of {@code mayfly session exec NAME}. */
    private static final int SESSION_WORDS = 4;

    /** A client of this name has no subcommands, so {@code run} is a command like any other. */
    private static final Bytes ISOLATE = Bytes.utf8("isolate");

    /** The options that go with {@code -r}. */
    private static final Set<String> REFILLS = Set.of("--refill", "--force", "--sweep", "--quiet", "--trace");

    private static final String X11_UNTRUSTED = "--x11=untrusted";
    private static final String X11_TRUSTED = "--x11=trusted";
    private static final long MOST_IDS = (1L << 32) - 1 - Identity.RootOfRange.USUAL;

    private static final String REMEDY = "mayfly help run lists the options";

    // Words are not to be understood as files of words or as expressions: a service reads them for others.
    private final CommandLine parser = new CommandLine(spec())
            .setOverwrittenOptionsAllowed(true)
            .setExpandAtFiles(false)
            .setInterpolateVariables(false);

    private final KnownOptions known = new KnownOptions();

    /** The options as picocli knows them, for help texts too. Words are one character for each byte (Latin-1). */
    public static CommandSpec spec() {
        // That --x11=trusted can be read as --x11 with a value, too, is nothing to warn of in a service's log.
        CommandLine.tracer().setLevel(CommandLine.TraceLevel.OFF);
        CommandSpec spec = CommandSpec.create().name("run");
        spec.usageMessage()
                .synopsisHeading("Usage: ")
                .customSynopsis(
                        "mayfly [run] [OPTION]... [--] [COMMAND [ARG]...]%n       mayfly -r TEMPLATE [-f] [-s] [-q] [-x] [N]%n")
                .description("Runs COMMAND, or your shell, in a root of its own and throws the root away afterwards.");
        spec.parser().stopAtPositional(true);
        spec.addOption(value("NAME", "what builds the sandbox: bwrap (default)", "-e", "--backend"));
        spec.addOption(value("NAME", "template to clone", "-z", "--template"));
        spec.addOption(value("DIR", "no clone: run in DIR itself, changes stay", "-t", "--root"));
        spec.addOption(flag("share the host's network; default: none", "-n", "--share-net"));
        spec.addOption(value(
                "DIR", "working directory inside; default /, or your own with the template host", "-p", "--chdir"));
        spec.addOption(values("SRC:DST[:ro]", "make the host's SRC appear at DST; repeatable", "-d", "--bind"));
        spec.addOption(values("NAME=VALUE|NAME", "set, or pass on, a variable; repeatable", "-v", "--env"));
        spec.addOption(value(
                "N", "be uid 0 of ids of its own: N to N+65535 outside are 0 to 65535 inside", "-u", "--uid-base"));
        spec.addOption(value(
                "N", "the same for group ids; each of the two is as the other when left out", "-g", "--gid-base"));
        spec.addOption(flag("be uid 0 inside, with your range of /etc/subuid where you have one", "--as-root"));
        spec.addOption(flag("give the command your X11 display, as an untrusted client", "-1", "--x11", X11_UNTRUSTED));
        spec.addOption(flag("the same as a client like your own, which can read and control all others", X11_TRUSTED));
        spec.addOption(flag("give the command your PulseAudio or PipeWire sound", "-2", "--pulseaudio"));
        spec.addOption(
                value("NAME", "run in the session of this name, which is started if it is not there", "--session"));
        spec.addOption(value(
                "TIME", "the session ends when no command has run in it for so long: 90s, 15m, 8h, 7d", "--idle"));
        spec.addOption(value("TIME", "the session ends after so long in any case", "--time"));
        spec.addOption(flag("SIGINT reaches only the command", "-i", "--ignore-sigint"));
        spec.addOption(flag("only warnings", "-q", "--quiet"));
        spec.addOption(flag("every step with its time, on standard error", "-x", "--trace"));
        spec.addOption(value("FD", "one JSON line at the end, on descriptor FD", "--status-fd"));
        spec.addOption(value(
                "TEMPLATE",
                "no run: bring the template's pool to N ready clones, as mayfly pool refill does",
                "-r",
                "--refill"));
        spec.addOption(flag("with -r: replace those that are ready too", "-f", "--force"));
        spec.addOption(flag("with -r: make none, only give up what is not wanted", "-s", "--sweep"));
        spec.addPositional(PositionalParamSpec.builder()
                .arity("0..*")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel("COMMAND")
                .hideParamSyntax(true)
                .description("the command and its arguments")
                .build());
        return spec;
    }

    private static OptionSpec value(String label, String description, String... names) {
        return OptionSpec.builder(names)
                .type(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    private static OptionSpec values(String label, String description, String... names) {
        return OptionSpec.builder(names)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .paramLabel(label)
                .description(description)
                .build();
    }

    private static OptionSpec flag(String description, String... names) {
        return OptionSpec.builder(names)
                .type(boolean.class)
                .arity("0")
                .description(description)
                .build();
    }

    /**
     * Reads the options of an argument vector, element 0 (the program's name) included.
     *
     * @param truncated whether words are missing at the end
     */
    public RunRequest read(List<Bytes> words, boolean truncated) throws RefusedException {
        Bytes subcommand = words.size() > 1 && !isIsolate(words.get(0)) ? words.get(1) : Bytes.empty();
        boolean ofSession = subcommand.equals(SESSION);
        int start = ofSession ? SESSION_WORDS : subcommand.equals(RUN) ? 2 : 1;
        Optional<SessionWish> session = ofSession ? Optional.of(session(words)) : Optional.empty();
        if (start >= words.size()) {
            return RunRequest.plain(words.size()).inSession(session);
        }
        if (!isOption(words.get(start))) {
            checkCommand(session, true);
            return RunRequest.plain(start).inSession(session);
        }
        Optional<RunRequest> request = known.find(words);
        if (request.isPresent()) {
            return request.get();
        }
        RunRequest parsed = parse(words, start, truncated, session);
        checkCommand(parsed.session(), parsed.first() < words.size());
        known.keep(words, parsed);
        return parsed;
    }

    /** The session of {@code session start NAME} or {@code session exec NAME}. */
    private static SessionWish session(List<Bytes> words) throws RefusedException {
        Bytes verb = words.size() > 2 ? words.get(2) : Bytes.empty();
        if (!verb.equals(START) && !verb.equals(EXEC)) {
            throw unreadable("there is no subcommand session " + verb);
        }
        if (words.size() < SESSION_WORDS || isOption(words.get(SESSION_WORDS - 1))) {
            throw unreadable("session " + verb + " needs the session's name in front of all options");
        }
        return new SessionWish(
                SessionWish.name(words.get(SESSION_WORDS - 1)),
                verb.equals(START) ? SessionWish.Manner.START : SessionWish.Manner.EXEC,
                OptionalLong.empty(),
                OptionalLong.empty());
    }

    private static void checkCommand(Optional<SessionWish> session, boolean hasCommand) throws RefusedException {
        if (hasCommand && session.isPresent() && session.get().manner() == SessionWish.Manner.START) {
            throw unreadable("session start runs no command: mayfly session exec "
                    + session.get().name() + " -- COMMAND does, when it is started");
        }
    }

    private static boolean isIsolate(Bytes name) {
        return name.slice(name.lastIndexOf('/') + 1, name.length()).equals(ISOLATE);
    }

    private RunRequest parse(List<Bytes> words, int start, boolean truncated, Optional<SessionWish> named)
            throws RefusedException {
        // The word behind the options is the command.
        int end = Math.min(OptionWords.end(words, start) + 1, words.size());
        List<String> texts = new ArrayList<>(end - start);
        for (Bytes word : words.subList(start, end)) {
            texts.add(word.latin1());
        }
        ParseResult result = parse(texts.toArray(new String[0]));
        List<String> command = result.matchedPositionalValue(0, List.of());
        if (command.isEmpty() && truncated) {
            throw OptionWords.tooLong();
        }
        int first = end - command.size();
        checkRefill(result, words.subList(first, words.size()));
        return request(result, first, command.stream().findFirst().map(Bytes::fromLatin1), session(result, named));
    }

    /** In front of a run's command there may be no words of a refill, and the other way round. */
    private static void checkRefill(ParseResult result, List<Bytes> rest) throws RefusedException {
        if (!result.hasMatchedOption("-r")) {
            if (result.hasMatchedOption("-f") || result.hasMatchedOption("-s")) {
                throw unreadable("options --force and --sweep go with --refill only");
            }
            return;
        }
        for (OptionSpec option : result.matchedOptions()) {
            if (!REFILLS.contains(option.longestName())) {
                throw unreadable("options --refill and " + option.longestName() + " exclude each other");
            }
        }
        if (rest.size() > 1) {
            throw unreadable("unexpected word " + rest.get(1) + ": no command goes with --refill");
        }
        if (rest.size() == 1 && !rest.get(0).text().matches("[0-9]{1,9}")) {
            throw unreadable("option --refill goes with a number, not " + rest.get(0));
        }
    }

    private static Optional<Refill> refill(ParseResult result, Optional<Bytes> count) {
        return bytes(result, "-r")
                .map(template -> new Refill(
                        template,
                        count,
                        result.hasMatchedOption("-f"),
                        result.hasMatchedOption("-s"),
                        result.hasMatchedOption("-q"),
                        result.hasMatchedOption("-x")));
    }

    static boolean isOption(Bytes word) {
        return word.length() > 1 && word.at(0) == '-';
    }

    private ParseResult parse(String[] words) throws RefusedException {
        try {
            return parser.parseArgs(words);
        } catch (UnmatchedArgumentException e) {
            throw unreadable("unknown option " + text(e.getUnmatched().get(0)));
        } catch (MissingParameterException e) {
            throw unreadable("option "
                    + e.getMissing().stream()
                            .filter(OptionSpec.class::isInstance)
                            .map(option ->
                                    ((OptionSpec) option).longestName() + " needs a value, " + option.paramLabel())
                            .findFirst()
                            .orElse("needs a value"));
        } catch (ParameterException e) {
            throw unreadable(text(String.valueOf(e.getMessage())));
        }
    }

    private static RunRequest request(
            ParseResult result, int first, Optional<Bytes> operand, Optional<SessionWish> session)
            throws RefusedException {
        Optional<String> template = text(result, "-z");
        Optional<Bytes> root = bytes(result, "-t");
        if (template.isPresent() && root.isPresent()) {
            throw unreadable("options --template and --root exclude each other");
        }
        if (root.isPresent() && root.get().isEmpty()) {
            throw unreadable("option --root needs a directory");
        }
        Optional<Bytes> chdir = bytes(result, "-p");
        if (chdir.isPresent() && chdir.get().isEmpty()) {
            throw unreadable("option --chdir needs a directory");
        }
        List<Bind> binds = new ArrayList<>();
        for (Bytes word : list(result, "-d")) {
            binds.add(BindWord.read(word));
        }
        BindWord.checkDestinations(binds);
        List<Bytes> env = new ArrayList<>();
        for (Bytes word : list(result, "-v")) {
            env.add(variable(word));
        }
        OptionalLong uids = ids(result, "--uid-base");
        OptionalLong gids = ids(result, "--gid-base");
        boolean asRoot = result.hasMatchedOption("--as-root");
        if (asRoot && (uids.isPresent() || gids.isPresent())) {
            throw unreadable("option --as-root excludes --uid-base and --gid-base, which make uid 0 too");
        }
        return new RunRequest(
                first,
                text(result, "-e"),
                template,
                root,
                result.hasMatchedOption("-n"),
                chdir,
                binds,
                env,
                result.hasMatchedOption("-i"),
                result.hasMatchedOption("-q"),
                result.hasMatchedOption("-x"),
                descriptor(result),
                uids.isPresent() ? uids : gids,
                gids.isPresent() ? gids : uids,
                asRoot,
                x11(result),
                result.hasMatchedOption("-2"),
                refill(result, operand),
                session);
    }

    /** @param named by the subcommand's words */
    private static Optional<SessionWish> session(ParseResult result, Optional<SessionWish> named)
            throws RefusedException {
        Optional<Bytes> option = bytes(result, "--session");
        if (option.isPresent() && named.isPresent()) {
            throw unreadable("option --session goes with no subcommand: the session's name is there already");
        }
        if (named.isPresent() && result.hasMatchedOption("-r")) {
            throw unreadable("option --refill goes with no session");
        }
        OptionalLong idle = time(result, "--idle");
        OptionalLong time = time(result, "--time");
        if (named.isPresent()) {
            SessionWish wish = new SessionWish(named.get().name(), named.get().manner(), idle, time);
            boolean ofCommand = result.hasMatchedOption("-v")
                    || result.hasMatchedOption("-p")
                    || result.hasMatchedOption("-i")
                    || result.hasMatchedOption("--status-fd");
            if (ofCommand && wish.manner() == SessionWish.Manner.START) {
                throw unreadable(
                        "options --env, --chdir, --ignore-sigint and --status-fd are a command's: session exec takes them");
            }
            return Optional.of(wish);
        }
        if (option.isEmpty()) {
            if (idle.isPresent() || time.isPresent()) {
                throw unreadable("options --idle and --time go with a session only");
            }
            return Optional.empty();
        }
        return Optional.of(new SessionWish(SessionWish.name(option.get()), SessionWish.Manner.EITHER, idle, time));
    }

    private static OptionalLong time(ParseResult result, String option) throws RefusedException {
        Optional<String> word = text(result, option);
        if (word.isEmpty()) {
            return OptionalLong.empty();
        }
        OptionalLong seconds = TimeSpan.seconds(word.get());
        if (seconds.isEmpty()) {
            throw unreadable("option " + option + " needs " + TimeSpan.SYNTAX + ", not " + word.get());
        }
        return seconds;
    }

    private static Optional<X11> x11(ParseResult result) {
        if (result.hasMatchedOption(X11_TRUSTED)) {
            return Optional.of(X11.TRUSTED);
        }
        return result.hasMatchedOption("-1") ? Optional.of(X11.UNTRUSTED) : Optional.empty();
    }

    private static OptionalLong ids(ParseResult result, String option) throws RefusedException {
        Optional<String> word = text(result, option);
        if (word.isEmpty()) {
            return OptionalLong.empty();
        }
        boolean digits = !word.get().isEmpty()
                && word.get().length() <= 10
                && word.get().chars().allMatch(c -> c >= '0' && c <= '9');
        long base = digits ? Long.parseLong(word.get()) : 0;
        if (base < 1 || base > MOST_IDS) {
            throw unreadable("option " + option + " needs an id from 1 to " + MOST_IDS + ", not " + word.get());
        }
        return OptionalLong.of(base);
    }

    private static OptionalInt descriptor(ParseResult result) throws RefusedException {
        Optional<String> word = text(result, "--status-fd");
        if (word.isEmpty()) {
            return OptionalInt.empty();
        }
        try {
            int fd = Integer.parseInt(word.get());
            if (fd >= 0) {
                return OptionalInt.of(fd);
            }
        } catch (NumberFormatException e) {
            throw badDescriptor(word.get());
        }
        throw badDescriptor(word.get());
    }

    private static RefusedException badDescriptor(String word) {
        return unreadable("option --status-fd needs a descriptor's number, not " + word);
    }

    /** {@code NAME:VALUE}, {@code NAME=VALUE} or {@code NAME}: the first of the two characters splits. */
    private static Bytes variable(Bytes word) throws RefusedException {
        int split = 0;
        while (split < word.length() && word.at(split) != ':' && word.at(split) != '=') {
            split++;
        }
        Bytes name = word.slice(0, split);
        if (!isName(name)) {
            throw unreadable("option --env needs NAME=VALUE or NAME, not " + word);
        }
        return split == word.length() ? name : name.plus(Bytes.utf8("=")).plus(word.slice(split + 1, word.length()));
    }

    private static boolean isName(Bytes name) {
        for (int i = 0; i < name.length(); i++) {
            char c = (char) name.at(i);
            boolean letter = c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            boolean digit = c >= '0' && c <= '9';
            if (!letter && (i == 0 || !digit)) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    private static Optional<Bytes> bytes(ParseResult result, String option) {
        String value = result.matchedOptionValue(option, "");
        return result.hasMatchedOption(option) ? Optional.of(Bytes.fromLatin1(value)) : Optional.empty();
    }

    private static Optional<String> text(ParseResult result, String option) {
        return bytes(result, option).map(Bytes::text);
    }

    private static List<Bytes> list(ParseResult result, String option) {
        List<String> values = result.matchedOptionValue(option, List.of());
        return values.stream().map(Bytes::fromLatin1).toList();
    }

    /** A Latin-1 image of bytes as people read it. */
    private static String text(String latin1) {
        return Bytes.fromLatin1(latin1).text();
    }

    static RefusedException unreadable(String reason) {
        return new RefusedException("cannot read the command line: " + reason, REMEDY);
    }
}
