package mayfly.clonepool.service;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.Members;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.pool.CloneBudget;
import mayfly.clonepool.pool.Pool;
import mayfly.clonepool.service.Workers.Urgency;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.CloneStore;
import mayfly.clonepool.store.Clones;
import mayfly.clonepool.store.ClonesDirectory;
import mayfly.clonepool.store.Failure;
import mayfly.clonepool.store.Stores;
import mayfly.sandbox.RefusedException;

/**
 * Puts the configured templates together with their stores and pools, and with what earlier services left of them. Opening is
 * for one thread at a time.
 */
final class Opening {
    /** How soon a store that could not tell what is left in it is asked again. */
    private static final Duration ASK_AGAIN = Duration.ofSeconds(5);

    /** Programs of an earlier service that make clones have ended by then, and what they made late is seen. */
    private static final Duration LATE = Duration.ofSeconds(90);

    private final Stores stores;
    private final CloneBudget budget;
    private final Workers workers;
    private final Reaper reaper;
    private final Log log;
    private final ParkedKeeper parked;
    private final Map<Object, Place> places = new HashMap<>();

    /** A place with clones: those who wait until it is known what earlier services left there. */
    private static final class Place {
        final List<Template> waiting = new ArrayList<>();
        boolean isKnown;
    }

    /** Who has parked sandboxes. Called from any thread. */
    interface ParkedKeeper {
        /** Those of the template can be replaced by ones of a newer snapshot. */
        void replace(String template);

        /** Those of the template are to be given up and made anew. */
        void renew(String template);

        /** Those of the template are to be given up, and none parked until {@link #release}. */
        void hold(String template);

        void release(String template);
    }

    Opening(Stores stores, CloneBudget budget, Workers workers, Reaper reaper, ParkedKeeper parked, Log log) {
        this.stores = stores;
        this.budget = budget;
        this.workers = workers;
        this.reaper = reaper;
        this.parked = parked;
        this.log = log;
    }

    /** All templates, their pools filling. */
    Templates open(Configuration configuration) throws RefusedException, IOException {
        List<Template> templates = new ArrayList<>();
        for (TemplateConfiguration template : configuration.templatesByName()) {
            templates.add(open(template));
        }
        begin(templates);
        return new Templates(templates);
    }

    /** A template with a pool of its own, which does nothing before it {@link #begin begins}. */
    Template open(TemplateConfiguration template) throws RefusedException, IOException {
        CloneStore store = stores.open(template);
        Pool pool = new Pool(
                template.name(),
                store,
                size(template, store),
                budget,
                background(),
                keeper(template.name(), store.clones()));
        return with(template, pool);
    }

    /** A template with a pool that is there. */
    Template with(TemplateConfiguration template, Pool pool) throws IOException {
        return new Template(
                template,
                pool,
                members(template, template.access().users()),
                members(template, template.access().maintainers()));
    }

    /** How many clones its pool is to have. */
    static Pool.Size size(Template template) {
        return size(template.configuration(), template.pool().store());
    }

    private static Pool.Size size(TemplateConfiguration template, CloneStore store) {
        OptionalInt configuredMax = template.stock().readyMax();
        int ready = template.stock()
                .ready()
                .orElse(Math.min(Stores.usuallyReady(store), configuredMax.orElse(Integer.MAX_VALUE)));
        int readyMax = configuredMax.orElse(Math.max(ready, Stores.usuallyReadyMax(store)));
        return new Pool.Size(ready, readyMax, template.stock().minFree());
    }

    /**
     * Lets pools fill. What earlier services left is looked for once in each place where clones are: whatever is found
     * there later is this service's own.
     */
    void begin(Collection<Template> opened) {
        List<Template> inKnownPlaces = new ArrayList<>();
        Map<Object, Clones> unknown = new HashMap<>();
        synchronized (this) {
            for (ClonesDirectory directory : stores.directories()) {
                if (!places.containsKey(directory)) {
                    unknown.put(directory, directory);
                }
            }
            for (Template template : opened) {
                Object place = place(template);
                if (!places.containsKey(place)) {
                    unknown.putIfAbsent(place, template.pool().store().clones());
                }
            }
            unknown.keySet().forEach(place -> places.put(place, new Place()));
            for (Template template : opened) {
                Place place = Objects.requireNonNull(places.get(place(template)));
                if (place.isKnown) {
                    inKnownPlaces.add(template);
                } else {
                    place.waiting.add(template);
                }
            }
        }
        inKnownPlaces.forEach(template -> template.pool().begin(List.of()));
        unknown.forEach(this::recover);
    }

    /** Datasets have their clones beside them, whichever template they are. */
    private static Object place(Template template) {
        CloneStore store = template.pool().store();
        return Stores.dataset(store).<Object>map(dataset -> dataset).orElse(store.clones());
    }

    private synchronized List<Template> waiting(Object place) {
        return List.copyOf(Objects.requireNonNull(places.get(place)).waiting);
    }

    /** What was left in the place is known from now on; who has waited for that. */
    private synchronized List<Template> known(Object place) {
        Place known = Objects.requireNonNull(places.get(place));
        known.isKnown = true;
        List<Template> waited = List.copyOf(known.waiting);
        known.waiting.clear();
        return waited;
    }

    private Pool.Background background() {
        return new Pool.Background() {
            @Override
            public void make(Runnable work) {
                workers.submit(Urgency.CLONES, work);
            }

            @Override
            public void look(Runnable work) {
                workers.submit(Urgency.LOOKING, work);
            }

            @Override
            public void lookLater(Duration delay, Runnable work) {
                workers.later(delay, Urgency.LOOKING, work);
            }
        };
    }

    private Pool.Keeper keeper(String template, Clones clones) {
        return new Pool.Keeper() {
            @Override
            public void discard(Clone clone) {
                reaper.destroy(clones, clone);
            }

            @Override
            public void newer() {
                parked.replace(template);
            }

            @Override
            public void renew() {
                parked.renew(template);
            }

            @Override
            public void hold() {
                parked.hold(template);
            }

            @Override
            public void release() {
                parked.release(template);
            }
        };
    }

    /** Hands what is ready to the pools that can use it; a store that does not answer is asked again later. */
    private void recover(Object place, Clones clones) {
        try {
            long now = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
            List<Clone> left = clones.list();
            Set<Long> known = left.stream().map(Clone::nanos).collect(Collectors.toSet());
            workers.later(LATE, Urgency.LOOKING, () -> destroyLate(clones, known, now));
            Map<String, List<Clone>> ready = new HashMap<>();
            for (Clone clone : reaper.recover(clones, left)) {
                ready.computeIfAbsent(clone.template(), name -> new ArrayList<>())
                        .add(clone);
            }
            for (Template template : known(place)) {
                List<Clone> own = ready.remove(template.name());
                begin(template, own == null ? List.of() : own);
            }
            Consumer<Clone> discard = clone -> reaper.destroy(clones, clone);
            ready.values().forEach(others -> others.forEach(discard));
        } catch (IOException e) {
            log.line("cannot find out what is left of earlier services: " + Failure.reason(e));
            waiting(place).forEach(template -> template.pool().cannotBegin(why(template, e)));
            workers.later(ASK_AGAIN, Urgency.LOOKING, () -> recover(place, clones));
        }
    }

    /** In the words of the template's store, if it has some. */
    private static RefusedException why(Template template, IOException failure) {
        try {
            template.pool().store().template().newest();
        } catch (RefusedException e) {
            return e;
        }
        return new RefusedException(
                "cannot use template " + template.name() + ": " + Failure.reason(failure), Failure.remedy(failure));
    }

    /** What was being made for an earlier service when it was killed may appear only now. */
    private void destroyLate(Clones clones, Set<Long> known, long since) {
        try {
            for (Clone clone : clones.list()) {
                if (clone.nanos() < since && !known.contains(clone.nanos())) {
                    budget.count();
                    reaper.destroy(clones, clone);
                }
            }
        } catch (IOException e) {
            log.line("cannot look for clones that were made late: " + Failure.reason(e));
            workers.later(LATE, Urgency.LOOKING, () -> destroyLate(clones, known, since));
        }
    }

    private void begin(Template template, List<Clone> ready) {
        CloneStore store = template.pool().store();
        List<Clone> kept = new ArrayList<>();
        for (Clone clone : ready) {
            if (kept.size() < template.pool().size().readyMax() && store.keeps(clone)) {
                kept.add(clone);
            } else {
                reaper.destroy(store.clones(), clone);
            }
        }
        template.pool().begin(kept);
    }

    private Members members(TemplateConfiguration template, List<String> names) throws IOException {
        return Members.of(
                names,
                unknown -> log.line("template " + template.name() + " names " + unknown + ", whom nobody knows"));
    }
}
