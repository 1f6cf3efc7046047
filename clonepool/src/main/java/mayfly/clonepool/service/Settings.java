package mayfly.clonepool.service;

import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.Limits;

/**
 * The configuration that is in force. Whoever needs something of it asks each time, so that a new one takes effect for all
 * at once. Thread-safe; exchanged by the event loop's thread alone.
 */
final class Settings {
    private volatile Configuration now;

    Settings(Configuration first) {
        now = first;
    }

    Configuration now() {
        return now;
    }

    Limits limits() {
        return now.limits();
    }

    void exchange(Configuration next) {
        now = next;
    }
}
