package mayfly.launcher;

import java.util.Optional;
import java.util.OptionalInt;
import mayfly.client.Administration;
import mayfly.client.MayflyException;
import mayfly.client.Refilled;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code mayfly pool refill}, which is {@code mayfly -r} too. */
final class PoolRefill extends Order {
    PoolRefill() {
        super(
                "pool refill",
                "TEMPLATE [N]",
                "Brings the template's pool to N ready clones of its newest snapshot, and keeps so many.");
    }

    @Override
    public CommandSpec spec() {
        return super.spec()
                .addOption(Options.flag("replace those that are ready too", "-f", "--force"))
                .addOption(Options.flag("make none, only give up what is not wanted", "-s", "--sweep"))
                .addOption(Options.flag("every step with its time, on standard error", "-x", "--trace"));
    }

    @Override
    Optional<String> give(Administration administration, ParseResult words, Messages messages)
            throws MayflyException, UsageException {
        Optional<String> count = operand(words, 1);
        Refilled refilled = administration.refill(
                template(words), number(count), words.hasMatchedOption("--force"), words.hasMatchedOption("--sweep"));
        return Optional.of(refilled.template() + ": " + refilled.ready() + " ready"
                + refilled.snapshot().map(name -> " of snapshot " + name).orElse("") + ", " + refilled.made()
                + " made, " + refilled.discarded() + " given up");
    }

    private static OptionalInt number(Optional<String> word) throws UsageException {
        if (word.isEmpty()) {
            return OptionalInt.empty();
        }
        if (!word.get().matches("[0-9]{1,9}")) {
            throw new UsageException("N is a number, not " + word.get(), remedy());
        }
        return OptionalInt.of(Integer.parseInt(word.get()));
    }

    private static String remedy() {
        return "mayfly help pool refill lists the options";
    }
}
