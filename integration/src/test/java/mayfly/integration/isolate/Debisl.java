package mayfly.integration.isolate;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Workshop;

/** A workshop with a template named {@code debisl}: a root of one static program, which the caller maintains. */
final class Debisl {
    private static final String FILL = """
            mkdir -p $1/bin $1/etc $1/tmp $1/mnt $1/opt $1/proc $1/dev $1/sys $1/run
            cp "$(command -v busybox)" $1/bin/busybox
            for name in sh cat echo env false id pwd readlink true; do ln -s busybox $1/bin/$name; done
            chmod 1777 $1/tmp
            echo template >$1/etc/name
            """;

    private Debisl() {}

    /** Configures the template, and makes it when it is not there. */
    static void in(Workshop workshop) {
        Path template = workshop.directory().resolve("debisl");
        workshop.configured("""
                default-template = "debisl"

                [template.debisl]
                store = "directory"
                path = "%s"
                maintainers = ["%s"]
                ready = 1
                """.formatted(template, workshop.account().name()));
        if (!Files.exists(template)) {
            Directories.of(workshop.serviceAccount(), template);
            workshop.callAs(workshop.serviceAccount(), List.of("bash", "-e", "-c", FILL, "bash", template.toString()))
                    .run()
                    .succeeds();
        }
    }

    /** A copy of the template that belongs to the caller, for {@code -t}. */
    static void copyTo(Workshop workshop, String name) {
        workshop.call(List.of(
                        "bash",
                        "-e",
                        "-c",
                        FILL,
                        "bash",
                        workshop.work().resolve(name).toString()))
                .run()
                .succeeds();
    }
}
