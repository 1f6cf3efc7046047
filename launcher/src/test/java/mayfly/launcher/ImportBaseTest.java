package mayfly.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code import-base}, with a zfs(8) that writes down what it is asked for and a sha256(1) out of sha256sum. */
class ImportBaseTest {
    private static final String ZFS = """
            #!/bin/sh
            echo "zfs $*" >>"$HERE/log"
            case $1 in
                "${ZFS_FAILS-none}") echo "zfs: no" >&2; exit 1 ;;
                create) mkdir "$HERE/mounted" ;;
                get) echo "$HERE/mounted" ;;
                destroy) rm -r "$HERE/mounted" ;;
            esac
            """;

    private Path here = Path.of("/");
    private String hash = "";

    @BeforeEach
    void make(@TempDir Path directory) throws IOException, InterruptedException {
        here = directory;
        program("zfs", ZFS);
        program("sha256", "#!/bin/sh\n[ \"$1\" = -q ] && sha256sum \"$2\" | cut -c 1-64\n");
        Files.createFile(here.resolve("log"));
        archive("mkdir -p in/bin && cp /bin/sh in/bin/sh && tar -C in -cf base.txz bin");
    }

    private void program(String name, String text) throws IOException {
        Path path = Files.createDirectories(here.resolve("bin")).resolve(name);
        Files.writeString(path, text);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void archive(String making) throws IOException, InterruptedException {
        shell("cd '" + here + "' && " + making);
        hash = shell("sha256sum '" + here + "/base.txz' | cut -c 1-64").strip();
        manifest("base-dbg.txz\t" + "0".repeat(64) + "\t9\nbase.txz\t" + hash + "\t29\tbase\t\"Base system\"\ton\n");
    }

    private void manifest(String text) throws IOException {
        Files.writeString(here.resolve("MANIFEST"), text);
    }

    private static String shell(String text, String... variables) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", text).redirectErrorStream(true);
        for (String variable : variables) {
            String[] pair = variable.split("=", 2);
            builder.environment().put(pair[0], pair[1]);
        }
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return process.exitValue() == 0 ? output : output + "[" + process.exitValue() + "]";
    }

    private String run(String dataset, String... more) throws IOException, InterruptedException {
        String[] variables = new String[more.length + 2];
        variables[0] = "HERE=" + here;
        variables[1] = "DATASET=" + dataset;
        System.arraycopy(more, 0, variables, 2, more.length);
        return shell(
                "PATH=\"$HERE/bin:$PATH\" src/main/sh/import-base \"$HERE/base.txz\" \"$HERE/MANIFEST\" \"$DATASET\"",
                variables);
    }

    private List<String> log() throws IOException {
        return Files.readAllLines(here.resolve("log"));
    }

    @Test
    void the_archive_is_unpacked_into_a_new_dataset_with_a_snapshot() throws Exception {
        String output = run("tank/base");
        assertTrue(output.startsWith("tank/base is ready: "), output);
        assertEquals(
                List.of(
                        "zfs create -o setuid=on -o exec=on tank/base",
                        "zfs get -H -o value mountpoint tank/base",
                        "zfs snapshot tank/base@base"),
                log());
        assertTrue(Files.isExecutable(here.resolve("mounted/bin/sh")));
    }

    @Test
    void another_hash_or_none_is_refused_before_anything_is_made() throws Exception {
        String wrong = "f".repeat(64);
        manifest("base.txz\t" + wrong + "\t29\n");
        assertEquals(
                "import-base: cannot use " + here + "/base.txz: its hash is " + hash + ", and " + here
                        + "/MANIFEST says " + wrong + "\n[1]",
                run("tank/base"));
        for (String text : List.of(
                "",
                "base.txz\n",
                "base.txz\t\n",
                "base.txz\tabc\t1\n",
                "kernel.txz\t" + hash + "\t1\n",
                "xbase.txz\t" + hash + "\n",
                "base.txz\t" + hash + "\nbase.txz\t" + wrong + "\n")) {
            manifest(text);
            String output = run("tank/base");
            assertTrue(output.startsWith("import-base: cannot check ") && output.endsWith("[1]"), output);
        }
        assertEquals(List.of(), log());
    }

    @Test
    void what_fails_later_leaves_no_dataset() throws Exception {
        String output = run("tank/base", "ZFS_FAILS=snapshot");
        assertTrue(output.endsWith("zfs: no\n[1]"), output);
        assertEquals("zfs destroy -r tank/base", log().get(log().size() - 1));
        assertFalse(Files.exists(here.resolve("mounted")));
    }

    @Test
    void a_dataset_that_could_not_be_made_is_not_destroyed() throws Exception {
        assertTrue(run("tank/base", "ZFS_FAILS=create").endsWith("[1]"));
        assertEquals(List.of("zfs create -o setuid=on -o exec=on tank/base"), log());
    }

    @Test
    void what_is_no_base_system_leaves_no_dataset() throws Exception {
        archive("mkdir -p other && echo x >other/x && tar -C other -cf base.txz x");
        String output = run("tank/base");
        assertTrue(output.contains("there is no /bin/sh in it"), output);
        assertEquals("zfs destroy -r tank/base", log().get(log().size() - 1));
    }

    @Test
    void a_hostile_dataset_is_refused() throws Exception {
        for (String dataset : List.of(
                "",
                "a b/c",
                "tank",
                "-o/x",
                "tank/",
                "/tank/x",
                "tank//x",
                "tank/../x",
                "tank/x;y",
                "tank/x@s",
                "tank/-r",
                "tank/$(x)",
                "tank/x\ny")) {
            assertTrue(run(dataset).endsWith("[2]"), dataset);
        }
        assertEquals(List.of(), log());
    }
}
