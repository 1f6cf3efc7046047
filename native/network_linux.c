/*
 * What a sandbox has of networks that are not its own, and how it is kept from more of them: by landlock(7), and where the
 * kernel is too old for that by refusing more than would be needed.
 *
 * A socket that a command is given belongs to the network that it was made in. connect(2) to AF_UNSPEC would take it from its
 * peer, and it could be connected elsewhere there.
 */
#include "init.h"
#include "landlock_linux.h"
#include "policy_linux.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

/* Older headers lack it. Linux 5.14. */
enum { NETNS_COOKIE = 71 };

/* Refuses what the rules handle from now on. -ENOSYS: the kernel is older than that, or has no Landlock. */
static int refuse_by_landlock(const struct landlock_rules *rules, int least_version, bool may_mount) {
    int version = landlock_version();
    if (version < least_version)
        return version < 0 ? version : -ENOSYS;
    int ruleset = landlock_begin(rules, may_mount);
    return ruleset < 0 ? ruleset : landlock_enter(ruleset);
}

/* Why those of other networks are in reach of a Unix socket after all; 0: they are not. */
static int abstract_sockets_refusal;

/* Abstract sockets belong to the network namespace: with the host's, its services would be in reach (CVE-2020-15257). In a
   network of its own there are none but by a socket that the command is given: way_out_of_network looks at those. */
int leave_abstract_sockets(bool has_own_network, bool may_mount) {
    const struct landlock_rules rules = {.scoped = LANDLOCK_SCOPE_SOCKETS};
    abstract_sockets_refusal = refuse_by_landlock(&rules, LANDLOCK_WITH_SCOPES, may_mount);
    if (has_own_network)
        return 0;
    return abstract_sockets_refusal == -ENOSYS ? filter_refuse(REFUSE_UNIX_SOCKETS) : abstract_sockets_refusal;
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
    int own[2]; /* a pair: that can always be had */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, own) < 0)
        return -errno;
    const bool is_own = network_of(given, 0) == network_of(own[0], 1);
    close(own[0]);
    close(own[1]);
    if (is_unix)
        return is_own ? NO_WAY_OUT : abstract_sockets_refusal;
    /* Landlock looks at no other protocol: MPTCP, SCTP and DCCP can be connected anew as well. */
    return is_own ? NO_WAY_OUT : protocol == IPPROTO_TCP ? WAY_TO_CLOSE : WAY_THAT_STAYS;
}

int confine_to_connections(bool may_mount) {
    const struct landlock_rules rules = {.handled_access_net = LANDLOCK_BIND_TCP | LANDLOCK_CONNECT_TCP};
    int result = refuse_by_landlock(&rules, LANDLOCK_WITH_NETWORK, may_mount);
    return result == -ENOSYS ? filter_refuse(REFUSE_CONNECTIONS) : result;
}
