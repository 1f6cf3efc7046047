package mayfly.clonepool.service;

import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import mayfly.clonepool.config.Nearest;
import mayfly.clonepool.pool.Pool;
import mayfly.clonepool.service.Clearance.Change;
import mayfly.clonepool.service.Clearance.Fate;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.Snapshot;
import mayfly.clonepool.store.TemplateStore;
import mayfly.sandbox.RefusedException;

/**
 * What can be done to a template and its pool, each with the answer that docs/protocol.md says. Whether it may be done is
 * for others to know. For threads that may wait.
 */
final class Operations {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    private final IntSupplier mostClones;
    private final Clearance clearance;
    private final Clock clock;
    private final Log log;

    /** @param mostClones how many clones there may be of all templates together */
    Operations(IntSupplier mostClones, Clearance clearance, Clock clock, Log log) {
        this.mostClones = mostClones;
        this.clearance = clearance;
        this.clock = clock;
        this.log = log;
    }

    String answer(Template template, Question.OfTemplate question, Progress progress)
            throws RefusedException, InterruptedException {
        if (question instanceof Question.Refill refill) {
            return refill.sweep() ? sweep(template, refill) : refill(template, refill, progress);
        } else if (question instanceof Question.Create) {
            return create(template, progress);
        } else if (question instanceof Question.TakeSnapshot snapshot) {
            return snapshot(template, snapshot.name(), progress);
        } else if (question instanceof Question.Snapshots) {
            return snapshots(template);
        } else if (question instanceof Question.Rollback rollback) {
            return rollback(template, rollback.snapshot(), progress);
        } else if (question instanceof Question.Destroy destroy) {
            return destroy(template, destroy.snapshot(), progress);
        }
        String path = store(template).directory().text();
        return JsonObject.of(json -> json.writeStringField("path", path));
    }

    private static TemplateStore store(Template template) {
        return template.pool().store().template();
    }

    private String refill(Template template, Question.Refill wanted, Progress progress)
            throws RefusedException, InterruptedException {
        Pool pool = template.pool();
        String name = template.name();
        int count = wanted.ready().orElse(pool.size().ready());
        int most = mostClones.getAsInt();
        if (count > most) {
            throw new RefusedException(
                    "cannot refill template " + name + ": there may be " + most
                            + " clones of all templates together, the limit of [limits] clones",
                    "ask for fewer, or raise the limit in mayfly.toml");
        }
        Pool.Refilled refilled = pool.refill(
                count, wanted.force(), (ready, target) -> progress.tell("refilling template " + name, ready, target));
        if (pool.isHeld()) {
            throw new RefusedException("cannot refill template " + name + ": it was drained meanwhile");
        }
        return refilled(name, refilled);
    }

    private static String sweep(Template template, Question.Refill wanted) throws RefusedException {
        String name = template.name();
        if (wanted.force() || wanted.ready().isPresent()) {
            throw new RefusedException("cannot sweep the pool of template " + name
                    + ": neither a number nor force goes with it, for nothing is made");
        }
        Pool pool = template.pool();
        pool.look();
        int discarded = pool.sweep();
        return refilled(name, new Pool.Refilled(pool.ready(), 0, discarded, pool.snapshot()));
    }

    private static String refilled(String template, Pool.Refilled refilled) {
        return JsonObject.of(json -> {
            json.writeStringField("template", template);
            json.writeStringField(
                    "snapshot", refilled.snapshot().map(Snapshot::name).orElse(null));
            json.writeNumberField("ready", refilled.ready());
            json.writeNumberField("made", refilled.made());
            json.writeNumberField("discarded", refilled.discarded());
        });
    }

    static String drain(List<Template> templates) {
        int discarded =
                templates.stream().mapToInt(template -> template.pool().drain()).sum();
        return JsonObject.of(json -> json.writeNumberField("discarded", discarded));
    }

    private String create(Template template, Progress progress) throws RefusedException {
        progress.tell("creating template " + template.name());
        store(template).create();
        look(template);
        template.pool().resume(); // a template that was destroyed left it drained
        Optional<String> path = path(template);
        return JsonObject.of(json -> {
            json.writeStringField("template", template.name());
            json.writeStringField("path", path.orElse(null));
        });
    }

    private static Optional<String> path(Template template) {
        try {
            return Optional.of(store(template).directory().text());
        } catch (RefusedException e) {
            return Optional.empty(); // not mounted: whoever wants to work in it is told what to do
        }
    }

    private String snapshot(Template template, Optional<String> wanted, Progress progress) throws RefusedException {
        if (wanted.isPresent() && !Snapshot.canBeCalled(wanted.get())) {
            throw new RefusedException(
                    "cannot snapshot template " + template.name() + ": no snapshot can be called " + wanted.get(),
                    "a name is 1 to 64 letters, digits and ._:- and begins with a letter or digit");
        }
        progress.tell("taking a snapshot of template " + template.name());
        TemplateStore store = store(template);
        String name = wanted.isPresent() ? wanted.get() : unused(TIME.format(clock.instant()), names(store));
        Snapshot made = store.snapshot(name);
        look(template);
        return JsonObject.of(json -> json.writeStringField("snapshot", made.name()));
    }

    /** The name, or that with a number when it is taken. */
    static String unused(String name, Set<String> taken) {
        String unused = name;
        for (int i = 2; taken.contains(unused); i++) {
            unused = name + "-" + i;
        }
        return unused;
    }

    private static Set<String> names(TemplateStore store) throws RefusedException {
        return store.snapshots().stream().map(Snapshot::name).collect(Collectors.toSet());
    }

    private static String snapshots(Template template) throws RefusedException {
        List<Snapshot> snapshots = store(template).snapshots();
        return JsonObject.of(json -> {
            json.writeArrayFieldStart("snapshots");
            for (Snapshot snapshot : snapshots) {
                json.writeString(snapshot.name());
            }
            json.writeEndArray();
        });
    }

    private String rollback(Template template, Optional<String> wanted, Progress progress)
            throws RefusedException, InterruptedException {
        List<Snapshot> all = store(template).snapshots();
        Snapshot snapshot = find(template, "roll back", all, wanted);
        List<Snapshot> later = all.subList(all.indexOf(snapshot) + 1, all.size());
        // What was cloned of the template itself is of something that will not be there any more.
        Predicate<Clone> concerned = clone ->
                clone.snapshot().isEmpty() || later.contains(clone.snapshot().get());
        clearance.around(
                new Change(template, "roll back", "it is being rolled back", concerned, Fate.CHANGES), progress, () -> {
                    progress.tell("rolling template " + template.name() + " back");
                    store(template).rollback(snapshot);
                    look(template);
                });
        return JsonObject.of(json -> json.writeStringField("snapshot", snapshot.name()));
    }

    private String destroy(Template template, Optional<String> wanted, Progress progress)
            throws RefusedException, InterruptedException {
        if (template.configuration().isHost()) {
            throw new RefusedException("cannot destroy template host: it is this machine's own system");
        }
        if (wanted.isEmpty()) {
            clearance.around(
                    new Change(template, "destroy", "it is being destroyed", clone -> true, Fate.GOES),
                    progress,
                    () -> {
                        progress.tell("destroying template " + template.name());
                        store(template).destroy();
                        look(template);
                    });
            return JsonObject.of(json -> json.writeStringField("destroyed", template.name()));
        }
        Snapshot snapshot =
                find(template, "destroy a snapshot of", store(template).snapshots(), wanted);
        Predicate<Clone> concerned =
                clone -> clone.snapshot().filter(snapshot::equals).isPresent();
        clearance.around(
                new Change(
                        template,
                        "destroy a snapshot of",
                        "one of its snapshots is being destroyed",
                        concerned,
                        Fate.STAYS),
                progress,
                () -> {
                    progress.tell("destroying snapshot " + snapshot.name() + " of template " + template.name());
                    store(template).destroy(snapshot);
                    look(template);
                });
        return JsonObject.of(json -> json.writeStringField("destroyed", template.name() + "@" + snapshot.name()));
    }

    /** The one of that name or id; the newest when none is named. */
    private static Snapshot find(Template template, String verb, List<Snapshot> all, Optional<String> wanted)
            throws RefusedException {
        String cannot = "cannot " + verb + " template " + template.name() + ": ";
        if (all.isEmpty()) {
            throw new RefusedException(cannot + "it has no snapshot", "mayfly template snapshot " + template.name());
        }
        if (wanted.isEmpty()) {
            return all.get(all.size() - 1);
        }
        String word = wanted.get();
        Set<String> names = all.stream().map(Snapshot::name).collect(Collectors.toSet());
        return all.stream()
                .filter(snapshot ->
                        snapshot.name().equals(word) || snapshot.id().equals(word))
                .findFirst()
                .orElseThrow(() -> new RefusedException(
                        cannot + "there is no snapshot " + word + Nearest.hint(word, names),
                        "mayfly template snapshots " + template.name() + " lists them"));
    }

    /**
     * The pool has to know at once. What was asked for is done by now: a template that cannot be cloned as it is now, say for
     * want of a snapshot, is the pool's trouble.
     */
    private void look(Template template) {
        try {
            template.pool().look();
        } catch (RefusedException e) {
            log.line(String.valueOf(e.getMessage()));
        }
    }
}
