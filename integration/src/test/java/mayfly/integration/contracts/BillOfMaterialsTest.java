package mayfly.integration.contracts;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** What is installed with Mayfly, as mayfly.cdx.json has it. */
@InWorkshop(with = Client.C)
class BillOfMaterialsTest {
    private final Path library;

    BillOfMaterialsTest(Workshop workshop) {
        library = workshop.host().mayfly().resolve("../../lib/mayfly").normalize();
    }

    @Test
    void each_jar_and_the_c_library_are_in_it() {
        Json bill = Json.object(Directories.read(library.resolve("mayfly.cdx.json")));
        Set<String> components = bill.objects("components").stream()
                .map(component -> component.text("name") + "-" + component.text("version"))
                .collect(Collectors.toSet());
        for (String jar : Directories.names(library.resolve("java"))) {
            String name = jar.replaceFirst("(-native)?\\.jar$", "");
            assertTrue(name.startsWith("launcher-") || components.contains(name), jar + " in " + components);
        }
        assertTrue(
                components.stream().anyMatch(name -> name.startsWith("musl-") || name.startsWith("glibc-")),
                components.toString());
    }
}
