package mayfly.integration.workshop;

import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.support.ParameterDeclarations;

/** Gives each class pools of its own, which JUnit closes after it. */
final class ZpoolsProvider implements ArgumentsProvider {
    @Override
    public Stream<? extends Arguments> provideArguments(ParameterDeclarations parameters, ExtensionContext context) {
        Workshop workshop = new Workshop(Host.of(context), new Setting(Identity.MEMBER, Client.C, Backend.BWRAP));
        return Stream.of(Arguments.of(new Zpools(workshop)));
    }
}
