package mayfly.sandbox.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;

final class HostStepsTest {
    private static final List<HostStep> STEPS = List.of(
            HostStep.of("do one", List.of("/one", "a b", ";", ""), List.of("/un-one", "a b")),
            HostStep.look("look", List.of("/look"), output -> {
                if (output.equals("bad")) {
                    throw new HostStep.UnfitException("it is bad");
                }
            }),
            HostStep.of("do two", List.of(), List.of("/un-two")),
            HostStep.of("do three", List.of("/three"), List.of("/un-three")));

    @Test
    void words_arrive_as_they_are_and_in_order() throws RefusedException {
        RecordedPrograms programs = new RecordedPrograms();
        new HostSteps(programs).take(STEPS);
        assertEquals(List.of(List.of("/one", "a b", ";", ""), List.of("/look"), List.of("/three")), programs.runs());
    }

    @Test
    void whichever_fails_it_and_those_before_it_are_undone_backwards() {
        List<List<String>> undone =
                List.of(List.of("/un-one a b"), List.of("/un-one a b"), List.of("/un-three", "/un-two", "/un-one a b"));
        List<String> doing = List.of("/one a b ; ", "/look", "/three");
        for (int i = 0; i < undone.size(); i++) {
            RecordedPrograms programs = new RecordedPrograms().failingAt(i);
            RefusedException refused = assertThrows(RefusedException.class, () -> new HostSteps(programs).take(STEPS));
            assertEquals(
                    "cannot " + List.of("do one", "look", "do three").get(i) + ": it was told to fail",
                    refused.getMessage());
            List<String> expected = new ArrayList<>(doing.subList(0, i + 1));
            expected.addAll(undone.get(i));
            assertEquals(expected, programs.lines());
        }
    }

    @Test
    void an_answer_that_will_not_do_is_a_failure() {
        RecordedPrograms programs = new RecordedPrograms().answering("/look", "bad");
        RefusedException refused = assertThrows(RefusedException.class, () -> new HostSteps(programs).take(STEPS));
        assertEquals("cannot look: it is bad", refused.getMessage());
        assertEquals(List.of("/one a b ; ", "/look", "/un-one a b"), programs.lines());
    }

    @Test
    void what_cannot_be_undone_for_want_of_a_program_is_told_and_the_others_are_undone() {
        RecordedPrograms programs =
                new RecordedPrograms().refusing("/three", "no").failingAt(3).missing();
        RefusedException refused = assertThrows(RefusedException.class, () -> new HostSteps(programs).take(STEPS));
        assertEquals("cannot do three: no; cannot undo it by /un-three: no such program", refused.getMessage());
        assertEquals(
                List.of("/one a b ; ", "/look", "/three", "/un-three", "/un-two", "/un-one a b"), programs.lines());
    }
}
