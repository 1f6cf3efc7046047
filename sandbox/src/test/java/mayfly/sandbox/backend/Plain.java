package mayfly.sandbox.backend;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Identity;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Seccomp;
import mayfly.sandbox.Shape;
import mayfly.sandbox.backend.Construction.KnownBind;
import mayfly.sandbox.backend.Construction.Root;
import mayfly.sandbox.root.Places;

/** What backends are asked for in tests, and the plain host that they are asked on. */
final class Plain {
    static final Caller ROOT = new Caller(0, 0, List.of(0L));
    static final Caller USER = new Caller(1001, 1002, List.of(1002L, 27L));
    static final Places PLACES = Places.inMemory(Bytes.utf8("/run/m/mnt"));

    private Plain() {}

    /** Where each program is, and nothing to be masked but one directory and two files. */
    static final Host HOST = new Host() {
        @Override
        public Optional<Path> program(String name) {
            return Optional.of(Path.of("/usr/bin", name));
        }

        @Override
        boolean has(String path) {
            return List.of("/proc/sys", "/proc/keys", "/proc/slabinfo").contains(path);
        }

        @Override
        boolean hasDirectory(String path) {
            return path.equals("/sys/firmware");
        }

        @Override
        Optional<Bytes> resolverInRun() {
            return Optional.of(Bytes.utf8("/run/resolve/conf"));
        }
    };

    static Construction construction(Caller caller, Isolation isolation, KnownBind... binds) {
        return new Construction(
                "mf1",
                caller,
                true,
                PLACES,
                new Bounds(16 << 20, 4096),
                new Root.Chosen(Bytes.utf8("/srv/deb")),
                isolation,
                List.of(binds));
    }

    static String words(Backend backend, Construction construction) throws RefusedException {
        return backend.words(construction).stream().map(Bytes::text).collect(Collectors.joining(" "));
    }

    static Shape shape(String backend, Identity identity) {
        return new Shape(
                ROOT,
                Optional.of("deb"),
                backend,
                new Isolation(false, identity, Seccomp.DEFAULT, Map.of()),
                List.of(),
                Optional.empty(),
                Optional.empty());
    }
}
