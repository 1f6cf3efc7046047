package mayfly.integration.stores;

import java.util.List;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.Workshop;

/** What {@code mayfly pool status} says at one moment. */
record PoolView(Json status) {
    static PoolView of(Workshop workshop) {
        return new PoolView(workshop.status());
    }

    /** Waits until nothing is under way. */
    static PoolView settled(Workshop workshop) {
        return Eventually.gives("all is made and destroyed that is to be", () -> java.util.Optional.of(of(workshop))
                .filter(PoolView::isSettled));
    }

    Json template(String name) {
        return status.objects("templates").stream()
                .filter(template -> template.text("name").equals(name))
                .findFirst()
                .orElseThrow();
    }

    private boolean isSettled() {
        List<Json> templates = status.objects("templates");
        return status.number("running") == 0
                && status.number("dirty") == 0
                && status.number("adopted") == 0
                && status.objects("shapes").stream()
                        .allMatch(shape ->
                                shape.number("making") == 0 && shape.number("parked") >= shape.number("target"))
                && templates.stream()
                        .allMatch(template -> template.number("making") == 0
                                && template.number("ready") >= template.number("target"));
    }

    /** Ready and parked clones. */
    long clones() {
        return clones("");
    }

    /** Those of the templates whose names begin so. */
    long clones(String beginning) {
        return status.objects("templates").stream()
                .filter(template -> template.text("name").startsWith(beginning))
                .mapToLong(template -> (long) (template.number("ready") + template.number("parked")))
                .sum();
    }
}
