package mayfly.sandbox.backend;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Programs that are not run: what was asked for, in order; and what they are to answer. */
final class RecordedPrograms implements HostPrograms {
    private final List<List<String>> runs = new ArrayList<>();
    private final Map<String, Deque<Outcome>> answers = new HashMap<>();
    private int failing = -1;
    private boolean cannotStart;

    /** What the program with these words answers: each time the next one, and the last one from then on. */
    RecordedPrograms answering(String line, String... outputs) {
        Deque<Outcome> all = answers.computeIfAbsent(line, key -> new ArrayDeque<>());
        for (String output : outputs) {
            all.add(new Outcome(output, ""));
        }
        return this;
    }

    RecordedPrograms refusing(String line, String failure) {
        answers.computeIfAbsent(line, key -> new ArrayDeque<>()).add(new Outcome("", failure));
        return this;
    }

    /** The run of this number, from 0 on, fails. */
    RecordedPrograms failingAt(int run) {
        failing = run;
        return this;
    }

    /** The run that fails does so because there is no such program. */
    RecordedPrograms missing() {
        cannotStart = true;
        return this;
    }

    @Override
    public Outcome run(List<String> words) throws IOException {
        runs.add(words);
        if (runs.size() - 1 == failing) {
            if (cannotStart) {
                throw new IOException("no such program");
            }
            return new Outcome("", "it was told to fail");
        }
        Deque<Outcome> all = answers.getOrDefault(HostStep.line(words), new ArrayDeque<>());
        if (all.isEmpty()) {
            return new Outcome("", "");
        }
        return all.size() == 1 ? all.getFirst() : all.removeFirst();
    }

    List<List<String>> runs() {
        return runs;
    }

    /** Each program with its words on a line: for words without white space, as all of a jail's are. */
    List<String> lines() {
        return runs.stream().map(HostStep::line).toList();
    }
}
