package mayfly.clonepool.service;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.service.Connection.State;
import mayfly.clonepool.service.Door.Sent;
import mayfly.sandbox.RefusedException;

/**
 * Has done what clients ask about templates and their pools, in threads of its own, and tells them how far it is. Only one
 * thing at a time changes a template. Who goes away does not end what was begun for him. Draining queues behind nothing:
 * it is how what takes too long is ended. For the door's thread.
 */
final class Administration {
    private static final int THREADS = 8;

    /** What waits for a thread. */
    private static final int MOST_WAITING = 64;

    /** Orders of one user that have not been carried out; so few that nobody has all threads. */
    private static final int MOST_OF_ONE = 4;

    /** Clients take a service that says nothing for dead. */
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(2);

    private static final long SHORTEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

    /** What is done for one client. */
    private interface Work {
        String answer(Progress progress) throws RefusedException, InterruptedException;
    }

    /** Work that has been begun, or waits for a thread. */
    private final class Job implements Runnable {
        final Connection connection;
        final String verb;
        final Optional<String> changed;
        final Work work;
        String progress = JsonObject.of(json -> json.writeStringField("text", "waiting for other work"));
        long lastSent;

        /** @param changed the template that nothing else may change meanwhile */
        Job(Connection connection, String verb, Optional<String> changed, Work work) {
            this.connection = connection;
            this.verb = verb;
            this.changed = changed;
            this.work = work;
            this.lastSent = System.nanoTime();
        }

        @Override
        public void run() {
            carryOut(this);
        }
    }

    private final EventLoop loop;
    private final Door door;
    private final Templates templates;
    private final Operations operations;
    private final Log log;
    private final Set<Job> jobs = new HashSet<>();
    private final Map<String, String> changing = new HashMap<>();
    private long lastUse = System.nanoTime();
    private final Deadlines<Job> silent = new Deadlines<>(SIGN_OF_LIFE);
    private final ThreadPoolExecutor threads = threads(THREADS, MOST_WAITING);
    // What waits in the others may be what is to be ended. Draining itself waits for nothing, so one thread is enough.
    private final ThreadPoolExecutor drains = threads(1, Integer.MAX_VALUE);

    Administration(EventLoop loop, Door door, Templates templates, Operations operations, Log log) {
        this.loop = loop;
        this.door = door;
        this.templates = templates;
        this.operations = operations;
        this.log = log;
    }

    private static ThreadPoolExecutor threads(int count, int mostWaiting) {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                count, count, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(mostWaiting), Administration::thread);
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "administration");
        thread.setDaemon(true);
        return thread;
    }

    /** Has it done if the client may; the connection gets the answer. */
    void ask(Connection connection, Question.OfTemplate question) throws RefusedException {
        Template template = templates.named(question.template());
        String name = template.name();
        String verb = verb(question);
        boolean mayLook = question instanceof Question.Snapshots && template.mayBeUsedBy(connection.caller());
        if (!mayLook) {
            template.checkChange(verb, connection.caller());
        }
        boolean changes = !(question instanceof Question.Snapshots || question instanceof Question.Directory);
        if (changes && changing.containsKey(name)) {
            throw new RefusedException(
                    "cannot " + verb + " template " + name + ": somebody else's order to " + changing.get(name)
                            + " it is being carried out",
                    "try again when that is done; mayfly pool status shows what the service has");
        }
        checkCount(connection, verb);
        begin(
                new Job(
                        connection,
                        verb,
                        changes ? Optional.of(name) : Optional.empty(),
                        progress -> operations.answer(template, question, progress)),
                threads);
    }

    private void checkCount(Connection connection, String verb) throws RefusedException {
        long uid = connection.uid();
        if (connection.isMasters()) {
            return;
        }
        long count = jobs.stream().filter(job -> job.connection.uid() == uid).count();
        if (count >= MOST_OF_ONE) {
            throw new RefusedException(
                    "cannot " + verb + ": " + count + " orders of user " + uid + " are not finished",
                    "try again when one of them is");
        }
    }

    /** Draining is always possible: it is how a refill that goes on for too long is ended. */
    void drain(Connection connection, Question.Drain question) throws RefusedException {
        List<Template> chosen = new ArrayList<>();
        if (question.template().isPresent()) {
            chosen.add(templates.named(question.template().get()));
            chosen.get(0).checkChange("drain", connection.caller());
        } else {
            templates.all().stream()
                    .filter(template -> template.mayBeChangedBy(connection.caller()))
                    .forEach(chosen::add);
            if (chosen.isEmpty()) {
                throw new RefusedException(
                        "cannot drain the pools: none of them is user " + connection.uid() + "'s to change",
                        "root and a template's maintainers may");
            }
        }
        begin(new Job(connection, "drain", Optional.empty(), progress -> Operations.drain(chosen)), drains);
    }

    private static String verb(Question.OfTemplate question) {
        if (question instanceof Question.Refill) {
            return "refill";
        } else if (question instanceof Question.Create) {
            return "create";
        } else if (question instanceof Question.TakeSnapshot) {
            return "snapshot";
        } else if (question instanceof Question.Rollback) {
            return "roll back";
        } else if (question instanceof Question.Destroy) {
            return "destroy";
        }
        return question instanceof Question.Snapshots ? "list the snapshots of" : "work in";
    }

    private void begin(Job job, ThreadPoolExecutor by) throws RefusedException {
        try {
            by.execute(job);
        } catch (RejectedExecutionException e) {
            throw new RefusedException(
                    "cannot " + job.verb + ": " + MOST_WAITING + " other orders wait", "try again when some are done");
        }
        jobs.add(job);
        job.changed.ifPresent(template -> changing.put(template, job.verb));
        job.connection.enter(State.AWAITS_ANSWER);
        silent.add(job, job.lastSent);
    }

    /** In a thread of the administration's. */
    private void carryOut(Job job) {
        Frame last;
        try {
            last = new Frame.Answer(job.work.answer(new Reporter(job)));
        } catch (RefusedException e) {
            last = Door.refused(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            last = Door.refused(new RefusedException("cannot finish: the service is ending"));
        } catch (RuntimeException | Error e) {
            log.line("unexpected, in an order of user " + job.connection.uid() + ": " + e);
            last = Door.refused(new RefusedException("cannot finish: " + e));
        }
        Frame answer = last;
        loop.post(() -> done(job, answer));
    }

    /** Passes on to the door's thread what is told in others. */
    private final class Reporter implements Progress {
        private final Job job;

        Reporter(Job job) {
            this.job = job;
        }

        @Override
        public void tell(String text) {
            pass(JsonObject.of(json -> json.writeStringField("text", text)));
        }

        @Override
        public void tell(String text, int done, int of) {
            pass(JsonObject.of(json -> {
                json.writeStringField("text", text);
                json.writeNumberField("done", done);
                json.writeNumberField("of", of);
            }));
        }

        private void pass(String progress) {
            loop.post(() -> {
                job.progress = progress;
                long now = System.nanoTime();
                if (now - job.lastSent >= SHORTEST_PAUSE) {
                    send(job, now);
                }
            });
        }
    }

    private void send(Job job, long now) {
        job.lastSent = now;
        silent.remove(job);
        if (isThere(job) && door.send(job.connection, new Frame.Progress(job.progress), -1) == Sent.ALL) {
            silent.add(job, now);
        } else {
            door.close(job.connection); // it does not read, or has gone
        }
    }

    private static boolean isThere(Job job) {
        return job.connection.state() == State.AWAITS_ANSWER;
    }

    private void done(Job job, Frame answer) {
        forget(job);
        if (isThere(job)) {
            door.send(job.connection, answer, -1);
            door.close(job.connection);
        }
    }

    private void forget(Job job) {
        jobs.remove(job);
        lastUse = System.nanoTime();
        job.changed.ifPresent(changing::remove);
        silent.remove(job);
    }

    /** The connection is closed: what it asked for is not begun any more. */
    void gone(Connection connection) {
        if (connection.state() == State.AWAITS_ANSWER) {
            jobs.stream()
                    .filter(job -> job.connection == connection)
                    .findFirst()
                    .filter(job -> threads.remove(job) || drains.remove(job))
                    .ifPresent(this::forget);
        }
    }

    /** @throws RefusedException while something changes the template */
    void checkUnchanging(String template) throws RefusedException {
        String verb = changing.get(template);
        if (verb != null) {
            throw new RefusedException(
                    "cannot change template " + template + ": an order to " + verb + " it is being carried out",
                    "try again when that is done");
        }
    }

    /** Whether nothing is being done. */
    boolean isIdle() {
        return jobs.isEmpty();
    }

    /** When something was finished last, in ns. */
    long lastUse() {
        return lastUse;
    }

    long left(long now) {
        return silent.left(now);
    }

    void tick(long now) {
        for (Optional<Job> job = silent.expired(now); job.isPresent(); job = silent.expired(now)) {
            send(job.get(), now);
        }
    }
}
