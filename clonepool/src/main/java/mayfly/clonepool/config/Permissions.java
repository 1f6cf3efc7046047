package mayfly.clonepool.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;

/**
 * What users may do of what they could do with their own rights; what is empty is not restricted.
 *
 * @param backends names of the backends that they may use
 * @param shareNet whether they may share the host's network
 * @param binds what of the host they may bind
 * @param leases how many sandboxes each of them may have at once
 * @param offers what is for some of them only, with their names, groups with {@code %}
 */
public record Permissions(
        Optional<List<String>> backends,
        Optional<Boolean> shareNet,
        Optional<List<Source>> binds,
        OptionalInt leases,
        Map<Offer, List<String>> offers) {
    private static final Permissions ALL =
            new Permissions(Optional.empty(), Optional.empty(), Optional.empty(), OptionalInt.empty(), Map.of());

    public Permissions {
        backends = backends.map(List::copyOf);
        binds = binds.map(List::copyOf);
        offers = Map.copyOf(offers);
    }

    /** What of their own users can bring into a sandbox, or look at it with. */
    public enum Offer {
        X11("use the display (--x11)"),
        SOUND("use the sound (--pulseaudio)"),
        HOOKS("run hooks of their own");

        private final String deed;

        Offer(String deed) {
            this.deed = deed;
        }

        /** Its key. */
        public String key() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** What users do with it: the end of {@code may}. */
        public String deed() {
            return deed;
        }
    }

    /**
     * A place of the host's with all that is in it.
     *
     * @param path absolute, without {@code .} and {@code ..}
     * @param readOnly whether it may be bound for reading only
     */
    public record Source(String path, boolean readOnly) {
        boolean covers(Bind bind) {
            return NativePath.isAtOrUnder(bind.source(), Bytes.utf8(path)) && (bind.readOnly() || !readOnly);
        }

        @Override
        public String toString() {
            return readOnly ? path + ":ro" : path;
        }
    }

    /** No restriction. */
    public static Permissions all() {
        return ALL;
    }

    /** In words, one for each restriction. */
    public List<String> words() {
        List<String> words = new ArrayList<>();
        backends.ifPresent(
                names -> words.add(names.isEmpty() ? "no backend" : "backend " + String.join(" or ", names)));
        shareNet.filter(may -> !may).ifPresent(no -> words.add("not the host's network"));
        binds.ifPresent(sources -> words.add(sources.isEmpty() ? "no binds" : "binds of " + list(sources) + " only"));
        leases.ifPresent(most -> words.add("at most " + most + (most == 1 ? " sandbox" : " sandboxes") + " at once"));
        for (Offer offer : Offer.values()) {
            List<String> names = offers.get(offer);
            if (names != null) {
                words.add(offer.key() + " for " + (names.isEmpty() ? "nobody" : String.join(", ", names)));
            }
        }
        return words;
    }

    /** Names in words. */
    public static String list(List<Source> sources) {
        return sources.stream().map(Source::toString).collect(Collectors.joining(", "));
    }
}
