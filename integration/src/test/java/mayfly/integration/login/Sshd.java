package mayfly.integration.login;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Superserver;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;

/**
 * An sshd on loopback that lets the workshop's account in, whose login shell it changes meanwhile; and the clients. In a
 * mount namespace of its own it has the workshop's service where mayfly-login looks for root's.
 */
final class Sshd implements AutoCloseable {
    static final String SHELL = "mayfly-login";

    private static final String START = """
            mount -t tmpfs none /run && mkdir /run/mayfly /run/sshd && mount --bind "$1" /run/mayfly &&
            exec /usr/sbin/sshd -D -e -f "$2"
            """;

    private final Workshop workshop;
    private final Path configuration;
    private final Superserver server;

    private Sshd(Workshop workshop, Path configuration, Superserver server) {
        this.workshop = workshop;
        this.configuration = configuration;
        this.server = server;
    }

    /** The account has mayfly-login as its shell. */
    static Sshd start(Workshop workshop) {
        return start(workshop, program(workshop));
    }

    /**
     * Starts it.
     *
     * @param shell of the account
     * @param more lines of the server's configuration
     */
    static Sshd start(Workshop workshop, String shell, String... more) {
        workshop.service();
        Tool.output(
                "usermod",
                "--shell",
                shell,
                "--password",
                "*",
                workshop.account().name());
        int port = Superserver.freePort();
        Path hostKey = workshop.directory().resolve("host_key_" + port);
        Path key = workshop.work().resolve("key_" + port);
        Tool.output("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", hostKey.toString());
        workshop.call(List.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString()))
                .run()
                .succeeds();
        List<String> lines = new ArrayList<>(List.of(
                "ListenAddress 127.0.0.1",
                "Port " + port,
                "HostKey " + hostKey,
                "PidFile none",
                "AuthorizedKeysFile " + key + ".pub",
                "StrictModes no",
                "UsePAM no",
                "PasswordAuthentication no",
                "MaxStartups 100",
                "AcceptEnv *",
                "Subsystem sftp /usr/lib/openssh/sftp-server"));
        lines.addAll(Arrays.asList(more));
        Path server = workshop.write("sshd_config", String.join("\n", lines) + "\n");
        Path client = workshop.write(
                "ssh_config", """
                Host jail
                HostName 127.0.0.1
                Port %d
                User %s
                IdentityFile %s
                IdentitiesOnly yes
                BatchMode yes
                StrictHostKeyChecking no
                UserKnownHostsFile /dev/null
                LogLevel ERROR
                """.formatted(port, workshop.account().name(), key));
        return new Sshd(
                workshop,
                client,
                Superserver.start(
                        workshop.runtime(),
                        workshop.directory().resolve("sshd.log"),
                        port,
                        List.of(
                                "unshare",
                                "--mount",
                                "--propagation",
                                "private",
                                "sh",
                                "-ec",
                                START,
                                "sh",
                                workshop.runtime().toString(),
                                server.toString())));
    }

    static String program(Workshop workshop) {
        return workshop.host().mayfly().resolveSibling(SHELL).toString();
    }

    /** For the clients' option {@code -F}. */
    Path configuration() {
        return configuration;
    }

    /** {@code ssh}, with further options and a command, for the account. */
    Call ssh(String... words) {
        List<String> command = new ArrayList<>(List.of("ssh", "-F", configuration.toString()));
        command.addAll(Arrays.asList(words));
        return workshop.call(command);
    }

    /** What a command has printed there. */
    String prints(String command) {
        return ssh("jail", command).run().succeeds();
    }

    @Override
    public void close() {
        server.close();
        Tool.output("usermod", "--shell", "/bin/bash", workshop.account().name());
    }
}
