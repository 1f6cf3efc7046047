package mayfly.clonepool.desktop;

import java.io.IOException;
import java.util.Optional;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.backend.Host;
import mayfly.sandbox.options.X11;

/** Finds what a run asks for of its caller's desktop. Thread-safe. */
public final class Desktop {
    private final Cookies cookies;
    private final Display display;
    private final Sound sound;

    public Desktop(CallersPrograms programs, Cookies cookies) {
        this.cookies = cookies;
        this.display = new Display(programs, new Host(), cookies);
        this.sound = new Sound(programs, cookies);
    }

    /** What the run gets; asks the X server, which can take seconds. */
    public Share share(Asked asked) throws RefusedException, IOException {
        Share heard = asked.request().pulseaudio() ? sound.share(asked) : Share.NOTHING;
        Optional<X11> mode = asked.request().x11();
        if (mode.isEmpty()) {
            return heard;
        }
        try {
            return display.share(mode.get(), asked).and(heard);
        } catch (RefusedException e) {
            forget(heard);
            throw e;
        }
    }

    /** Removes what was made for a run; its sandbox, if it still runs, keeps what it has. */
    public void forget(Share share) throws IOException {
        cookies.remove(share.cookies());
    }
}
