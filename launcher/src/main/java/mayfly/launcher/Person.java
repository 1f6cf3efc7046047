package mayfly.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Locale;
import mayfly.client.MayflyException;
import mayfly.sandbox.posix.Terminals;

/** Who sits at the terminal, if somebody does, and can be asked. */
final class Person {
    private final InputStream in;
    private final PrintStream out;
    private final boolean isThere;

    /** @param isThere whether the two are a terminal */
    Person(InputStream in, PrintStream out, boolean isThere) {
        this.in = in;
        this.out = out;
        this.isThere = isThere;
    }

    static Person ofThisProcess(PrintStream out) {
        return new Person(System.in, out, Terminals.isTerminal(0) && Terminals.isTerminal(2));
    }

    boolean isThere() {
        return isThere;
    }

    /** @param usually the answer that an empty line is; the end of the input is always a no */
    boolean agrees(String question, boolean usually) throws MayflyException {
        out.print(question + (usually ? " [Y/n] " : " [y/N] "));
        out.flush();
        StringBuilder line = new StringBuilder();
        try {
            int c = in.read();
            while (c >= 0 && c != '\n') {
                line.append((char) c);
                c = in.read();
            }
            if (c < 0) {
                out.println();
                return false;
            }
        } catch (IOException e) {
            throw new MayflyException("cannot read the answer: " + e.getMessage());
        }
        String word = line.toString().strip().toLowerCase(Locale.ROOT);
        return word.isEmpty() ? usually : word.equals("y") || word.equals("yes");
    }
}
