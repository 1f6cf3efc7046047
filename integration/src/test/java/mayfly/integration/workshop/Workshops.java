package mayfly.integration.workshop;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.support.AnnotationConsumer;
import org.junit.jupiter.params.support.ParameterDeclarations;

/** Gives each run of a class a new workshop, which JUnit closes after it. */
final class Workshops implements ArgumentsProvider, AnnotationConsumer<InWorkshop> {
    private List<Identity> identities = List.of();
    private List<Client> clients = List.of();
    private List<Backend> backends = List.of();
    private boolean inTemplates;

    @Override
    public void accept(InWorkshop wanted) {
        identities = List.of(wanted.as());
        clients = List.of(wanted.with());
        backends = List.of(wanted.on());
        inTemplates = wanted.inItsTemplates();
    }

    @Override
    public Stream<? extends Arguments> provideArguments(ParameterDeclarations parameters, ExtensionContext context) {
        Host host = Host.of(context);
        return Setting.all()
                .filter(setting -> identities.contains(setting.identity())
                        && clients.contains(setting.client())
                        && backends.contains(setting.backend())
                        && (inTemplates || !setting.isMaintainers()))
                .map(setting -> Arguments.of(new Workshop(host, setting)));
    }
}
