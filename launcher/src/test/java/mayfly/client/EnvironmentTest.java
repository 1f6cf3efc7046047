package mayfly.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import mayfly.sandbox.Bytes;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
    private static final Map<Bytes, Bytes> OWN = Variables.of(
            Bytes.utf8("PATH=/bin\0SECRET=s\0LC_TIME=C\0LCX=no\0TERM=x\0PATH=/second\0odd\0=odd\0E=a=b\0"));

    private static List<String> of(String... operations) {
        List<Bytes> bytes = List.of(operations).stream().map(Bytes::utf8).toList();
        return Environment.of(OWN, bytes).stream().map(Bytes::text).toList();
    }

    @Test
    void only_the_usual_variables_pass() {
        assertEquals(List.of("PATH=/bin", "LC_TIME=C", "TERM=x"), of());
    }

    @Test
    void a_name_passes_the_own_variable_on() {
        assertEquals(List.of("PATH=/bin", "LC_TIME=C", "TERM=x", "SECRET=s", "E=a=b"), of("SECRET", "E", "ABSENT"));
    }

    @Test
    void later_operations_win() {
        assertEquals(
                List.of("PATH=", "LC_TIME=C", "TERM=x", "N=2", "SECRET=s"),
                of("N=1", "PATH=", "SECRET=t", "N=2", "SECRET"));
    }
}
