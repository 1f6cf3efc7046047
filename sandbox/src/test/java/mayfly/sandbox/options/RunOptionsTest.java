package mayfly.sandbox.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RunOptionsTest {
    private final RunOptions options = new RunOptions();

    /** The words of the line, after the program's name. */
    private static List<Bytes> words(String line) {
        List<Bytes> words = new ArrayList<>(List.of(Bytes.utf8("mayfly")));
        for (String word : line.isEmpty() ? new String[0] : line.split(" ", -1)) {
            words.add(Bytes.utf8(word));
        }
        return words;
    }

    private RunRequest read(String line) throws RefusedException {
        return options.read(words(line), false);
    }

    private String refusal(String line) {
        return assertThrows(RefusedException.class, () -> read(line)).getMessage();
    }

    @ParameterizedTest
    @CsvSource({
        "'',1",
        "true,1",
        "run,2",
        "run true,2",
        "run run,2",
        "-n true,2",
        "-n,2",
        "run -n true -n,3",
        "-- true,2",
        "run -- true,3",
        "-- -n,2",
        "-- -- -n,2",
        "-n -- true,3",
        "true -- -n,1",
        "-niq true,2",
        "-nz host true,3",
        "-zhost true,2",
        "-z host true,3",
        "-z=host true,2",
        "--template host true,3",
        "--template=host true,2",
        "-v A=-x true,3",
        "- -n,1",
        "-n - -n,2",
        "-d /a:/b -d /c:/d ls -d /e,5",
        "-z host -- pool,4",
    })
    void the_command_begins_at_the_first_word_that_is_no_option(String line, int first) throws RefusedException {
        assertEquals(first, read(line).first());
    }

    @ParameterizedTest
    @CsvSource({
        "isolate run true,1",
        "/usr/bin/isolate run -n true,1",
        "isolate -n run true,2",
        "isolate,1",
        "isolate run,1",
        "isolate pool,1",
        "isolate/mayfly run true,2",
        "isolated run true,2",
        "'' run true,2"
    })
    void the_name_isolate_has_no_subcommands(String line, int first) throws RefusedException {
        List<Bytes> vector = Arrays.stream(line.split(" ", -1)).map(Bytes::utf8).toList();
        for (int again = 0; again < 2; again++) {
            assertEquals(first, options.read(vector, false).first());
            assertEquals(3, read("run -n true").first());
        }
    }

    @Test
    void ids_x11_and_sound_are_read() throws RefusedException {
        RunRequest request = read("-u 100000 -12 ls");
        assertEquals(OptionalLong.of(100_000), request.uidBase());
        assertEquals(OptionalLong.of(100_000), request.gidBase());
        assertEquals(Optional.of(X11.UNTRUSTED), request.x11());
        assertTrue(request.pulseaudio());
        assertEquals(OptionalLong.of(7), read("-u7 --gid-base 9 ls").uidBase());
        assertEquals(OptionalLong.of(9), read("-u7 --gid-base 9 ls").gidBase());
        assertEquals(Optional.of(X11.TRUSTED), read("--x11=trusted ls").x11());
        assertEquals(
                Optional.of(X11.UNTRUSTED), read("--x11=untrusted -- trusted").x11());
        assertTrue(read("--as-root ls").asRoot());
        for (String base : List.of("0", "-5", "x", "", "4294901760", "99999999999")) {
            assertEquals(
                    "cannot read the command line: option --uid-base needs an id from 1 to 4294901759, not " + base,
                    refusal("--uid-base=" + base + " ls"));
        }
        assertEquals(
                "cannot read the command line: option --as-root excludes --uid-base and --gid-base, which make uid 0 too",
                refusal("--as-root -g 5 ls"));
    }

    @Test
    void each_option_is_read() throws RefusedException {
        RunRequest request =
                read("-e bwrap -z deb -n -p /tmp -d /a:/b:ro -v A:1 -v B=2 -v C -i -q -x --status-fd 7 ls");
        assertEquals(Optional.of("bwrap"), request.backend());
        assertEquals(Optional.of("deb"), request.template());
        assertEquals(Optional.empty(), request.root());
        assertTrue(request.shareNet());
        assertEquals(Optional.of(Bytes.utf8("/tmp")), request.chdir());
        assertEquals(List.of(new Bind(Bytes.utf8("/a"), Bytes.utf8("/b"), true)), request.binds());
        assertEquals(List.of(Bytes.utf8("A=1"), Bytes.utf8("B=2"), Bytes.utf8("C")), request.env());
        assertTrue(request.ignoreSigint() && request.quiet() && request.trace());
        assertEquals(OptionalInt.of(7), request.statusFd());
        assertEquals(
                request,
                read("--backend bwrap --template deb --share-net --chdir /tmp --bind /a:/b:ro --env A:1"
                        + " --env B=2 --env C --ignore-sigint --quiet --trace --status-fd 7 ls"));
    }

    @Test
    void one_reading_leaves_nothing_for_the_next() throws RefusedException {
        read("-n -z deb -v A=1 -d /a:/b ls");
        RunRequest request = read("-q ls");
        assertFalse(request.shareNet());
        assertEquals(Optional.empty(), request.template());
        assertEquals(List.of(), request.binds());
        assertEquals(List.of(), request.env());
    }

    @Test
    void the_last_of_equal_options_counts() throws RefusedException {
        assertEquals(Optional.of("b"), read("-z a -z b ls").template());
    }

    @Test
    void arguments_of_the_command_are_never_options() throws RefusedException {
        RunRequest request = read("ls --bind -z -t");
        assertEquals(1, request.first());
        assertEquals(Optional.empty(), request.template());
    }

    @Test
    void values_are_bytes() throws RefusedException {
        Bytes odd = Bytes.fromLatin1("\u00ff\u0001 '\"$(x)@");
        List<Bytes> words =
                List.of(Bytes.utf8("mayfly"), Bytes.utf8("-v"), Bytes.utf8("A=").plus(odd), Bytes.utf8("-p"), odd, odd);
        RunRequest request = options.read(words, false);
        assertEquals(5, request.first());
        assertEquals(List.of(Bytes.utf8("A=").plus(odd)), request.env());
        assertEquals(Optional.of(odd), request.chdir());
    }

    @Test
    void a_word_with_an_at_sign_is_no_file_of_arguments() throws RefusedException {
        assertEquals(Optional.of("@/etc/passwd"), read("-z @/etc/passwd ls").template());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"quoted\"", "'quoted'", "${sys:user.home}", "a,b", "a b"})
    void values_are_taken_literally(String value) throws RefusedException {
        List<Bytes> words = List.of(Bytes.utf8("mayfly"), Bytes.utf8("-p"), Bytes.utf8(value), Bytes.utf8("ls"));
        assertEquals(Optional.of(Bytes.utf8(value)), options.read(words, false).chdir());
    }

    @Test
    void a_command_of_many_words_is_read_as_fast_as_one_of_few() throws RefusedException {
        List<Bytes> words = words("-n ls");
        words.addAll(Collections.nCopies(1_000, Bytes.utf8("-x")));
        assertEquals(2, options.read(words, false).first());
    }

    @Test
    void what_is_wrong_is_said() {
        assertEquals("cannot read the command line: unknown option --foo", refusal("--foo ls"));
        assertEquals("cannot read the command line: unknown option -y", refusal("-y ls"));
        assertEquals("cannot read the command line: option --bind needs a value, SRC:DST[:ro]", refusal("-d"));
        assertEquals("cannot read the command line: option --root needs a value, DIR", refusal("-t -n ls"));
        assertEquals("cannot read the command line: option --root needs a directory", refusal("--root= ls"));
        assertEquals("cannot read the command line: option --chdir needs a directory", refusal("--chdir= ls"));
        assertEquals(
                "cannot read the command line: options --template and --root exclude each other",
                refusal("-z a -t b ls"));
        assertEquals("cannot read the command line: option --bind needs SRC:DST[:ro], not /a", refusal("-d /a ls"));
        assertEquals(
                "cannot read the command line: option --env needs NAME=VALUE or NAME, not 1A=2", refusal("-v 1A=2 ls"));
        assertEquals(
                "cannot read the command line: option --status-fd needs a descriptor's number, not x",
                refusal("--status-fd x ls"));
        assertEquals(
                "cannot read the command line: option --status-fd needs a descriptor's number, not -5",
                refusal("--status-fd=-5 ls"));
        assertEquals("cannot bind at b: it does not begin with /", refusal("-d /a:b ls"));
        assertEquals("cannot bind at /a/../b: it contains ..", refusal("-d /a:/a/../b ls"));
        assertEquals("cannot bind at /: that would replace the whole root", refusal("-d /a:// ls"));
        assertEquals("cannot bind at /b: the bind at /b is there", refusal("-d /a:/b -d /c:/b ls"));
        assertEquals("cannot bind at /b/c: the bind at /b is there", refusal("-d /a:/b/c -d /c:/b ls"));
    }

    @Test
    void what_a_run_is_given_comes_after_its_own_and_lies_in_no_other_bind() throws RefusedException {
        Bind given = new Bind(Bytes.utf8("/socket"), Bytes.utf8("/run/socket"), true);
        Bind mask = new Bind(Bytes.utf8("/cookie"), Bytes.utf8("/b/secret"), true);
        List<Bytes> variables = List.of(Bytes.utf8("DISPLAY=:1"));

        RunRequest request = read("-v DISPLAY=:9 -d /a:/b ls").with(List.of(given), List.of(mask), variables);

        assertEquals(List.of(Bytes.utf8("DISPLAY=:9"), Bytes.utf8("DISPLAY=:1")), request.env());
        assertEquals(List.of(given, mask), request.binds().subList(1, 3));
        RunRequest taken = read("-d /a:/run ls");
        assertEquals(
                "cannot bind at /run/socket: the bind at /run is there",
                assertThrows(RefusedException.class, () -> taken.with(List.of(given), List.of(), variables))
                        .getMessage());
    }

    @Test
    void a_refusal_says_where_to_look() {
        RefusedException refusal = assertThrows(RefusedException.class, () -> read("--foo"));
        assertEquals(Optional.of("mayfly help run lists the options"), refusal.remedy());
    }

    @Test
    void options_that_fill_all_words_of_a_truncated_vector_are_refused() {
        List<Bytes> words = words("-n -v A=1");
        RefusedException refusal = assertThrows(RefusedException.class, () -> options.read(words, true));
        assertEquals("cannot read the command line: the options are too long", refusal.getMessage());
    }

    @Test
    void bind_destinations_are_tidied() throws RefusedException {
        Bind bind = read("-d a:b:/x//./y/ ls").binds().get(0);
        assertEquals(new Bind(Bytes.utf8("a:b"), Bytes.utf8("/x/y"), false), bind);
    }

    @Test
    void relative_paths_begin_at_the_working_directory() throws RefusedException {
        RunRequest request = read("-d a:/b -d /c:/d ls").in(Optional.of(Bytes.utf8("/home/u")));
        assertEquals("/home/u/a", request.binds().get(0).source().text());
        assertEquals("/c", request.binds().get(1).source().text());
        assertEquals(
                Optional.of(Bytes.utf8("/home/u/r")),
                read("-t r ls").in(Optional.of(Bytes.utf8("/home/u"))).root());
    }

    @Test
    void relative_paths_need_a_working_directory() throws RefusedException {
        RunRequest request = read("-t r ls");
        RefusedException refusal = assertThrows(RefusedException.class, () -> request.in(Optional.empty()));
        assertEquals("cannot use the path r: the working directory has been deleted", refusal.getMessage());
        assertEquals(
                Optional.of(Bytes.utf8("/r")),
                read("-t /r ls").in(Optional.empty()).root());
    }

    @Test
    void what_was_read_before_changes_nothing() throws RefusedException {
        List<String> lines = List.of(
                "-n ls",
                "-n -z a ls",
                "-n -- ls",
                "-n -- -z",
                "-n -z b",
                "-n",
                "-n -",
                "-z a ls",
                "-z a -n ls",
                "run -n ls",
                "run -n -- run -n",
                "-v A ls",
                "-v A -v B ls",
                "-nz a ls");
        List<RunRequest> fresh = new ArrayList<>();
        for (String line : lines) {
            fresh.add(new RunOptions().read(words(line), false));
        }
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < lines.size(); i++) {
                assertEquals(fresh.get(i), read(lines.get(i)), lines.get(i));
            }
        }
        for (String wrong : List.of("-n --foo ls", "-z", "-n -z", "-n -t a -z b ls")) {
            assertThrows(RefusedException.class, () -> read(wrong), wrong);
        }
    }

    @Test
    void many_different_options_are_not_all_remembered() throws RefusedException {
        for (int i = 0; i < 63; i++) {
            assertEquals(Optional.of("t" + i), read("-z t" + i + " ls").template());
        }
        assertEquals(Optional.of("t0"), read("-z t0 ls").template());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"-d", "-d x:", "-d x:/a", "--bind=x:/", "-n", "-nz", "-iq", "-a", "--", "--e", "-t", "-tv", "-vn"
            })
    @Timeout(10)
    void what_fills_a_frame_takes_no_time(String beginning) {
        for (String repeated : List.of("n", "/a", "/", ":", "a", "=", "v", "-v")) {
            for (int length : new int[] {3_000, 4_090, 60_000, 190_000}) {
                for (int times : new int[] {1, 16, 1_000}) {
                    String word = beginning + repeated.repeat(length / repeated.length() / times);
                    List<Bytes> words = words(String.join(" ", Collections.nCopies(times, word)));
                    try {
                        assertTrue(options.read(words, false).first() <= words.size());
                    } catch (RefusedException e) {
                        assertTrue(e.getMessage().startsWith("cannot "), e.getMessage());
                    }
                }
            }
        }
    }

    @Test
    void no_bind_is_inside_another_and_there_are_not_too_many() throws RefusedException {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < 63; i++) {
            line.append("-da:/deep/directory/").append(i).append(' ');
        }
        assertEquals(63, read(line + "true").binds().size());
        assertEquals(
                "cannot bind at /deep/directory/7/x: the bind at /deep/directory/7 is there",
                refusal(line + "-da:/deep/directory/7/x true"));
        assertEquals(
                "cannot bind at /deep/directory/7: the bind at /deep/directory/7 is there",
                refusal(line + "-da:/deep/directory/7 true"));
        assertEquals(64, read(line + "-da:/deep/directory/7-x true").binds().size());
        assertEquals(
                "cannot read the command line: there are more than 64 binds", refusal(line + "-da:/b -da:/c true"));
    }

    @Test
    void options_that_are_too_long_are_refused_and_variables_are_not() throws RefusedException {
        String tooLong = "cannot read the command line: the options are too long";
        assertEquals(tooLong, refusal("-d" + "a".repeat(4_095) + ":/b true"));
        assertEquals(tooLong, refusal("-d " + "a".repeat(65_536) + ":/b true"));
        assertEquals(tooLong, refusal(("-p " + "a".repeat(1_000) + " ").repeat(70) + "true"));
        assertEquals(
                "cannot read the command line: the options are more than 256 words",
                refusal("-p /a ".repeat(129) + "true"));
        assertEquals(tooLong, refusal("-" + "n".repeat(65) + " true"));
        String value = "a".repeat(60_000);
        assertEquals(
                3,
                read("-v A=" + value + " -vB=" + value + " --env=C=" + value + " true")
                        .env()
                        .size());
        assertEquals(2, read("-n sh -c " + value + value + " -x").first());
    }

    /** The subcommand's words; a dash when they are those of a run. */
    private String refill(String line) throws RefusedException {
        return read(line)
                .refill()
                .map(refill -> String.join(
                        " ", refill.subcommand().stream().map(Bytes::text).toList()))
                .orElse("-");
    }

    @ParameterizedTest
    @CsvSource({
        "-r deb,pool refill -- deb",
        "-r deb 5,pool refill -- deb 5",
        "-f -r p/deb,pool refill --force -- p/deb",
        "-r deb -s,pool refill --sweep -- deb",
        "-fqxr deb 5,pool refill --force --quiet --trace -- deb 5",
        "--refill=deb --force -- 5,pool refill --force -- deb 5",
        "run -r deb 5,pool refill -- deb 5",
        "sh -r,-",
        "-- -r deb,-",
        "-e bwrap cmd -r x,-",
        "-v A=1 cmd -r x,-",
        "run -- -r deb,-",
        "run sh -f -s -r,-",
        "-n true -r deb,-"
    })
    void a_refill_is_one_by_options_in_front_of_everything_else_only(String line, String words)
            throws RefusedException {
        assertEquals(words, refill(line));
        assertEquals(words, refill(line));
    }

    @ParameterizedTest
    @CsvSource({
        "-f true,options --force and --sweep go with --refill only",
        "-s,options --force and --sweep go with --refill only",
        "-r,'option --refill needs a value, TEMPLATE'",
        "-p -r -- -r,'option --chdir needs a value, DIR'",
        "-r -f deb,'option --refill needs a value, TEMPLATE'",
        "-r deb sh,'option --refill goes with a number, not sh'",
        "-r deb 5 -f,'unexpected word -f: no command goes with --refill'",
        "-r deb -z deb,options --refill and --template exclude each other",
        "-n -r deb,options --refill and --share-net exclude each other",
        "-r deb --status-fd 3,options --refill and --status-fd exclude each other"
    })
    void a_refill_with_anything_else_is_refused(String line, String reason) {
        assertEquals("cannot read the command line: " + reason, refusal(line));
    }

    private static SessionWish wish(String name, SessionWish.Manner manner) {
        return new SessionWish(name, manner, OptionalLong.empty(), OptionalLong.empty());
    }

    @Test
    void a_session_is_named_by_option_or_subcommand() throws RefusedException {
        assertEquals(Optional.empty(), read("true").session());
        assertEquals(
                Optional.of(wish("s", SessionWish.Manner.EITHER)),
                read("--session s true").session());
        assertEquals(
                Optional.of(wish("s-1.x_Y", SessionWish.Manner.EXEC)),
                read("session exec s-1.x_Y true").session());
        assertEquals(
                Optional.of(wish("s", SessionWish.Manner.START)),
                read("session start s").session());
        assertEquals(
                Optional.of(new SessionWish("s", SessionWish.Manner.START, OptionalLong.of(90), OptionalLong.of(7200))),
                read("session start s --idle 90 --time 2h -n").session());
    }

    @ParameterizedTest
    @CsvSource({
        "session exec s,4",
        "session exec s true,4",
        "session exec s -- true,5",
        "session exec s -i -v A true,7",
        "session exec s -- -x,5",
        "session start s,4",
        "session start s -n,5",
        "run session exec s,2",
        "-n session exec s,2"
    })
    void a_sessions_command_comes_behind_its_name(String line, int first) throws RefusedException {
        assertEquals(first, read(line).first());
        assertEquals(first, read(line).first(), "read once more");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "a/b", ".a", "-a", "a~", "a b", "\u00e4", ""})
    void a_sessions_name_is_no_path(String name) {
        assertThrows(RefusedException.class, () -> SessionWish.name(Bytes.utf8(name)));
        assertThrows(RefusedException.class, () -> SessionWish.name(Bytes.utf8("a".repeat(65))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "session",
                "session list",
                "session exec",
                "session exec -n s true",
                "session exec ../s true",
                "session start s true",
                "session start s -- true",
                "session start s -v A",
                "session start s -p /",
                "session start s -i",
                "session exec s --session t true",
                "session exec s -r t",
                "--idle 1m true",
                "--session s --time 1w true",
                "--session s --idle 0 true",
                "--session s -r t"
            })
    void what_does_not_go_with_a_session_is_refused(String line) {
        assertTrue(refusal(line).startsWith("cannot "), () -> refusal(line));
    }

    @Test
    void the_link_isolate_knows_no_subcommand_of_sessions() throws RefusedException {
        List<Bytes> words = new ArrayList<>(words("session exec s true"));
        words.set(0, Bytes.utf8("/usr/bin/isolate"));
        RunRequest request = options.read(words, false);
        assertEquals(1, request.first());
        assertEquals(Optional.empty(), request.session());
    }
}
