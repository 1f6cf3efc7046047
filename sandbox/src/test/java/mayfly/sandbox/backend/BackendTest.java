package mayfly.sandbox.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;

final class BackendTest {
    @Test
    void each_backend_is_known_by_its_name_and_those_of_this_system_are_offered() throws RefusedException {
        assertEquals(List.of("bwrap", "lxc", "chroot"), Backend.NAMES);
        Set<String> named = new TreeSet<>();
        for (String name : List.of("bwrap", "lxc", "chroot", "jail")) {
            assertEquals(name, Backend.named(name).name());
            named.add(Backend.named(name).getClass().getName());
        }
        Set<String> all = new TreeSet<>();
        Arrays.stream(Backend.class.getPermittedSubclasses())
                .map(Class::getName)
                .forEach(all::add);
        assertEquals(all, named);
        assertEquals(Backend.DEFAULT, Backend.NAMES.get(0));
    }
}
