package mayfly.clonepool.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import mayfly.sandbox.backend.HostPrograms;

/**
 * The releases that the jail managers ioc and iocage have fetched: datasets {@code …/releases/NAME/root}, which are
 * templates as they are. They are below the datasets that {@code ioc_dataset_NAME} in rc.conf(5) names, and below
 * {@code POOL/iocage} in pools with the property {@code org.freebsd.ioc:active=yes}.
 */
public final class IocReleases {
    private static final Pattern SETTING = Pattern.compile(
            "^\\s*ioc_dataset_[A-Za-z0-9_]+=(?:\"([^\"\\s]*)\"|'([^'\\s]*)'|([^\"'\\s#;]*))\\s*(?:#.*)?$");
    private static final Pattern POOL = Pattern.compile("[A-Za-z].*");
    private static final Pattern PART = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:-]*");
    private static final String ZFS = "/sbin/zfs";
    private static final String ACTIVE = "org.freebsd.ioc:active";

    private final HostPrograms programs;

    public IocReleases(HostPrograms programs) {
        this.programs = programs;
    }

    /**
     * Their datasets, in the order of their names.
     *
     * @param rcConf the text of rc.conf; later lines count like earlier ones, since each may name another dataset
     */
    public List<String> find(String rcConf) throws IOException {
        Set<String> sources = new LinkedHashSet<>(named(rcConf));
        for (String pool : activePools()) {
            sources.add(pool + "/iocage");
        }
        Set<String> releases = new LinkedHashSet<>();
        for (String source : sources) {
            releases.addAll(in(source));
        }
        return releases.stream().sorted().toList();
    }

    /** What rc.conf names: what is no dataset's name is passed over. */
    static List<String> named(String rcConf) {
        List<String> datasets = new ArrayList<>();
        for (String line : rcConf.lines().toList()) {
            Matcher matcher = SETTING.matcher(line);
            if (matcher.matches()) {
                Optional.ofNullable(matcher.group(1))
                        .or(() -> Optional.ofNullable(matcher.group(2)))
                        .or(() -> Optional.ofNullable(matcher.group(3)))
                        .filter(IocReleases::isDataset)
                        .ifPresent(datasets::add);
            }
        }
        return datasets;
    }

    /** The user property is of the pool's own dataset. */
    private List<String> activePools() throws IOException {
        List<String> pools = new ArrayList<>();
        for (String line : output("get", "-H", "-d", "0", "-t", "filesystem", "-o", "name,value", ACTIVE)) {
            String[] columns = line.split("\t", -1);
            if (columns.length == 2 && columns[1].equals("yes") && columns[0].indexOf('/') < 0) {
                pools.add(columns[0]);
            }
        }
        return pools;
    }

    /** {@code SOURCE/releases/NAME/root}; a source that is not there has none. */
    private List<String> in(String source) throws IOException {
        String releases = source + "/releases";
        HostPrograms.Outcome outcome =
                programs.run(List.of(ZFS, "list", "-H", "-d", "2", "-t", "filesystem", "-o", "name", releases));
        if (!outcome.succeeded()) {
            return List.of();
        }
        Pattern root = Pattern.compile(Pattern.quote(releases) + "/[^/]+/root");
        return outcome.output()
                .lines()
                .filter(name -> root.matcher(name).matches())
                .toList();
    }

    private List<String> output(String... words) throws IOException {
        List<String> all = new ArrayList<>(List.of(ZFS));
        all.addAll(List.of(words));
        HostPrograms.Outcome outcome = programs.run(all);
        if (!outcome.succeeded()) {
            throw new IOException("zfs " + words[0] + ": " + outcome.failure());
        }
        return outcome.output().lines().toList();
    }

    private static boolean isDataset(String name) {
        return POOL.matcher(name).matches()
                && Stream.of(name.split("/", -1))
                        .allMatch(part -> PART.matcher(part).matches());
    }
}
