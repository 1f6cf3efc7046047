package mayfly.sandbox.posix;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/**
 * What this process does about signals: {@code sun.misc.Signal}, the JVM's only way, without naming the class: javac has a
 * warning for that which cannot be silenced. The JVM keeps SIGQUIT for itself.
 */
public final class JavaSignals {
    private final Class<?> handlerType;
    private final Class<?> signalType;
    private final Method handle;
    private final Object byDefault;
    private final Object ignore;

    public JavaSignals() {
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

    /** What the system does with a signal that nobody handles. */
    public Object byDefault() {
        return byDefault;
    }

    public Object ignore() {
        return ignore;
    }

    /** A handler that calls the receiver with the number, in a thread of the JVM's. */
    public Object handler(IntConsumer receiver, int number) {
        return Proxy.newProxyInstance(
                JavaSignals.class.getClassLoader(), new Class<?>[] {handlerType}, (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() == Object.class) {
                        return method.invoke(receiver, arguments);
                    }
                    receiver.accept(number);
                    return null;
                });
    }

    /**
     * Has a signal handled from now on.
     *
     * @param name without SIG
     * @return the handler that there was before
     */
    public Object handle(String name, Object handler) {
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
