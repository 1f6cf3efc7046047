package mayfly.integration.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** A service's beginning and end. */
@InWorkshop
class LifeTest {
    private final Workshop workshop;

    LifeTest(Workshop workshop) {
        this.workshop = workshop;
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void socket_and_directories_are_open_to_those_who_may_use_them() throws IOException {
        workshop.prints("true");
        boolean system = workshop.identity().hasSystemService();

        assertEquals(system ? "rw-rw----" : "rw-------", mode(workshop.runtime().resolve("mayfly.sock")));
        assertEquals(system ? "rwxr-xr-x" : "rwx------", mode(workshop.runtime()));
        assertEquals("rwx------", mode(workshop.runtime().resolve("clones")));
        assertEquals(
                system ? "root:mayfly" : workshop.account().name(),
                Tool.output("stat", "-c", system ? "%U:%G" : "%U", workshop.runtime() + "/mayfly.sock"));
    }

    /** Else each start unpacks it there. */
    @Test
    void native_code_comes_from_the_library_s_directory_not_from_tmp() throws IOException {
        Path maps = Path.of("/proc/" + workshop.service().pid() + "/maps");
        Path library = workshop.host().mayfly().resolveSibling("../lib/mayfly").toRealPath();

        List<String> loaded = Files.readAllLines(maps).stream()
                .filter(line -> line.contains("jffi") && line.contains(".so"))
                .map(line -> line.substring(line.indexOf('/')))
                .distinct()
                .toList();

        assertEquals(1, loaded.size(), loaded.toString());
        assertTrue(loaded.get(0).startsWith(library + "/libjffi-"), loaded.toString());
    }

    @Test
    void a_second_service_in_the_same_directory_is_refused() {
        workshop.service();

        workshop.ofServiceAccount("serve", "--runtime-dir", workshop.runtime().toString())
                .run()
                .fails(125, "cannot start the service: one is running in .*", "end it first.*");
        assertEquals("fine", workshop.prints("echo", "fine"));
    }

    @Test
    void the_socket_of_a_dead_service_is_replaced() {
        workshop.service().kill();
        assertTrue(Files.exists(workshop.runtime().resolve("mayfly.sock")));

        workshop.startAgain();

        assertEquals("fine", workshop.prints("echo", "fine"));
    }

    @Test
    void the_first_client_starts_a_service_that_the_next_ones_use() {
        Path place = workshop.work().resolve("first-use");
        Outcome first = workshop.mayfly("echo", "first")
                .env("MAYFLY_RUNTIME_DIR", place.toString())
                .run()
                .exits(0);

        assertEquals("first", first.text());
        assertTrue(first.stderr().startsWith("mayfly: started a service for this user"), first.toString());
        assertEquals(1, first.stderr().lines().count(), first.toString());
        assertEquals(
                "second",
                workshop.mayfly("echo", "second")
                        .env("MAYFLY_RUNTIME_DIR", place.toString())
                        .run()
                        .succeeds());
        workshop.subcommand("serve", "--stop", "--runtime-dir", place.toString())
                .run()
                .succeeds();
        Eventually.holds("the service ends", () -> ProcessTable.about(place).isEmpty());
    }

    @Test
    void of_clients_that_come_together_one_starts_the_service() {
        Path place = workshop.work().resolve("together");
        String count = workshop.isJava() ? "3" : "20";
        Outcome outcome = workshop.bash("for i in $(seq " + count + "); do mayfly echo ran & done; wait")
                .env("MAYFLY_RUNTIME_DIR", place.toString())
                .run()
                .exits(0);

        assertEquals(
                Integer.parseInt(count),
                outcome.lines().stream().filter("ran"::equals).count(),
                outcome.toString());
        // A program that it is just starting has its words for a moment.
        Eventually.holds(
                "one service",
                () -> ProcessTable.about(place).stream()
                                .filter(entry -> entry.words().contains("serve"))
                                .count()
                        == 1);
        workshop.subcommand("serve", "--stop", "--runtime-dir", place.toString())
                .run()
                .succeeds();
        Eventually.holds("the service ends", () -> ProcessTable.about(place).isEmpty());
    }

    @Test
    @Against(Attack.STEERING_VARIABLES)
    void a_service_that_the_client_started_has_nothing_of_the_clients() {
        Path place = workshop.work().resolve("clean");
        workshop.bash(
                        "umask 0077; ulimit -S -n 64; cd /; trap '' HUP TERM; exec 7</etc/passwd; nice -n 5 mayfly -q true")
                .env("MAYFLY_RUNTIME_DIR", place.toString())
                .env("SECRET", "s")
                .run()
                .exits(0);
        long service = ProcessTable.about(place).stream()
                .filter(entry -> entry.words().contains("serve"))
                .findFirst()
                .orElseThrow()
                .pid();

        assertEquals(
                "SECRET=0 passwd=0 Umask: 0022 ignored=no",
                workshop.call(
                                List.of(
                                        "bash",
                                        "-c",
                                        "cd /proc/" + service
                                                + "; echo SECRET=$(tr '\\0' '\\n' <environ | grep -c ^SECRET)"
                                                + " passwd=$(ls -l fd | grep -c /etc/passwd) $(grep Umask status | xargs)"
                                                + " ignored=$(( (0x$(sed -n 's/SigIgn:\\s*//p' status) >> 14 & 1) )) | sed s/=0$/=no/"))
                        .run()
                        .exits(0)
                        .text());
        workshop.subcommand("serve", "--stop", "--runtime-dir", place.toString())
                .run()
                .succeeds();
        Eventually.holds("the service ends", () -> ProcessTable.about(place).isEmpty());
    }
}
