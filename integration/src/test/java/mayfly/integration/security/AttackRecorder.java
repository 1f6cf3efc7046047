package mayfly.integration.security;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.Setting;
import org.jspecify.annotations.Nullable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Writes what becomes of each test of an attack into {@link AttackResult#FILE}. The launcher finds it as a service. */
public final class AttackRecorder implements TestExecutionListener {
    /** Of what is skipped before it has one. */
    private static final Setting NONE = new Setting(Identity.ROOT, Client.C, Backend.BWRAP);

    private @Nullable TestPlan plan;

    @Override
    public void testPlanExecutionStarted(TestPlan begun) {
        plan = begun;
        write("", StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (test.isTest()) {
            String outcome =
                    switch (result.getStatus()) {
                        case SUCCESSFUL -> AttackResult.PASSED;
                        case FAILED -> AttackResult.FAILED;
                        case ABORTED ->
                            result.getThrowable().map(Throwable::getMessage).orElse("aborted");
                    };
            record(test, outcome);
        }
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        record(test, reason);
    }

    private void record(TestIdentifier test, String outcome) {
        Setting setting = setting(test).orElse(NONE);
        methods(test.getSource()).forEach(method -> {
            String name = method.getDeclaringClass().getSimpleName() + "." + method.getName();
            for (Attack attack : method.getAnnotation(Against.class).value()) {
                AttackResult result = new AttackResult(attack, setting.backend(), setting.identity(), name, outcome);
                write(result.line(), StandardOpenOption.APPEND);
            }
        });
    }

    /** Those that make attacks. */
    private static Stream<Method> methods(Optional<TestSource> source) {
        List<Method> methods = List.of();
        if (source.orElse(null) instanceof MethodSource method) {
            methods = List.of(method.getJavaMethod());
        } else if (source.orElse(null) instanceof ClassSource type) {
            methods = AnnotationSupport.findAnnotatedMethods(
                    type.getJavaClass(), Against.class, HierarchyTraversalMode.TOP_DOWN);
        }
        return methods.stream().filter(method -> AnnotationSupport.isAnnotated(method, Against.class));
    }

    /** That of the class's run to which the test belongs. */
    private Optional<Setting> setting(TestIdentifier test) {
        return Setting.of(test.getDisplayName()).or(() -> Optional.ofNullable(plan)
                .flatMap(all -> all.getParent(test))
                .flatMap(this::setting));
    }

    private static void write(String text, StandardOpenOption... options) {
        try {
            Files.writeString(AttackResult.FILE, text, options);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
