package mayfly.launcher;

import java.util.Optional;
import mayfly.client.Administration;
import mayfly.client.MayflyException;
import picocli.CommandLine.ParseResult;

/** {@code mayfly pool drain}. */
final class PoolDrain extends Order {
    PoolDrain() {
        super(
                "pool drain",
                "[TEMPLATE]",
                "Gives up the template's ready clones, or those of all that you may change, and has none made until"
                        + " pool refill. Commands go on, and new ones run in clones made for them.");
    }

    @Override
    Optional<String> give(Administration administration, ParseResult words, Messages messages) throws MayflyException {
        return Optional.of(administration.drain(operand(words, 0)) + " given up");
    }
}
