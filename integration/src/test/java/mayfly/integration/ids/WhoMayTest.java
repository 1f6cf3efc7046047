package mayfly.integration.ids;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.OwnRange;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Who may have other ids, where, and who is told why he may not. */
@InWorkshop(on = {Backend.BWRAP, Backend.NATIVE})
@EnabledIf(
        value = "mayfly.integration.workshop.Host#isRoot",
        disabledReason = "root has to give ranges of ids to users")
class WhoMayTest {
    private static final String FILL = """
            mkdir -p $1/bin $1/etc $1/tmp $1/proc $1/dev $1/sys $1/run
            cp "$(command -v busybox)" $1/bin/busybox
            for name in sh cat id stat touch chown true; do ln -s busybox $1/bin/$name; done
            echo secret >$1/etc/secret
            chmod 600 $1/etc/secret
            """;

    private final Workshop workshop;
    private final OwnRange range;
    private final Path open;

    WhoMayTest(Workshop workshop) {
        this.workshop = workshop;
        this.range = new OwnRange(workshop.account());
        this.open = workshop.directory().resolve("open");
        workshop.configured("[template.open]\nstore = \"overlay\"\npath = \"" + open + "\"\nas-root = true\n"
                + "[template.copied]\nstore = \"directory\"\nready = 1\npath = \"" + workshop.directory()
                + "/copied\"\n"
                + "[template.closed]\nstore = \"overlay\"\npath = \"" + workshop.directory() + "/closed\"\n");
    }

    @BeforeEach
    void fill() {
        if (!open.toFile().exists()) {
            Tool.output("sh", "-e", "-c", FILL, "sh", open.toString());
            Tool.output("cp", "-a", open.toString(), workshop.directory() + "/closed");
            Tool.output("cp", "-a", open.toString(), workshop.directory() + "/copied");
            Tool.output("chown", "-R", workshop.account().name() + ":", workshop.directory() + "/copied");
        }
    }

    @AfterEach
    void giveBack() {
        range.close();
    }

    private String base() {
        return String.valueOf(range.base());
    }

    private void isRefused(String reason, String remedy, String... words) {
        workshop.mayfly(words).run().fails(125, "cannot use the ids " + reason, remedy);
    }

    private String map(String... options) {
        List<String> words = new ArrayList<>(List.of(options));
        words.addAll(List.of("--", "cat", "/proc/self/uid_map"));
        return workshop.prints(words.toArray(new String[0]))
                .lines()
                .map(line -> line.strip().replaceAll(" +", " "))
                .reduce((a, b) -> a + ", " + b)
                .orElse("");
    }

    private String alone() {
        return "0 " + workshop.account().uid() + " 1";
    }

    @Test
    void as_root_gives_the_range_where_that_is_permitted_and_himself_alone_elsewhere() {
        String allIds = "0 0 4294967295";
        switch (workshop.identity()) {
            case ROOT -> {
                assertEquals(allIds, map("--as-root", "-z", "open"));
                assertEquals(allIds, map("--as-root"));
            }
            case MEMBER -> {
                assertEquals("0 " + base() + " 65536", map("--as-root", "-z", "open"));
                assertEquals(alone(), map("--as-root", "-z", "closed"));
                assertEquals(alone(), map("--as-root"));
            }
            case USER -> {
                assertEquals(alone() + ", 1 " + base() + " 65536", map("--as-root", "-z", "open"));
                assertEquals(alone(), map("--as-root"));
            }
        }
    }

    @Test
    void nobody_owns_the_machines_files_inside() {
        assertEquals("0", workshop.prints("--as-root", "id", "-u"));
        if (!workshop.identity().isRoot()) {
            workshop.mayfly("--as-root", "cat", "/etc/shadow").run().exits(1);
            Path own = workshop.write("own", "own");
            assertEquals(
                    "0 own",
                    workshop.inside("echo $(stat -c %u $1) $(cat $1)", own.toString())
                            .replace(String.valueOf(workshop.account().uid()), "0"));
        }
        String reason = workshop.identity().hasSystemService()
                ? "in template host they would own, and could read, every file of this machine"
                : "that takes a service of root's";
        workshop.mayfly("-u", base(), "true")
                .run()
                .fails(125, "cannot use the ids " + base() + " to \\d+: " + reason, ".*--as-root makes you uid 0.*");
    }

    @Test
    void a_secret_of_a_template_is_for_those_who_may_be_its_root() {
        if (workshop.identity() != Identity.MEMBER) {
            return; // root may read all, and in his own service a user has his own rights only
        }
        assertEquals("secret", workshop.prints("-z", "open", "--as-root", "cat", "/etc/secret"));
        workshop.mayfly("-z", "open", "cat", "/etc/secret").run().exits(1);
        workshop.mayfly("-z", "closed", "--as-root", "cat", "/etc/secret").run().exits(1);
        isRefused(
                base() + " to \\d+: nobody but root and its maintainers may be root in template closed",
                "as-root = true in mayfly.toml permits it to its users, who can then read all that is in it",
                "-z",
                "closed",
                "-u",
                base(),
                "cat",
                "/etc/secret");
    }

    @Test
    void a_user_has_his_own_ids_only() {
        if (workshop.identity() != Identity.MEMBER) {
            return; // others may either name any, or none
        }
        assertEquals("0 " + base() + " 65536", map("-u", base(), "-z", "open"));
        String next = String.valueOf(range.base() + 1);
        isRefused(
                next + " to \\d+: /etc/subuid does not give you all of them",
                "it gives you .*",
                "-z",
                "open",
                "-u",
                next);
        isRefused(
                base() + " to \\d+ and the group ids " + next + " to \\d+: /etc/subgid does not give you all of them",
                "it gives you .*",
                "-z",
                "open",
                "-u",
                base(),
                "-g",
                next);
        isRefused("1 to 65536: /etc/subuid does not give you all of them", "it gives you .*", "-z", "open", "-u", "1");
        isRefused(
                base() + " to \\d+: only root may in a directory itself, where files of theirs would be root's",
                "leave out --root, or use --as-root",
                "-t",
                open.toString(),
                "-u",
                base());
    }

    @Test
    void a_range_with_somebodys_id_in_it_is_refused_to_root_too() {
        if (workshop.identity().isRoot()) {
            isRefused(
                    "1 to 65536: user .* of this machine is among them",
                    "take a range without accounts: .*",
                    "-z",
                    "open",
                    "-u",
                    "1");
        }
    }

    /** What a group of his may not do, he may not do without it (CVE-2014-8989). */
    @Test
    void himself_as_root_cannot_give_up_his_groups() {
        if (workshop.identity() != Identity.MEMBER) {
            return; // root may read it anyway; in a user's own service the kernel alone makes his namespace
        }
        String group =
                Tool.output("id", "-G", workshop.account().name()).strip().replaceAll(".* ", "");
        assertNotEquals(String.valueOf(workshop.account().gid()), group);
        Path denied = workshop.directory().resolve("denied");
        Tool.output("sh", "-ec", "echo secret >$1; chgrp $2 $1; chmod 604 $1", "sh", denied.toString(), group);
        workshop.bash("cat " + denied).run().exits(1);
        workshop.mayfly("--as-root", "-d", denied + ":/tmp/denied", "cat", "/tmp/denied")
                .run()
                .exits(1);
        assertEquals(
                "deny",
                workshop.prints("--as-root", "cat", "/proc/self/setgroups").strip());
    }

    @Test
    void as_root_in_a_directory_itself_his_files_stay_his() {
        if (!workshop.identity().isRoot() && !workshop.backend().takesDirectoriesOfUsers()) {
            workshop.mayfly("-t", workshop.work().toString(), "--as-root", "true")
                    .run()
                    .fails(125, "cannot use --root with backend native: .*", "use --backend bwrap");
            return;
        }
        Path root = workshop.work().resolve("root");
        Tool.output("cp", "-a", open.toString(), root.toString());
        Tool.output("chown", "-R", workshop.account().name() + ":", root.toString());
        try {
            assertEquals(
                    "0", workshop.prints("-t", root.toString(), "--as-root", "--", "sh", "-c", "id -u; touch /made"));
            assertEquals(
                    String.valueOf(workshop.account().uid()),
                    Tool.output("stat", "-c", "%u", root.resolve("made").toString()));
        } finally {
            Tool.output("rm", "-r", root.toString());
        }
    }

    @Test
    @Against(Attack.HOSTILE_TREE)
    void what_other_ids_own_is_destroyed_with_its_clone() {
        String give = workshop.identity() == Identity.MEMBER ? "true" : "chown -R 33:33 a; chown 5:5 /tmp";
        String line = workshop.bash("mayfly -z copied --as-root --status-fd 3 -- sh -c \"$SCRIPT\" 3>&1")
                .env("SCRIPT", "cd /tmp; busybox mkdir -p a/b; touch a/b/c; busybox chmod -R 700 a; " + give)
                .run()
                .succeeds();
        String clone = line.replaceFirst(".*\"clone\":\"(copied_[0-9]+)\".*", "$1");
        assertNotEquals(line, clone);
        Eventually.holds(
                "nothing is left of the clone",
                () -> Directories.names(workshop.data().resolve("clones")).stream()
                        .noneMatch(name -> name.startsWith(clone)));
    }

    @Test
    void a_bind_shows_his_files_where_he_is_himself() {
        if (workshop.identity() == Identity.MEMBER) {
            return; // there his files are none of the range's
        }
        workshop.write("bound", "text");
        assertEquals(
                "0 text",
                workshop.prints(
                        "-z",
                        "open",
                        "--as-root",
                        "-d",
                        workshop.work() + ":/mnt",
                        "--",
                        "sh",
                        "-c",
                        "echo $(stat -c %u /mnt/bound) $(cat /mnt/bound); echo new >/mnt/new"));
        assertEquals("new\n", Directories.read(workshop.work().resolve("new")));
    }
}
