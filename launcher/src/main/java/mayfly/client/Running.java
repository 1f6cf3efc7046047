package mayfly.client;

import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.Frame.Outcome;
import mayfly.sandbox.OneLine;

/** A command that has been sent to its sandbox. Thread-safe. */
public final class Running implements AutoCloseable {
    private final Lease lease;
    private final Conversation conversation;
    private final Streams streams;
    private final CallersHooks hooks;
    private final Set<Running> registry;
    private final CompletableFuture<Frame> end = new CompletableFuture<>();
    private final Thread thread = new Thread(this::attend, "mayfly-run");

    /** @param registry has this command while it runs */
    Running(Lease lease, Conversation conversation, Streams streams, CallersHooks hooks, Set<Running> registry) {
        this.registry = registry;
        this.lease = lease;
        this.conversation = conversation;
        this.streams = streams;
        this.hooks = hooks;
        thread.setDaemon(true);
    }

    void start() {
        registry.add(this);
        streams.start();
        thread.start();
    }

    private void attend() {
        try (lease;
                hooks;
                conversation) {
            end.complete(untilEnd());
        } catch (IOException e) {
            end.completeExceptionally(new MayflyException("cannot finish the command: " + OwnProcess.reason(e)));
        } catch (MayflyException | RuntimeException e) {
            end.completeExceptionally(e);
        } finally {
            registry.remove(this);
        }
    }

    /** With the post hook, whatever the end was like; one that has been given up leaves nothing to look at. */
    private Frame untilEnd() throws IOException, MayflyException {
        try {
            return conversation.attend();
        } finally {
            if (!conversation.isStopped()) {
                conversation.restoreTerminal();
                hooks.finish();
            }
        }
    }

    /** Sends the command one of the signals HUP, INT, QUIT, TERM, USR1, USR2, CONT, TSTP, by number. */
    public void signal(int number) {
        conversation.signal(number);
    }

    /**
     * Waits for the command's end.
     *
     * @throws MayflyException when it could not be started, or its sandbox ended without telling how it did
     */
    public Result await() throws MayflyException, InterruptedException {
        Frame last = last();
        thread.join(); // the terminal's modes are restored then
        if (last instanceof Frame.Failed failed) {
            writeStatus(new Frame.Ended(new Outcome.Exited(failed.status()), 0, 0, 0, 0));
            throw new MayflyException(
                    failed.status(),
                    OneLine.of(failed.message()),
                    OneLine.of(failed.remedy().orElse("")));
        }
        if (last instanceof Frame.Ended ended) {
            Result result = result(ended);
            writeStatus(ended);
            return result;
        }
        throw new IllegalStateException("not an end: " + last);
    }

    /** Waits for the command's end; false when it has not come after that time. */
    public boolean await(Duration time) throws InterruptedException {
        try {
            end.get(time.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return true;
        }
    }

    private Frame last() throws MayflyException, InterruptedException {
        try {
            return end.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof MayflyException failure) {
                throw new MayflyException(
                        failure.status(),
                        String.valueOf(failure.getMessage()),
                        failure.remedy().orElse(""));
            }
            throw new IllegalStateException("the conversation with a sandbox failed", e.getCause());
        }
    }

    private Result result(Frame.Ended ended) throws MayflyException, InterruptedException {
        Outcome outcome = ended.outcome();
        return new Result(
                outcome instanceof Outcome.Exited exited ? OptionalInt.of(exited.code()) : OptionalInt.empty(),
                outcome instanceof Outcome.Killed killed ? OptionalInt.of(killed.signal()) : OptionalInt.empty(),
                Duration.of(ended.elapsedMicros(), ChronoUnit.MICROS),
                Duration.of(ended.userMicros(), ChronoUnit.MICROS),
                Duration.of(ended.systemMicros(), ChronoUnit.MICROS),
                ended.peakKib(),
                streams.finish(1),
                streams.finish(2),
                "{" + lease.claimed().origin() + "}");
    }

    private void writeStatus(Frame.Ended ended) throws MayflyException {
        OptionalInt fd = lease.claimed().statusFd();
        if (fd.isPresent()) {
            StatusLine.write(fd.getAsInt(), ended, lease.claimed().origin());
        }
    }

    /** Ends the command, if it still runs, by ending its sandbox. */
    @Override
    public void close() {
        conversation.stop();
    }
}
