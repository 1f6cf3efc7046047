package mayfly.launcher;

import java.util.Optional;

/**
 * The Java launcher: {@code mayfly-java WORD...}. Exit status: that of the command that was run, 125 when Mayfly failed,
 * else the subcommand's own.
 */
public final class Main {
    private Main() {}

    /** What asks for the version alone is answered without loading anything else. */
    public static void main(String[] words) {
        if (words.length == 1
                && (words[0].equals("--version") || words[0].equals("-V") || words[0].equals("version"))) {
            System.out.println("mayfly " + version());
            return;
        }
        System.exit(Subcommands.run(words.length));
    }

    /** The version in the jar's manifest. */
    static String version() {
        return Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
                .orElse("(not packaged)");
    }
}
