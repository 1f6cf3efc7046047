package mayfly.integration.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs each example's own test, as root and as an ordinary user of either service. */
@InWorkshop(with = Client.C)
class ExamplesTest {
    private final Workshop workshop;
    private final Path examples;

    ExamplesTest(Workshop workshop) {
        this.workshop = workshop.configured("[login.all]\n");
        this.examples = workshop.host().mayfly().resolve("../../../examples").normalize();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "coding-agent",
                "git-and-ci",
                "hooks",
                "http-listen",
                "inetd-echo",
                "ssh-jail",
                "systemd-cgi",
                "wrap-command"
            })
    void does_what_its_readme_says(String name) {
        Directories.of(workshop.account(), workshop.work().resolve(name));
        workshop.bash("cd " + name + " && exec bash -eu "
                        + examples.resolve(name).resolve("test"))
                .run()
                .exits(0);
    }

    @Test
    void all_are_tried_here() throws NoSuchMethodException {
        ValueSource tried = getClass()
                .getDeclaredMethod("does_what_its_readme_says", String.class)
                .getAnnotation(ValueSource.class);
        List<String> there = Directories.names(examples).stream()
                .filter(name -> Files.isDirectory(examples.resolve(name)))
                .toList();
        assertEquals(new TreeSet<>(there), new TreeSet<>(List.of(tried.strings())));
    }
}
