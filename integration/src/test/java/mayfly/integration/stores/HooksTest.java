package mayfly.integration.stores;

import static org.junit.jupiter.api.Assertions.assertEquals;

import mayfly.integration.workshop.Ground;
import mayfly.integration.workshop.OnStores;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.StoreKind;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** Hooks look at the clones of every store, and keep none of them. */
@OnStores
class HooksTest {
    private final Ground ground;
    private final Workshop workshop;

    HooksTest(Ground ground) {
        this.ground = ground;
        this.workshop = ground.workshop();
        if (!java.nio.file.Files.exists(ground.directory("t"))) {
            String hook = workshop.script("hook", """
                            #!/bin/sh
                            case $1 in
                                pre) cat $ROOTFS/etc/name; echo pre >$ROOTFS/tmp/pre ;;
                                *) cat $ROOTFS/tmp/pre $ROOTFS/tmp/command $ROOTFS/tmp/callers ;;
                            esac >>${0%/*}/seen 2>&1
                            """).toString();
            ground.template("t", "pre-start = [\"" + hook + "\", \"pre\"]", "post-stop = [\"" + hook + "\", \"post\"]");
            ground.template("plain");
            ground.snapshot("t", "begin");
            ground.snapshot("plain", "begin");
        }
    }

    @Test
    void all_hooks_see_the_commands_clone() {
        workshop.write("seen", "");
        String printed = workshop.mayfly("-z", "t", "sh", "-c", "cat /tmp/pre /tmp/callers; echo command >/tmp/command")
                .env("PRE_SPAWN_HOOK", "cat $ROOTFS/tmp/pre >>seen; echo callers >$ROOTFS/tmp/callers")
                .env("POST_SPAWN_HOOK", "cat $ROOTFS/tmp/command >>seen")
                .run()
                .succeeds();
        PoolView.settled(workshop);

        assertEquals("pre\ncallers", printed);
        assertEquals("template\npre\ncommand\npre\ncommand\ncallers\n", workshop.read("seen"));
        assertEquals("template", workshop.prints("-z", "plain", "cat", "/etc/name"));
    }

    @Test
    void a_process_that_holds_a_clones_root_keeps_it_no_longer_than_itself() {
        workshop.mayfly("-z", "plain", "true")
                .env("PRE_SPAWN_HOOK", "cd $ROOTFS && setsid sleep 8769.1 </dev/null >/dev/null 2>&1 &")
                .run()
                .exits(0);
        if (ground.kind() != StoreKind.ZFS) { // there it is busy
            PoolView.settled(workshop);
        }
        ProcessTable.running("sleep", "8769.1")
                .forEach(entry -> ProcessHandle.of(entry.pid()).ifPresent(ProcessHandle::destroyForcibly));

        PoolView view = PoolView.settled(workshop);
        assertEquals(view.clones(), ground.clones().size());
    }
}
