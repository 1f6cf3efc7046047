package mayfly.clonepool.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.TreeSet;

/** The addresses that a listener has, each in one manner of writing, so that the same ones are equal. */
final class Addresses {
    private static final String EVERY_IP4 = "0.0.0.0";
    private static final String EVERY_IP6 = "0:0:0:0:0:0:0:0";

    private Addresses() {}

    /**
     * @param socket a path, or an address and port as mayfly-listen reads it
     * @return what it takes for itself: nothing where the kernel chooses the port
     */
    static Set<String> of(String socket) {
        if (socket.startsWith("/")) {
            return Set.of(socket.replaceAll("/+(\\./+)*", "/"));
        }
        int colon = socket.lastIndexOf(':');
        if (colon < 0) {
            return Set.of(socket);
        }
        String host = socket.substring(0, colon);
        String port = socket.substring(colon + 1).replaceFirst("^0+", "");
        if (port.isEmpty()) {
            return Set.of();
        }
        Set<String> all = new TreeSet<>();
        if (host.isEmpty() || host.equals("*")) {
            all.add(EVERY_IP4 + ":" + port);
            all.add(EVERY_IP6 + ":" + port);
        } else {
            all.add((host.startsWith("[") ? plain(host) : host) + ":" + port);
        }
        return all;
    }

    /** An IPv6 address without its brackets and in full length; no name is looked up for what has brackets. */
    private static String plain(String host) {
        int zone = host.indexOf('%');
        String address = zone < 0 ? host : host.substring(0, zone) + "]";
        try {
            return InetAddress.getByName(address).getHostAddress() + (zone < 0 ? "" : host.substring(zone));
        } catch (UnknownHostException e) {
            return host; // mayfly-listen refuses it
        }
    }
}
