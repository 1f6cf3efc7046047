package mayfly.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code mayfly-java} with a Java that prints what it is given. */
class StartScriptTest {
    private static final String SPY = "#!/bin/sh\necho \"java $0\"\nfor word; do echo \"<$word>\"; done\nenv\n";

    private Path library = Path.of("/");
    private Path home = Path.of("/");

    @BeforeEach
    void install(@TempDir Path directory) throws IOException {
        library = Files.createDirectories(directory.resolve("lib dir/mayfly"));
        home = directory.resolve("java home");
        script(home.resolve("bin/java"), SPY);
        Files.createDirectories(library.resolve("java"));
        Files.createFile(library.resolve("java/launcher-1.jar"));
        Files.copy(
                Path.of("src/main/sh/mayfly-java"), library.resolve("mayfly-java"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.writeString(library.resolve("java-home"), home + "\n17\nclasses-x.jsa\n");
    }

    private static void script(Path path, String text) throws IOException {
        Files.createDirectories(path.resolveSibling("."));
        Files.writeString(path, text);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private String run(String shell, String... variables) throws IOException, InterruptedException {
        List<String> words =
                new ArrayList<>(List.of("env", "-i", "PATH=/usr/bin:/bin", "J=" + library + "/mayfly-java"));
        words.addAll(List.of(variables));
        words.addAll(List.of("bash", "-c", shell));
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(10, TimeUnit.SECONDS));
        return output + "[" + process.exitValue() + "]";
    }

    @Test
    void words_arrive_unchanged_after_the_jar() throws Exception {
        String output = run("\"$J\" run -- 'a  b' '' '*' '$x'");
        assertTrue(
                output.contains("<-jar>\n<" + library + "/java/launcher-1.jar>\n<run>\n<-->\n<a  b>\n<>\n<*>\n<$x>\n"),
                output);
        assertTrue(output.startsWith("java " + home + "/bin/java\n"), output);
        assertTrue(output.contains("<-XX:SharedArchiveFile=" + library + "/classes-x.jsa>"), output);
    }

    @Test
    void a_link_leads_to_the_library() throws Exception {
        String output = run("ln -s \"$J\" \"${J%/*}/link\"; \"${J%/*}/link\" x");
        assertTrue(output.contains("<" + library + "/java/launcher-1.jar>"), output);
    }

    @Test
    void nothing_that_changes_what_java_loads_reaches_it() throws Exception {
        String output = run(
                "\"$J\" x",
                "JAVA_TOOL_OPTIONS=bad",
                "_JAVA_OPTIONS=bad",
                "JDK_JAVA_OPTIONS=bad",
                "LD_LIBRARY_PATH=/bad",
                "CLASSPATH=bad",
                "BASH_ENV=/bad",
                "ENV=/bad");
        assertFalse(output.contains("=bad") || output.contains("=/bad"), output);
    }

    @Test
    void a_closed_descriptor_is_told_and_kept_free() throws Exception {
        String output = run("\"$J\" x <&-");
        assertTrue(output.contains("<-Dmayfly.descriptors=1,2,"), output);
    }

    @Test
    void the_umask_of_the_caller_is_told_and_not_java_s() throws Exception {
        script(home.resolve("bin/java"), "#!/bin/sh\necho \"$*\"\numask\n");
        String output = run("umask 0777; \"$J\" x");
        assertTrue(output.contains("-Dmayfly.umask=0777 "), output);
        assertTrue(output.endsWith("\n0022\n[0]"), output);
    }

    @Test
    void the_signals_of_the_caller_are_told() throws Exception {
        String traps = "trap '' USR1 PIPE; ";
        String inherited = run(traps + "exec grep ^Sig /proc/self/status");
        String output = run(traps + "exec \"$J\" x");
        assertTrue(output.contains("<-Dmayfly.ignored=" + mask(inherited, "SigIgn") + ">"), output);
        assertTrue(output.contains("<-Dmayfly.blocked=" + mask(inherited, "SigBlk") + ">"), output);
        long usr1AndPipe = (1L << 9) | (1L << 12);
        assertEquals(usr1AndPipe, Long.parseLong(mask(inherited, "SigIgn"), 16) & usr1AndPipe);
    }

    private static String mask(String status, String name) {
        int start = status.indexOf(name + ":\t") + name.length() + 2;
        return status.substring(start, start + 16);
    }

    @Test
    void a_deleted_directory_is_told_and_left() throws Exception {
        String output = run("d=$(mktemp -d); cd \"$d\"; rmdir \"$d\"; \"$J\" x");
        assertTrue(output.contains("<-Dmayfly.deleted=true>"), output);
        assertTrue(output.contains("\nPWD=/\n"), output);
    }

    @Test
    void a_service_gets_less_memory_and_no_caller() throws Exception {
        String output = run("\"$J\" serve --ready");
        assertTrue(output.contains("<-Xmx96m>"), output);
        assertFalse(output.contains("-Dmayfly."), output);
    }

    @Test
    void another_java_is_used_without_the_archive_and_by_its_own_version() throws Exception {
        Path other = library.resolve("other");
        script(other.resolve("bin/java"), SPY);
        Files.writeString(other.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"25.0.3\"\n");
        String output = run("\"$J\" x", "MAYFLY_JAVA_HOME=" + other);
        assertTrue(output.startsWith("java " + other + "/bin/java\n"), output);
        assertFalse(output.contains("SharedArchiveFile"), output);
        assertTrue(output.contains("<--sun-misc-unsafe-memory-access=allow>"), output);
        assertFalse(run("\"$J\" x").contains("sun-misc"));
    }

    @Test
    void without_a_java_it_says_so() throws Exception {
        Files.delete(library.resolve("java-home"));
        String output = run("PATH=/nonexistent \"$J\" x");
        assertEquals(
                "mayfly: cannot start Java: there is none in PATH\n"
                        + "install a Java 17 or later (Debian: default-jre-headless), or name its directory in"
                        + " MAYFLY_JAVA_HOME\n[125]",
                output);
    }
}
