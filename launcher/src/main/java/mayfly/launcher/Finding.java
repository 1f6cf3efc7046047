package mayfly.launcher;

/**
 * One thing that a doctor looked at.
 *
 * @param remedy what to do; empty when nothing is to be done
 */
record Finding(String subject, State state, String detail, String remedy) {
    /** How the thing is. */
    enum State {
        OK,
        /** Commands run without it. */
        NOTE,
        /** A user may not. */
        NO,
        /** No command runs without it. */
        MISSING;

        String word() {
            return switch (this) {
                case OK -> "ok";
                case NOTE -> "note";
                case NO -> "no";
                case MISSING -> "missing";
            };
        }
    }

    static Finding ok(String subject, String detail) {
        return new Finding(subject, State.OK, detail, "");
    }

    static Finding note(String subject, String detail, String remedy) {
        return new Finding(subject, State.NOTE, detail, remedy);
    }

    static Finding no(String subject, String detail, String remedy) {
        return new Finding(subject, State.NO, detail, remedy);
    }

    static Finding missing(String subject, String detail, String remedy) {
        return new Finding(subject, State.MISSING, detail, remedy);
    }
}
