package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;

final class StartFailureTest {
    @Test
    void bwraps_words_take_our_form() {
        RefusedException failure = StartFailure.of("bwrap: Can't find source path /x: No such file or directory\n");
        assertEquals(
                "cannot start a sandbox: Can't find source path /x: No such file or directory", failure.getMessage());
        assertEquals(Optional.empty(), failure.remedy());
    }

    @Test
    void lxcs_words_lose_their_place_in_its_source() {
        assertEquals(
                "cannot start a sandbox: No such file or directory - Failed to mount \"tmpfs\" on \"/m/x\"",
                StartFailure.of(
                                "lxc-start: mf1: ../src/lxc/conf.c: mount_entry: 2446 No such file or directory -"
                                        + " Failed to mount \"tmpfs\" on \"/m/x\"\nlxc-start: mf1: ../src/lxc/conf.c: x: 1 Failed\n")
                        .getMessage());
        assertEquals(
                "cannot start a sandbox: No such device - Failed to attach",
                StartFailure.of("lxc-start mf1 20261125023207.865 INFO     start - ../src/lxc/start.c:f:1 - all well\n"
                                + "lxc-start mf1 20261125023207.866 ERROR    network - ../src/lxc/network.c:g:2 -"
                                + " No such device - Failed to attach\n")
                        .getMessage());
    }

    @Test
    void enters_words_have_it_already() {
        assertEquals(
                "cannot mount an overlay over /srv: Invalid argument",
                StartFailure.of("\ncannot mount an overlay over /srv: Invalid argument\nmore")
                        .getMessage());
    }

    @Test
    void a_sandbox_that_said_nothing_is_told_too() {
        assertEquals(
                "cannot start a sandbox: it ended without saying why",
                StartFailure.of(" \n").getMessage());
    }

    @Test
    void missing_namespaces_and_room_have_a_remedy() {
        for (String report : new String[] {
            "cannot make a user namespace: Operation not permitted",
            "bwrap: No permissions to create new namespace, likely because …",
            "bwrap: setting up uid map: Permission denied"
        }) {
            assertTrue(StartFailure.of(report).remedy().orElse("").contains("user namespaces"), report);
        }
        assertTrue(StartFailure.of("cannot make a user namespace: No space left on device")
                .remedy()
                .orElse("")
                .contains("max_user_namespaces"));
        assertTrue(StartFailure.of("cannot give ids of its own to /a: its filesystem has no idmapped mounts (…)")
                .remedy()
                .orElse("")
                .contains("another store"));
        assertTrue(StartFailure.of("cannot copy /a: No space left on device")
                .remedy()
                .isPresent());
    }

    @Test
    void a_report_is_bounded_and_escaped() {
        String message =
                String.valueOf(StartFailure.of("x\u001b" + "y".repeat(5_000)).getMessage());
        assertTrue(message.length() < 600);
        assertTrue(message.startsWith("cannot start a sandbox: x\\u001by"));
    }
}
