package mayfly.clonepool.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import mayfly.clonepool.config.ListenConfiguration.Bounds;
import mayfly.clonepool.config.ListenConfiguration.Sockets;
import org.junit.jupiter.api.Test;

final class ListenSectionTest {
    private static List<ListenConfiguration> listeners(String... lines) throws ConfigurationException {
        return ConfigurationFile.parse(String.join("\n", lines), "m.toml").listeners();
    }

    private static List<String> problems(String... lines) {
        return assertThrows(ConfigurationException.class, () -> listeners(lines))
                .problems();
    }

    @Test
    void without_a_table_nothing_listens() throws ConfigurationException {
        assertEquals(List.of(), listeners(""));
        assertEquals(List.of(), Configuration.defaults().listeners());
    }

    @Test
    void what_is_left_out_is_as_mayfly_listen_has_it() throws ConfigurationException {
        assertEquals(
                List.of(new ListenConfiguration(
                        "web",
                        new Sockets(List.of(":80"), List.of(), Optional.empty()),
                        new Bounds(OptionalInt.empty(), OptionalInt.empty(), Optional.empty(), OptionalInt.empty()),
                        Optional.empty(),
                        false,
                        Optional.empty(),
                        List.of(),
                        List.of("httpd"))),
                listeners("[listen.web]", "tcp = [':80']", "command = ['httpd']"));
    }

    @Test
    void each_key_has_its_effect() throws ConfigurationException {
        assertEquals(
                List.of(new ListenConfiguration(
                        "web",
                        new Sockets(
                                List.of("127.0.0.1:80", "[::1]:80", "*:81", "[fe80::1%eth0]:1"),
                                List.of("/run/w"),
                                Optional.of("0660")),
                        new Bounds(OptionalInt.of(5), OptionalInt.of(2), Optional.of("9/m"), OptionalInt.of(60)),
                        Optional.of("www"),
                        false,
                        Optional.of("deb"),
                        List.of("-v", "A=b c"),
                        List.of("httpd", "-i", "--", ""))),
                listeners(
                        "[template.deb]",
                        "path = '/srv/deb'",
                        "[listen.web]",
                        "tcp = ['127.0.0.1:80', '[::1]:80', '*:81', '[fe80::1%eth0]:1']",
                        "unix = ['/run/w']",
                        "mode = '0660'",
                        "max = 5",
                        "max-per-source = 2",
                        "rate = '9/m'",
                        "time = 60",
                        "user = 'www'",
                        "template = 'deb'",
                        "options = ['-v', 'A=b c']",
                        "command = ['httpd', '-i', '--', '']"));
        assertEquals(
                true,
                listeners("[listen.s]", "unix = ['/s']", "pass-listener = true", "command = ['s']")
                        .get(0)
                        .passesListener());
    }

    @Test
    void all_problems_are_told_with_their_lines() {
        assertEquals(
                List.of(
                        "m.toml:3: listen.a.tcp must have addresses, as 127.0.0.1:80, [::1]:80 or *:80: localhost:80",
                        "m.toml:3: listen.a.tcp must have addresses, as 127.0.0.1:80, [::1]:80 or *:80: ::1:80",
                        "m.toml:4: listen.a.unix must have paths that begin with / and are no longer than 103: w.sock",
                        "m.toml:5: listen.a.mode must be a mode in octal, as \"0660\"",
                        "m.toml:6: listen.a.max must be a number from 1 to 1000",
                        "m.toml:7: listen.a.rate must be a rate, as 50/s, 100/m or 1000/h",
                        "m.toml:8: there is no template dep",
                        "m.toml:9: listen.a.options must not have -- in it: the command has a key of its own",
                        "m.toml:10: listen.a.command must be a list of texts: the command and its arguments",
                        "m.toml:11: unknown key listen.a.rates (did you mean rate?)"),
                problems(
                        "",
                        "[listen.a]",
                        "tcp = ['localhost:80', '::1:80']",
                        "unix = ['w.sock']",
                        "mode = '99'",
                        "max = 1001",
                        "rate = '5'",
                        "template = 'dep'",
                        "options = ['-q', '--', 'x']",
                        "command = []",
                        "rates = 5"));
        assertEquals(
                List.of(
                        "m.toml:1: listen.b.tcp or listen.b.unix is missing: where to listen",
                        "m.toml:1: listen.b.command is missing: the command and its arguments, as a list"),
                problems("[listen.b]"));
        assertEquals(
                List.of("m.toml:2: a listener's name has the characters a-z 0-9 . _ - only and begins with a letter or"
                        + " digit: A b"),
                problems("", "[listen.'A b']"));
    }

    @Test
    void a_server_that_accepts_by_itself_has_no_limits_of_connections() {
        assertEquals(
                List.of(
                        "m.toml:4: listen.s.max has no meaning with pass-listener: the command itself accepts",
                        "m.toml:5: listen.s.rate has no meaning with pass-listener: the command itself accepts"),
                problems(
                        "[listen.s]",
                        "tcp = [':1']",
                        "pass-listener = true",
                        "max = 5",
                        "rate = '1/s'",
                        "command = ['s']"));
    }

    @Test
    void options_are_those_of_a_run_and_of_no_session() throws ConfigurationException {
        assertEquals(
                List.of(
                        "m.toml:4: listen.s.options must have options of a run for one connection, and --user is none",
                        "m.toml:4: listen.s.options must have options of a run for one connection, and --time is none",
                        "m.toml:4: listen.s.options must have options of a run for one connection, and --session is"
                                + " none"),
                problems(
                        "[listen.s]",
                        "tcp = [':1']",
                        "command = ['s']",
                        "options = ['--user', 'root', '--time=5', '-q', '--session', 'x', '--users']"));
    }

    @Test
    void the_same_socket_is_found_however_it_is_written() throws ConfigurationException {
        assertEquals(
                List.of(
                        "m.toml:6: listen.b.tcp has :080, which is that of listener a",
                        "m.toml:6: listen.b.tcp has [::0]:80, which is that of listener a",
                        "m.toml:6: listen.b.tcp has 0.0.0.0:80, which is that of listener a",
                        "m.toml:6: listen.b.tcp has [0:0::1]:81, which is that of listener a",
                        "m.toml:7: listen.b.unix has //run/./s, which is that of listener a"),
                problems(
                        "[listen.a]",
                        "tcp = ['*:80', '[::1]:81', '127.0.0.1:82']\nunix = ['/run//s']\ncommand = ['x']\n[listen.b]",
                        "tcp = [':080', '[::0]:80', '0.0.0.0:80', '[0:0::1]:81', '127.0.0.2:82', '127.0.0.1:83']",
                        "unix = ['//run/./s', '/run/s2']",
                        "command = ['x']"));
    }

    @Test
    void no_two_listeners_have_the_same_socket() throws ConfigurationException {
        assertEquals(
                List.of(
                        "m.toml:6: listen.b.tcp has :80, which is that of listener a",
                        "m.toml:7: listen.b.unix has /s, which is that of listener a"),
                problems(
                        "[listen.a]",
                        "tcp = [':80', ':0']\nunix = ['/s']\ncommand = ['x']\n[listen.b]\ntcp = [':80', ':0']",
                        "unix = ['/s']",
                        "command = ['x']"));
    }
}
