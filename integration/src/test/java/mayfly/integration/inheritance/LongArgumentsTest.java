package mayfly.integration.inheritance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

@InWorkshop(with = Client.C)
class LongArgumentsTest {
    private final Workshop workshop;

    LongArgumentsTest(Workshop workshop) {
        this.workshop = workshop;
    }

    /** A program's path counts against the kernel's bound, and the command's is longer here than the client's. */
    @Test
    void arguments_that_only_the_command_is_too_long_for_are_126() {
        Outcome outcome = workshop.bash("d=$PWD; for i in {1..6}; do d=$d/$(printf %0200d $i); done; mkdir -p $d;"
                        + " cp /bin/true $d/deep; ulimit -s 512; m=$(command -v mayfly);"
                        + " for size in {63000..65000..50}; do x=$(printf %0${size}d 0);"
                        + " env -i PATH=/bin MAYFLY_RUNTIME_DIR=$MAYFLY_RUNTIME_DIR $m $d/deep $x $x; echo $?; done 2>err | uniq;"
                        + " grep -c '^mayfly: cannot run .*/deep: Argument list too long$' err >/dev/null &&"
                        + " grep -c '^the arguments and variables are too long' err >/dev/null && echo told")
                .run();

        assertEquals("0\n126\ntold", outcome.succeeds());
    }

    @Test
    void six_mebibytes_of_arguments_arrive() {
        Outcome outcome = workshop.bash("ulimit -s unlimited; x=$(head -c 100000 /dev/zero | tr '\\0' x);"
                        + " a=(); for i in {1..60}; do a+=(\"$x\"); done; mayfly sh -c 'echo $#' sh \"${a[@]}\"")
                .run();

        assertEquals("60", outcome.succeeds());
    }
}
