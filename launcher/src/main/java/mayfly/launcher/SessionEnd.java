package mayfly.launcher;

import java.util.Optional;
import java.util.OptionalLong;
import mayfly.client.Administration;
import mayfly.client.MayflyException;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.PosixException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code mayfly session end}. */
final class SessionEnd extends Order {
    private static final String USER = "--user";

    SessionEnd() {
        super("session end", "SESSION", "Ends the session and all that runs in it; its clone is destroyed.");
    }

    @Override
    public CommandSpec spec() {
        return super.spec().addOption(Options.value(USER, "USER", "whose session it is, by name or number; for root"));
    }

    @Override
    Optional<String> give(Administration administration, ParseResult words, Messages messages)
            throws MayflyException, UsageException {
        return Optional.of(administration.endSession(operand(words, 0).orElseThrow(), user(words)) + " ended");
    }

    private static OptionalLong user(ParseResult words) throws UsageException, MayflyException {
        if (!words.hasMatchedOption(USER)) {
            return OptionalLong.empty();
        }
        Bytes word = Bytes.fromLatin1(words.matchedOptionValue(USER, ""));
        if (word.latin1().matches("[0-9]{1,10}")) {
            return OptionalLong.of(Long.parseLong(word.latin1()));
        }
        try {
            Optional<Accounts.User> user = Accounts.user(word);
            if (user.isEmpty()) {
                throw new UsageException("there is no user " + word, "mayfly session list shows whose they are");
            }
            return OptionalLong.of(user.get().uid());
        } catch (PosixException e) {
            throw new MayflyException("cannot look up user " + word + ": " + e.getMessage());
        }
    }
}
