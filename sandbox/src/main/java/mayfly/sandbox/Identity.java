package mayfly.sandbox;

/** Who a command is in its sandbox. Ids are 0 to 2^32-2. */
public sealed interface Identity {
    /** Himself; root is root of the sandbox, with all ids. */
    record Own() implements Identity {}

    /** Uid and gid 0 inside, which are the caller's own outside; there are no other ids. */
    record RootAlone() implements Identity {}

    /**
     * Uid and gid 0 inside. The ids 0 … count-1 inside are uid … uid+count-1 and gid … gid+count-1 outside; files of a
     * template keep their owners by an idmapped mount.
     */
    record RootOfRange(long uid, long gid, long count) implements Identity {
        /** How many ids {@code -u} and {@code -g} map. */
        public static final long USUAL = 65_536;

        @Override
        public int hashCode() {
            return Long.hashCode(uid * 31 + gid);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof RootOfRange that && uid == that.uid && gid == that.gid && count == that.count;
        }
    }

    /**
     * Uid and gid 0 inside, which are the caller's own outside; the ids 1 … count inside are uid … uid+count-1 and gid …
     * gid+count-1 outside. What an ordinary user's own service can do without root.
     */
    record RootAndRange(long uid, long gid, long count) implements Identity {
        @Override
        public int hashCode() {
            return Long.hashCode(uid * 31 + gid) + 1;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof RootAndRange that && uid == that.uid && gid == that.gid && count == that.count;
        }
    }

    Identity OWN = new Own();
    Identity ROOT_ALONE = new RootAlone();
}
