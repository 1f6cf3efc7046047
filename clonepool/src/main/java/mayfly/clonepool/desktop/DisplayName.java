package mayfly.clonepool.desktop;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.OneLine;
import mayfly.sandbox.RefusedException;

/**
 * The name of an X11 display, {@code [HOST]:NUMBER[.SCREEN]} of X(7); forms for other transports are not known here.
 *
 * @param host empty for a display of this machine
 */
record DisplayName(String host, int number, String screen) {
    private static final int MOST_NUMBER = 65_535 - 6000; // a TCP display's port is 6000 and its number
    private static final int SHOWN = 60;
    private static final Pattern FORM =
            Pattern.compile("(?<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]{2,45}])?"
                    + ":(?<number>[0-9]{1,5})(?<screen>\\.[0-9]{1,3})?");

    /** Reads the variable DISPLAY. */
    static DisplayName of(Bytes value) throws RefusedException {
        Matcher matcher = FORM.matcher(value.latin1());
        if (!matcher.matches() || Integer.parseInt(matcher.group("number")) > MOST_NUMBER) {
            throw new RefusedException(
                    "cannot use the display " + OneLine.of(value.text(), SHOWN) + ": it is no name of a display",
                    "DISPLAY is [HOST]:NUMBER[.SCREEN], as :0");
        }
        String host = matcher.group("host");
        String screen = matcher.group("screen");
        return new DisplayName(
                host == null || host.equals("unix") ? "" : host,
                Integer.parseInt(matcher.group("number")),
                screen == null ? "" : screen);
    }

    boolean isLocal() {
        return host.isEmpty();
    }

    /** Where the display's server listens; its abstract socket has the same name. */
    Bytes socket() {
        return Bytes.utf8("/tmp/.X11-unix/X" + number);
    }

    /** As DISPLAY. */
    @Override
    public String toString() {
        return host + ":" + number + screen;
    }
}
