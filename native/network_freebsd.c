/*
 * What a jail has of networks that are not its own, on FreeBSD.
 *
 * In a jail without a network of its own (vnet) the kernel looks at who calls, not at who has made the socket: addresses that the
 * jail lacks can be neither bound nor connected nor sent to, with any socket of TCP or UDP (prison_local_ip4, prison_remote_ip4). Of
 * a raw one it looks at who has made it, and of SCTP nothing is known to hold. In a jail with a vnet nothing of that holds: a
 * socket stays in the network that it was made in, and what is given always comes from outside.
 */
#include "init.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <unistd.h>

/* There are no abstract sockets. */
int leave_abstract_sockets(bool has_own_network, bool may_mount) {
    (void)has_own_network;
    (void)may_mount;
    return 0;
}

static int option(int socket, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    return getsockopt(socket, SOL_SOCKET, name, &value, &size) < 0 ? -errno : value;
}

static int has_own_network(void) {
    int own = 0;
    size_t size = sizeof own;
    return sysctlbyname("security.jail.vnet", &own, &size, NULL, 0) < 0 ? -errno : own != 0;
}

/* A stream that is connected stays with its peer, and one that listens cannot connect (connect(2): EISCONN, EOPNOTSUPP). */
static int is_settled(int given) {
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    int listens = option(given, SO_ACCEPTCONN);
    if (listens != 0)
        return listens;
    if (getpeername(given, (struct sockaddr *)&peer, &size) == 0)
        return 1;
    return errno == ENOTCONN ? 0 : -errno;
}

static int way_out_of_jail(int type, int protocol) {
    return type == SOCK_RAW || (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) ? WAY_THAT_STAYS : NO_WAY_OUT;
}

static int way_out_of_vnet(int given, int type) {
    int settled = type == SOCK_STREAM ? is_settled(given) : 0;
    return settled < 0 ? settled : settled != 0 ? NO_WAY_OUT : WAY_THAT_STAYS;
}

int way_out_of_network(int given) {
    int family = option(given, SO_DOMAIN);
    if (family == -ENOTSOCK || family == -EBADF) /* EBADF: a mere place, opened with O_PATH */
        return NO_WAY_OUT;
    int type = family < 0 ? family : option(given, SO_TYPE);
    int protocol = type < 0 ? type : option(given, SO_PROTOCOL);
    int own = protocol < 0 ? protocol : has_own_network();
    if (own < 0)
        return own;
    /* Root may set up interfaces with his vnet; by a socket of any kind it would be those of that socket's (netintro(4)). */
    if (own > 0 && geteuid() == 0)
        return WAY_THAT_STAYS;
    if (family == AF_UNIX)
        return NO_WAY_OUT;
    if (family != AF_INET && family != AF_INET6)
        return WAY_THAT_STAYS;
    return own > 0 ? way_out_of_vnet(given, type) : way_out_of_jail(type, protocol);
}

/* Nothing is left open: no socket is a WAY_TO_CLOSE here. */
int confine_to_connections(bool may_mount) {
    (void)may_mount;
    return 0;
}
