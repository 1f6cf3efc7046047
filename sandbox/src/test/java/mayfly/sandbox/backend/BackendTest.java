package mayfly.sandbox.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;

final class BackendTest {
    @Test
    void each_backend_is_known_by_its_name_and_those_of_this_system_are_offered() throws RefusedException {
        assertEquals(List.of("bwrap", "native", "lxc", "chroot"), Backend.names());
        Set<String> named = new TreeSet<>();
        for (String name : List.of("bwrap", "native", "lxc", "chroot", "jail")) {
            assertEquals(name, Backend.named(name).name());
            named.add(Backend.named(name).getClass().getName());
        }
        Set<String> all = new TreeSet<>();
        Arrays.stream(Backend.class.getPermittedSubclasses())
                .map(Class::getName)
                .forEach(all::add);
        assertEquals(all, named);
        assertEquals(Backend.defaultName(), Backend.names().get(0));
    }

    /** Each is made by the other's static initialiser, in a virtual machine that knows neither yet. */
    @Test
    void it_does_not_matter_which_class_is_touched_first() throws Exception {
        URL classes = Backend.class.getProtectionDomain().getCodeSource().getLocation();
        for (String first : List.of("Backends", "Backend", "JailBackend", "Bubblewrap")) {
            try (URLClassLoader fresh = new URLClassLoader(new URL[] {classes}, ClassLoader.getPlatformClassLoader())) {
                Class.forName("mayfly.sandbox.backend." + first, true, fresh);
                Object names = Class.forName(Backend.class.getName(), true, fresh)
                        .getMethod("names")
                        .invoke(null);
                assertEquals(Backend.names(), names);
            }
        }
    }
}
