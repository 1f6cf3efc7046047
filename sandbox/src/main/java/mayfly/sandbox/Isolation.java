package mayfly.sandbox;

import java.util.Map;

/**
 * How far a sandbox is shut off, and who is in it.
 *
 * @param shareNet whether it has the host's network, or what its backend gives in place of that
 * @param seccomp which system calls commands may make
 * @param settings what only its backend understands: names of variables, with values that it has checked
 * @param abstractSockets whether the abstract sockets of the network that it has are in reach; else they are kept from it
 *     where the kernel can do that
 * @param ownHooks whether hooks of the caller's may look at its root, from outside
 */
public record Isolation(
        boolean shareNet,
        Identity identity,
        Seccomp seccomp,
        Map<String, String> settings,
        boolean abstractSockets,
        boolean ownHooks) {
    /** As far as can be, for the caller himself. */
    public static final Isolation FULL = new Isolation(false, Identity.OWN, Seccomp.DEFAULT, Map.of());

    public Isolation {
        settings = Map.copyOf(settings);
    }

    public Isolation(boolean shareNet, Identity identity, Seccomp seccomp, Map<String, String> settings) {
        this(shareNet, identity, seccomp, settings, false, true);
    }

    public Isolation withNet() {
        return new Isolation(true, identity, seccomp, settings, abstractSockets, ownHooks);
    }

    public Isolation withAbstractSockets() {
        return new Isolation(shareNet, identity, seccomp, settings, true, ownHooks);
    }

    public Isolation withoutOwnHooks() {
        return new Isolation(shareNet, identity, seccomp, settings, abstractSockets, false);
    }

    // As for Shape, of which it is part.

    @Override
    public boolean equals(Object other) {
        return other instanceof Isolation that
                && shareNet == that.shareNet
                && seccomp == that.seccomp
                && abstractSockets == that.abstractSockets
                && ownHooks == that.ownHooks
                && identity.equals(that.identity)
                && settings.equals(that.settings);
    }

    @Override
    public int hashCode() {
        int hash = Boolean.hashCode(shareNet);
        hash = 31 * hash + seccomp.hashCode();
        hash = 31 * hash + Boolean.hashCode(abstractSockets);
        hash = 31 * hash + Boolean.hashCode(ownHooks);
        hash = 31 * hash + (identity == Identity.OWN ? 0 : identity.hashCode());
        return settings.isEmpty() ? hash : 31 * hash + settings.hashCode();
    }
}
