package mayfly.integration.workshop;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A user of this machine. */
public record Account(String name, int uid, int gid, Path home) {
    /** The account of a name that exists. */
    static Account named(String name) {
        List<String> fields = List.of(Tool.output("getent", "passwd", name).split(":", -1));
        return new Account(
                name, Integer.parseInt(fields.get(2)), Integer.parseInt(fields.get(3)), Path.of(fields.get(5)));
    }

    /** Whom these tests run as. */
    public static Account own() {
        return named(Tool.output("id", "-un"));
    }

    /** The words that run a command as this user, with all signals as they are by default. */
    List<String> running(List<String> command) {
        List<String> words = new ArrayList<>(List.of("env", "--default-signal", "--"));
        if (Host.isRoot() && uid != 0) {
            words.addAll(List.of("setpriv", "--reuid=" + uid, "--regid=" + gid, "--init-groups", "--"));
        }
        words.addAll(command);
        return words;
    }
}
