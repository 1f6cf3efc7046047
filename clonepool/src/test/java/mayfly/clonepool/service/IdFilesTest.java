package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IdFilesTest {
    private static final long ANN = 1000;
    private static final IdRange USUAL = new IdRange(100_000, 65_536);

    @TempDir
    private Path etc = Path.of("/");

    @BeforeEach
    void accounts() throws IOException {
        write("passwd", "root:x:0:0::/root:/bin/sh", "ann:x:1000:1000::/home/ann:/bin/sh", "+:::::");
        write("group", "root:x:0:", "ann:x:1000:", "web:x:200033:ann");
    }

    private void write(String name, String... lines) throws IOException {
        Files.write(etc.resolve(name), List.of(lines));
    }

    private List<IdRange> uids(long uid) throws RefusedException {
        return new IdFiles(etc).uids(uid);
    }

    @Test
    void a_user_is_found_by_name_and_by_id_in_the_order_of_the_file() throws Exception {
        write("subuid", "bob:200000:65536", "1000:300000:10", "ann:100000:65536", "10000:1:1", "an:2:2");
        assertEquals(List.of(new IdRange(300_000, 10), USUAL), uids(ANN));
        assertEquals(List.of(), uids(1001));
    }

    @Test
    void lines_that_are_none_are_passed_over_and_so_are_ranges_with_roots_id_in_them() throws Exception {
        write(
                "subuid",
                "",
                "ann",
                "ann:100000",
                "ann:100000:65536:1",
                "ann:x:1",
                "ann:1:x",
                "ann:-1:5",
                "ann:0:65536",
                "ann:7:0",
                "ann:4294967290:6",
                "ann:99999999999:1",
                "ann:4294967290:5");
        assertEquals(List.of(new IdRange(4_294_967_290L, 5)), uids(ANN));
    }

    @Test
    void without_a_file_nobody_has_a_range_and_a_file_that_cannot_be_read_is_an_error() throws Exception {
        assertEquals(List.of(), new IdFiles(etc).gids(ANN));
        Files.createDirectory(etc.resolve("subgid"));
        RefusedException e = assertThrows(RefusedException.class, () -> new IdFiles(etc).gids(ANN));
        assertTrue(e.getMessage().startsWith("cannot read " + etc.resolve("subgid") + ": "), e.getMessage());
    }

    @Test
    void a_file_that_has_changed_is_read_again() throws Exception {
        write("subuid", "ann:100000:65536");
        IdFiles files = new IdFiles(etc);
        assertEquals(List.of(USUAL), files.uids(ANN));
        write("subuid", "ann:500000:9");
        assertEquals(List.of(new IdRange(500_000, 9)), files.uids(ANN));
        Files.delete(etc.resolve("subuid"));
        assertEquals(List.of(), files.uids(ANN));
        write("subuid", "ann:500000:9");
        assertEquals(List.of(new IdRange(500_000, 9)), files.uids(ANN));
    }

    @Test
    void whose_an_id_of_a_range_is_can_be_told() throws Exception {
        IdFiles files = new IdFiles(etc);
        assertEquals(Optional.of("user ann (1000)"), files.ownerIn(new IdRange(1, 65_536), USUAL));
        assertEquals(Optional.of("group web (200033)"), files.ownerIn(USUAL, new IdRange(200_000, 65_536)));
        assertEquals(Optional.empty(), files.ownerIn(USUAL, USUAL));
        assertEquals(Optional.empty(), files.ownerIn(new IdRange(1001, 9), new IdRange(1, 999)));
    }

    @Test
    void a_range_contains_its_own_ids_only() {
        assertTrue(USUAL.contains(USUAL) && USUAL.contains(new IdRange(165_535, 1)));
        assertFalse(USUAL.contains(new IdRange(165_535, 2)) || USUAL.contains(new IdRange(99_999, 2)));
        assertEquals("100000 to 165535", USUAL.toString());
        assertThrows(IllegalArgumentException.class, () -> new IdRange(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new IdRange(1, (1L << 32) - 1));
        assertEquals((1L << 32) - 2, new IdRange(1, (1L << 32) - 2).count());
    }
}
