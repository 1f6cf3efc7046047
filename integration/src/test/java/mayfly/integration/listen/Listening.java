package mayfly.integration.listen;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;

/** A {@code mayfly listen} of the workshop's account. Closing it ends it as an administrator does. */
final class Listening implements AutoCloseable {
    private static final Pattern PORT = Pattern.compile("mayfly: listening on \\S*:(\\d+)\n");

    private static final Pattern LEFT_OUT = Pattern.compile("mayfly: (\\d+) lines were left out\n");

    private final Call.Running process;

    private Listening(Call.Running process) {
        this.process = process;
    }

    /** @param words behind {@code listen}; {@code --tcp 127.0.0.1:0} has the kernel choose a port */
    static Call call(Workshop workshop, String... words) {
        List<String> command = new ArrayList<>(List.of(
                "sh",
                "-c",
                "exec \"$0\" listen \"$@\" 2>&1",
                workshop.host().mayfly().toString()));
        command.addAll(Arrays.asList(words));
        workshop.service();
        return workshop.call(command);
    }

    /** Waits until it listens. */
    static Listening start(Workshop workshop, String... words) {
        return start(call(workshop, words));
    }

    static Listening start(Call call) {
        return new Listening(call.start().prints("mayfly: listening on "));
    }

    /** On a port of the kernel's choice. */
    static Listening tcp(Workshop workshop, String... words) {
        List<String> all = new ArrayList<>(List.of("--tcp", "127.0.0.1:0"));
        all.addAll(Arrays.asList(words));
        return start(workshop, all.toArray(new String[0]));
    }

    int port() {
        Matcher matcher = PORT.matcher(log());
        if (!matcher.find()) {
            throw new AssertionError("no port in " + log());
        }
        return Integer.parseInt(matcher.group(1));
    }

    Peer connect() {
        return Peer.to(port());
    }

    long pid() {
        return process.pid();
    }

    String log() {
        return process.output();
    }

    /** How many lines of the log have this in them. */
    long lines(String text) {
        return log().lines().filter(line -> line.contains(text)).count();
    }

    /** How many lines the log says that it lacks. */
    long linesLeftOut() {
        return LEFT_OUT.matcher(log())
                .results()
                .mapToLong(match -> Long.parseLong(match.group(1)))
                .sum();
    }

    void logs(String text) {
        process.prints(text);
    }

    /** Waits until so many have been served or refused, which is when their leases have ended. */
    void logs(String text, long times) {
        Eventually.holds(times + " times: " + text, () -> lines(text) >= times);
    }

    Call.Running signal(String name) {
        return process.signal(name);
    }

    Outcome await() {
        return process.await();
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            process.signal("TERM");
        }
        process.await().exits(0);
    }
}
