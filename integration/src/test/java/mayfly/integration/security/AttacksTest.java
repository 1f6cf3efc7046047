package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Host;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ModifierSupport;
import org.junit.platform.commons.support.ReflectionSupport;

/** Each attack has a test, and docs/security.md says which. */
class AttacksTest {
    private static final String HEADING = "| | attack | what stops it | tests | backends |\n|---|---|---|---|---|\n";

    private final Map<Attack, Set<String>> tests = new EnumMap<>(Attack.class);
    private final Map<Attack, Set<String>> backends = new EnumMap<>(Attack.class);

    AttacksTest() {
        for (Class<?> type : ReflectionSupport.findAllClassesInPackage(
                "mayfly.integration", type -> !ModifierSupport.isAbstract(type), name -> name.endsWith("Test"))) {
            String backend = AnnotationSupport.findAnnotation(type, OnBackend.class)
                    .map(OnBackend::value)
                    .orElse("bwrap");
            for (Method method : ReflectionSupport.findMethods(
                    type,
                    found -> AnnotationSupport.isAnnotated(found, Against.class),
                    HierarchyTraversalMode.TOP_DOWN)) {
                assertTrue(AnnotationSupport.isAnnotated(method, Testable.class), method + " is no test");
                for (Attack attack : method.getAnnotation(Against.class).value()) {
                    add(tests, attack, method.getDeclaringClass().getSimpleName() + "." + method.getName());
                    add(backends, attack, backend);
                }
            }
        }
    }

    private static void add(Map<Attack, Set<String>> map, Attack attack, String text) {
        map.computeIfAbsent(attack, key -> new TreeSet<>()).add(text);
    }

    private String row(Attack attack) {
        String names = tests.getOrDefault(attack, Set.of()).stream()
                .map(name -> "`" + name + "`")
                .collect(Collectors.joining(", "));
        return "| " + attack.row() + " | " + attack.attempt() + " | " + attack.protection() + " | " + names + " | "
                + String.join(", ", backends.getOrDefault(attack, Set.of())) + " |\n";
    }

    @Test
    void the_rows_are_numbered() {
        List<Integer> numbers =
                List.of(Attack.values()).stream().map(Attack::row).toList();

        assertEquals(IntStream.rangeClosed(1, Attack.values().length).boxed().toList(), numbers);
    }

    @Test
    void each_attack_has_a_test() {
        assertEquals(
                List.of(),
                List.of(Attack.values()).stream()
                        .filter(attack -> !tests.containsKey(attack))
                        .toList());
    }

    @Test
    void the_document_names_the_tests() {
        String table =
                HEADING + List.of(Attack.values()).stream().map(this::row).collect(Collectors.joining());
        String document = Directories.read(Host.source("docs/security.md"));

        assertTrue(document.contains("\n" + table + "\n"), () -> "docs/security.md is to have this table:\n" + table);
    }
}
