package mayfly.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import mayfly.sandbox.posix.JavaSignals;
import mayfly.sandbox.posix.Kernel;

/** The signals that travel to a command. The JVM keeps SIGQUIT for itself. */
final class Signals implements AutoCloseable {
    private static final Map<Integer, String> TRAVELLING = names();

    private final List<Runnable> undo = new ArrayList<>();
    private final JavaSignals api = new JavaSignals();

    /** Has the receiver called with each signal's number, by a thread of the JVM's, unless the signal is ignored. */
    Signals(long ignored, IntConsumer receiver) {
        TRAVELLING.forEach((number, name) -> {
            if ((ignored & bit(number)) == 0) {
                Object before = api.handle(name, api.handler(receiver, number));
                undo.add(() -> api.handle(name, before));
            }
        });
    }

    static long bit(int number) {
        return 1L << (number - 1);
    }

    /** Has SIGTSTP stop this process, or has it ignored, while the action runs. */
    void withTerminalStop(boolean stops, Action action) throws MayflyException {
        Object before = api.handle("TSTP", stops ? api.byDefault() : api.ignore());
        try {
            action.run();
        } finally {
            api.handle("TSTP", before);
        }
    }

    /** Something that can fail. */
    interface Action {
        void run() throws MayflyException;
    }

    @Override
    public void close() {
        undo.forEach(Runnable::run);
    }

    private static Map<Integer, String> names() {
        Map<Integer, String> names = new LinkedHashMap<>();
        names.put(Kernel.SIGHUP, "HUP");
        names.put(Kernel.SIGINT, "INT");
        names.put(Kernel.SIGTERM, "TERM");
        names.put(Kernel.SIGUSR1, "USR1");
        names.put(Kernel.SIGUSR2, "USR2");
        names.put(Kernel.SIGCONT, "CONT");
        names.put(Kernel.SIGTSTP, "TSTP");
        names.put(Kernel.SIGWINCH, "WINCH");
        return names;
    }
}
