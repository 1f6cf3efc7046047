/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

typedef uint32_t in_addr_t;
typedef uint16_t in_port_t;
struct in_addr {
    in_addr_t s_addr;
};
struct in6_addr {
    uint8_t s6_addr[16];
};
struct sockaddr_in {
    uint8_t sin_len;
    sa_family_t sin_family;
    in_port_t sin_port;
    struct in_addr sin_addr;
    char sin_zero[8];
};
struct sockaddr_in6 {
    uint8_t sin6_len;
    sa_family_t sin6_family;
    in_port_t sin6_port;
    uint32_t sin6_flowinfo;
    struct in6_addr sin6_addr;
    uint32_t sin6_scope_id;
};
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_IPV6 41
#define IPV6_V6ONLY 27
#define INADDR_ANY ((in_addr_t)0)
#define INET6_ADDRSTRLEN 46
extern const struct in6_addr in6addr_any;
#define IN6_IS_ADDR_V4MAPPED(address) ((address)->s6_addr[10] == 0xff && (address)->s6_addr[11] == 0xff)
#define IN6_IS_ADDR_LINKLOCAL(address) ((address)->s6_addr[0] == 0xfe)
uint16_t htons(uint16_t number);
uint16_t ntohs(uint16_t number);
uint32_t htonl(uint32_t number);
uint32_t ntohl(uint32_t number);
