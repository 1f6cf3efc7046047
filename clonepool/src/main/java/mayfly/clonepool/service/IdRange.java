package mayfly.clonepool.service;

/**
 * Ids in a row.
 *
 * @param first 1 to 2^32-2
 * @param count 1 or more; the last id is 2^32-2 at most
 */
record IdRange(long first, long count) {
    /** The id that is none. */
    private static final long NONE = (1L << 32) - 1;

    IdRange {
        if (!isOne(first, count)) {
            throw new IllegalArgumentException("no range of ids: " + first + ", " + count);
        }
    }

    static boolean isOne(long first, long count) {
        return first >= 1 && count >= 1 && first < NONE && count <= NONE - first;
    }

    boolean contains(long id) {
        return id >= first && id - first < count;
    }

    boolean contains(IdRange other) {
        return contains(other.first) && contains(other.first + other.count - 1);
    }

    /** As people read it. */
    @Override
    public String toString() {
        return first + " to " + (first + count - 1);
    }
}
