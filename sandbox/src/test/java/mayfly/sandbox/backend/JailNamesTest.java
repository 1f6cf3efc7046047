package mayfly.sandbox.backend;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.backend.HostStep.UnfitException;
import org.junit.jupiter.api.Test;

/** Whatever a name is made of: it is either plain or refused, and never changed. */
final class JailNamesTest {
    private static final long SEED = 20261128;
    private static final int NAMES = 20_000;
    private static final String HOSTILE = " ;|&$`'\"\\\n\t\0*?[]{}()<>~#%!=^\u00e9/..-_:,@+aZ09";

    private interface Check {
        String of(String name) throws RefusedException;
    }

    private static final List<Check> CHECKS = List.of(
            JailNames::jail,
            name -> JailNames.dataset(Bytes.utf8(name)),
            JailNames::networkInterface,
            name -> JailNames.path(Bytes.utf8(name)),
            name -> JailNames.mountPoint(Bytes.utf8(name)));

    private static String accepted(Check check, String name) {
        try {
            return check.of(name);
        } catch (RefusedException e) {
            assertTrue(e.getMessage().length() < 300, e.getMessage());
            assertFalse(e.getMessage().contains("\n"), e.getMessage());
            return "";
        }
    }

    @Test
    void hostile_names_are_never_accepted() {
        for (String name : List.of(
                "",
                "a b",
                ";",
                "..",
                "/..",
                "/a/..",
                "/a/../b",
                "a;b",
                "a\nb",
                "\n",
                "-o",
                "--",
                "/a b",
                "/a\n/b",
                "$(x)",
                "`x`",
                "a|b",
                "/a\\040b",
                "\u00e9",
                "x".repeat(1_100),
                "/" + "x".repeat(1_100),
                "a/../b",
                "/.",
                "/a/./b",
                "/a//b",
                "/a/",
                "tank/../x",
                "tank//x",
                "tank/-o",
                "tank@s",
                "0")) {
            for (Check check : CHECKS) {
                assertEquals("", accepted(check, name), () -> "accepted: " + name);
            }
        }
    }

    @Test
    void whatever_is_accepted_is_unchanged_and_has_nothing_in_it_that_a_program_could_take_for_more() {
        Random random = new Random(SEED);
        int good = 0;
        for (int i = 0; i < NAMES; i++) {
            StringBuilder name = new StringBuilder(i % 3 == 0 ? "/" : "");
            int length = random.nextInt(12);
            for (int j = 0; j < length; j++) {
                name.append(HOSTILE.charAt(
                        random.nextInt(4) == 0
                                ? random.nextInt(HOSTILE.length())
                                : HOSTILE.length() - 1 - random.nextInt(4)));
            }
            for (Check check : CHECKS) {
                String accepted = accepted(check, name.toString());
                if (!accepted.isEmpty()) {
                    good++;
                    assertEquals(name.toString(), accepted);
                    assertTrue(accepted.matches("[A-Za-z0-9_.:,@+/-]+"), accepted);
                    assertFalse(accepted.startsWith("-") || accepted.matches("(.*/)?\\.\\.?(/.*)?"), accepted);
                }
            }
        }
        assertTrue(good > NAMES / 10, "too few to say anything: " + good);
    }

    @Test
    void plain_names_are_accepted() {
        assertDoesNotThrow(() -> {
            assertEquals("mf1k2j-3_x", JailNames.jail("mf1k2j-3_x"));
            assertEquals(
                    "zroot/ioc/releases/14.2-RELEASE/root",
                    JailNames.dataset(Bytes.utf8("zroot/ioc/releases/14.2-RELEASE/root")));
            assertEquals("br_vm", JailNames.networkInterface("br_vm"));
            assertEquals("/srv/a.b/c-d", JailNames.path(Bytes.utf8("/srv/a.b/c-d")));
        });
    }

    @Test
    void addresses_are_addresses() {
        for (String bad : List.of(
                "",
                "10.0.0",
                "10.0.0.256",
                "10.0.0.1,",
                "10.0.0.1 ",
                "em0|10.0.0.1",
                "x",
                "1.2.3.4/24",
                "1.2.3.4;",
                "1.2.3.4\n",
                ",",
                "1.1.1.1".concat(",1.1.1.1".repeat(20)),
                "a".repeat(1000))) {
            assertThrows(RefusedException.class, () -> JailNetwork.Addresses.of(bad), bad);
        }
    }

    // What devfs(8) and ls(1) print.

    @Test
    void a_ruleset_has_to_be_loaded() {
        assertDoesNotThrow(() -> DevfsRules.checkIsLoaded("1\n2\n3\n4\n5\n"));
        for (String output : List.of("", "\n", "1\n2\n3\n", "14\n40\n", "5")) {
            assertThrows(UnfitException.class, () -> DevfsRules.checkIsLoaded(output), output);
        }
    }

    @Test
    void a_dev_that_shows_more_than_it_should_is_refused() {
        // As ruleset 4 shows it, with zfs hidden as well.
        assertDoesNotThrow(() -> DevfsRules.checkIsHidden("fd\nnull\nrandom\nstderr\nstdin\nstdout\nurandom\nzero\n"));
        UnfitException shown = assertThrows(
                UnfitException.class,
                () -> DevfsRules.checkIsHidden(
                        "acpi\nada0\nada0p1\nbpf\nconsole\nctty\nfd\nio\nkmem\nmem\nnull\nzero\nzfs\n"));
        assertEquals("it shows acpi, ada0, ada0p1, bpf, console and 5 more", shown.getMessage());
        assertEquals(
                "it shows zfs",
                assertThrows(UnfitException.class, () -> DevfsRules.checkIsHidden("null\nzfs\n"))
                        .getMessage());
        assertThrows(UnfitException.class, () -> DevfsRules.checkIsHidden(""));
        assertThrows(UnfitException.class, () -> DevfsRules.checkIsHidden("null\nmem"));
    }
}
