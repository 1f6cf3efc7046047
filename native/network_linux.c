/*
 * What a sandbox has of networks that are not its own, and how it is kept from more of them, by landlock(7).
 *
 * A socket that a command is given belongs to the network that it was made in. connect(2) to AF_UNSPEC would take it from its
 * peer, and it could be connected elsewhere there.
 */
#include "init.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Equal on all architectures; older headers lack them. */
enum {
    NR_landlock_create_ruleset = 444,
    NR_landlock_restrict_self = 446,
    LANDLOCK_VERSION = 1, /* flag: ask for the version */
    LANDLOCK_BIND_TCP = 1,
    LANDLOCK_CONNECT_TCP = 2,
    LANDLOCK_ABI_WITH_NETWORK = 4, /* Linux 6.7 */
    LANDLOCK_SCOPE_SOCKETS = 1,    /* abstract sockets of processes outside */
    LANDLOCK_ABI_WITH_SCOPES = 6,  /* Linux 6.12 */
};

/* Older headers lack it too. Linux 5.14. */
enum { NETNS_COOKIE = 71 };

struct landlock_rules {
    uint64_t handled_access_fs, handled_access_net, scoped;
};

/* Refuses what the rules handle from now on. A kernel older than that cannot, or one without Landlock: docs/security.md says
   what is in reach there. */
static int refuse_by_landlock(const struct landlock_rules *rules, long least_version) {
    long version = syscall(NR_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);
    if (version < 0 && errno != ENOSYS && errno != EOPNOTSUPP) /* there, but refused */
        return -errno;
    if (version < least_version)
        return 0;
    /* A kernel that does not know scopes takes none at the end, as long as they are 0. */
    int ruleset = (int)syscall(NR_landlock_create_ruleset, rules, sizeof *rules, 0);
    if (ruleset < 0)
        return -errno;
    int result = syscall(NR_landlock_restrict_self, ruleset, 0) < 0 ? -errno : 0;
    close(ruleset);
    return result;
}

/* Why those of other networks are in reach after all; 0: they are not, or the kernel cannot help it. */
static int abstract_sockets_refusal;

/* Abstract sockets belong to the network namespace: with the host's, its services would be in reach (CVE-2020-15257). */
int leave_abstract_sockets(void) {
    const struct landlock_rules rules = {.scoped = LANDLOCK_SCOPE_SOCKETS};
    abstract_sockets_refusal = refuse_by_landlock(&rules, LANDLOCK_ABI_WITH_SCOPES);
    return abstract_sockets_refusal;
}

static uint64_t network_of(int socket, uint64_t unknown) {
    uint64_t cookie = unknown;
    socklen_t size = sizeof cookie;
    return getsockopt(socket, SOL_SOCKET, NETNS_COOKIE, &cookie, &size) == 0 ? cookie : unknown;
}

static int option(int socket, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    return getsockopt(socket, SOL_SOCKET, name, &value, &size) < 0 ? -errno : value;
}

/* A connection, and what listens, can be connected to nothing else. */
static bool can_be_connected(int given, int type) {
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    return type == SOCK_DGRAM ||
           (option(given, SO_ACCEPTCONN) != 1 && getpeername(given, (struct sockaddr *)&peer, &size) < 0);
}

int way_out_of_network(int given) {
    int family = option(given, SO_DOMAIN);
    if (family == -ENOTSOCK || family == -EBADF) /* EBADF: a mere place, opened with O_PATH */
        return NO_WAY_OUT;
    int type = family < 0 ? family : option(given, SO_TYPE);
    int protocol = type < 0 ? type : option(given, SO_PROTOCOL);
    if (protocol < 0) /* a socket that may not be looked at may be any */
        return protocol;
    const bool is_unix = family == AF_UNIX && abstract_sockets_refusal != 0 && can_be_connected(given, type);
    /* UDP's can send where they like (docs/security.md); of others that is not said. */
    const bool is_udp = type == SOCK_DGRAM && protocol == IPPROTO_UDP;
    if (!is_unix && ((family != AF_INET && family != AF_INET6) || is_udp))
        return NO_WAY_OUT;
    int own = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (own < 0)
        return -errno;
    const bool is_own = network_of(given, 0) == network_of(own, 1);
    close(own);
    if (is_unix)
        return is_own ? NO_WAY_OUT : abstract_sockets_refusal;
    /* Landlock looks at no other protocol: MPTCP, SCTP and DCCP can be connected anew as well. */
    return is_own ? NO_WAY_OUT : protocol == IPPROTO_TCP ? WAY_TO_CLOSE : WAY_THAT_STAYS;
}

int confine_to_connections(void) {
    const struct landlock_rules rules = {.handled_access_net = LANDLOCK_BIND_TCP | LANDLOCK_CONNECT_TCP};
    return refuse_by_landlock(&rules, LANDLOCK_ABI_WITH_NETWORK);
}
