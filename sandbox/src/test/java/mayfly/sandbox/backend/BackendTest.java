package mayfly.sandbox.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;

final class BackendTest {
    @Test
    void each_backend_has_a_name_and_the_default_one_is_the_first() throws RefusedException {
        Set<String> named = new TreeSet<>();
        for (String name : Backend.NAMES) {
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
