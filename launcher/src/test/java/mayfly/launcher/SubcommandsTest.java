package mayfly.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mayfly.sandbox.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubcommandsTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... words) {
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        Messages messages = new Messages(errors, new Person(InputStream.nullInputStream(), errors, false));
        return new Subcommands(printed, messages)
                .run(List.of(words).stream().map(Bytes::utf8).toList());
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String complained() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void help_names_each_subcommand_and_shows_each_one_s_options() {
        assertEquals(0, run("help"));
        for (String name : List.of(
                "pool status",
                "pool refill",
                "pool drain",
                "template list",
                "template create",
                "template snapshot",
                "template snapshots",
                "template rollback",
                "template destroy",
                "template shell",
                "serve",
                "doctor",
                "config check")) {
            assertTrue(printed().contains("\n  " + name + " "), name);
            out.reset();
            List<String> words = List.of(("help " + name).split(" ", -1));
            assertEquals(0, run(words.toArray(new String[0])));
            assertTrue(printed().startsWith("Usage: mayfly " + name), this::printed);
            out.reset();
            run("help");
        }
    }

    @Test
    void help_of_run_is_that_of_the_options_which_the_service_reads() {
        assertEquals(0, run("help", "run"));
        assertTrue(printed().contains("--bind=SRC:DST[:ro]"), this::printed);
    }

    @Test
    void help_of_isolate_has_its_options_and_no_subcommands() {
        assertEquals(0, run("help", "isolate"));
        assertTrue(printed().startsWith("Usage: isolate [OPTION]..."), this::printed);
        assertTrue(printed().contains("-z, --template=NAME"), this::printed);
        assertFalse(printed().contains("mayfly run"), this::printed);
    }

    @Test
    void an_option_shows_the_help_too() {
        assertEquals(0, run("serve", "--help"));
        assertTrue(printed().startsWith("Usage: mayfly serve"), this::printed);
    }

    @Test
    void an_unknown_option_is_named() {
        assertEquals(125, run("pool", "status", "--yaml"));
        assertEquals("""
                mayfly: cannot read the command line: unknown option --yaml
                mayfly help pool status lists the options
                """, complained());
    }

    @Test
    void an_option_without_its_value_is_named() {
        assertEquals(125, run("serve", "--config"));
        assertEquals("""
                mayfly: cannot read the command line: option --config needs a value
                mayfly help serve lists the options
                """, complained());
    }

    @Test
    void a_word_too_many_is_named() {
        assertEquals(125, run("doctor", "now"));
        assertTrue(complained().contains("unexpected word now\n"), this::complained);
    }

    @ParameterizedTest
    @CsvSource({
        "pool refill,TEMPLATE is missing",
        "pool refill t 1 2,unexpected word 2",
        "pool refill t many,'N is a number, not many'",
        "pool refill t -3,'N is a number, not -3'",
        "pool refill t 1234567890,'N is a number, not 1234567890'",
        "pool drain a b,unexpected word b",
        "template create,TEMPLATE is missing",
        "template snapshot t a b,unexpected word b",
        "template destroy --no t,unknown option --no",
        "template shell,TEMPLATE is missing",
        "template shell -- sh,TEMPLATE is missing",
        "template shell t sh,unexpected word sh",
        "template shell t -t /x,unknown option -t",
        "template shell t --snapshot --no-snapshot,options --snapshot and --no-snapshot exclude each other",
        "template burn t,there is no subcommand template burn"
    })
    void what_makes_no_sense_is_named_before_a_service_is_asked(String line, String reason) {
        assertEquals(125, run(line.split(" ", -1)));
        assertEquals(
                "mayfly: cannot read the command line: " + reason,
                complained().lines().findFirst().orElse(""));
        assertEquals(2, complained().lines().count(), this::complained);
    }

    @Test
    void half_a_subcommand_is_none() {
        assertEquals(125, run("pool"));
        assertEquals("""
                mayfly: cannot read the command line: there is no subcommand pool
                mayfly help lists the subcommands
                """, complained());
    }

    @Test
    void a_configuration_without_problems_is_told(@TempDir Path directory) throws IOException {
        Path file = Files.createFile(directory.resolve("mayfly.toml"));
        assertEquals(0, run("config", "check", file.toString()));
        assertEquals("""
                template host: for everybody; unrestricted
                directories (-t): everywhere; unrestricted
                backend of runs that name none: bwrap
                backend lxc: bridges none; not /dev/net/tun
                each user: at most 256 sandboxes and 16 sessions at once
                root, and a user in his own service, may do everything; all others what they can by their own rights, and what is said here
                """ + file + ": no problems\n", printed());
    }

    @Test
    void who_may_do_what_is_told_as_in_the_document(@TempDir Path directory) throws IOException {
        String document = Files.readString(Path.of("..", "docs", "usage.md"));
        Matcher example = Pattern.compile("\n\\$ cat (\\S+)\n(.*?)\\$ mayfly config check\n(.*?)```", Pattern.DOTALL)
                .matcher(document);
        assertTrue(example.find());
        Path file = Files.writeString(directory.resolve("mayfly.toml"), example.group(2));
        assertEquals(0, run("config", "check", file.toString()), this::printed);
        assertEquals(example.group(3).replace(example.group(1), file.toString()), printed());
    }

    @Test
    void what_is_given_to_users_on_purpose_and_what_is_taken_from_all_is_told(@TempDir Path directory)
            throws IOException {
        Path file = Files.writeString(directory.resolve("mayfly.toml"), """
                default-template = "t"
                default-backend = "native"

                [limits]
                sandboxes-per-user = 3
                sessions-per-user = 2

                [lxc]
                bridges = ["br_vm", "br_lan"]
                tun = true

                [policy]
                share-net = false
                root-dirs = []

                [template.t]
                store = "overlay"
                path = "/srv/t"
                as-root = true
                unfiltered = true
                seccomp = "nested"
                pre-start = ["/usr/local/sbin/prepare"]
                backends = ["native", "lxc"]
                share-net = true
                binds = []
                leases = 1
                x11 = []
                """);
        assertEquals(0, run("config", "check", file.toString()), this::printed);
        assertEquals("""
                template host: for everybody; not the host's network
                template t: for everybody; backend native or lxc; no binds; at most 1 sandbox at once; x11 for nobody; \
                root of their own ranges of ids; without the filter of system calls if they like; \
                system calls: nested; with hooks
                directories (-t): nowhere; not the host's network
                backend of runs that name none: native
                backend lxc: bridges br_lan, br_vm; /dev/net/tun
                each user: at most 3 sandboxes and 2 sessions at once
                root, and a user in his own service, may do everything; all others what they can by their own rights, and what is said here
                """ + file + ": no problems\n", printed());
    }

    /** The long example of the document, with all keys. */
    @Test
    void the_documents_configuration_has_no_problems(@TempDir Path directory) throws IOException {
        String document = Files.readString(Path.of("..", "docs", "usage.md"));
        Matcher example = Pattern.compile("```toml\n(default-template.*?)```", Pattern.DOTALL)
                .matcher(document);
        assertTrue(example.find());
        Path file = Files.writeString(directory.resolve("mayfly.toml"), example.group(1));
        assertEquals(0, run("config", "check", file.toString()), this::printed);
    }

    @Test
    void all_problems_of_a_configuration_are_told(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("mayfly.toml"), "one = 1\ntwo = 2\n");
        assertEquals(1, run("config", "check", file.toString()));
        assertTrue(printed().contains(file + ":1: "), this::printed);
        assertTrue(printed().contains(file + ":2: "), this::printed);
    }

    @Test
    void a_configuration_that_is_not_there_cannot_be_read(@TempDir Path directory) {
        Path file = directory.resolve("absent");
        assertEquals(125, run("config", "check", file.toString()));
        assertTrue(complained().startsWith("mayfly: cannot read " + file + ": "), this::complained);
    }

    /** The C client hands these words to this launcher; all others are commands to both. */
    @Test
    void the_c_client_knows_the_same_words() throws IOException {
        String source = Files.readString(Path.of("..", "native", "mayfly.c"));
        Matcher array = Pattern.compile("words\\[] = \\{([^}]*)}").matcher(source);
        assertTrue(array.find());
        Set<String> words = new TreeSet<>();
        Matcher word = Pattern.compile("\"([^\"]+)\"").matcher(array.group(1));
        while (word.find()) {
            words.add(word.group(1));
        }
        assertEquals(new TreeSet<>(Subcommands.FIRST_WORDS), words);
        assertFalse(words.contains("run"));
    }
}
