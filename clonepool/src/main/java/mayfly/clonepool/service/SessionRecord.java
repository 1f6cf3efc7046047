package mayfly.clonepool.service;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import mayfly.clonepool.config.Configuration;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.ProcessIdentity;

/**
 * What is known of a session, and what the next service has to know. Whether it lives is not in it: that is whether its
 * clone's lock is held.
 *
 * @param cloneId the name of its clone
 * @param lock the clone's lock file
 * @param process its sandbox's outermost one
 * @param until with which process it ends, where there is one
 * @param since when it was started, in ms since 1970
 * @param idle the limit of its time without commands, in s
 * @param time the limit of its whole time, in s
 * @param origin of its commands' status lines
 * @param options those of its start that have to be the same for its commands, by name, with their values
 * @param variables what its commands get of their caller's desktop, {@code NAME=VALUE}
 */
record SessionRecord(
        Key key,
        String cloneId,
        Bytes lock,
        ProcessIdentity process,
        Optional<ProcessIdentity> until,
        long since,
        long idle,
        long time,
        Optional<String> template,
        Optional<String> snapshot,
        String backend,
        String origin,
        Map<String, String> options,
        List<Bytes> variables) {
    private static final String PROCESS = "pid";
    private static final String UNTIL = "until";
    private static final String START = "-start";
    private static final String OPTION = "option";
    private static final String VARIABLE = "variable.";

    /** Whose session it is, and its name; names of different users do not collide. */
    record Key(long uid, String name) {}

    SessionRecord {
        options = Map.copyOf(options);
        variables = List.copyOf(variables);
    }

    boolean isOnHost() {
        return template.filter(Configuration.HOST::equals).isPresent();
    }

    /** In the form of a file. */
    Properties properties() {
        Properties all = new Properties();
        all.setProperty("uid", String.valueOf(key.uid()));
        all.setProperty("name", key.name());
        all.setProperty("clone", cloneId);
        all.setProperty("lock", lock.latin1());
        put(all, PROCESS, process);
        until.ifPresent(other -> put(all, UNTIL, other));
        all.setProperty("since", String.valueOf(since));
        all.setProperty("idle", String.valueOf(idle));
        all.setProperty("time", String.valueOf(time));
        template.ifPresent(name -> all.setProperty("template", name));
        snapshot.ifPresent(name -> all.setProperty("snapshot", name));
        all.setProperty("backend", backend);
        all.setProperty("origin", origin);
        options.forEach((name, value) -> all.setProperty(OPTION + name, value));
        for (int i = 0; i < variables.size(); i++) {
            all.setProperty(VARIABLE + i, variables.get(i).latin1());
        }
        return all;
    }

    /** @throws IOException when something is missing or is no number */
    static SessionRecord of(Properties all) throws IOException {
        Map<String, String> options = new TreeMap<>();
        for (String name : all.stringPropertyNames()) {
            if (name.startsWith(OPTION)) {
                options.put(name.substring(OPTION.length()), all.getProperty(name));
            }
        }
        List<Bytes> variables = new ArrayList<>();
        for (int i = 0; all.containsKey(VARIABLE + i); i++) {
            variables.add(Bytes.fromLatin1(all.getProperty(VARIABLE + i)));
        }
        return new SessionRecord(
                new Key(number(all, "uid"), text(all, "name")),
                text(all, "clone"),
                Bytes.fromLatin1(text(all, "lock")),
                process(all, PROCESS),
                all.containsKey(UNTIL) ? Optional.of(process(all, UNTIL)) : Optional.empty(),
                number(all, "since"),
                number(all, "idle"),
                number(all, "time"),
                Optional.ofNullable(all.getProperty("template")),
                Optional.ofNullable(all.getProperty("snapshot")),
                text(all, "backend"),
                text(all, "origin"),
                options,
                variables);
    }

    private static void put(Properties all, String key, ProcessIdentity process) {
        all.setProperty(key, String.valueOf(process.pid()));
        all.setProperty(key + START, String.valueOf(process.start()));
    }

    private static ProcessIdentity process(Properties all, String key) throws IOException {
        return new ProcessIdentity((int) number(all, key), number(all, key + START));
    }

    private static String text(Properties all, String name) throws IOException {
        String value = all.getProperty(name);
        if (value == null) {
            throw new IOException("it has no " + name);
        }
        return value;
    }

    private static long number(Properties all, String name) throws IOException {
        try {
            return Long.parseLong(text(all, name));
        } catch (NumberFormatException e) {
            throw new IOException("its " + name + " is no number", e);
        }
    }
}
