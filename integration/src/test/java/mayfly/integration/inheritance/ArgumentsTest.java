package mayfly.integration.inheritance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** Arguments, variables and paths are bytes. */
@InWorkshop(on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC})
class ArgumentsTest {
    /** Prints its arguments and the variable X as Python's literals. */
    private static final String ECHO =
            "import os, sys; print([os.fsencode(a) for a in sys.argv[1:]]," + " os.environb.get(b'X'), os.getcwdb())";

    private final Workshop workshop;

    ArgumentsTest(Workshop workshop) {
        this.workshop = workshop;
    }

    /** The same with and without Mayfly in front. */
    private void assertAsWithout(String script) {
        Outcome with = workshop.bash(script.replace("MAYFLY", "mayfly -v X"))
                .env("ECHO", ECHO)
                .run();
        Outcome without =
                workshop.bash(script.replace("MAYFLY", "")).env("ECHO", ECHO).run();

        assertEquals(without.succeeds(), with.succeeds());
    }

    @Test
    @Against(Attack.HOSTILE_WORDS)
    void bytes_that_are_not_utf_8_arrive() {
        assertAsWithout("X=$'\\xff\\x80x' MAYFLY python3 -c \"$ECHO\" $'a\\xffb' $'\\xc3\\x28' $'\\xe4\\xf6' ä");
    }

    @Test
    @Against(Attack.HOSTILE_WORDS)
    void newlines_quotes_blanks_and_empty_arguments_arrive() {
        assertAsWithout(
                "X=$'one\\ntwo' MAYFLY python3 -c \"$ECHO\" '' $'\\n' ' ' '\"' \"'\" ';id' '$(id)' '`id`' '*' '\\' $'\\x01'");
    }

    @Test
    void a_working_directory_that_is_not_utf_8_is_entered() {
        assertAsWithout("mkdir -p $'d\\xff\\n' && cd $'d\\xff\\n' && MAYFLY python3 -c \"$ECHO\"");
    }

    @Test
    @Against(Attack.HOSTILE_WORDS)
    void every_byte_of_the_environment_arrives() {
        assertEquals(
                "ok",
                workshop.bash(
                                "x=$(printf '\\\\x%02x' {1..255}); export X=\"$(printf \"$x\")\"; a=$(printf %s \"$X\" | sha256sum);"
                                        + " b=$(mayfly -v X sh -c 'printf %s \"$X\" | sha256sum'); [ \"$a\" = \"$b\" ] && echo ok")
                        .run()
                        .succeeds());
    }

    @Test
    void a_hundred_thousand_arguments_arrive() {
        assertEquals(
                "100000 100000 ok",
                workshop.bash(
                                "a=$(seq 1 100000 | sha256sum); mayfly sh -c 'echo $# ${100000}; printf \"%s\\n\" \"$@\" >&2'"
                                        + " sh $(seq 1 100000) 2>list | tr '\\n' ' ';"
                                        + " [ \"$a\" = \"$(sha256sum <list)\" ] && echo ok")
                        .run()
                        .succeeds());
    }

    @Test
    @Against(Attack.HOSTILE_WORDS)
    void commands_named_like_options_and_subcommands_are_commands() {
        workshop.bash("mkdir -p bin; for n in --bind -z pool run; do printf '#!/bin/sh\\necho \"got $# $*\"' >bin/$n;"
                        + " chmod +x bin/$n; done")
                .run()
                .succeeds();
        for (String name : List.of("--bind", "-z", "pool", "run")) {
            assertEquals(
                    "got 2 -n --",
                    workshop.bash("PATH=$PWD/bin:$PATH; mayfly -- " + name + " -n --")
                            .run()
                            .succeeds());
        }
    }

    @Test
    void options_end_at_the_first_word_that_is_none() {
        assertEquals("one -n -x --", workshop.prints("echo", "one", "-n", "-x", "--"));
        assertEquals("a -q -x", workshop.prints("-q", "echo", "a", "-q", "-x"));
    }

    @Test
    @Against(Attack.HOSTILE_WORDS)
    void what_is_an_argument_is_never_a_shells_word() {
        assertEquals("; touch pwned && $(touch pwned)", workshop.prints("echo", "; touch pwned && $(touch pwned)"));
        assertTrue(!workshop.work().resolve("pwned").toFile().exists());
    }
}
