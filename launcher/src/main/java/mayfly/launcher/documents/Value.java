package mayfly.launcher.documents;

import java.util.Locale;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What kind of word the value of an option, or an operand, is: how a shell completes it. */
enum Value {
    TEMPLATE,
    SNAPSHOT,
    BACKEND,
    DIRECTORY,
    FILE,
    BIND,
    VARIABLE,
    /** Numbers and new names: there is nothing to offer. */
    OTHER;

    static Value of(ArgSpec arg) {
        return switch (arg.paramLabel()) {
            case "TEMPLATE" -> TEMPLATE;
            case "SNAPSHOT" -> SNAPSHOT;
            case "DIR" -> DIRECTORY;
            case "FILE", "PATH" -> FILE;
            case "SRC:DST[:ro]" -> BIND;
            case "NAME=VALUE|NAME" -> VARIABLE;
            case "NAME" -> ofName(arg);
            default -> OTHER;
        };
    }

    private static Value ofName(ArgSpec arg) {
        if (!(arg instanceof OptionSpec option)) {
            return OTHER;
        }
        return switch (option.longestName()) {
            case "--backend" -> BACKEND;
            case "--template" -> TEMPLATE;
            default -> OTHER;
        };
    }

    /** As the shells' functions are named. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
