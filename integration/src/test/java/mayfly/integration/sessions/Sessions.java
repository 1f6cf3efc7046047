package mayfly.integration.sessions;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.Workshop;

/** The calls about sessions in a workshop; closing it ends those that it knows of. */
final class Sessions implements AutoCloseable {
    private final Workshop workshop;
    private final Set<String> known = new LinkedHashSet<>();

    Sessions(Workshop workshop) {
        this.workshop = workshop;
    }

    /** {@code mayfly session …} of the setting's client. */
    Call call(String... words) {
        workshop.service();
        List<String> command = new ArrayList<>(List.of(workshop.host().mayfly().toString()));
        if (workshop.isJava()) {
            command.add("--java");
        }
        command.add("session");
        command.addAll(List.of(words));
        return workshop.call(command);
    }

    /** A command with {@code --session}, which starts the session if it is not there. */
    Call in(String session, String... words) {
        known.add(session);
        List<String> all = new ArrayList<>(List.of("--session", session));
        all.addAll(List.of(words));
        return workshop.mayfly(all.toArray(new String[0]));
    }

    Sessions start(String session, String... options) {
        known.add(session);
        List<String> words = new ArrayList<>(List.of("start", session));
        words.addAll(List.of(options));
        call(words.toArray(new String[0])).run().succeeds();
        return this;
    }

    /** A shell's script in a session. */
    Call script(String session, String script) {
        return call("exec", session, "--", "bash", "-c", script);
    }

    String prints(String session, String script) {
        return script(session, script).run().succeeds();
    }

    List<Json> list() {
        return Json.object(
                        workshop.subcommand("session", "list", "--json").run().succeeds())
                .objects("sessions");
    }

    /** Waits until it has ended by itself; to run something in it would keep it from that. */
    void isGone(String session) {
        known.remove(session);
        Path files = workshop.runtime()
                .resolve("sessions")
                .resolve(String.valueOf(workshop.account().uid()));
        Eventually.holds("session " + session + " is gone", () -> !Directories.names(files)
                .contains(session));
        call("exec", session, "--", "true").run().exits(125);
    }

    @Override
    public void close() {
        for (String session : known) {
            workshop.subcommand("session", "end", session).run();
        }
    }
}
