package mayfly.clonepool.config;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mayfly.sandbox.Bytes;

/**
 * What those get who log in by mayfly-login.
 *
 * @param users whom it is for, groups with {@code %}; empty: everybody whom no other one names
 * @param template of their sandboxes; empty: the default one
 * @param shell the program that they get, a path inside
 * @param options of a run, in which {@code %u} is the user's name, {@code %h} his home directory and {@code %%} a percent
 *     sign
 */
public record LoginConfiguration(
        String name, List<String> users, Optional<String> template, String shell, List<String> options) {
    static final String DEFAULT_SHELL = "/bin/bash";

    /** The user's name, his home directory, and the character itself. */
    private static final Pattern PLACEHOLDER = Pattern.compile("%([uh%])");

    public LoginConfiguration {
        users = List.copyOf(users);
        options = List.copyOf(options);
    }

    public boolean isForEverybody() {
        return users.isEmpty();
    }

    /** The words of the options for a user. */
    public List<Bytes> words(Bytes user, Bytes home) {
        return options.stream().map(option -> word(option, user, home)).toList();
    }

    private static Bytes word(String option, Bytes user, Bytes home) {
        // One character for each byte, whatever they are.
        Matcher matcher = PLACEHOLDER.matcher(Bytes.utf8(option).latin1());
        return Bytes.fromLatin1(matcher.replaceAll(found -> Matcher.quoteReplacement(
                switch (found.group(1)) {
                    case "u" -> user.latin1();
                    case "h" -> home.latin1();
                    default -> "%";
                })));
    }

    /** Whether a percent sign stands in it that is none of the placeholders. */
    static boolean hasUnknownPlaceholder(String option) {
        return PLACEHOLDER.matcher(option).replaceAll("").contains("%");
    }
}
