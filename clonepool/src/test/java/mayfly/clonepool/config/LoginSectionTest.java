package mayfly.clonepool.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import org.junit.jupiter.api.Test;

final class LoginSectionTest {
    private static List<LoginConfiguration> logins(String... lines) throws ConfigurationException {
        return ConfigurationFile.parse(String.join("\n", lines), "m.toml").logins();
    }

    private static List<String> problems(String... lines) {
        return assertThrows(ConfigurationException.class, () -> logins(lines)).problems();
    }

    @Test
    void without_a_table_nobody_logs_in() throws ConfigurationException {
        assertEquals(List.of(), logins(""));
        assertEquals(List.of(), Configuration.defaults().logins());
    }

    @Test
    void what_is_left_out_is_for_everybody() throws ConfigurationException {
        LoginConfiguration login = new LoginConfiguration("all", List.of(), Optional.empty(), "/bin/bash", List.of());

        assertEquals(List.of(login), logins("[login.all]"));
        assertEquals(true, login.isForEverybody());
    }

    @Test
    void each_key_has_its_effect() throws ConfigurationException {
        assertEquals(
                List.of(
                        new LoginConfiguration(
                                "a",
                                List.of("ann", "%wheel"),
                                Optional.of("host"),
                                "/bin/zsh",
                                List.of("-n", "--idle", "1h", "--time=2d", "-d", "%h:%h", "-v", "A=%u %%")),
                        new LoginConfiguration("b", List.of("%staff"), Optional.of("deb"), "/bin/bash", List.of())),
                logins(
                        "[login.b]",
                        "users = ['%staff']",
                        "template = 'deb'",
                        "[login.a]",
                        "users = ['ann', '%wheel']",
                        "template = 'host'",
                        "shell = '/bin/zsh'",
                        "options = ['-n', '--idle', '1h', '--time=2d', '-d', '%h:%h', '-v', 'A=%u %%']",
                        "[template.deb]",
                        "path = '/srv/deb'"));
    }

    @Test
    void options_have_the_user_in_them() throws ConfigurationException {
        LoginConfiguration login = logins("[login.a]", "options = ['-v', 'A=%u%%h', '-d', '%h/x\u00e4:/y']")
                .get(0);

        assertEquals(
                List.of(
                        Bytes.utf8("-v"),
                        Bytes.utf8("A=ann%h"),
                        Bytes.utf8("-d"),
                        Bytes.fromLatin1("/h$1\\\u00ff").plus(Bytes.utf8("/x\u00e4:/y"))),
                login.words(Bytes.utf8("ann"), Bytes.fromLatin1("/h$1\\\u00ff")));
    }

    @Test
    void each_problem_is_named() {
        assertEquals(
                List.of("m.toml:2: unknown key login.a.templat (did you mean template?)"),
                problems("[login.a]", "templat = 'x'"));
        assertEquals(List.of("m.toml:2: there is no template hos"), problems("[login.a]", "template = 'hos'"));
        assertEquals(
                List.of("m.toml:2: login.a.shell must be a path that begins with /"),
                problems("[login.a]", "shell = 'bash'"));
        assertEquals(
                List.of("m.toml:2: login.a.users must not be empty: leave it out where the login is for everybody"),
                problems("[login.a]", "users = []"));
        assertEquals(
                List.of("m.toml:4: login.b.users has ann, which login.a has already"),
                problems("[login.a]", "users = ['ann']", "[login.b]", "users = ['ann']"));
        assertEquals(
                List.of("m.toml:2: login.b is for everybody, as login.a is: one of them needs users"),
                problems("[login.a]", "[login.b]"));
        assertEquals(
                List.of("m.toml:1: a login's name has the characters a-z 0-9 . _ - only and begins with a letter or"
                        + " digit: A b"),
                problems("[login.'A b']"));
    }

    @Test
    void options_are_those_of_a_login() {
        String options = "m.toml:2: login.a.options";
        String none =
                options + " must not have --session, --refill, --status-fd, --x11 or --pulseaudio: a login has none"
                        + " of these";
        assertEquals(List.of(none), problems("[login.a]", "options = ['--session', 'x']"));
        assertEquals(List.of(none), problems("[login.a]", "options = ['--status-fd', '1']"));
        assertEquals(List.of(none), problems("[login.a]", "options = ['-1']"));
        assertEquals(
                List.of(options + " must not have --template: there is the key template"),
                problems("[login.a]", "options = ['-z', 'host']"));
        assertEquals(
                List.of(options + " must have options of a run only: the shell has a key of its own"),
                problems("[login.a]", "options = ['-n', 'bash']"));
        assertEquals(
                List.of(options + " must have options of a run only: the shell has a key of its own"),
                problems("[login.a]", "options = ['-n', '--']"));
        assertEquals(
                List.of(options + ": cannot read the command line: unknown option --no"),
                problems("[login.a]", "options = ['--no']"));
        assertEquals(
                List.of(options + " must not have --root beside the key template"),
                problems("[login.a]", "options = ['-t', '/srv']", "template = 'host'"));
        assertEquals(
                List.of(options + ": there is no backend brwap"), problems("[login.a]", "options = ['-e', 'brwap']"));
        assertEquals(
                List.of(options + ": --time must not be more than limits.session-time-max, 7d"),
                problems("[login.a]", "options = ['--time', '8d']"));
        assertEquals(
                List.of("m.toml:2: login.a.options: --idle must not be more than limits.session-idle-max, 2h"),
                problems("[login.a]", "options = ['--idle', '3h']", "[limits]", "session-idle-max = '2h'"));
        assertEquals(
                List.of(options + " may have %u, %h and %% in it, not another percent sign: A=%d"),
                problems("[login.a]", "options = ['-v', 'A=%d']"));
    }
}
