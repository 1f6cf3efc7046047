package mayfly.client;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import mayfly.clonepool.protocol.ProtocolException;

/**
 * Orders about templates and their pools to the running service; starts none. Each waits until it is carried out, however
 * long that takes; the service goes on with it when this process ends. A template is named by its name or its dataset.
 * Thread-safe.
 */
public final class Administration {
    private static final String ASK = "ask";
    private static final String TEMPLATE = "template";
    private static final String SNAPSHOT = "snapshot";

    private final Claimer claimer;
    private final Consumer<Progress> progress;

    Administration(Claimer claimer, Consumer<Progress> progress) {
        this.claimer = claimer;
        this.progress = progress;
    }

    /**
     * Brings a template's pool to so many ready clones of the newest snapshot.
     *
     * @param ready empty: as many as are configured
     * @param force replaces those that are there too
     */
    public Refilled refill(String template, OptionalInt ready, boolean force) throws MayflyException {
        return refill(template, ready, force, false);
    }

    /** Gives up ready clones of older snapshots and those beyond what is wanted; makes none. */
    public Refilled sweep(String template) throws MayflyException {
        return refill(template, OptionalInt.empty(), false, true);
    }

    /** Either of them; the service refuses what does not go together. */
    public Refilled refill(String template, OptionalInt ready, boolean force, boolean sweep) throws MayflyException {
        Members question = about("refill", template).with("force", force).with("sweep", sweep);
        ready.ifPresent(count -> question.with("ready", count));
        return ask(
                question,
                answer -> new Refilled(
                        answer.needText(TEMPLATE),
                        answer.text(SNAPSHOT),
                        answer.needNumber("ready"),
                        answer.needNumber("made"),
                        answer.needNumber("discarded")));
    }

    /**
     * Gives up the ready clones, and has none made until the next refill. Commands run all the same, in clones made for them.
     *
     * @param template empty: of all templates that this user may change
     * @return how many were given up
     */
    public int drain(Optional<String> template) throws MayflyException {
        return ask(new Members().with(ASK, "drain").with(TEMPLATE, template), answer -> answer.needNumber("discarded"));
    }

    /** Makes a configured template, empty; the directory where it can be filled, if that can be told. */
    public Optional<String> create(String template) throws MayflyException {
        return ask(about("create", template), answer -> answer.text("path"));
    }

    /**
     * Freezes a template as it is now.
     *
     * @param name what to call the snapshot; empty: the time
     * @return what it is called
     */
    public String snapshot(String template, Optional<String> name) throws MayflyException {
        return ask(about(SNAPSHOT, template).with("name", name), answer -> answer.needText(SNAPSHOT));
    }

    /** A template's snapshots, the oldest first. */
    public List<String> snapshots(String template) throws MayflyException {
        return ask(about("snapshots", template), answer -> answer.texts("snapshots"));
    }

    /**
     * Gives a template the content of a snapshot back; later ones are destroyed.
     *
     * @param snapshot empty: the newest
     * @return which one it was
     */
    public String rollback(String template, Optional<String> snapshot) throws MayflyException {
        return ask(about("rollback", template).with(SNAPSHOT, snapshot), answer -> answer.needText(SNAPSHOT));
    }

    /**
     * Destroys a snapshot, or a template with all its snapshots.
     *
     * @return what is gone
     */
    public String destroy(String template, Optional<String> snapshot) throws MayflyException {
        return ask(about("destroy", template).with(SNAPSHOT, snapshot), answer -> answer.needText("destroyed"));
    }

    /** The directory where the template itself can be worked in. */
    public String directory(String template) throws MayflyException {
        return ask(about("path", template), answer -> answer.needText("path"));
    }

    /**
     * Ends a session with all that runs in it.
     *
     * @param uid whose it is; empty: this user's
     * @return what has ended
     */
    public String endSession(String name, OptionalLong uid) throws MayflyException {
        Members question = new Members().with(ASK, "end-session").with("session", name);
        uid.ifPresent(user -> question.with("uid", String.valueOf(user)));
        return ask(question, answer -> answer.needText("ended"));
    }

    private static Members about(String ask, String template) {
        return new Members().with(ASK, ask).with(TEMPLATE, template);
    }

    private interface Understanding<T> {
        T of(Members answer) throws ProtocolException;
    }

    private <T> T ask(Members question, Understanding<T> understanding) throws MayflyException {
        String answer = claimer.ask(question.json(), progress);
        try {
            return understanding.of(Members.read(answer));
        } catch (ProtocolException e) {
            throw Claimer.strange("cannot ask the service");
        }
    }
}
