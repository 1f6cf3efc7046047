package mayfly.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TablesTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    private String printed() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void columns_are_as_wide_as_their_widest_cell() {
        Table table = new Table("A", "LONG", "C");
        table.row("wider", "b", "c");
        table.print(out);
        assertEquals("A      LONG  C\nwider  b     c\n", printed());
    }

    @Test
    void the_pool_is_shown_with_its_troubles() throws IOException {
        PoolStatus.print(
                Json.object(
                        "{\"version\":\"1\",\"uptime_seconds\":7,\"running\":2,\"sessions\":1,\"adopted\":1,\"dirty\":0,"
                                + "\"templates\":[{\"name\":\"host\",\"store\":\"overlay\",\"path\":\"/\",\"snapshot\":null,"
                                + "\"drained\":false,\"ready\":1,\"parked\":2,\"making\":0,\"leased\":3,\"dirty\":0,"
                                + "\"hit_rate\":0.889,\"refills_per_minute\":12,\"last_error\":\"disk full\"},"
                                + "{\"name\":\"t\",\"store\":\"zfs\",\"path\":\"p/t\",\"snapshot\":\"s1\",\"drained\":true,"
                                + "\"ready\":0,\"parked\":0,\"making\":0,\"leased\":0,\"dirty\":4,\"hit_rate\":null,"
                                + "\"refills_per_minute\":0,\"last_error\":null}],\"shapes\":[],\"limits\":{}}"),
                out);
        assertEquals("""
                TEMPLATE  STORE    SNAPSHOT  MAKING  READY        PARKED  LEASED  DIRTY  HIT RATE  REFILLS/MIN
                host      overlay  -         0       1            2       3       0      89 %      12
                t         zfs      s1        0       0 (drained)  0       0       4      -         0
                2 running, 1 of them sessions, 1 adopted, 0 to be destroyed; up for 7 s; version 1
                host: disk full
                """, printed());
    }

    @Test
    void the_default_template_is_marked() throws IOException {
        TemplateList.print(
                Json.object(
                        "{\"templates\":[{\"name\":\"a\",\"store\":\"directory\",\"path\":\"/a\",\"snapshot\":\"s\","
                                + "\"default\":true},"
                                + "{\"name\":\"host\",\"store\":\"overlay\",\"path\":\"/\",\"default\":false}]}"),
                out);
        assertEquals("""
                TEMPLATE  STORE      SNAPSHOT  PATH  DEFAULT
                a         directory  s         /a    yes
                host      overlay    -         /    \s
                """, printed());
    }

    @Test
    void what_would_be_lost_is_told_before() {
        List<String> snapshots = List.of("a", "b", "c");
        assertEquals(
                "Roll template t back to c? What was changed since will be lost.",
                new TemplateRollback().question("t", Optional.empty(), snapshots));
        assertEquals(
                "Roll template t back to a? What was changed since, and b, c, will be lost.",
                new TemplateRollback().question("t", Optional.of("a"), snapshots));
        assertEquals(
                "Destroy template t with its snapshots a, b, c?",
                new TemplateDestroy().question("t", Optional.empty(), snapshots));
        assertEquals("Destroy template t?", new TemplateDestroy().question("t", Optional.empty(), List.of()));
        assertEquals(
                "Destroy the snapshot b of template t?",
                new TemplateDestroy().question("t", Optional.of("b"), snapshots));
    }

    @Test
    void findings_are_json_too() throws IOException {
        String json = Doctor.json(List.of(Finding.ok("a", "fine"), Finding.missing("b", "none", "get \"it\"")), false);
        Map<String, Object> object = Json.object(json);
        assertEquals("false", Json.text(object, "usable"));
        List<Map<String, Object>> checks = Json.objects(object, "checks");
        assertEquals(Map.of("check", "a", "state", "ok", "detail", "fine"), checks.get(0));
        assertEquals("get \"it\"", Json.text(checks.get(1), "remedy"));
    }

    @Test
    void what_is_no_object_is_refused() {
        assertThrows(IOException.class, () -> Json.object("[]"));
        assertThrows(IOException.class, () -> Json.object("{\"a\":"));
    }
}
