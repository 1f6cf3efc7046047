package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import mayfly.clonepool.config.Members;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.config.TemplateConfiguration.Access;
import mayfly.clonepool.config.TemplateConfiguration.Place;
import mayfly.clonepool.config.TemplateConfiguration.Stock;
import mayfly.clonepool.config.TemplateConfiguration.Store;
import mayfly.clonepool.config.TemplateConfiguration.Upper;
import mayfly.clonepool.store.DirectoryLocks;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Identity;
import mayfly.sandbox.Identity.RootAndRange;
import mayfly.sandbox.Identity.RootOfRange;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Seccomp;
import mayfly.sandbox.options.RunOptions;
import mayfly.sandbox.options.RunRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IdentityChoiceTest {
    /** Nobody's outside the test, so that none of them is the user who runs it. */
    private static final Caller ANN = new Caller(4_000_001, 4_000_001, List.of());

    private static final Caller EVE = new Caller(4_000_002, 4_000_002, List.of());
    private static final Caller POOR = new Caller(4_000_003, 4_000_003, List.of());
    private static final Caller ROOT = new Caller(0, 0, List.of());
    private static final Identity ANNS = new RootOfRange(100_000, 200_000, 65_536);

    private final DirectoryLocks locks = new DirectoryLocks();
    private final List<String> subuid = new ArrayList<>(List.of("ann:100000:65536", "eve:900000:70000"));
    private final List<String> subgid = new ArrayList<>(List.of("ann:200000:65536", "eve:900000:70000"));

    @TempDir
    private Path directory = Path.of("/");

    private Optional<Template> open = Optional.empty();
    private Optional<Template> closed = Optional.empty();
    private Optional<Template> host = Optional.empty();

    @BeforeEach
    void templates() throws Exception {
        Files.write(
                directory.resolve("passwd"),
                List.of("root:x:0:0:::", "ann:x:4000001:1:::", "eve:x:4000002:1:::", "web:x:33:33:::"));
        Template template = template(true, "open");
        open = Optional.of(template);
        closed = Optional.of(template(false, "closed"));
        TemplateConfiguration system = new TemplateConfiguration(
                "host",
                Store.OVERLAY,
                new Place(Optional.empty(), Optional.empty(), Optional.empty()),
                Stock.defaults(),
                Upper.MEMORY,
                "50%",
                new Access(List.of(), List.of(), true, Seccomp.DEFAULT, false));
        host = Optional.of(new Template(
                system, template.pool(), new Members(Set.of(), Set.of()), new Members(Set.of(), Set.of())));
    }

    private Template template(boolean asRoot, String name) throws Exception {
        Access access = new Access(List.of(), List.of("eve"), asRoot, Seccomp.DEFAULT, false);
        return IdleTemplate.of(name, Path.of("/srv", name), access, Set.of(EVE.uid()), directory.resolve(name), locks);
    }

    @AfterEach
    void close() {
        locks.close();
    }

    private IdFiles files() throws IOException {
        Files.write(directory.resolve("subuid"), subuid);
        Files.write(directory.resolve("subgid"), subgid);
        return new IdFiles(directory);
    }

    private static RunRequest request(String options) throws RefusedException {
        List<Bytes> words = new ArrayList<>(List.of(Bytes.utf8("mayfly")));
        for (String word : options.split(" ", -1)) {
            words.add(Bytes.utf8(word));
        }
        words.add(Bytes.utf8("true"));
        return new RunOptions().read(words, false);
    }

    private Identity system(String options, Caller caller, Optional<Template> template) throws Exception {
        return new IdentityChoice(files(), true, true)
                .choose(request(options), caller, template, mayBeRoot(caller, template));
    }

    private static boolean mayBeRoot(Caller caller, Optional<Template> template) {
        return template.filter(it -> it.configuration().access().asRoot() || it.mayBeChangedBy(caller))
                .isPresent();
    }

    private Identity own(String options, Optional<Template> template) throws Exception {
        return new IdentityChoice(files(), false, true)
                .choose(request(options), ANN, template, mayBeRoot(ANN, template));
    }

    private void refuses(String options, Caller caller, Optional<Template> template, String reason, String remedy) {
        RefusedException e = assertThrows(RefusedException.class, () -> system(options, caller, template));
        assertEquals(reason, e.getMessage());
        assertEquals(Optional.of(remedy), e.remedy());
    }

    @Test
    void without_an_option_everybody_is_himself() throws Exception {
        for (Caller caller : List.of(ROOT, ANN, EVE, POOR)) {
            assertEquals(Identity.OWN, system("-n", caller, open));
        }
        assertEquals(Identity.OWN, own("-n", open));
    }

    @Test
    void ids_are_given_to_whom_they_belong_in_templates_that_permit_it() throws Exception {
        assertEquals(ANNS, system("-u 100000 -g 200000", ANN, open));
        assertEquals(new RootOfRange(900_001, 900_002, 65_536), system("-u 900001 -g 900002", EVE, open));
        refuses(
                "-u 100000 -g 200000",
                ANN,
                closed,
                "cannot use the ids 100000 to 165535 and the group ids 200000 to 265535: nobody but root and its"
                        + " maintainers may be root in template closed",
                "as-root = true in mayfly.toml permits it to its users, who can then read all that is in it");
        refuses(
                "-u 100001 -g 200000",
                ANN,
                open,
                "cannot use the ids 100001 to 165536 and the group ids 200000 to 265535: /etc/subuid does not give"
                        + " you all of them",
                "it gives you 100000 to 165535");
        refuses(
                "-u 100000",
                ANN,
                open,
                "cannot use the ids 100000 to 165535: /etc/subgid does not give you all of them",
                "it gives you 200000 to 265535");
        refuses(
                "-u 100000",
                POOR,
                open,
                "cannot use the ids 100000 to 165535: /etc/subuid does not give you all of them",
                "it gives you none; root can change that with usermod --add-subuids --add-subgids");
    }

    @Test
    void ids_have_to_lie_in_one_range() throws Exception {
        subuid.set(0, "ann:100000:40000");
        subuid.add("ann:140000:40000");
        RefusedException e = assertThrows(RefusedException.class, () -> system("-u 100000 -g 200000", ANN, open));
        assertEquals(Optional.of("it gives you 100000 to 139999, 140000 to 179999"), e.remedy());
    }

    @Test
    void maintainers_and_root_need_no_permission_of_the_template() throws Exception {
        assertEquals(new RootOfRange(900_000, 900_000, 65_536), system("-u 900000", EVE, closed));
        assertEquals(new RootOfRange(300_000, 300_000, 65_536), system("-u 300000", ROOT, closed));
        assertEquals(new RootOfRange(300_000, 300_000, 65_536), system("-u 300000", ROOT, Optional.empty()));
    }

    @Test
    void in_a_directory_itself_only_root_has_other_ids() throws Exception {
        refuses(
                "-t /d -u 900000",
                EVE,
                Optional.empty(),
                "cannot use the ids 900000 to 965535: only root may in a directory itself, where files of theirs"
                        + " would be root's",
                "leave out --root, or use --as-root");
        assertEquals(Identity.ROOT_ALONE, system("-t /d --as-root", EVE, Optional.empty()));
    }

    @Test
    void nobody_has_other_ids_in_the_machines_own_system() throws Exception {
        for (Caller caller : List.of(ROOT, ANN)) {
            refuses(
                    "-u 100000 -g 200000",
                    caller,
                    host,
                    "cannot use the ids 100000 to 165535 and the group ids 200000 to 265535: in template host they"
                            + " would own, and could read, every file of this machine",
                    "name another template with --template; --as-root makes you uid 0 alone");
        }
        assertEquals(Identity.ROOT_ALONE, system("--as-root", ANN, host));
        assertEquals(Identity.ROOT_ALONE, own("--as-root", host));
        assertEquals(Identity.OWN, system("--as-root", ROOT, host));
    }

    @Test
    void the_ids_of_accounts_are_nobody_elses() throws Exception {
        refuses(
                "-u 1",
                ROOT,
                open,
                "cannot use the ids 1 to 65536: user web (33) of this machine is among them",
                "take a range without accounts: 100000 is the first in most cases");
        subuid.set(0, "ann:30:100");
        assertThrows(RefusedException.class, () -> system("--as-root", ANN, open));
    }

    @Test
    void as_root_takes_the_first_range_that_is_large_enough_else_the_largest() throws Exception {
        assertEquals(ANNS, system("--as-root", ANN, open));
        assertEquals(new RootOfRange(900_000, 900_000, 65_536), system("--as-root", EVE, closed));
        subuid.add(0, "ann:500000:1000");
        assertEquals(ANNS, system("--as-root", ANN, open));
        subuid.set(1, "ann:600000:2000");
        assertEquals(new RootOfRange(600_000, 200_000, 2000), system("--as-root", ANN, open));
    }

    @Test
    void as_root_without_a_range_or_permission_is_the_user_himself_alone() throws Exception {
        assertEquals(Identity.ROOT_ALONE, system("--as-root", POOR, open));
        assertEquals(Identity.ROOT_ALONE, system("--as-root", ANN, closed));
        subgid.clear();
        assertEquals(Identity.ROOT_ALONE, system("--as-root", ANN, open));
        assertEquals(Identity.ROOT_ALONE, own("--as-root", open));
    }

    @Test
    void root_is_root_already() throws Exception {
        assertEquals(Identity.OWN, system("--as-root", ROOT, open));
    }

    @Test
    void in_his_own_service_a_user_has_his_range_beside_himself() throws Exception {
        Identity expected = new RootAndRange(100_000, 200_000, 65_536);
        assertEquals(expected, own("--as-root", open));
        assertEquals(expected, own("-t /d --as-root", Optional.empty()));
        assertEquals(
                Identity.ROOT_ALONE,
                new IdentityChoice(files(), false, false).choose(request("--as-root"), ANN, open, true));
        RefusedException e = assertThrows(RefusedException.class, () -> own("-u 100000", open));
        assertEquals("cannot use the ids 100000 to 165535: that takes a service of root's", e.getMessage());
    }
}
