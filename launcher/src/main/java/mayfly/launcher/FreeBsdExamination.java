package mayfly.launcher;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.clonepool.store.Failure;
import mayfly.clonepool.store.IocReleases;
import mayfly.sandbox.backend.Backend;
import mayfly.sandbox.backend.HostPrograms;
import mayfly.sandbox.backend.JailGround;

/** Looks at a FreeBSD host: what jails need, and which releases could be templates. */
final class FreeBsdExamination {
    /** Asks one thing. */
    @FunctionalInterface
    private interface Question {
        Optional<Backend.Finding> ask() throws IOException;
    }

    private final HostPrograms programs;
    private final boolean root;

    FreeBsdExamination(HostPrograms programs, boolean root) {
        this.programs = programs;
        this.root = root;
    }

    /** @param rcConf the text of rc.conf */
    List<Finding> findings(String rcConf) {
        JailGround ground = new JailGround(programs);
        List<Finding> findings = new ArrayList<>();
        findings.add(needed("kernel", "it has what jails need", ground::kernel));
        findings.add(needed("devices", "the rules for jails are loaded", ground::devfsRules));
        findings.add(needed("zfs", "it is loaded", ground::zfs));
        findings.add(wanted("limits", "rctl can limit jails", ground::limits));
        findings.add(wanted("networks", "a jail can have a network of its own", ground::ownNetworks));
        findings.add(
                root
                        ? Finding.ok("backend jail", "can be used by root's service")
                        : Finding.note(
                                "backend jail", "only root's service makes jails", "as root: service mayfly start"));
        findings.addAll(releases(rcConf));
        return findings;
    }

    private List<Finding> releases(String rcConf) {
        try {
            return new IocReleases(programs)
                    .find(rcConf).stream()
                            .map(dataset -> Finding.ok("release", "can be a template: dataset = \"" + dataset + "\""))
                            .toList();
        } catch (IOException e) {
            return List.of(Finding.note("release", "not looked for: " + Failure.reason(e), "see zfs list"));
        }
    }

    private static Finding needed(String subject, String good, Question question) {
        try {
            return question.ask()
                    .map(bad -> Finding.missing(subject, bad.reason(), bad.remedy()))
                    .orElse(Finding.ok(subject, good));
        } catch (IOException e) {
            return Finding.missing(subject, "cannot be looked at: " + Failure.reason(e), "");
        }
    }

    private static Finding wanted(String subject, String good, Question question) {
        Finding finding = needed(subject, good, question);
        return finding.state() == Finding.State.MISSING
                ? Finding.note(subject, finding.detail(), finding.remedy())
                : finding;
    }
}
