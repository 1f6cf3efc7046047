package mayfly.clonepool.store;

/** What happens to a clone in its life; after each of these the service may die. */
public enum Transition {
    /** It is about to be made. */
    BEGINS,
    /** Something of it is in the store. */
    MAKING,
    /** It is complete. */
    READY,
    /** It is one sandbox's, and the store says so. */
    USED,
    /** The sandbox's outermost process runs. */
    STARTED,
    /** The sandbox waits for a command. */
    PARKED,
    /** A client has it. */
    LEASED,
    /** The sandbox has ended. */
    ENDED,
    /** It is to be destroyed. */
    DIRTY,
    /** Nothing of it is left. */
    DESTROYED;

    /** Who is told. Called by whatever thread did it, and from many at once. */
    public interface Listener {
        void passed(Transition transition);

        /** Nobody. */
        static Listener none() {
            return transition -> {};
        }
    }
}
