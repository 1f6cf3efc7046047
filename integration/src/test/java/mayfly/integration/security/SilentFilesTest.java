package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Whoever looks at a user's files cannot be killed while these do not answer: there are few such processes, and others' work goes on. */
@InWorkshop(as = Identity.MEMBER, with = Client.C, on = Backend.BWRAP)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class SilentFilesTest {
    private static final int MOST_KEPT = 16;

    /** How many sandboxes of a user's are made at once. */
    private static final int AT_ONCE = 2 * Runtime.getRuntime().availableProcessors();

    private final Workshop workshop;

    SilentFilesTest(Workshop workshop) {
        this.workshop = workshop;
    }

    private List<Outcome> run(SilentFiles files, int count) {
        List<Call.Running> runs = IntStream.range(0, count)
                .mapToObj(i -> workshop.mayfly("-t", files.path("d" + i), "--", "/bin/echo", "ran")
                        .start())
                .toList();
        return runs.stream().map(Call.Running::await).toList();
    }

    private static long kept(SilentFiles files, int count) {
        return IntStream.range(0, count)
                .filter(i -> !ProcessTable.running("/usr/bin/realpath", "-e", "-z", "--", files.path("d" + i))
                        .isEmpty())
                .count();
    }

    private Path root() {
        Path root = workshop.work().resolve("root");
        BusyboxRoot.make(root);
        Tool.output("chown", "-R", workshop.account().name(), root.toString());
        return root;
    }

    @Test
    @Against(Attack.GREED)
    void a_user_has_few_programs_kept_by_them() {
        String root = root().toString();
        int count = MOST_KEPT + 2 * AT_ONCE;
        try (SilentFiles files = new SilentFiles(workshop, "realpath")) {
            List<Outcome> outcomes = run(files, count);
            List<String> said = new ArrayList<>();
            outcomes.forEach(outcome -> said.add(outcome.exits(125).stderr()));
            assertTrue(said.stream().anyMatch(text -> text.contains("it took too long")), said.toString());
            assertTrue(
                    said.stream().anyMatch(text -> text.contains("have been killed and do not end")), said.toString());
            long kept = kept(files, count);
            assertTrue(MOST_KEPT <= kept && kept < MOST_KEPT + AT_ONCE, kept + " are kept");

            workshop.mayfly("-t", root, "--", "/bin/echo", "ran")
                    .run()
                    .fails(
                            125,
                            "cannot use the directory .* have been killed and do not end.*",
                            "a file system does not answer them.*");
            assertEquals(
                    "others",
                    workshop.ofServiceAccount("-t", root, "--", "echo", "others")
                            .run()
                            .succeeds());
            assertEquals("no directory", workshop.prints("echo", "no directory"));
        }
        Eventually.holds(
                "he may again",
                () -> workshop.mayfly("-t", root, "--", "/bin/echo", "ran")
                                .run()
                                .status()
                        == 0);
    }

    private long keptBinders() {
        return ProcessTable.running(workshop.host()
                        .mayfly()
                        .resolveSibling("../lib/mayfly/mayfly-binder")
                        .normalize()
                        .toString())
                .stream()
                .filter(entry -> ProcessTable.state(entry.pid()) == 'D')
                .count();
    }

    @Test
    @Against(Attack.GREED)
    void nor_many_binders() {
        String bind = "/usr/share:/mnt";
        try (SilentFiles files = new SilentFiles(workshop, "mayfly-binder")) {
            List<Call.Running> runs = IntStream.range(0, MOST_KEPT + 4)
                    .mapToObj(i -> workshop.mayfly("-d", files.path("d" + i) + ":/mnt", "echo", "ran")
                            .start())
                    .toList();
            List<String> said =
                    runs.stream().map(run -> run.await().exits(125).stderr()).toList();
            assertTrue(said.stream().anyMatch(text -> text.contains("nothing answers")), said.toString());
            assertTrue(
                    said.stream().anyMatch(text -> text.contains("have been given up and do not end")),
                    said.toString());
            assertEquals(MOST_KEPT, keptBinders());
            assertEquals("fine", workshop.prints("echo", "fine"));
            assertEquals(
                    "others",
                    workshop.ofServiceAccount("-d", bind, "echo", "others")
                            .run()
                            .succeeds());
        }
        Eventually.holds(
                "he may again",
                () -> workshop.mayfly("-d", bind, "echo", "ran").run().status() == 0);
        workshop.isIdle();
    }

    @Test
    @Against(Attack.GREED)
    void a_start_that_they_keep_keeps_no_worker() {
        try (SilentFiles files = new SilentFiles(workshop, "bwrap")) {
            for (Outcome outcome : run(files, AT_ONCE)) {
                outcome.exits(125);
                assertTrue(outcome.stderr().contains("it was not ready within 10 s"), outcome.toString());
            }
            assertEquals("fine", workshop.prints("echo", "fine"));
        }
        workshop.isIdle();
    }

    @Test
    void while_they_answer_they_are_bound_like_others() {
        try (SilentFiles files = new SilentFiles(workshop, "nobody")) {
            assertEquals("directory", workshop.prints("-d", files.path("a") + "/b:/mnt", "stat", "-c", "%F", "/mnt/c"));
            assertEquals("directory", workshop.prints("-d", files.path("") + ":/mnt", "stat", "-c", "%F", "/mnt/c"));
        }
    }
}
