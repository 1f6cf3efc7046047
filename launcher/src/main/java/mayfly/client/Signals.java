package mayfly.client;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import mayfly.sandbox.posix.Linux;

/**
 * The signals that travel to a command. By {@code sun.misc.Signal}, the JVM's only way, without naming the class: javac
 * has a warning for that which cannot be silenced. The JVM keeps SIGQUIT for itself.
 */
final class Signals implements AutoCloseable {
    private static final Map<Integer, String> TRAVELLING = names();

    private final List<Runnable> undo = new ArrayList<>();
    private final Api api = new Api();

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
        Object before = api.handle("TSTP", stops ? api.byDefault : api.ignore);
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
        names.put(Linux.SIGHUP, "HUP");
        names.put(Linux.SIGINT, "INT");
        names.put(Linux.SIGTERM, "TERM");
        names.put(Linux.SIGUSR1, "USR1");
        names.put(Linux.SIGUSR2, "USR2");
        names.put(Linux.SIGCONT, "CONT");
        names.put(Linux.SIGTSTP, "TSTP");
        names.put(Linux.SIGWINCH, "WINCH");
        return names;
    }

    /** {@code sun.misc.Signal} and {@code sun.misc.SignalHandler}. */
    private static final class Api {
        private final Class<?> handlerType;
        private final Class<?> signalType;
        private final Method handle;
        private final Object byDefault;
        private final Object ignore;

        Api() {
            try {
                handlerType = Class.forName("sun.misc.SignalHandler");
                signalType = Class.forName("sun.misc.Signal");
                handle = signalType.getMethod("handle", signalType, handlerType);
                byDefault = handlerType.getField("SIG_DFL").get(null);
                ignore = handlerType.getField("SIG_IGN").get(null);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("this Java has no sun.misc.Signal", e);
            }
        }

        Object handler(IntConsumer receiver, int number) {
            return Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handlerType}, (proxy, method, arguments) -> {
                        if (method.getDeclaringClass() == Object.class) {
                            return method.invoke(receiver, arguments);
                        }
                        receiver.accept(number);
                        return null;
                    });
        }

        /** The handler that there was before. */
        Object handle(String name, Object handler) {
            try {
                Object signal = signalType.getConstructor(String.class).newInstance(name);
                return handle.invoke(null, signal, handler);
            } catch (InvocationTargetException e) {
                throw new IllegalStateException("cannot handle SIG" + name, e.getCause());
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("this Java's sun.misc.Signal is another one", e);
            }
        }
    }
}
