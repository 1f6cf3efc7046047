package mayfly.integration.ids;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Host;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.OwnRange;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** A small Debian, in which its root installs a package, whoever he is outside. */
@InWorkshop(with = Client.C)
@EnabledIf(
        value = "mayfly.integration.workshop.Host#isRoot",
        disabledReason = "root has to make a Debian, and to give ranges of ids to users")
class DebianTest {
    /** A package whose script gives its files to several users. */
    private static final String BUILD_PACKAGE = """
            mkdir -p probe/DEBIAN probe/usr/share/probe
            cat >probe/DEBIAN/control <<END
            Package: probe
            Version: 1.0
            Architecture: all
            Maintainer: nobody <nobody@example.org>
            Description: gives files away
            END
            cat >probe/DEBIAN/postinst <<'END'
            #!/bin/sh
            set -e
            cd /usr/share/probe
            touch web first last
            chown www-data:mail web
            chown 1:2 first
            chown nobody:nogroup last
            adduser --system --group prober >/dev/null 2>&1 || groupadd prober
            install -d -m 700 -o www-data closed
            touch closed/file
            END
            chmod 755 probe/DEBIAN/postinst
            dpkg-deb --root-owner-group --build probe probe.deb >/dev/null
            """;

    private static final String INSTALL = """
            cat >/tmp/probe.deb
            apt-get install -y /tmp/probe.deb >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
            id -u
            cd /usr/share/probe
            stat -c '%U:%G %n' web first last closed
            [ "$1" = mine ] || stat -c '%U:%G %n' /etc/passwd /etc/shadow /var/mail
            dpkg-query -W probe
            """;

    private static final String GIVEN_AWAY = """
            0
            www-data:mail web
            daemon:bin first
            nobody:nogroup last
            www-data:root closed
            """;

    /** Of files of the template; where the template is a user's own, they all are his. */
    private static final String TEMPLATES = """
            root:root /etc/passwd
            root:shadow /etc/shadow
            root:mail /var/mail
            probe\t1.0""";

    private final Workshop workshop;
    private final OwnRange range;
    private final Path deb;

    DebianTest(Workshop workshop) {
        this.workshop = workshop;
        this.range = new OwnRange(workshop.account());
        this.deb = workshop.directory().resolve("deb");
        String yes = workshop.identity() == Identity.ROOT ? "" : "as-root = true\n";
        workshop.configured("[template.deb]\nstore = \"overlay\"\npath = \"" + deb + "\"\n" + yes);
    }

    /** In his own service, and in root's as a template too, it belongs to the user. */
    @BeforeEach
    void unpack() {
        if (Files.exists(deb)) {
            return;
        }
        String tar = Tool.output(Host.source("integration/debian").toString());
        Tool.output("mkdir", deb.toString());
        Tool.output("tar", "-C", deb.toString(), "-xf", tar);
        if (!workshop.identity().hasSystemService()) {
            String owner = workshop.account().name() + ":";
            Tool.output("chown", "-R", "-h", owner, deb.toString());
        }
        workshop.bash(BUILD_PACKAGE).run().succeeds();
    }

    @AfterEach
    void giveBack() {
        range.close();
    }

    private List<String> options() {
        return workshop.identity() == Identity.ROOT
                ? List.of("-z", "deb", "-u", String.valueOf(range.base()))
                : List.of("-z", "deb", "--as-root");
    }

    private Call inside(String script) {
        String options = String.join(" ", options());
        return workshop.bash("mayfly " + options + " -- sh -c \"$SCRIPT\" sh $MINE <probe.deb")
                .env("SCRIPT", script)
                .env("MINE", workshop.identity().hasSystemService() ? "" : "mine")
                .within(Duration.ofMinutes(2));
    }

    @Test
    void a_package_is_installed_in_a_clone_and_in_nothing_else() {
        String installed = inside(INSTALL).run().exits(0).text();
        assertEquals(GIVEN_AWAY + (workshop.identity().hasSystemService() ? TEMPLATES : "probe\t1.0"), installed);
        assertEquals(
                "nothing",
                inside("ls -d /usr/share/probe 2>/dev/null || echo nothing")
                        .run()
                        .succeeds());
        assertFalse(Files.exists(deb.resolve("usr/share/probe")));
    }

    @Test
    void a_program_can_become_another_user() {
        assertEquals(
                "33",
                inside("setpriv --reuid=33 --regid=33 --clear-groups id -u")
                        .run()
                        .succeeds());
    }
}
