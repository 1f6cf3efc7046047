package mayfly.integration.workshop;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.support.AnnotationConsumer;
import org.junit.jupiter.params.support.ParameterDeclarations;

/** Gives each run of a class a new ground, which JUnit closes after it. */
final class Grounds implements ArgumentsProvider, AnnotationConsumer<OnStores> {
    private Identity identity = Identity.ROOT;
    private boolean onDisk;
    private List<Backend> backends = List.of();

    @Override
    public void accept(OnStores wanted) {
        identity = wanted.as();
        onDisk = wanted.onDisk();
        backends = List.of(wanted.on());
    }

    @Override
    public Stream<? extends Arguments> provideArguments(ParameterDeclarations parameters, ExtensionContext context) {
        Host host = Host.of(context);
        return StoreKind.all().stream()
                .filter(kind -> kind.isOnDisk() || !onDisk)
                .flatMap(kind -> backends.stream()
                        .map(backend -> new Setting(identity, Client.C, backend))
                        .map(setting -> Arguments.of(new Ground(kind, new Workshop(host, setting)))));
    }
}
