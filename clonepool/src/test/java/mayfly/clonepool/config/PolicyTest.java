package mayfly.clonepool.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;

final class PolicyTest {
    private static Configuration configuration(String... lines) throws ConfigurationException {
        return ConfigurationFile.parse(String.join("\n", lines), "m.toml");
    }

    private static Rules rules(String template, String... lines) throws ConfigurationException {
        return Rules.of(configuration(lines), Optional.of(template));
    }

    private static Bind bind(String source, boolean readOnly) {
        return new Bind(Bytes.utf8(source), Bytes.utf8("/x"), readOnly);
    }

    private static String message(Optional<RefusedException> why) {
        return why.map(it -> it.getMessage() + "\n" + it.remedy().orElse("")).orElse("permitted");
    }

    @Test
    void without_a_word_nothing_is_restricted() throws ConfigurationException {
        Rules rules = rules("host", "");
        assertEquals(Permissions.all(), rules.permissions());
        assertEquals("permitted", message(rules.backend("lxc")));
        assertEquals("permitted", message(rules.shareNet()));
        assertEquals("permitted", message(rules.bind(bind("/etc/../root", false))));
        assertEquals("permitted", message(rules.root(Bytes.utf8("/srv"))));
        assertEquals("permitted", message(rules.oneMore(() -> 1_000)));
        assertFalse(rules.restrictsBinds());
        assertEquals(Policy.open(), Configuration.defaults().policy());
    }

    @Test
    void each_key_has_its_effect_and_is_named_in_the_remedy() throws ConfigurationException {
        Rules rules = rules(
                "host",
                "[template.host]",
                "backends = ['bwrap']",
                "share-net = false",
                "binds = ['/srv/data/', '/home:ro']",
                "leases = 2");
        assertEquals("permitted", message(rules.backend("bwrap")));
        assertEquals(
                "cannot use backend lxc: users may not in template host\n"
                        + "backends under [template.host] in mayfly.toml names those that they may use: bwrap",
                message(rules.backend("lxc")));
        assertEquals(
                "cannot share the host's network: users may not in template host\n"
                        + "share-net = true under [template.host] in mayfly.toml lets them",
                message(rules.shareNet()));
        String remedy = "\nbinds under [template.host] in mayfly.toml names what they may bind: /srv/data, /home:ro";
        assertEquals(
                "cannot bind /home/x for writing: users may not in template host" + remedy,
                message(rules.bind(bind("/home/x", false))));
        assertEquals(
                "cannot bind /etc: users may not in template host" + remedy, message(rules.bind(bind("/etc", true))));
        assertEquals("permitted", message(rules.oneMore(() -> 1)));
        assertEquals(
                "cannot claim a sandbox in template host: you have 2, the limit of leases under [template.host]\n"
                        + "wait until one has ended, or raise the limit in mayfly.toml",
                message(rules.oneMore(() -> 2)));
    }

    @Test
    void a_source_is_permitted_by_its_place_alone() throws ConfigurationException {
        Rules rules = rules("host", "[template.host]", "binds = ['/srv/data', '/home:ro']");
        for (String source : List.of("/srv/data", "/srv/data/", "/srv/data/x/y")) {
            assertEquals("permitted", message(rules.bind(bind(source, false))));
        }
        assertEquals("permitted", message(rules.bind(bind("/home/ann", true))));
        for (String source : List.of("/srv", "/srv/database", "/srv/data/../x", "/srv/data/./x", "/srv/data/..", "/")) {
            assertTrue(rules.bind(bind(source, true)).isPresent(), source);
        }
        Rules none = rules("host", "[template.host]", "binds = []");
        assertTrue(message(none.bind(bind("/srv", true))).endsWith("names what they may bind: none"));
        assertTrue(none.restrictsBinds());
        assertEquals(
                "permitted", message(rules("host", "[policy]", "binds = ['/']").bind(bind("/etc", false))));
    }

    @Test
    void what_a_template_says_counts_before_the_policy_for_all() throws ConfigurationException {
        String[] lines = {
            "[policy]",
            "backends = ['bwrap', 'lxc']",
            "share-net = false",
            "leases = 3",
            "[template.deb]",
            "path = '/srv/deb'",
            "share-net = true",
            "backends = []"
        };
        assertEquals("permitted", message(rules("deb", lines).shareNet()));
        assertTrue(message(rules("deb", lines).backend("bwrap")).endsWith("names those that they may use: none"));
        assertEquals(OptionalInt.of(3), rules("deb", lines).leases());
        assertEquals("permitted", message(rules("host", lines).backend("lxc")));
        assertTrue(message(rules("host", lines).shareNet()).contains("share-net = true under [policy]"));
        Rules directory = Rules.of(configuration(lines), Optional.empty());
        assertEquals(
                "cannot share the host's network: users may not in a directory itself\n"
                        + "share-net = true under [policy] in mayfly.toml lets them",
                message(directory.shareNet()));
    }

    @Test
    void directories_of_the_users_choice_are_bounded_by_root_dirs() throws ConfigurationException {
        Rules rules = Rules.of(configuration("[policy]", "root-dirs = ['/srv/roots']"), Optional.empty());
        assertEquals("permitted", message(rules.root(Bytes.utf8("/srv/roots/a"))));
        for (String directory : List.of("/srv", "/srv/roots/../x", "/srv/rootsx")) {
            assertEquals(
                    "cannot use the directory " + directory + ": users may not run commands in it\n"
                            + "root-dirs under [policy] in mayfly.toml names those in which they may: /srv/roots",
                    message(rules.root(Bytes.utf8(directory))));
        }
    }

    @Test
    void problems_are_told_with_their_lines() {
        ConfigurationException problems = assertThrows(
                ConfigurationException.class,
                () -> configuration(
                        "[policy]",
                        "backends = ['bwarp']",
                        "share-net = 1",
                        "binds = ['data']",
                        "leases = 0",
                        "root-dirs = 'x'",
                        "users = ['ann']",
                        "[template.host]",
                        "users = ['@staff']",
                        "root-dirs = ['/x']"));
        assertEquals(
                List.of(
                        "m.toml:2: policy.backends: there is no backend bwarp (did you mean bwrap?)",
                        "m.toml:3: policy.share-net must be true or false",
                        "m.toml:4: policy.binds must be a list of paths that begin with /: data",
                        "m.toml:5: policy.leases must be a number from 1 to 1000000",
                        "m.toml:6: policy.root-dirs must be a list of texts",
                        "m.toml:7: unknown key policy.users",
                        "m.toml:9: template.host.users must be a list of users, and of groups with % before them: @staff",
                        "m.toml:10: unknown key template.host.root-dirs"),
                problems.problems());
    }

    @Test
    void members_are_users_and_whoever_is_in_a_group() throws IOException {
        List<String> unknown = new ArrayList<>();
        Members members = Members.of(List.of("root", "%daemon", "%no-such-group", "no-such-user"), unknown::add);
        assertEquals(List.of("the group no-such-group", "the user no-such-user"), unknown);
        assertEquals(Set.of(0L), members.uids());
        long daemon = members.gids().iterator().next();
        assertTrue(members.contains(new Caller(0, 0, List.of())));
        assertTrue(members.contains(new Caller(5_000, daemon, List.of())));
        assertTrue(members.contains(new Caller(5_000, 5_000, List.of(7L, daemon))));
        assertFalse(members.contains(new Caller(5_000, 5_000, List.of(7L))));
        assertFalse(members.contains(new Caller(daemon, 5_000, List.of())));
    }
}
