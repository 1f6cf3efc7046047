package mayfly.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.ConfigurationException;
import mayfly.clonepool.config.ConfigurationFile;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.config.TemplateConfiguration.Store;
import mayfly.clonepool.store.BlockSharing;
import mayfly.clonepool.store.Failure;
import mayfly.clonepool.store.Program;
import mayfly.clonepool.store.TemplatePlan;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Kernel;

/** Looks at the templates that the asker's service would have: the store of each and why, where its clones go. */
final class TemplateExamination {
    private static final Duration CHECK_LIMIT = Duration.ofSeconds(10);
    private static final int CHECK_BYTES = 4096;

    private final boolean system;
    private final DefaultPaths paths;
    private final Path library;

    /** @param library where Mayfly's programs are */
    TemplateExamination(boolean system, DefaultPaths paths, Path library) {
        this.system = system;
        this.paths = paths;
        this.library = library;
    }

    List<Finding> findings() {
        Configuration configuration;
        try {
            Optional<Path> file = paths.presentConfiguration();
            configuration = file.isPresent() ? ConfigurationFile.read(file.get()) : Configuration.defaults();
        } catch (ConfigurationException e) {
            return List.of(Finding.missing(
                    "configuration",
                    e.problems().size() + " problems in " + paths.configuration(),
                    "mayfly config check tells them"));
        } catch (IOException e) {
            return List.of(Finding.missing(
                    "configuration", paths.configuration() + " cannot be read: " + Failure.reason(e), ""));
        }
        List<Finding> findings = new ArrayList<>();
        for (TemplateConfiguration template : configuration.templatesByName()) {
            findings.add(finding(template));
        }
        return findings;
    }

    private Finding finding(TemplateConfiguration template) {
        String subject = "template " + template.name();
        if (template.isHost() && Kernel.IS_FREEBSD) {
            return Finding.note(
                    subject,
                    "FreeBSD has no overlays for it",
                    "name one with a dataset as default-template in mayfly.toml");
        }
        try {
            TemplatePlan plan = TemplatePlan.of(template, system, paths.runtime(), paths.data(), Optional.empty());
            String detail =
                    plan.choice().store().word() + ", " + plan.choice().reason() + "; " + clones(template, plan);
            return template.isHost() ? Finding.ok(subject, detail) : finding(template, plan, detail);
        } catch (IOException e) {
            return Finding.note(subject, "cannot be used: " + Failure.reason(e), Failure.remedy(e));
        }
    }

    private static String clones(TemplateConfiguration template, TemplatePlan plan) {
        if (plan.memory()) {
            return "changes in memory";
        }
        return plan.base()
                .map(base -> "clones in " + base)
                .orElse("clones beside " + plan.choice().dataset().orElse(template.where()));
    }

    private Finding finding(TemplateConfiguration template, TemplatePlan plan, String detail) {
        String subject = "template " + template.name();
        if (plan.choice().store() == Store.ZFS && !system) {
            return Finding.note(subject, detail + "; root's service alone can", "root runs mayfly serve");
        }
        try {
            plan.template().directory();
            plan.template().newest();
        } catch (RefusedException e) {
            return Finding.note(
                    subject, detail + "; " + e.getMessage(), e.remedy().orElse(""));
        }
        if (plan.choice().store() != Store.DIRECTORY) {
            return Finding.ok(subject, detail);
        }
        Optional<String> hindrance =
                BlockSharing.hindrance(Path.of(template.where()), plan.base().orElseThrow());
        return hindrance.isEmpty()
                ? Finding.ok(subject, detail + ", which share blocks")
                : Finding.note(
                        subject,
                        detail + "; full copies: " + hindrance.get(),
                        "put path and clones on one filesystem that has reflink: xfs, btrfs");
    }

    /** What ZFS there is; empty where there is none, and none is configured. */
    Optional<Finding> zfs() {
        Path version = Path.of("/sys/module/zfs/version");
        boolean tools = Files.isExecutable(Path.of("/usr/sbin/zfs")) || Files.isExecutable(Path.of("/sbin/zfs"));
        boolean module = Files.exists(version);
        if (!tools && !module) {
            return Optional.empty();
        }
        if (!module) {
            return Optional.of(Finding.note("zfs", "its kernel module is not loaded", "modprobe zfs"));
        }
        try {
            String detail = "module " + Files.readString(version).strip();
            if (!tools) {
                return Optional.of(
                        Finding.note("zfs", detail + ", but no program zfs", "apt-get install zfsutils-linux"));
            }
            Program.Result check = Program.at(NativePath.bytes(library.resolve("mayfly-zfs")))
                    .with("--check")
                    .run(CHECK_LIMIT, CHECK_BYTES);
            return Optional.of(
                    check.succeeded()
                            ? Finding.ok("zfs", detail)
                            : Finding.note("zfs", detail + "; " + check.failure(), "apt-get install zfsutils-linux"));
        } catch (IOException e) {
            return Optional.of(Finding.note("zfs", "unknown: " + Failure.reason(e), ""));
        }
    }
}
