package mayfly.sandbox.backend;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mayfly.sandbox.backend.Backend.Finding;
import mayfly.sandbox.backend.HostPrograms.Outcome;

/** What a FreeBSD machine has to have for jails, asked of its programs. Empty: it is there. */
public final class JailGround {
    private static final Pattern RELEASE = Pattern.compile("([0-9]{1,4})\\.([0-9]{1,4})-.*");

    /** O_PATH and PROC_NO_NEW_PRIVS_CTL are the newest things that are used. */
    private static final int MAJOR = 13;

    private static final int MINOR = 1;

    private final HostPrograms programs;

    public JailGround(HostPrograms programs) {
        this.programs = programs;
    }

    public Optional<Finding> kernel() throws IOException {
        String release = output("/usr/bin/uname", "-r");
        Matcher matcher = RELEASE.matcher(release);
        boolean enough = matcher.matches()
                && (Integer.parseInt(matcher.group(1)) > MAJOR
                        || (Integer.parseInt(matcher.group(1)) == MAJOR
                                && Integer.parseInt(matcher.group(2)) >= MINOR));
        return enough
                ? Optional.empty()
                : Optional.of(new Finding(
                        "this is FreeBSD " + release, "FreeBSD " + MAJOR + "." + MINOR + " or later is needed"));
    }

    public Optional<Finding> devfsRules() throws IOException {
        try {
            DevfsRules.checkIsLoaded(output("/sbin/devfs", "rule", "showsets"));
            return Optional.empty();
        } catch (HostStep.UnfitException e) {
            return Optional.of(new Finding(String.valueOf(e.getMessage()), "as root: service devfs restart"));
        }
    }

    public Optional<Finding> zfs() throws IOException {
        return programs.run(List.of("/sbin/kldstat", "-q", "-m", "zfs")).succeeded()
                ? Optional.empty()
                : Optional.of(new Finding("ZFS is not loaded", "as root: sysrc zfs_enable=YES; service zfs start"));
    }

    public Optional<Finding> limits() throws IOException {
        return unlessOn(
                "kern.racct.enable",
                new Finding(
                        "the kernel does not count what jails use: quotas are refused",
                        "kern.racct.enable=1 in /boot/loader.conf, and a restart"));
    }

    public Optional<Finding> ownNetworks() throws IOException {
        return unlessOn(
                "kern.features.vimage",
                new Finding(
                        "this kernel has no networks of jails' own: bridges are refused",
                        "a kernel with options VIMAGE"));
    }

    private Optional<Finding> unlessOn(String variable, Finding finding) throws IOException {
        return output("/sbin/sysctl", "-n", variable).equals("1") ? Optional.empty() : Optional.of(finding);
    }

    /** What it printed; nothing when it failed. */
    private String output(String... words) throws IOException {
        Outcome outcome = programs.run(List.of(words));
        return outcome.succeeded() ? outcome.output().strip() : "";
    }
}
