package mayfly.clonepool.service;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import mayfly.clonepool.store.Clone;
import mayfly.sandbox.Shape;

/** The sandboxes that earlier services gave out and that still run, sessions too, by their clones. For the door's thread. */
final class Adoptions {
    private final Map<String, Adoption> byClone = new HashMap<>();

    /**
     * One of them.
     *
     * @param owner whose it is, where that is known
     * @param isSession whether it is a session's, which is counted as such
     */
    record Adoption(OptionalLong owner, boolean isSession) {}

    void add(Clone clone, Adoption adoption) {
        byClone.put(clone.id(), adoption);
    }

    /** It has ended; empty: it is none of them. */
    Optional<Adoption> remove(Clone clone) {
        return Optional.ofNullable(byClone.remove(clone.id()));
    }

    /** How many of them the shape's caller has of the same template. */
    int like(Shape shape) {
        String beginning = shape.template().orElse(Clone.NO_TEMPLATE) + "_";
        OptionalLong owner = OptionalLong.of(shape.caller().uid());
        return (int) byClone.entrySet().stream()
                .filter(entry -> entry.getValue().owner().equals(owner) && isOf(beginning, entry.getKey()))
                .count();
    }

    /** A template's name may have an underscore in it, too. */
    private static boolean isOf(String beginning, String clone) {
        return clone.startsWith(beginning) && clone.lastIndexOf('_') == beginning.length() - 1;
    }
}
