package mayfly.clonepool.service;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import mayfly.sandbox.Bind;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.TimeSpan;
import mayfly.sandbox.options.RunRequest;
import mayfly.sandbox.options.X11;

/**
 * The options of a request that make the sandbox, not the command: those that a session is started with, and that its
 * commands may repeat but not change.
 */
final class SessionOptions {
    private SessionOptions() {}

    /** Those that were given, by name, with their values in a form in which equal ones are equal. */
    static Map<String, String> given(RunRequest request, Optional<String> template) {
        Map<String, String> given = new TreeMap<>();
        request.backend().ifPresent(name -> given.put("--backend", name));
        request.template().ifPresent(name -> given.put("--template", template.orElse(name)));
        request.root().ifPresent(root -> given.put("--root", root.latin1()));
        flag(given, "--share-net", request.shareNet());
        if (!request.binds().isEmpty()) {
            given.put("--bind", binds(request.binds()));
        }
        request.uidBase().ifPresent(base -> given.put("--uid-base", String.valueOf(base)));
        request.gidBase().ifPresent(base -> given.put("--gid-base", String.valueOf(base)));
        flag(given, "--as-root", request.asRoot());
        request.x11().ifPresent(x11 -> given.put("--x11", x11 == X11.TRUSTED ? "trusted" : "untrusted"));
        flag(given, "--pulseaudio", request.pulseaudio());
        request.session().ifPresent(wish -> {
            wish.idle().ifPresent(seconds -> given.put("--idle", TimeSpan.word(seconds)));
            wish.time().ifPresent(seconds -> given.put("--time", TimeSpan.word(seconds)));
        });
        return given;
    }

    private static void flag(Map<String, String> given, String name, boolean set) {
        if (set) {
            given.put(name, "");
        }
    }

    private static String binds(List<Bind> binds) {
        return String.join(
                " ",
                binds.stream()
                        .map(bind -> bind.source().latin1() + ":"
                                + bind.destination().latin1() + (bind.readOnly() ? ":ro" : ""))
                        .toList());
    }

    /** Refuses a command that asks for another sandbox than its session has. */
    static void check(String session, Map<String, String> started, Map<String, String> given) throws RefusedException {
        for (Map.Entry<String, String> option : given.entrySet()) {
            String was = started.get(option.getKey());
            if (!option.getValue().equals(was)) {
                throw new RefusedException(
                        "cannot run in session " + session + ": it was started "
                                + (was == null ? "without " + option.getKey() : "with " + words(option.getKey(), was))
                                + ", not with " + words(option.getKey(), option.getValue()),
                        "leave the option out, or start another session");
            }
        }
    }

    private static String words(String name, String value) {
        return value.isEmpty() ? name : name + " " + value;
    }
}
