package mayfly.clonepool.service;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import mayfly.clonepool.config.LoginConfiguration;
import mayfly.clonepool.config.Members;
import mayfly.clonepool.protocol.Frame;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.ProcessIdentity;
import mayfly.sandbox.posix.Processes;

/**
 * What the configuration has for those who log in by mayfly-login. Asks the user database, which can be far away: for
 * workers.
 */
final class Logins {
    /** The first word of a login's claim. Those behind it are the command, which is none of the service's business. */
    private static final Bytes NAME = Bytes.utf8("mayfly-login");

    /** Of the caller's variables, beside those that all commands get: where he comes from. */
    private static final List<String> VARIABLES = List.of("SSH_CLIENT", "SSH_CONNECTION");

    private static final int INIT = 1;

    private final Settings settings;

    Logins(Settings settings) {
        this.settings = settings;
    }

    static boolean isLogin(Frame.Claim frame) {
        return frame.words().get(0).equals(NAME);
    }

    /** @param client the process of mayfly-login, as the kernel has it */
    Login find(Frame.Claim frame, Caller caller, int client) throws RefusedException, IOException {
        Accounts.User user = Accounts.user(caller.uid())
                .orElseThrow(() ->
                        new RefusedException("cannot log in: user " + caller.uid() + " is not in the user database"));
        LoginConfiguration login = choose(user.name(), caller);
        ProcessIdentity until = until(client);
        Bytes shell = Bytes.utf8(login.shell());
        List<Bytes> words = new ArrayList<>(List.of(NAME));
        add(words, "--env", Bytes.utf8("SHELL=").plus(shell));
        VARIABLES.forEach(variable -> add(words, "--env", Bytes.utf8(variable)));
        login.template().ifPresent(template -> add(words, "--template", Bytes.utf8(template)));
        words.addAll(login.words(user.name(), user.home()));
        add(words, "--session", Bytes.utf8("login-" + until.pid() + "-" + until.start()));
        return new Login(new Frame.Claim(words, false, frame.cwd(), List.of()), shell, until);
    }

    private static void add(List<Bytes> words, String option, Bytes value) {
        words.add(Bytes.utf8(option));
        words.add(value);
    }

    /** The one that has his name, else the first one with a group of his, else the one for everybody. */
    private LoginConfiguration choose(Bytes user, Caller caller) throws RefusedException, IOException {
        List<LoginConfiguration> all = settings.now().logins();
        Optional<LoginConfiguration> chosen = all.stream()
                .filter(login -> login.users().stream().map(Bytes::utf8).anyMatch(user::equals))
                .findFirst();
        for (LoginConfiguration login : all) {
            if (chosen.isEmpty() && Members.of(login.users(), unknown -> {}).contains(caller)) {
                chosen = Optional.of(login);
            }
        }
        return chosen.or(() ->
                        all.stream().filter(LoginConfiguration::isForEverybody).findFirst())
                .orElseThrow(() -> new RefusedException(
                        "cannot log in: there is no login for user " + user,
                        "a table [login.NAME] in mayfly.toml says what its users get"));
    }

    /** The process that has logged the client's user in: the client's parent, or the client itself when it has none left. */
    private static ProcessIdentity until(int client) throws RefusedException, IOException {
        OptionalInt parent = Processes.parent(client);
        Optional<ProcessIdentity> until = parent.isPresent()
                ? Processes.identity(parent.getAsInt() > INIT ? parent.getAsInt() : client)
                : Optional.empty();
        return until.orElseThrow(() -> new RefusedException(
                "cannot log in: the process of the login cannot be seen", "it has ended, or is in a container"));
    }
}
