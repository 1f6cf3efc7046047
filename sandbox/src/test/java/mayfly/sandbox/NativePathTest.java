package mayfly.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NativePathTest {
    @Test
    void a_name_that_is_not_utf_8_survives(@TempDir Path directory) throws IOException {
        Bytes name = Bytes.fromLatin1("a %\u00ff\n?#ü");
        Bytes path = NativePath.join(NativePath.bytes(directory), name);
        Files.createFile(NativePath.of(path));
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            Path found = entries.iterator().next();
            assertEquals(path, NativePath.bytes(found));
            assertEquals(name, NativePath.name(found));
        }
    }

    @Test
    void a_directory_gets_no_slash_at_its_end(@TempDir Path directory) {
        assertEquals(directory.toString(), NativePath.bytes(directory).text());
        assertEquals("/", NativePath.bytes(Path.of("/")).text());
    }

    @Test
    void a_link_may_say_anything() {
        assertEquals("../a/./b", NativePath.target(Path.of("../a/./b")).text());
        assertEquals("/x", NativePath.target(Path.of("/x")).text());
        assertThrows(IllegalArgumentException.class, () -> NativePath.bytes(Path.of("relative")));
    }

    @Test
    void beneath_is_a_matter_of_whole_names() {
        Bytes jails = Bytes.utf8("/jails/foo");
        assertTrue(NativePath.isUnder(Bytes.utf8("/jails/foo/bar"), jails));
        assertFalse(NativePath.isUnder(Bytes.utf8("/jails/foobar"), jails));
        assertFalse(NativePath.isUnder(jails, jails));
        assertTrue(NativePath.isAtOrUnder(jails, jails));
        assertTrue(NativePath.isUnder(jails, Bytes.utf8("/")));
        assertFalse(NativePath.isUnder(Bytes.utf8("/"), Bytes.utf8("/")));
    }

    @Test
    void joining_adds_one_slash() {
        assertEquals("/a", NativePath.join(Bytes.utf8("/"), "a").text());
        assertEquals("/a/b", NativePath.join(Bytes.utf8("/a"), "b").text());
    }
}
