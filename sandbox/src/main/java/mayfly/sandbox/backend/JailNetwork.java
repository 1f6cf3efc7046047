package mayfly.sandbox.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import mayfly.sandbox.RefusedException;

/** What a jail has of the network: parameters, and what is done on the host around it. */
sealed interface JailNetwork {
    /** Names of the jail's parameters, and their values. */
    List<List<String>> parameters();

    /** What is done before the jail is made. */
    default List<HostStep> before(String jail) {
        return List.of();
    }

    /** What is done when it is there and has no command yet. */
    default List<HostStep> after(String jail) {
        return List.of();
    }

    /** No addresses at all, 127.0.0.1 neither. */
    record None() implements JailNetwork {
        @Override
        public List<List<String>> parameters() {
            return List.of(List.of("ip4", "disable"), List.of("ip6", "disable"));
        }
    }

    /** All of the host's. */
    record Host() implements JailNetwork {
        @Override
        public List<List<String>> parameters() {
            return List.of(List.of("ip4", "inherit"), List.of("ip6", "inherit"));
        }
    }

    /** Addresses that the host has. */
    record Addresses(List<String> four, List<String> six) implements JailNetwork {
        private static final int MOST = 16;
        private static final Pattern FOUR = Pattern.compile(
                "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\\.(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}");
        private static final Pattern SIX = Pattern.compile("[0-9a-fA-F:]{2,39}");

        public Addresses {
            four = List.copyOf(four);
            six = List.copyOf(six);
        }

        /** @param text addresses with commas between */
        static Addresses of(String text) throws RefusedException {
            List<String> four = new ArrayList<>();
            List<String> six = new ArrayList<>();
            for (String address : text.split(",", -1)) {
                if (FOUR.matcher(address).matches()) {
                    four.add(address);
                } else if (address.contains(":") && SIX.matcher(address).matches()) {
                    six.add(address); // what is none of these after all, inet_pton(3) in mayfly-enter refuses
                } else {
                    throw new RefusedException(
                            "cannot use the address "
                                    + (address.length() > 50 ? address.substring(0, 50) + "…" : address)
                                    + ": that is none",
                            "give addresses of this machine, with commas between");
                }
            }
            if (four.size() > MOST || six.size() > MOST) {
                throw new RefusedException("cannot use so many addresses: a jail can have " + MOST + " of each kind");
            }
            return new Addresses(four, six);
        }

        @Override
        public List<List<String>> parameters() {
            List<List<String>> parameters = new ArrayList<>();
            add(parameters, "ip4", four);
            add(parameters, "ip6", six);
            return parameters;
        }

        private static void add(List<List<String>> parameters, String family, List<String> addresses) {
            parameters.add(List.of(family, addresses.isEmpty() ? "disable" : "new"));
            if (!addresses.isEmpty()) {
                parameters.add(List.of(family + ".addr", String.join(",", addresses)));
            }
        }
    }

    /**
     * A network of its own, on a bridge of the host's: an epair(4), whose end outside is called as the jail with {@code a}
     * behind, so that it is found again. With it the end inside goes too.
     *
     * @param unit the number that the pair is asked for by, which no other may have: the end inside is called by it
     */
    record Vnet(String bridge, int unit) implements JailNetwork {
        private static final String IFCONFIG = "/sbin/ifconfig";

        static String outer(String jail) {
            return jail + "a";
        }

        /** The same words whether it was made or not: {@code ifconfig} fails when there is none. */
        static List<String> destroying(String jail) {
            return List.of(IFCONFIG, outer(jail), "destroy");
        }

        @Override
        public List<List<String>> parameters() {
            return List.of(List.of("vnet", "new"));
        }

        @Override
        public List<HostStep> before(String jail) {
            return List.of(HostStep.look("use the bridge " + bridge, List.of(IFCONFIG, bridge), this::checkIsBridge));
        }

        @Override
        public List<HostStep> after(String jail) {
            String outer = outer(jail);
            String pair = "epair" + unit;
            return List.of(
                    HostStep.of(
                            "make the network interfaces " + pair,
                            List.of(IFCONFIG, pair, "create", "name", outer),
                            destroying(jail)),
                    HostStep.of(
                            "attach " + outer + " to " + bridge, List.of(IFCONFIG, bridge, "addm", outer), List.of()),
                    HostStep.of("start " + outer, List.of(IFCONFIG, outer, "up"), List.of()),
                    HostStep.of("give the jail " + pair + "b", List.of(IFCONFIG, pair + "b", "vnet", jail), List.of()));
        }

        private void checkIsBridge(String output) throws HostStep.UnfitException {
            if (output.lines().map(String::strip).noneMatch("groups: bridge"::equals)) {
                throw new HostStep.UnfitException("it is no bridge");
            }
        }
    }
}
