package mayfly.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.ConfigurationFile;
import mayfly.sandbox.Caller;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UserExaminationTest {
    private static final long ANN = 4_000_000;
    private static final long MAYFLY = 4_000_001;

    @TempDir
    private Path directory = Path.of("/");

    private List<String> findings(Caller user, String text) throws Exception {
        return findings(user, text, true);
    }

    private List<String> findings(Caller user, String text, boolean hasRange) throws Exception {
        Configuration configuration = ConfigurationFile.read(Files.writeString(directory.resolve("m.toml"), text));
        return new UserExamination(configuration, user, OptionalLong.of(MAYFLY), hasRange)
                .findings().stream()
                        .map(finding -> finding.state().word() + " " + finding.subject() + ": " + finding.detail()
                                + (finding.remedy().isEmpty() ? "" : " -> " + finding.remedy()))
                        .toList();
    }

    private static Caller user(Long... groups) {
        return new Caller(ANN, ANN, List.of(groups));
    }

    @Test
    void a_user_is_told_what_he_may_and_why_not_what_he_may_not() throws Exception {
        List<String> said = findings(user(MAYFLY), """
                [policy]
                root-dirs = []
                [template.deb]
                path = "/srv/deb"
                users = ["%root"]
                [template.host]
                backends = ["bwrap", "chroot"]
                share-net = false
                binds = ["/srv:ro"]
                leases = 3
                x11 = ["%root"]
                hooks = ["root", "%daemon"]
                """);
        assertEquals(
                List.of(
                        "ok service: in the group mayfly: may use it",
                        "no deb: may not be used: it is for %root -> users under [template.deb] in mayfly.toml names who may",
                        "no deb change: may not change it or its pool -> maintainers under [template.deb] in mayfly.toml names who may",
                        "ok host: may be used: it is for everybody",
                        "ok host -e bwrap: may be used",
                        "no host -e native: cannot use backend native: users may not in template host -> backends under"
                                + " [template.host] in mayfly.toml names those that they may use: bwrap, chroot",
                        "no host -e lxc: cannot use backend lxc: users may not in template host -> backends under"
                                + " [template.host] in mayfly.toml names those that they may use: bwrap, chroot",
                        "no host -e chroot: cannot use backend chroot: only root may, and a template's maintainers in it",
                        "no host -n: cannot share the host's network: users may not in template host -> share-net = true"
                                + " under [template.host] in mayfly.toml lets them",
                        "ok host -d: /srv:ro, with his own rights",
                        "no host x11: cannot use the display (--x11): not everybody may in template host -> x11 under"
                                + " [template.host] in mayfly.toml names who may: %root",
                        "ok host sound: may use the sound (--pulseaudio)",
                        "no host hooks: cannot run hooks of their own: not everybody may in template host -> hooks under"
                                + " [template.host] in mayfly.toml names who may: root, %daemon",
                        "ok host at once: 3 sandboxes; of all templates 256",
                        "no host as-root: root with his own id alone",
                        "no host unfiltered: not without the filter of system calls -> unfiltered = true under"
                                + " [template.host] in mayfly.toml lets him",
                        "ok host seccomp: the filter default",
                        "no -t: cannot use the directory /: users may not run commands in it -> root-dirs under [policy]"
                                + " in mayfly.toml names those in which they may: none",
                        "ok sessions: at most 16 at once"),
                said);
    }

    @Test
    void the_table_that_says_no_is_the_one_that_could_say_yes() throws Exception {
        List<String> said = findings(user(0L), """
                [policy.guests]
                who = ["%root"]
                templates = ["deb"]
                as-root = false
                unfiltered = false
                tun = false
                binds = []
                [template.deb]
                path = "/srv/deb"
                as-root = true
                seccomp = "strict"
                """);
        for (String line : List.of(
                "no deb as-root: root with his own id alone -> as-root = true under [policy.guests] in mayfly.toml lets him",
                "no deb unfiltered: not without the filter of system calls -> unfiltered = true under [policy.guests] in"
                        + " mayfly.toml lets him",
                "no deb tun: with lxc, no /dev/net/tun -> tun = true under [policy.guests] in mayfly.toml gives it",
                "no deb -d: cannot bind /: users may not in template deb -> binds under [policy.guests] in mayfly.toml"
                        + " names what they may bind: none",
                "ok deb seccomp: the filter strict")) {
            assertTrue(said.contains(line), () -> line + " in " + String.join("\n", said));
        }
        List<String> others = findings(user(), "[template.deb]\npath = \"/srv/deb\"\n");
        assertTrue(
                others.contains("no deb as-root: root with his own id alone -> as-root = true under [template.deb] in"
                        + " mayfly.toml lets him"),
                others.toString());
        assertTrue(
                others.contains(
                        "no deb tun: with lxc, no /dev/net/tun -> tun = true under [lxc] in mayfly.toml gives it"),
                others.toString());
    }

    @Test
    void root_of_a_range_is_who_has_one() throws Exception {
        String text = "[template.deb]\npath = \"/srv/deb\"\nas-root = true\n";
        assertTrue(findings(user(), text, true).contains("ok deb as-root: root of his own range of ids"));
        assertTrue(findings(user(), text, false)
                .contains(
                        "no deb as-root: root with his own id alone: /etc/subuid and /etc/subgid give him no others ->"
                                + " usermod --add-subuids --add-subgids gives him a range of ids"));
    }

    @Test
    void groups_let_in_and_root_needs_none() throws Exception {
        List<String> said = findings(
                user(0L), "[template.deb]\npath = \"/srv/deb\"\nusers = [\"%root\"]\nmaintainers = [\"%root\"]\n");
        assertEquals("no service: not in the group mayfly: may not use it -> usermod -aG mayfly USER", said.get(0));
        assertTrue(said.contains("ok deb: may be used"), said.toString());
        assertTrue(said.contains("ok deb -e chroot: may be used"), said.toString());
        assertTrue(said.contains("ok deb change: maintains it"), said.toString());
        assertTrue(findings(user(0L), "[policy]\nhooks = [\"%root\"]\n")
                .contains("ok host hooks: may run hooks of their own"));
        assertEquals(List.of("ok root: may do everything"), findings(new Caller(0, 0, List.of()), ""));
    }

    @Test
    void names_are_looked_up() throws Exception {
        assertEquals(0, UserExamination.caller("root").uid());
        assertTrue(UserExamination.caller("root").groups().contains(0L));
        assertEquals(
                "cannot look at user --help: nobody has this name",
                assertThrows(RefusedException.class, () -> UserExamination.caller("--help"))
                        .getMessage());
        assertTrue(UserExamination.serviceGroup().isEmpty()
                || UserExamination.serviceGroup().getAsLong() > 0);
    }
}
