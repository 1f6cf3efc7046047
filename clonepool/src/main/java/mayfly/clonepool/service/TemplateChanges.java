package mayfly.clonepool.service;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.pool.Pool;
import mayfly.sandbox.RefusedException;

/**
 * Has the templates be as a new configuration says. One whose store is the same keeps its pool, with all clones in it; another
 * gets a new pool, and the old one makes no more. Commands that run in clones are left alone.
 */
final class TemplateChanges implements Reloading.Part {
    /** Who has what is made of templates, in the event loop's thread. */
    interface Users {
        /** @throws RefusedException while an order about the template is carried out */
        void checkUnchanging(String template) throws RefusedException;

        /** Gives up what is parked of it and parks none, until {@link #release}. */
        void hold(String template);

        void release(String template);

        /** Gives up what is parked of it, and has it made anew. */
        void renew(String template);
    }

    private final Templates templates;
    private final Opening opening;
    private final Users users;

    TemplateChanges(Templates templates, Opening opening, Users users) {
        this.templates = templates;
        this.opening = opening;
        this.users = users;
    }

    @Override
    public Reloading.Change prepare(Configuration before, Configuration next) throws RefusedException, IOException {
        Plan plan = new Plan();
        Map<String, Template> gone = new TreeMap<>();
        templates.all().forEach(template -> gone.put(template.name(), template));
        for (TemplateConfiguration configuration : next.templatesByName()) {
            Optional<Template> old = Optional.ofNullable(gone.remove(configuration.name()));
            if (old.isPresent() && hasSameStore(old.get().configuration(), configuration)) {
                plan.keep(old.get(), opening.with(configuration, old.get().pool()));
            } else {
                plan.open(old, opening.open(configuration));
            }
        }
        plan.gone.addAll(gone.values());
        opening.begin(plan.opened);
        return plan;
    }

    /** Whether clones made for the one are clones for the other. */
    private static boolean hasSameStore(TemplateConfiguration old, TemplateConfiguration next) {
        return old.store() == next.store()
                && old.place().equals(next.place())
                && old.upper() == next.upper()
                && old.stock().quota().equals(next.stock().quota());
    }

    /** Whether sandboxes that were parked before are as new ones are. */
    private static boolean isParkedAlike(TemplateConfiguration old, TemplateConfiguration next) {
        return Objects.equals(old.size(), next.size()) && old.hooks().equals(next.hooks());
    }

    private final class Plan implements Reloading.Change {
        private final List<Template> all = new ArrayList<>();
        private final List<Template> kept = new ArrayList<>();
        private final List<Template> opened = new ArrayList<>();
        private final List<Template> gone = new ArrayList<>();
        private final List<Template> replaced = new ArrayList<>();
        private final List<String> renewed = new ArrayList<>();

        void keep(Template old, Template next) {
            all.add(next);
            kept.add(next);
            if (!isParkedAlike(old.configuration(), next.configuration())) {
                renewed.add(next.name());
            }
        }

        void open(Optional<Template> old, Template next) {
            all.add(next);
            opened.add(next);
            old.ifPresent(replaced::add);
            renewed.add(next.name());
        }

        @Override
        public void check() throws RefusedException {
            for (Template template : gone) {
                users.checkUnchanging(template.name());
            }
            for (Template template : replaced) {
                users.checkUnchanging(template.name());
            }
        }

        @Override
        public void commit() {
            templates.exchange(all);
            Consumer<Template> retire = template -> template.pool().retire();
            gone.forEach(retire);
            replaced.forEach(retire);
            gone.forEach(template -> users.hold(template.name()));
            opened.forEach(template -> users.release(template.name()));
            renewed.forEach(users::renew);
            kept.forEach(template -> template.pool().resize(Opening.size(template)));
        }

        @Override
        public void abandon() {
            opened.stream().map(Template::pool).forEach(Pool::retire);
        }
    }
}
