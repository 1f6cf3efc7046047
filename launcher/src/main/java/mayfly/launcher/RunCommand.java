package mayfly.launcher;

import java.util.List;
import mayfly.client.Mayfly;
import mayfly.client.MayflyException;
import mayfly.client.Run;
import mayfly.client.Running;
import mayfly.sandbox.Bytes;

/** {@code mayfly run}: stands for the command. */
final class RunCommand {
    private final Messages messages;

    RunCommand(Messages messages) {
        this.messages = messages;
    }

    /**
     * Runs what the words say.
     *
     * @return the exit status: the command's own, or 128 and the number of the signal that ended it
     */
    int run(List<Bytes> words) throws MayflyException, InterruptedException {
        try (Mayfly mayfly = Mayfly.connect(messages::notice);
                Running running =
                        mayfly.start(Run.ofCommandLine(words).inherit().callersHooks())) {
            return running.await().status();
        }
    }
}
