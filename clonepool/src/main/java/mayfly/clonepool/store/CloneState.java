package mayfly.clonepool.store;

import java.util.Set;

/** What a clone's directory is called, and which names may follow which. */
public enum CloneState {
    /** Being made: of no use after a crash. */
    MAKING(".making"),
    /** Complete, and given to nobody yet. */
    READY(""),
    /** Given to one sandbox, parked or leased; alive while its lock is held. */
    USED(".used"),
    /** To be destroyed. */
    DIRTY(".dirty");

    private final String suffix;

    CloneState(String suffix) {
        this.suffix = suffix;
    }

    String suffix() {
        return suffix;
    }

    /** Never back: a clone is not given out twice. */
    Set<CloneState> next() {
        return switch (this) {
            case MAKING -> Set.of(READY, DIRTY);
            case READY -> Set.of(USED, DIRTY);
            case USED -> Set.of(DIRTY);
            case DIRTY -> Set.of();
        };
    }
}
