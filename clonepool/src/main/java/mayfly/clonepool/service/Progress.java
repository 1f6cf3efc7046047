package mayfly.clonepool.service;

/** Told how far something is that takes long. Called from any thread. */
interface Progress {
    void tell(String text);

    /** The same, counted: so many done of so many. */
    void tell(String text, int done, int of);
}
