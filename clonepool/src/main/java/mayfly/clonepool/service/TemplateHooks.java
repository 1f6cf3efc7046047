package mayfly.clonepool.service;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import mayfly.clonepool.config.TemplateConfiguration.Hooks;
import mayfly.clonepool.service.Workers.Urgency;
import mayfly.sandbox.RefusedException;

/**
 * Runs the administrators' hooks: pre-start before a sandbox is given to its client, post-stop when that lease has ended.
 * Users take turns, and neither a user nor a template has more than half of those that may run at once. For the door's
 * thread.
 */
final class TemplateHooks {
    private static final int MOST_OF_ONE = Workers.HOOKS_AT_ONCE / 2;

    /** A client is not kept waiting for longer until its hook begins. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** A run of a hook that is wanted, and who is told of its end. */
    private record Job(HookRun run, Consumer<Optional<RefusedException>> then) {
        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    /** How far a leased sandbox is. */
    private static final class Course {
        final Hooks hooks;
        Optional<Job> pre = Optional.empty();
        boolean owesPost;
        Optional<Runnable> whenEnded = Optional.empty();

        /** @param hooks as they were configured when the lease began: those that go together */
        Course(Hooks hooks) {
            this.hooks = hooks;
        }
    }

    private final EventLoop loop;
    private final Workers workers;
    private final Templates templates;
    private final BiConsumer<String, String> errors;
    private final Log log;
    private final Map<Sandbox, Course> courses = new HashMap<>();
    private final Turns<Job> waiting = new Turns<>();
    private final Deadlines<Job> late = new Deadlines<>(PATIENCE);
    private final Set<Job> atWork = new HashSet<>();

    /** @param errors takes a template and what its last hook failed with; nothing: it did not fail */
    TemplateHooks(EventLoop loop, Workers workers, Templates templates, BiConsumer<String, String> errors, Log log) {
        this.loop = loop;
        this.workers = workers;
        this.templates = templates;
        this.errors = errors;
        this.log = log;
    }

    /** Has the pre-start hook run, if there is one, in a sandbox that a client is to get. */
    void preStart(Sandbox sandbox, Consumer<Optional<RefusedException>> then) {
        Optional<String> gone =
                sandbox.shape().template().filter(name -> templates.find(name).isEmpty());
        if (gone.isPresent()) {
            // A reload has taken it away meanwhile. Without its hook a sandbox is not what its administrator wants.
            then.accept(Optional.of(new RefusedException(
                    "cannot use template " + gone.get() + ": there is no such template any more")));
            return;
        }
        Hooks hooks = hooks(sandbox);
        Course course = new Course(hooks);
        courses.put(sandbox, course);
        if (hooks.preStart().isEmpty()) {
            course.owesPost = true;
            then.accept(Optional.empty());
            return;
        }
        Job job = new Job(run("pre-start", hooks.preStart(), hooks, sandbox), failure -> {
            course.pre = Optional.empty();
            course.owesPost = failure.isEmpty();
            then.accept(failure);
            course.whenEnded.ifPresent(last -> postStop(sandbox, course, last));
        });
        course.pre = Optional.of(job);
        late.add(job, System.nanoTime());
        submit(job);
    }

    /** Takes the sandbox's pre-start hook back; false when it has begun, or there is none. */
    boolean cancel(Sandbox sandbox) {
        Optional<Course> course = Optional.ofNullable(courses.get(sandbox));
        Optional<Job> queued = course.flatMap(there -> there.pre).filter(job -> !atWork.contains(job));
        queued.ifPresent(this::withdraw);
        course.filter(there -> queued.isPresent()).ifPresent(there -> there.pre = Optional.empty());
        return queued.isPresent();
    }

    /** The sandbox has ended: has its post-stop hook run, if it is to, and then the rest. */
    void ended(Sandbox sandbox, Runnable rest) {
        Course course = courses.get(sandbox);
        if (course == null) {
            sandbox.view().ifPresent(RootView::close);
            rest.run();
        } else if (course.pre.isPresent()) {
            Job job = course.pre.get();
            course.whenEnded = Optional.of(rest);
            if (!atWork.contains(job)) {
                withdraw(job);
                job.then().accept(Optional.of(job.run().refused("the sandbox ended before")));
            }
        } else {
            postStop(sandbox, course, rest);
        }
    }

    private void postStop(Sandbox sandbox, Course course, Runnable rest) {
        Hooks hooks = course.hooks;
        if (!course.owesPost || hooks.postStop().isEmpty()) {
            conclude(sandbox, rest);
        } else {
            submit(new Job(run("post-stop", hooks.postStop(), hooks, sandbox), failure -> conclude(sandbox, rest)));
        }
    }

    private void conclude(Sandbox sandbox, Runnable rest) {
        courses.remove(sandbox);
        sandbox.view().ifPresent(RootView::close);
        rest.run();
    }

    /** Whether its template has hooks that could not look into it. */
    boolean cannotSee(Sandbox sandbox) {
        return sandbox.view().isEmpty() && !hooks(sandbox).isEmpty();
    }

    private Hooks hooks(Sandbox sandbox) {
        return sandbox.shape()
                .template()
                .flatMap(templates::find)
                .map(template -> template.configuration().hooks())
                .orElse(Hooks.none());
    }

    private static HookRun run(String name, List<String> words, Hooks hooks, Sandbox sandbox) {
        return new HookRun(name, words, hooks.seconds(), sandbox, sandbox.view().orElseThrow());
    }

    private void submit(Job job) {
        waiting.add(job.run().uid(), job);
        begin();
    }

    private void withdraw(Job job) {
        late.remove(job);
        waiting.remove(job.run().uid(), job);
    }

    private void begin() {
        while (atWork.size() < Workers.HOOKS_AT_ONCE) {
            Optional<Job> next = waiting.next(this::userMay, this::templateMay);
            if (next.isEmpty()) {
                return;
            }
            late.remove(next.get());
            atWork.add(next.get());
            workers.submit(Urgency.HOOKS, () -> work(next.get()));
        }
    }

    private boolean userMay(long uid) {
        return atWork.stream().filter(job -> job.run().uid() == uid).count() < MOST_OF_ONE;
    }

    private boolean templateMay(Job candidate) {
        String template = candidate.run().template();
        return atWork.stream()
                        .filter(job -> job.run().template().equals(template))
                        .count()
                < MOST_OF_ONE;
    }

    /** In a thread that may wait. */
    private void work(Job job) {
        Optional<RefusedException> failure;
        try {
            failure = job.run().run(log);
        } catch (RuntimeException | Error e) {
            failure = Optional.of(job.run().refused(e.toString()));
        }
        Optional<RefusedException> result = failure;
        loop.post(() -> done(job, result));
    }

    private void done(Job job, Optional<RefusedException> failure) {
        atWork.remove(job);
        String error = failure.map(Throwable::getMessage).orElse("");
        if (failure.isPresent()) {
            log.client(error);
        }
        errors.accept(job.run().template(), error);
        try {
            job.then().accept(failure);
        } finally {
            begin();
        }
    }

    /** Whether no hook runs or waits, so that none is lost with the service. */
    boolean isIdle() {
        return atWork.isEmpty();
    }

    long left(long now) {
        return late.left(now);
    }

    void tick(long now) {
        for (Optional<Job> job = late.expired(now); job.isPresent(); job = late.expired(now)) {
            waiting.remove(job.get().run().uid(), job.get());
            job.get()
                    .then()
                    .accept(Optional.of(job.get()
                            .run()
                            .refused("other hooks have taken all of the " + PATIENCE.toSeconds() + " s")));
        }
    }
}
