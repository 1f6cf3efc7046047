package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import mayfly.sandbox.backend.HostPrograms;
import org.junit.jupiter.api.Test;

final class IocReleasesTest {
    private static final String POOLS = "/sbin/zfs get -H -d 0 -t filesystem -o name,value org.freebsd.ioc:active";

    private static String listing(String source) {
        return "/sbin/zfs list -H -d 2 -t filesystem -o name " + source + "/releases";
    }

    private final List<String> ran = new ArrayList<>();

    /** Answers what is known, and fails otherwise. */
    private HostPrograms answering(Map<String, String> answers) {
        return words -> {
            String line = String.join(" ", words);
            ran.add(line);
            String answer = answers.get(line);
            return new HostPrograms.Outcome(
                    answer == null ? "" : answer, answer == null ? "dataset does not exist" : "");
        };
    }

    @Test
    void releases_are_found_by_rc_conf_and_by_the_pools_property() throws IOException {
        HostPrograms zfs = answering(Map.of(
                POOLS,
                "tank\tyes\nzroot\t-\nzroot/iocage\tyes\n",
                listing("zroot/ioc"),
                """
                        zroot/ioc/releases
                        zroot/ioc/releases/14.2-RELEASE
                        zroot/ioc/releases/14.2-RELEASE/root
                        zroot/ioc/releases/root
                        """,
                listing("tank/iocage"),
                "tank/iocage/releases\ntank/iocage/releases/13.2-RELEASE/root\n"));
        assertEquals(
                List.of("tank/iocage/releases/13.2-RELEASE/root", "zroot/ioc/releases/14.2-RELEASE/root"),
                new IocReleases(zfs).find("ioc_dataset_mine=\"zroot/ioc\"\nioc_dataset_gone=zroot/gone\n"));
        assertEquals(List.of(POOLS, listing("zroot/ioc"), listing("zroot/gone"), listing("tank/iocage")), ran);
    }

    @Test
    void settings_are_read_as_rc_conf_has_them() {
        assertEquals(List.of("a/b", "c", "d/e-f.1"), IocReleases.named("""
                        # ioc_dataset_no="x"
                        ioc_dataset_1="a/b"
                          ioc_dataset_two='c' # mine
                        ioc_dataset_three=d/e-f.1
                        other="g"
                        ioc_dataset="h"
                        xioc_dataset_4=i
                        """));
    }

    @Test
    void a_hostile_setting_names_no_dataset() {
        assertEquals(List.of(), IocReleases.named("""
                        ioc_dataset_a="-o"
                        ioc_dataset_b="../x"
                        ioc_dataset_c="a b"
                        ioc_dataset_d="$(x)"
                        ioc_dataset_e="a;b"
                        ioc_dataset_f="a@s"
                        ioc_dataset_g=""
                        ioc_dataset_h="a//b"
                        ioc_dataset_i="/a"
                        """));
    }

    @Test
    void no_zfs_is_no_answer() {
        IOException failure = assertThrows(IOException.class, () -> new IocReleases(answering(Map.of())).find(""));
        assertEquals("zfs get: dataset does not exist", failure.getMessage());
    }
}
