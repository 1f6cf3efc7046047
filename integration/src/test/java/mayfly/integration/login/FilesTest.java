package mayfly.integration.login;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files through a jail: scp, sftp, rsync and git. What is to stay lies in the one directory that the jail shares. */
@InWorkshop(as = Identity.MEMBER, with = Client.C)
class FilesTest {
    private static final String TEXT = "a line\n".repeat(20_000);

    private final Workshop workshop;
    private final Path shared;
    private Sshd sshd;

    FilesTest(Workshop workshop) {
        this.workshop = workshop;
        shared = workshop.work().resolve("shared");
    }

    @BeforeEach
    void start() {
        sshd = Sshd.start(workshop.configured(
                "[login.all]\noptions = [\"--bind\", \"" + shared + ":/srv\", \"-p\", \"/srv\"]\n"));
        workshop.write("sent", TEXT);
        workshop.call(List.of("mkdir", "shared")).run().succeeds();
    }

    @AfterEach
    void end() {
        sshd.close();
        workshop.call(List.of("sh", "-c", "rm -rf *")).run().succeeds();
    }

    private void runs(String... words) {
        workshop.call(List.of(words)).run().succeeds();
    }

    private String configuration() {
        return sshd.configuration().toString();
    }

    @Test
    void scp() {
        for (String protocol : List.of("-s", "-O")) {
            runs("scp", protocol, "-F", configuration(), "sent", "jail:/srv/got" + protocol);
            assertEquals(TEXT, Directories.read(shared.resolve("got" + protocol)));
            runs("scp", protocol, "-F", configuration(), "jail:/srv/got" + protocol, "back" + protocol);
            assertEquals(TEXT, workshop.read("back" + protocol));
        }
        runs("scp", "-F", configuration(), "sent", "jail:/tmp/lost");
        assertFalse(Files.exists(Path.of("/tmp/lost")));
    }

    @Test
    void sftp() {
        Path batch = workshop.write(
                "batch", "put sent /srv/got\nmkdir /srv/d\nrename /srv/got /srv/d/got\nget /srv/d/got back\n");

        runs("sftp", "-q", "-F", configuration(), "-b", batch.toString(), "jail");

        assertEquals(TEXT, Directories.read(shared.resolve("d/got")));
        assertEquals(TEXT, workshop.read("back"));
    }

    @Test
    void rsync() {
        String ssh = "ssh -F " + configuration();
        runs("mkdir", "tree");
        workshop.write("tree/one", TEXT);
        workshop.write("tree/two", "two");

        runs("rsync", "-a", "-e", ssh, "tree/", "jail:/srv/tree/");
        workshop.write("tree/two", "two, changed");
        runs("rsync", "-a", "--checksum", "--delete", "-e", ssh, "tree/", "jail:/srv/tree/");
        runs("rsync", "-a", "-e", ssh, "jail:/srv/tree/", "back/");

        assertEquals(TEXT, Directories.read(shared.resolve("tree/one")));
        assertEquals("two, changed", workshop.read("back/two"));
    }

    @Test
    void git() {
        String script = """
                set -e
                export GIT_SSH_COMMAND='ssh -F %s' GIT_CONFIG_GLOBAL=/dev/null
                export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
                git init -q --bare shared/r.git
                git clone -q jail:/srv/r.git one 2>/dev/null
                cd one && cp ../sent . && git add sent && git commit -qm first && git push -q origin HEAD:main
                cd .. && git clone -q -b main jail:/srv/r.git two && cmp sent two/sent && echo the same
                """.formatted(configuration());

        assertEquals(
                "the same", workshop.call(List.of("bash", "-c", script)).run().succeeds());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/sh", Sshd.SHELL})
    void a_forced_command_does_the_same(String shell) {
        sshd.close();
        sshd = Sshd.start(workshop, shell.equals(Sshd.SHELL) ? Sshd.program(workshop) : shell, new String[] {
            "ForceCommand " + Sshd.program(workshop)
        });

        assertEquals("/srv", sshd.ssh("jail", "pwd").run().succeeds());
        assertEquals("/bin/bash", sshd.ssh("jail").stdin("echo $0\n").run().succeeds());
        runs("scp", "-F", configuration(), "sent", "jail:/srv/got");
        runs("rsync", "-a", "-e", "ssh -F " + configuration(), "jail:/srv/got", "back");

        assertEquals(TEXT, workshop.read("back"));
    }
}
