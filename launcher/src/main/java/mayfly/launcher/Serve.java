package mayfly.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import mayfly.client.Installation;
import mayfly.client.Mayfly;
import mayfly.client.MayflyException;
import mayfly.clonepool.config.ConfigurationException;
import mayfly.clonepool.service.Service;
import mayfly.clonepool.service.ServiceOptions;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.RefusedException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code mayfly serve}: the service itself, or the end of the one that runs. */
final class Serve implements Subcommand {
    @Override
    public CommandSpec spec() {
        return Options.command(
                        "serve",
                        "mayfly serve [OPTION]...",
                        "Owns pools and parks sandboxes: for everybody when root starts it, else for the user who does.")
                .addOption(Options.value("--runtime-dir", "DIR", "where its socket is"))
                .addOption(Options.value("--data-dir", "DIR", "where clones on a disk are"))
                .addOption(Options.value("--config", "FILE", "its mayfly.toml"))
                .addOption(
                        Options.flag("write ready on standard output, and close it, when clients can come", "--ready"))
                .addOption(Options.flag("end the service that runs there; commands go on", "--stop"));
    }

    @Override
    public int run(ParseResult words, PrintStream out, Messages messages) throws MayflyException {
        DefaultPaths defaults = DefaultPaths.ofThisProcess();
        Path runtime = Options.path(words, "--runtime-dir").orElseGet(defaults::runtime);
        if (words.hasMatchedOption("--stop")) {
            return stop(runtime, messages);
        }
        Optional<Path> configuration = Options.path(words, "--config");
        return serve(
                new ServiceOptions(
                        runtime,
                        Options.path(words, "--data-dir").orElseGet(defaults::data),
                        Optional.of(configuration.orElseGet(defaults::configuration)),
                        configuration.isPresent(),
                        Installation.directory(),
                        words.hasMatchedOption("--ready")),
                messages);
    }

    private static int serve(ServiceOptions options, Messages messages) {
        try {
            Service.run(options);
            return 0;
        } catch (RefusedException e) {
            messages.complain(String.valueOf(e.getMessage()), e.remedy());
        } catch (ConfigurationException e) {
            messages.complain(
                    "cannot start the service: its configuration has problems:\n" + String.join("\n", e.problems()),
                    Optional.of("mayfly config check FILE looks again"));
        } catch (IOException e) {
            messages.complain("cannot start the service: " + Failure.reason(e), Optional.empty());
        }
        return MayflyException.FAILED;
    }

    private static int stop(Path runtime, Messages messages) throws MayflyException {
        try (Mayfly mayfly = Mayfly.connect(runtime)) {
            if (!mayfly.stopService()) {
                messages.notice("no service runs in " + runtime);
            }
            return 0;
        }
    }
}
