package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Templates whose names lead to the host. */
@InWorkshop(
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC, Backend.CHROOT},
        inItsTemplates = true)
class HostileTemplateTest {
    private static final List<String> PLACES =
            List.of("tmp", "etc", "dev", "proc", "sys", "run", "mnt", "var", "home", "dev-shm", "run-lxc");

    private static final List<String> KINDS = List.of("absolute", "relative", "file", "fifo");

    private final Workshop workshop;
    private final Path roots;
    private final Path canary;

    HostileTemplateTest(Workshop workshop) {
        roots = workshop.directory().resolve("roots");
        canary = workshop.directory().resolve("canary");
        this.workshop = workshop.configured(PLACES.stream()
                        .map(place -> "[template." + place + "]\nstore = \"overlay\"\npath = \"" + roots + "/" + place
                                + "\"\n")
                        .collect(Collectors.joining())
                + "[template.copied]\nstore = \"directory\"\npath = \"" + roots + "/copied\"\n");
    }

    @BeforeEach
    void fill() {
        if (Files.exists(canary)) {
            return;
        }
        Tool.output("mkdir", "-p", canary + "/sub");
        Tool.output("touch", canary + "/file");
        Tool.output("chmod", "-R", "777", canary.toString());
        PLACES.forEach(place -> BusyboxRoot.make(roots.resolve(place)));
        BusyboxRoot.make(roots.resolve("copied"));
    }

    /** Names, owners, modes and times of all that is there. */
    private String canaryNow() {
        return Tool.output("find", canary.toString(), "-printf", "%p %u %g %m %T@ %C@\\n");
    }

    /** Puts something hostile in a place of a root, which is the place's own. */
    private void spoil(String place, String kind) {
        spoil(roots.resolve(place).resolve(place.replace('-', '/')), kind);
    }

    private void spoil(Path path, String kind) {
        Tool.output("rm", "-rf", path.toString());
        Tool.output("mkdir", "-p", String.valueOf(path.getParent()));
        switch (kind) {
            case "absolute" -> Tool.output("ln", "-s", canary.toString(), path.toString());
            case "relative" -> Tool.output("ln", "-s", "../../../../../../../.." + canary, path.toString());
            case "file" -> Tool.output("touch", path.toString());
            default -> Tool.output("mkfifo", path.toString());
        }
    }

    @Test
    @Against(Attack.HOSTILE_TEMPLATE)
    void nothing_is_mounted_or_made_on_the_host_where_a_template_leads_there() {
        String before = canaryNow();
        int ran = 0;
        for (String kind : KINDS) {
            for (String place : PLACES) {
                spoil(place, kind);
                Outcome outcome = workshop.mayfly(
                                "-z",
                                place,
                                "--",
                                "/bin/sh",
                                "-c",
                                "echo text >/tmp/made; [ -e " + canary + "/file ] && echo out; echo ran")
                        .run();
                if (outcome.status() == 125) {
                    assertTrue(outcome.stderr().startsWith("mayfly: cannot "), outcome.toString());
                } else {
                    assertEquals("ran", outcome.text(), kind + " " + place);
                    ran++;
                }
                assertEquals(before, canaryNow(), kind + " " + place);
            }
        }
        // Most of these places are of no interest to who builds a sandbox.
        assertTrue(ran > PLACES.size(), ran + " ran");
    }

    @Test
    @Against({Attack.HOSTILE_TEMPLATE, Attack.HOSTILE_BINDS})
    void a_bind_is_not_made_where_a_template_leads_to_the_host() {
        workshop.write("source", "text");
        for (String kind : KINDS) {
            spoil("mnt", kind);
            spoil(roots.resolve("copied/mnt"), kind);
            String before = canaryNow();
            for (String template : List.of("mnt", "copied")) {
                for (String target : List.of("/mnt", "/mnt/made", "/mnt/sub/made", "/mnt/file", "/mnt/../mnt/made")) {
                    Outcome outcome = workshop.mayfly(
                                    "-z", template, "-d", "source:" + target, "--", "/bin/sh", "-c", "echo ran")
                            .run();
                    // A copy may have been made before; and one file may well be bound over another.
                    boolean mayRun = template.equals("copied")
                            || (target.equals("/mnt") && List.of("file", "fifo").contains(kind));
                    assertTrue(
                            outcome.status() == 125 || (mayRun && outcome.text().equals("ran")), outcome.toString());
                    assertEquals(before, canaryNow(), kind + " " + target);
                }
            }
        }
    }

    @Test
    @Against(Attack.HOSTILE_TEMPLATE)
    void nor_where_a_directory_that_a_user_names_leads_there() {
        if (workshop.identity() == Identity.MEMBER && !workshop.backend().takesDirectoriesOfUsers()) {
            workshop.mayfly("-t", workshop.work().toString(), "true").run().exits(125);
            return;
        }
        Path own = workshop.work().resolve("own");
        for (String place : PLACES) {
            spoil(place, "absolute");
            Tool.output("cp", "-a", roots.resolve(place).toString(), own.toString());
            Tool.output("chown", "-R", "-h", workshop.account().name(), own.toString());
            String before = canaryNow();
            Outcome outcome = workshop.mayfly("-t", own.toString(), "--", "/bin/sh", "-c", "echo ran")
                    .run();
            assertTrue(outcome.status() == 125 || outcome.text().equals("ran"), outcome.toString());
            assertEquals(before, canaryNow(), place);
            Tool.output("rm", "-r", own.toString());
        }
    }
}
