package mayfly.sandbox.backend;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import mayfly.sandbox.RefusedException;

/** All backends: a new one is registered here, and in what {@link Backend} permits. */
final class Backends {
    private static final Host HOST = new Host();
    static final List<Backend> ALL = List.of(new Bubblewrap(HOST), new Lxc(HOST), new Chroot(HOST));
    private static final Map<String, Backend> BY_NAME =
            ALL.stream().collect(Collectors.toUnmodifiableMap(Backend::name, Function.identity()));

    private Backends() {}

    static Backend named(String name) throws RefusedException {
        Backend backend = BY_NAME.get(name);
        if (backend == null) {
            throw new RefusedException(
                    "cannot use backend " + name + ": there is no such backend",
                    "name one of " + ALL.stream().map(Backend::name).collect(Collectors.joining(", ")));
        }
        return backend;
    }
}
