package mayfly.clonepool.service;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import mayfly.clonepool.store.Failure;
import mayfly.clonepool.store.Program;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;

/**
 * One run of an administrator's hook, as the service's user.
 *
 * @param name {@code pre-start} or {@code post-stop}
 * @param words the program and its arguments
 */
record HookRun(String name, List<String> words, int seconds, Sandbox sandbox, RootView view) {
    private static final int OUTPUT_BYTES = 65_536;
    private static final int LOGGED_LINES = 10;

    String template() {
        return sandbox.shape().template().orElseThrow();
    }

    long uid() {
        return sandbox.shape().caller().uid();
    }

    /** Runs it to its end; why it failed, if it did. Takes long. */
    Optional<RefusedException> run(Log log) {
        Program program = Program.at(words.get(0))
                .with(words.subList(1, words.size()).toArray(new String[0]))
                .variable("MAYFLY_TEMPLATE", Bytes.utf8(template()))
                .variable("MAYFLY_UID", Bytes.utf8(Long.toString(uid())))
                .variable("MAYFLY_CLONE", Bytes.utf8(sandbox.used().id()))
                .variable("ROOTFS", view.path());
        try {
            Program.Result result = program.run(Duration.ofSeconds(seconds), OUTPUT_BYTES);
            List<String> lines = Stream.of(result.output(), result.error())
                    .flatMap(output -> output.text().lines())
                    .filter(line -> !line.isBlank())
                    .toList();
            lines.stream()
                    .skip(Math.max(0, lines.size() - LOGGED_LINES))
                    .forEach(line -> log.client(name + " hook of template " + template() + ": " + line));
            return result.succeeded() ? Optional.empty() : Optional.of(refused(why(result) + last(lines)));
        } catch (IOException e) {
            return Optional.of(refused(Failure.reason(e)));
        }
    }

    private String why(Program.Result result) {
        OptionalInt status = result.exitStatus();
        if (result.end().isEmpty()) {
            return "it took longer than " + seconds + " s";
        }
        return status.isPresent() ? "it ended with status " + status.getAsInt() : "a signal ended it";
    }

    private static String last(List<String> lines) {
        return lines.isEmpty() ? "" : ": " + lines.get(lines.size() - 1).strip();
    }

    /** That it failed, for this reason. */
    RefusedException refused(String reason) {
        return new RefusedException(
                "cannot run the " + name + " hook of template " + template() + ": " + reason,
                "mayfly.toml names the hook, and the service's log has what it printed");
    }
}
