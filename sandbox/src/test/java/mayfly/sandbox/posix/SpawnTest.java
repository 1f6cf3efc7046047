package mayfly.sandbox.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import org.junit.jupiter.api.Test;

class SpawnTest {
    @Test
    void arguments_and_environment_arrive_unchanged() throws IOException {
        Bytes odd = Bytes.of(new byte[] {(byte) 0xFF, '\n', ' ', (byte) 0xC3});
        Spawn spawn = new Spawn(
                Bytes.utf8("/bin/sh"),
                List.of(Bytes.utf8("sh"), Bytes.utf8("-c"), Bytes.utf8("printf %s \"$1$X$2\""), odd, odd, odd),
                List.of(Bytes.utf8("X=").plus(odd)),
                List.of(0, 1, 2),
                Optional.empty(),
                false);
        assertEquals(odd.plus(odd).plus(odd), output(spawn));
    }

    @Test
    void descriptors_get_their_numbers_even_when_they_are_exchanged() throws IOException {
        int[] one = Descriptors.pipe();
        int[] two = Descriptors.pipe();
        Spawn shell = Spawns.command("sh", "-c", "exec 2>/dev/null; echo three >&3; echo four >&4");
        int pid = Spawns.with(shell, 0, 1, 2, two[1], one[1]).start();
        Descriptors.close(one[1]);
        Descriptors.close(two[1]);
        assertEquals(new ProcessEnd.Exited(0), Processes.await(pid));
        assertEquals(Bytes.utf8("four\n"), readAll(one[0]));
        assertEquals(Bytes.utf8("three\n"), readAll(two[0]));
    }

    @Test
    void nothing_but_the_given_descriptors_is_inherited() throws IOException {
        int leaky = Native.LIBC.open(Native.cString(Bytes.utf8("/dev/null")), Kernel.O_RDONLY, 0);
        // The shell's own glob opens the directory as the next number.
        assertEquals(Bytes.utf8("0 1 2 3\n"), output(Spawns.command("sh", "-c", "cd /proc/self/fd; echo *")));
        Descriptors.close(leaky);
    }

    @Test
    void signals_are_neither_blocked_nor_ignored() throws IOException {
        Bytes status = output(Spawns.command("grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"));
        assertEquals(Bytes.utf8("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"), status);
    }

    @Test
    void a_directory_and_a_new_session_are_the_child_s() throws IOException {
        Spawn shell = Spawns.command("sh", "-c", "pwd; cut -d ' ' -f 1,6 /proc/$$/stat");
        Spawn spawn = new Spawn(
                shell.program(),
                shell.arguments(),
                shell.environment(),
                shell.descriptors(),
                Optional.of(Bytes.utf8("/usr")),
                true);
        String[] lines = output(spawn).text().split("[ \n]", -1);
        assertEquals("/usr", lines[0]);
        assertEquals(lines[1], lines[2]);
    }

    @Test
    void a_missing_program_is_an_exception() {
        Spawn spawn = new Spawn(
                Bytes.utf8("/nonexistent"), List.of(Bytes.utf8("x")), List.of(), List.of(), Optional.empty(), false);
        PosixException e = assertThrows(PosixException.class, spawn::start);
        assertEquals(Kernel.ENOENT, e.errno());
        assertEquals("posix_spawn: No such file or directory", e.getMessage());
    }

    @Test
    void a_program_in_sealed_memory_runs_and_cannot_be_changed() throws IOException {
        byte[] script = "#!/bin/sh\necho sealed\n".getBytes(StandardCharsets.US_ASCII);
        int fd = Descriptors.sealedMemory(
                Bytes.utf8("script"),
                ByteBuffer.allocateDirect(script.length).put(script).flip());
        Spawn shell = Spawns.command("sh", "-c", "/proc/self/fd/3");
        assertEquals(Bytes.utf8("sealed\n"), output(Spawns.with(shell, 0, 1, 2, fd)));
        PosixException e =
                assertThrows(PosixException.class, () -> Descriptors.write(fd, ByteBuffer.allocateDirect(1)));
        assertEquals(Kernel.EPERM, e.errno());
        Descriptors.close(fd);
    }

    @Test
    void ends_are_told_apart() throws IOException {
        assertEquals(
                new ProcessEnd.Exited(7),
                Processes.await(Spawns.command("sh", "-c", "exit 7").start()));
        int sleeper = Spawns.command("sleep", "1000").start();
        int pidFd = Processes.pidFd(sleeper);
        assertTrue(Processes.poll(sleeper).isEmpty());
        assertTrue(Processes.signal(pidFd, sleeper, Kernel.SIGTERM));
        try (Poller poller = new Poller(1)) {
            poller.add(pidFd, Poller.IN, 5);
            assertEquals(1, poller.await(10_000));
            assertEquals(5, poller.key(0));
        }
        assertEquals(Optional.of(new ProcessEnd.Killed(Kernel.SIGTERM)), Processes.poll(sleeper));
        assertEquals(false, Processes.signal(pidFd, sleeper, Kernel.SIGTERM));
        Descriptors.close(pidFd);
    }

    /** What the child writes to its descriptor 1; its others stay. */
    private static Bytes output(Spawn spawn) throws IOException {
        int[] pipe = Descriptors.pipe();
        Integer[] descriptors = spawn.descriptors().toArray(new Integer[0]);
        descriptors[1] = pipe[1];
        int pid = Spawns.with(spawn, descriptors).start();
        Descriptors.close(pipe[1]);
        Bytes output = readAll(pipe[0]);
        assertEquals(new ProcessEnd.Exited(0), Processes.await(pid));
        return output;
    }

    private static Bytes readAll(int fd) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
        while (Descriptors.read(fd, buffer) > 0) {}
        Descriptors.close(fd);
        buffer.flip();
        return Bytes.take(buffer, buffer.remaining());
    }
}
