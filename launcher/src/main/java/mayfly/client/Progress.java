package mayfly.client;

import java.util.OptionalInt;

/**
 * How far the service is with what it was asked to do.
 *
 * @param text what it is doing
 * @param done how much is done, where that is counted
 * @param of how much there is to do, where that is counted
 */
public record Progress(String text, OptionalInt done, OptionalInt of) {
    @Override
    public String toString() {
        return done.isPresent() && of.isPresent() ? text + " " + done.getAsInt() + "/" + of.getAsInt() : text;
    }
}
