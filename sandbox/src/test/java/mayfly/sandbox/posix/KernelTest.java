package mayfly.sandbox.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jnr.constants.Constant;
import org.junit.jupiter.api.Test;

/** Our numbers against those that jnr-constants has collected by compiling on each system. */
class KernelTest {
    private static final List<String> SETS = List.of(
            "Errno",
            "OpenFlags",
            "Signal",
            "Sock",
            "AddressFamily",
            "SocketLevel",
            "SocketOption",
            "Fcntl",
            "WaitFlags",
            "Shutdown");

    @Test
    void linux_has_these_numbers() throws ReflectiveOperationException {
        compare("linux", Linux.class);
    }

    @Test
    void freebsd_has_these_numbers() throws ReflectiveOperationException {
        compare("freebsd", FreeBsd.class);
    }

    private static void compare(String system, Class<?> own) throws ReflectiveOperationException {
        Map<String, Long> known = known(system);
        Map<String, Long> ours = numbers(own);
        // What is the same everywhere is on neither system's own list.
        numbers(Kernel.class).forEach(ours::putIfAbsent);
        ours.keySet().retainAll(known.keySet());
        known.keySet().retainAll(ours.keySet());
        assertEquals(known, ours);
        assertTrue(ours.size() > 45, () -> "only these are known: " + ours);
    }

    private static Map<String, Long> numbers(Class<?> constants) throws ReflectiveOperationException {
        Map<String, Long> numbers = new TreeMap<>();
        for (Field field : constants.getDeclaredFields()) {
            if (isNumber(field)) {
                field.setAccessible(true);
                numbers.put(field.getName(), ((Number) field.get(null)).longValue());
            }
        }
        return numbers;
    }

    private static boolean isNumber(Field field) {
        return field.getType() == int.class || field.getType() == long.class || field.getType() == short.class;
    }

    private static Map<String, Long> known(String system) throws ReflectiveOperationException {
        Map<String, Long> known = new TreeMap<>();
        for (String set : SETS) {
            put(
                    known,
                    Class.forName("jnr.constants.platform." + system + "." + set)
                            .asSubclass(Enum.class));
        }
        return known;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // which enum it is, is known at run time
    private static void put(Map<String, Long> known, Class<? extends Enum> set) {
        for (Object each : EnumSet.allOf(set)) {
            known.put(((Enum<?>) each).name(), ((Constant) each).longValue());
        }
    }

    @Test
    void numbers_of_this_system_are_its_own() {
        assertEquals(Kernel.IS_FREEBSD ? FreeBsd.EAGAIN : Linux.EAGAIN, Kernel.EAGAIN);
        assertEquals(System.getProperty("os.name"), Kernel.IS_FREEBSD ? "FreeBSD" : "Linux");
    }

    @Test
    void requests_for_terminals_say_how_long_their_structs_are() {
        int in = 0x4000_0000;
        long out = 0x8000_0000L;
        assertEquals(in | 44 << 16 | 't' << 8 | 19, FreeBsd.TIOCGETA);
        assertEquals(out | 44 << 16 | 't' << 8 | 21, FreeBsd.TIOCSETAW);
        assertEquals(in | Terminals.WINDOW_BYTES << 16 | 't' << 8 | 104, FreeBsd.TIOCGWINSZ);
        assertEquals(out | Terminals.WINDOW_BYTES << 16 | 't' << 8 | 103, FreeBsd.TIOCSWINSZ);
    }
}
