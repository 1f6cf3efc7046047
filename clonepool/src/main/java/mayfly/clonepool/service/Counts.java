package mayfly.clonepool.service;

import java.util.Optional;

/** What happened to one template since the service began. For the door's thread. */
final class Counts {
    private long claims;
    private long hits;
    private int leased;
    private String lastError = "";
    private String hookError = "";

    void claim(boolean hit) {
        claims++;
        hits += hit ? 1 : 0;
    }

    void leaseBegins() {
        leased++;
    }

    void leaseEnds() {
        leased--;
    }

    /** @param message empty: the last one does not hold any more */
    void error(String message) {
        lastError = message;
    }

    /** @param message empty: the last hook did what it should */
    void hookError(String message) {
        hookError = message;
    }

    long claims() {
        return claims;
    }

    long hits() {
        return hits;
    }

    int leased() {
        return leased;
    }

    Optional<String> lastError() {
        return Optional.of(lastError.isEmpty() ? hookError : lastError).filter(error -> !error.isEmpty());
    }
}
