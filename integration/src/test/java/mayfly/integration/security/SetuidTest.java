package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** A template has a setuid program of root's, and an ordinary user runs it. */
@InWorkshop(
        as = {Identity.MEMBER, Identity.USER},
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC, Backend.CHROOT},
        inItsTemplates = true)
@EnabledIf(value = "mayfly.integration.workshop.Host#isRoot", disabledReason = "root has to own the program")
class SetuidTest {
    private final Workshop workshop;
    private final Path roots;

    SetuidTest(Workshop workshop) {
        roots = workshop.directory().resolve("roots");
        this.workshop = workshop.configured("""
                [template.layered]
                store = "overlay"
                path = "%1$s/layered"

                [template.copied]
                store = "directory"
                path = "%1$s/copied"
                """.formatted(roots));
    }

    /** All is the user's, who else makes no mount points there, but not the program. */
    @BeforeEach
    void fill() {
        if (Files.exists(roots)) {
            return;
        }
        for (String name : List.of("layered", "copied", "own")) {
            Path root = roots.resolve(name);
            BusyboxRoot.make(root);
            if (workshop.identity() == Identity.USER || name.equals("own")) {
                Tool.output("chown", "-R", "-h", workshop.account().name() + ":", root.toString());
            }
            RootsProgram.make(root.resolve("effective"));
        }
    }

    private String own() {
        return workshop.account().uid() + " " + workshop.account().gid();
    }

    @Test
    @Against(Attack.SETUID_FILE)
    void a_setuid_program_of_roots_in_a_clone_gives_nothing() {
        for (String template : List.of("layered", "copied")) {
            RootsProgram.worksFor(workshop.account(), roots.resolve(template).resolve("effective"));

            assertEquals(own(), workshop.prints("-z", template, "/effective"));
            assertEquals(own(), workshop.prints("-z", template, "/bin/sh", "-c", "/effective; true"));
        }
    }

    @Test
    @Against(Attack.SETUID_FILE)
    void nor_in_a_session() {
        assertEquals(own(), workshop.prints("--session", "setuid", "-z", "layered", "/effective"));
        assertEquals(own(), workshop.prints("--session", "setuid", "/bin/sh", "-c", "/effective; true"));
        workshop.subcommand("session", "end", "setuid").run().succeeds();
    }

    @Test
    @Against(Attack.SETUID_FILE)
    void nor_in_a_directory_that_the_user_names() {
        Path root = roots.resolve("own");
        RootsProgram.worksFor(workshop.account(), root.resolve("effective"));
        if (workshop.backend().takesDirectoriesOfUsers()) {
            assertEquals(own(), workshop.prints("-t", root.toString(), "/effective"));
        } else {
            workshop.mayfly("-t", root.toString(), "/effective").run().exits(125);
        }
    }

    @Test
    @Against(Attack.SETUID_FILE)
    void nor_do_those_of_the_machine() {
        if (workshop.backend() == Backend.CHROOT) {
            workshop.mayfly("true").run().exits(125);
            return;
        }
        Path program = workshop.directory().resolve("effective");
        if (!Files.exists(program)) {
            RootsProgram.make(program);
        }
        RootsProgram.worksFor(workshop.account(), program);

        assertEquals(own(), workshop.prints("sh", "-c", "\"$1\"; true", "sh", program.toString()));
        assertEquals(
                own(),
                workshop.prints("-d", program + ":/tmp/effective", "sh", "-c", "\"$1\"; true", "sh", "/tmp/effective"));
    }
}
