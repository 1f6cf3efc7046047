package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import mayfly.clonepool.service.Sources.Words;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.root.Step.Kind;
import org.junit.jupiter.api.Test;

/** What FreeBSD's programs print, from their manual pages; those of Linux are asked themselves in integration/. */
final class SourcesTest {
    @Test
    void a_kind_of_file_has_its_name_on_either_system() {
        assertEquals(List.of(Kind.DIRECTORY, Kind.DIRECTORY), kinds("directory", "Directory"));
        assertEquals(
                List.of(Kind.FILE, Kind.FILE, Kind.FILE, Kind.FILE),
                kinds("regular file", "Regular File", "Character Device", ""));
    }

    private static List<Kind> kinds(String... words) {
        return List.of(words).stream().map(Words::kind).toList();
    }

    @Test
    void of_a_path_its_end_alone_is_taken_away() {
        assertEquals(Bytes.utf8("/a b"), Words.LINUX.path(Bytes.utf8("/a b\0")));
        assertEquals(Bytes.utf8("/a\nb\n"), Words.LINUX.path(Bytes.utf8("/a\nb\n\0")));
        assertEquals(Bytes.utf8("/a b"), Words.FREEBSD.path(Bytes.utf8("/a b\n")));
        assertEquals(Bytes.utf8("/a\nb\n"), Words.FREEBSD.path(Bytes.utf8("/a\nb\n\n")));
        assertEquals(Bytes.utf8(""), Words.FREEBSD.path(Bytes.utf8("")));
    }

    @Test
    void no_path_is_an_option() {
        for (Words words : List.of(Words.LINUX, Words.FREEBSD)) {
            assertEquals("--", words.kind().get(words.kind().size() - 1));
            assertEquals("--", words.real().get(words.real().size() - 1));
        }
    }
}
