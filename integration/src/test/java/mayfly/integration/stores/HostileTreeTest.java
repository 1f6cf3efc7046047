package mayfly.integration.stores;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Ground;
import mayfly.integration.workshop.OnStores;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.StoreKind;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** What root has to remove after a command that wanted to make that dangerous. */
@OnStores
class HostileTreeTest {
    private static final String LEAVE = """
            cd /tmp
            ln -s CANARY link; ln -s ../../../../../../../../..CANARY up; ln -s / root; ln -s link/sub chain
            ln /etc/name hard; ln /bin/busybox hard-program
            mkfifo pipe; mknod node c 1 3; mknod disk b 8 0; mknod whiteout c 0 0
            mkdir locked; echo x >locked/x; chmod 000 locked
            mkdir -p "$(printf 'new\\nline')/$(printf '\\033[2J')/ -rf/*"; touch -- '-rf' '*' "$(printf '\\377\\376')"
            mkdir many; i=0; while [ $i -lt 3000 ]; do : >many/$i; i=$((i + 1)); done
            i=0; while [ $i -lt 300 ]; do mkdir d && cd d || break; ln -s CANARY l; i=$((i + 1)); done
            cd /; rm -rf /etc; ln -s CANARY /etc; mv /tmp/locked /var; rm -rf /mnt; ln -s CANARY /mnt
            chmod 000 /tmp; chmod 4777 /bin/busybox
            echo left
            """;

    private final Ground ground;
    private final Workshop workshop;

    HostileTreeTest(Ground ground) {
        this.ground = ground;
        this.workshop = ground.workshop();
    }

    @Test
    @Against({Attack.HOSTILE_TREE, Attack.SURVIVORS})
    void it_is_removed_and_nothing_that_it_leads_to() {
        Path canary = workshop.directory().resolve("canary");
        Tool.output("mkdir", "-p", canary + "/sub/deep");
        Tool.output("touch", canary + "/file", canary + "/sub/file");
        String before = state(canary);
        ground.template("t", "ready = 1", "ready-max = 2", "as-root = true");
        Tool.output(
                "sh",
                "-c",
                "for n in ln mkfifo mknod chmod mv; do ln -sf busybox $1/bin/$n; done",
                "sh",
                ground.directory("t").toString());
        // Who is not root has room there too.
        Tool.output(
                "sh",
                "-c",
                "chmod 777 $1; chmod 1777 $1/tmp",
                "sh",
                ground.directory("t").toString());
        ground.snapshot("t", "begin");
        for (List<String> identity : List.of(List.<String>of(), List.of("--as-root"))) {
            for (int i = 0; i < ground.atMost(2); i++) {
                List<String> words = new ArrayList<>(List.of("-z", "t"));
                words.addAll(identity);
                words.addAll(List.of("--", "/bin/sh", "-c", LEAVE.replace("CANARY", canary.toString())));
                Outcome outcome = workshop.mayfly(words.toArray(new String[0])).run();
                if (ground.kind() == StoreKind.ZFS && outcome.status() == 125) {
                    // A user's range takes OpenZFS 2.2.
                    assertTrue(outcome.stderr().contains(": its filesystem has no idmapped mounts "), outcome.stderr());
                    assertEquals(List.of("--as-root"), identity);
                } else {
                    assertEquals("left", outcome.exits(0).text());
                }
            }
        }

        PoolView view = PoolView.settled(workshop);

        assertEquals(view.clones("t"), ground.clones().size(), () -> view + "\n" + ground.clones());
        assertEquals(before, state(canary));
        assertEquals("template", workshop.prints("-z", "t", "cat", "/etc/name"));
        assertEquals("template\n", Directories.read(ground.directory("t").resolve("etc/name")));
    }

    private static String state(Path canary) {
        return Tool.output("find", canary.toString(), "-printf", "%p %u %g %m %n %T@ %C@\\n");
    }
}
