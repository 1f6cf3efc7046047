package mayfly.clonepool.desktop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Identity;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Variables;
import mayfly.sandbox.backend.Host;
import mayfly.sandbox.options.RunOptions;
import mayfly.sandbox.options.RunRequest;
import mayfly.sandbox.options.X11;
import mayfly.sandbox.posix.Accounts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be seen without a server. */
class DesktopTest {
    private static final CallersPrograms PROGRAMS = new CallersPrograms(Bytes.utf8("/none"), false);

    @TempDir
    private Path directory = Path.of("/");

    private static RunRequest request(String... words) throws RefusedException {
        List<Bytes> all = new ArrayList<>(List.of(Bytes.utf8("mayfly")));
        for (String word : words) {
            all.add(Bytes.utf8(word));
        }
        all.add(Bytes.utf8("true"));
        return new RunOptions().read(all, false);
    }

    private static Asked asked(RunRequest request, boolean host, String... variables) {
        return new Asked(
                request,
                Variables.of(List.of(variables).stream().map(Bytes::utf8).toList()),
                Optional.empty(),
                new Caller(Accounts.effectiveUid(), 0, List.of()),
                Identity.OWN,
                host);
    }

    @Test
    void without_xauth_there_is_no_display_and_it_is_said_how_to_get_it() throws IOException, RefusedException {
        Host bare = new Host() {
            @Override
            public Optional<Path> program(String name) {
                return Optional.empty();
            }
        };
        Display display = new Display(PROGRAMS, bare, Cookies.open(directory.resolve("cookies"), false));
        Asked asked = asked(request("-1", "-n"), true, "DISPLAY=localhost:1");

        RefusedException refused = assertThrows(RefusedException.class, () -> display.share(X11.UNTRUSTED, asked));

        assertEquals("cannot give the X11 display: xauth is not installed", refused.getMessage());
        assertEquals(Optional.of("install xauth (apt install xauth)"), refused.remedy());
    }

    private List<Bytes> masks(boolean host, String... words) throws RefusedException {
        Asked asked = asked(request(words), host, "HOME=" + directory);
        return new Masks(new CallersFiles(PROGRAMS, asked.caller()), asked).over(Optional.of(own("Xauthority")));
    }

    private Bytes own(String name) {
        return NativePath.bytes(directory.resolve(name));
    }

    @Test
    void cookies_are_covered_wherever_a_sandbox_shows_them() throws IOException, RefusedException {
        Files.writeString(directory.resolve("Xauthority"), "");
        Files.createDirectory(directory.resolve("empty"));
        Bytes place = own("Xauthority");

        assertEquals(List.of(place), masks(true, "-1"));
        assertEquals(List.of(), masks(false, "-1"));
        assertEquals(List.of(Bytes.utf8("/w/Xauthority")), masks(false, "-1", "-d", directory + ":/w"));
        assertEquals(List.of(place, Bytes.utf8("/f")), masks(true, "-1", "-d", place + ":/f"));
        assertEquals(List.of(), masks(true, "-1", "-d", directory + "/empty:" + directory));
        assertEquals(List.of(Bytes.utf8("/Xauthority")), masks(false, "-1", "-t", directory.toString()));
        assertEquals(List.of(), masks(false, "-1", "-t", directory + "/empty"));
        assertEquals(List.of(place), masks(false, "-1", "-t", "/"));
    }

    @Test
    void all_usual_files_of_cookies_are_covered_and_by_their_real_names() throws IOException, RefusedException {
        Files.writeString(directory.resolve("real"), "");
        Files.createSymbolicLink(directory.resolve("Xauthority"), Path.of("real"));
        Files.writeString(directory.resolve(".Xauthority"), "");
        Files.writeString(directory.resolve(".serverauth.42"), "");

        assertEquals(List.of(own("real"), own(".Xauthority"), own(".serverauth.42")), masks(true, "-1"));
    }
}
