package mayfly.clonepool.desktop;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.OneLine;
import mayfly.sandbox.RefusedException;

/**
 * A server of PulseAudio's protocol: a socket, or else a name on the network.
 *
 * @param socket its absolute path
 * @param network as PULSE_SERVER has it
 */
record SoundServer(Optional<Bytes> socket, String network) {
    private static final int SHOWN = 60;
    private static final Pattern MACHINE = Pattern.compile("\\{([^{}\\s]{1,64})\\}(.*)");
    private static final Pattern NETWORK = Pattern.compile(
            "(?:tcp[46]?:)?(?:[A-Za-z0-9][A-Za-z0-9.-]{0,250}|\\[[0-9A-Fa-f:.]{2,45}\\])(?::[0-9]{1,5})?");

    private static SoundServer at(Bytes socket) {
        return new SoundServer(Optional.of(socket), "");
    }

    /**
     * Reads PULSE_SERVER: names separated by spaces, of which the first counts that is for this machine.
     *
     * @param machine the machine's id, as machine-id(5) says
     */
    static SoundServer of(Bytes value, String machine) throws RefusedException {
        for (String word : value.latin1().split(" ", -1)) {
            Matcher prefixed = MACHINE.matcher(word);
            boolean hasPrefix = prefixed.matches();
            if (!word.isEmpty() && (!hasPrefix || prefixed.group(1).equals(machine))) {
                return named(hasPrefix ? prefixed.group(2) : word, value);
            }
        }
        throw unusable(value, "it names no server for this machine");
    }

    private static SoundServer named(String name, Bytes value) throws RefusedException {
        String path = name.startsWith("unix:") ? name.substring("unix:".length()) : name;
        if (path.startsWith("/") && path.indexOf('\n') < 0) {
            return at(Bytes.fromLatin1(path));
        }
        if (!name.startsWith("unix:") && NETWORK.matcher(name).matches()) {
            return new SoundServer(Optional.empty(), name);
        }
        throw unusable(value, "it is no name of a server");
    }

    private static RefusedException unusable(Bytes value, String reason) {
        return new RefusedException(
                "cannot use the sound server " + OneLine.of(value.text(), SHOWN) + ": " + reason,
                "PULSE_SERVER is unix:PATH or tcp:HOST");
    }

    /** Where a user's own server listens. */
    static SoundServer usual(Asked asked) {
        return at(asked.beneath("XDG_RUNTIME_DIR", "pulse/native")
                .orElseGet(() -> Bytes.utf8("/run/user/" + asked.caller().uid() + "/pulse/native")));
    }
}
