package mayfly.sandbox.backend;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import mayfly.sandbox.RefusedException;

/** All backends: a new one is registered here, and in what {@link Backend} permits. */
final class Backends {
    private static final Host HOST = new Host();
    private static final List<Backend> LINUX =
            List.of(new Bubblewrap(HOST), new Native(HOST), new Lxc(HOST), new Chroot(HOST));
    private static final List<Backend> FREEBSD = List.of(new JailBackend(HOST));

    /** Those of this system; the others are known too, and say themselves that they cannot be used. */
    static final List<Backend> ALL = HOST.isFreeBsd() ? FREEBSD : LINUX;

    static final List<String> NAMES = ALL.stream().map(Backend::name).toList();

    static final String DEFAULT = NAMES.get(0);
    private static final Map<String, Backend> BY_NAME = Stream.concat(LINUX.stream(), FREEBSD.stream())
            .collect(Collectors.toUnmodifiableMap(Backend::name, Function.identity()));

    private Backends() {}

    static Backend named(String name) throws RefusedException {
        Backend backend = BY_NAME.get(name);
        if (backend == null) {
            throw new RefusedException(
                    "cannot use backend " + name + ": there is no such backend",
                    "name one of " + String.join(", ", NAMES));
        }
        return backend;
    }
}
