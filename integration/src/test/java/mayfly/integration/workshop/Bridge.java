package mayfly.integration.workshop;

/** A bridge of the machine's, for the backend lxc, until it is closed. Only where root runs the tests. */
public final class Bridge implements AutoCloseable {
    private final String name;

    private Bridge(String name) {
        this.name = name;
    }

    /** A name that no other run of the tests has, if {@code kind}, of three letters, is the class's alone. */
    public static String name(String kind) {
        return kind + ProcessHandle.current().pid() % 1_000_000;
    }

    /** The part of the configuration that lets all users have it. */
    public static String forAll(String name) {
        return "[lxc]\nbridges = [\"" + name + "\"]\n";
    }

    public static Bridge open(String name) {
        Tool.output("ip", "link", "add", name, "type", "bridge");
        return new Bridge(name);
    }

    @Override
    public void close() {
        Tool.output("ip", "link", "delete", name);
    }
}
