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
        Configuration configuration = ConfigurationFile.read(Files.writeString(directory.resolve("m.toml"), text));
        return new UserExamination(configuration, user, OptionalLong.of(MAYFLY))
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
                                + " [template.host] in mayfly.toml lets its users",
                        "no -t: cannot use the directory /: users may not run commands in it -> root-dirs under [policy]"
                                + " in mayfly.toml names those in which they may: none"),
                said);
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
