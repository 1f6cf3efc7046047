package mayfly.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.Collectors;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.options.RunOptions;
import mayfly.sandbox.options.RunRequest;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

class TemplateShellTest {
    private static List<Bytes> words(boolean root, String... words) {
        ParseResult result = new CommandLine(new TemplateShell().spec()).parseArgs(words);
        return TemplateShell.command(result, "/srv/t", root);
    }

    private static String line(boolean root, String... words) {
        return words(root, words).stream().map(Bytes::text).collect(Collectors.joining(" "));
    }

    @Test
    void it_is_a_run_in_the_template_itself_with_the_host_s_network() {
        assertEquals("run --root /srv/t --share-net --", line(false, "t"));
        assertEquals(
                "run --root /srv/t --share-net -- apt-get install -y x",
                line(false, "t", "--", "apt-get", "install", "-y", "x"));
        assertEquals("run --root /srv/t -- sh", line(false, "t", "--no-net", "--snapshot", "--", "sh"));
    }

    @Test
    void root_finds_the_programs_for_administrators() {
        assertEquals(
                "run --root /srv/t --share-net --env"
                        + " PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin -- sh",
                line(true, "t", "--", "sh"));
    }

    @Test
    void options_of_a_run_are_passed_on() throws RefusedException {
        List<Bytes> words = words(
                false,
                "t",
                "-v",
                "A=1",
                "-xd",
                "/a:/b",
                "--env=B:2",
                "--no-snapshot",
                "-p",
                "/tmp",
                "--",
                "ls",
                "--",
                "-n");
        RunRequest request = new RunOptions()
                .read(
                        List.of(Bytes.utf8("mayfly")).stream()
                                .collect(Collectors.collectingAndThen(Collectors.toList(), all -> {
                                    all.addAll(words);
                                    return all;
                                })),
                        false);
        assertEquals(List.of(Bytes.utf8("A=1"), Bytes.utf8("B=2")), request.env());
        assertEquals(1, request.binds().size());
        assertEquals("/tmp", request.chdir().orElseThrow().text());
        assertEquals("/srv/t", request.root().orElseThrow().text());
        assertEquals("ls", words.get(request.first() - 1).text());
        assertEquals(
                List.of("ls", "--", "-n"),
                words.subList(request.first() - 1, words.size()).stream()
                        .map(Bytes::text)
                        .toList());
    }
}
