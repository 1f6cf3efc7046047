package mayfly.integration.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Terminal;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A command that would type for its caller, who has a shell with his rights. */
@InWorkshop(
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC, Backend.CHROOT})
class TypingTest {
    /** TIOCSTI and TIOCLINUX, as they are and with bits that the kernel does not look at. */
    private static final String INJECT = """
            import ctypes, os
            ioctl = ctypes.CDLL(None, use_errno=True).syscall
            number = 16 if os.uname().machine == 'x86_64' else 29
            terminals = [0, 1, 2, os.open('/dev/tty', os.O_RDWR)]
            refused = 0
            for request in 0x5412, 0x541c:
                for high in 0, 1 << 32, 1 << 63, 0xffffffff << 32:
                    for terminal in terminals:
                        for text in b'x', b'\\n', b'\\2', b'\\3':
                            result = ioctl(ctypes.c_long(number), ctypes.c_long(terminal),
                                           ctypes.c_ulong(request | high), ctypes.c_char_p(text))
                            if result == -1 and ctypes.get_errno() == 1:
                                refused += 1
            print('refused', refused, 'of', 2 * 4 * 4 * 4)
            """;

    private final Workshop workshop;
    private final Terminal terminal;

    TypingTest(Workshop workshop) {
        this.workshop = workshop;
        terminal = Terminal.open(workshop);
    }

    @AfterEach
    void close() {
        terminal.close();
    }

    private void assertTypesNothing(String words) {
        workshop.write("inject.py", INJECT);
        terminal.line("clear; mayfly " + words + "; read -t 0 || echo \"noth\"ing")
                .showsLine("nothing")
                .prompts();

        assertEquals(
                1,
                terminal.screen().lines().filter("refused 128 of 128"::equals).count(),
                terminal.screen());
    }

    @Test
    @Against({Attack.TYPING_FOR_THE_CALLER, Attack.CONSOLE_SELECTION})
    void nothing_can_be_typed_into_the_callers_terminal() {
        assertTypesNothing("python3 inject.py");
    }

    @Test
    @Against({Attack.TYPING_FOR_THE_CALLER, Attack.CONSOLE_SELECTION})
    void nor_from_a_session() {
        assertTypesNothing("--session typing python3 inject.py");
        workshop.subcommand("session", "end", "typing").run().succeeds();
    }
}
