package mayfly.launcher;

import java.util.List;
import java.util.Optional;
import mayfly.client.Administration;
import mayfly.client.MayflyException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** An order about a template, or one of its snapshots, by which something is lost: it asks first, or needs {@code --yes}. */
abstract class LossyOrder extends Order {
    private static final String YES = "--yes";

    private final String doing;

    /** @param doing what it does, as in {@code --yes destroys without being asked} */
    LossyOrder(String name, String doing, String description) {
        super(name, "TEMPLATE [SNAPSHOT]", description);
        this.doing = doing;
    }

    @Override
    public final CommandSpec spec() {
        return super.spec().addOption(Options.flag("do not ask", YES));
    }

    @Override
    final Optional<String> give(Administration administration, ParseResult words, Messages messages)
            throws MayflyException, UsageException {
        String template = template(words);
        Optional<String> snapshot = operand(words, 1);
        boolean agreed = words.hasMatchedOption(YES)
                || agrees(messages.person(), question(template, snapshot, administration.snapshots(template)));
        return agreed ? Optional.of(give(administration, template, snapshot)) : Optional.empty();
    }

    private boolean agrees(Person person, String question) throws MayflyException, UsageException {
        if (!person.isThere()) {
            throw new UsageException("there is no terminal to ask on", YES + " " + doing + " without being asked");
        }
        return person.agrees(question, false);
    }

    /**
     * What the person is asked, with what will be lost.
     *
     * @param snapshots the template's, oldest first
     */
    abstract String question(String template, Optional<String> snapshot, List<String> snapshots);

    /** Gives the order; what came of it. */
    abstract String give(Administration administration, String template, Optional<String> snapshot)
            throws MayflyException;
}
