/* The command line of mayfly-listen, and the addresses in it. Nothing here opens anything. */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char remedy[] = "mayfly help listen lists the options";

bool number_read(const char *text, uint32_t least, uint32_t most, uint32_t *number) {
    uint64_t value = 0;
    if (*text == 0)
        return false;
    for (; *text >= '0' && *text <= '9' && value <= UINT32_MAX; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    *number = (uint32_t)value;
    return *text == 0 && value >= least && value <= most;
}

bool rate_read(const char *text, struct rate *rate) {
    char count[16];
    const char *slash = strchr(text, '/');
    if (slash == NULL || (size_t)(slash - text) >= sizeof count)
        return false;
    memcpy(count, text, (size_t)(slash - text));
    count[slash - text] = 0;
    if (strcmp(slash, "/s") == 0)
        rate->seconds = 1;
    else if (strcmp(slash, "/m") == 0)
        rate->seconds = 60;
    else if (strcmp(slash, "/h") == 0)
        rate->seconds = 3600;
    else
        return false;
    return number_read(count, 1, 1000000, &rate->count);
}

static bool ip4_read(const char *host, uint16_t port, struct sockaddr_storage *address, socklen_t *size) {
    struct sockaddr_in *ip4 = (struct sockaddr_in *)address;
    ip4->sin_family = AF_INET;
    ip4->sin_port = htons(port);
    *size = sizeof *ip4;
    return inet_pton(AF_INET, host, &ip4->sin_addr) == 1;
}

static bool ip6_read(char *host, uint16_t port, struct sockaddr_storage *address, socklen_t *size) {
    struct sockaddr_in6 *ip6 = (struct sockaddr_in6 *)address;
    ip6->sin6_family = AF_INET6;
    ip6->sin6_port = htons(port);
    *size = sizeof *ip6;
    char *zone = strchr(host, '%');
    if (zone != NULL) {
        *zone++ = 0;
        ip6->sin6_scope_id = if_nametoindex(zone);
        if (ip6->sin6_scope_id == 0)
            return false;
    }
    return inet_pton(AF_INET6, host, &ip6->sin6_addr) == 1;
}

const char *address_read(const char *text, struct sockaddr_storage *address, socklen_t *size, bool *any) {
    char host[INET6_ADDRSTRLEN + IF_NAMESIZE + 4];
    uint32_t port;
    memset(address, 0, sizeof *address);
    *any = false;
    const char *colon = strrchr(text, ':');
    if (colon == NULL)
        return "it has no port: ADDRESS:PORT";
    if (!number_read(colon + 1, 0, 65535, &port))
        return "its port is no number from 0 to 65535";
    size_t length = (size_t)(colon - text);
    if (length >= sizeof host)
        return "it is too long";
    memcpy(host, text, length);
    host[length] = 0;
    if (length == 0 || strcmp(host, "*") == 0) {
        static char every[] = "::";
        *any = true;
        ip6_read(every, (uint16_t)port, address, size);
        return NULL;
    }
    if (host[0] == '[' && host[length - 1] == ']') {
        host[length - 1] = 0;
        return ip6_read(host + 1, (uint16_t)port, address, size) ? NULL : "there is no IPv6 address in its brackets";
    }
    if (strchr(host, ':') != NULL)
        return "an IPv6 address is written in brackets: [::1]:80";
    return ip4_read(host, (uint16_t)port, address, size) ? NULL : "it is no address (names are not looked up)";
}

void peer_describe(struct peer *peer, const struct sockaddr_storage *address, socklen_t size) {
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    memset(peer, 0, sizeof *peer);
    const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *)address;
    const struct sockaddr_in *ip4 = (const struct sockaddr_in *)address;
    if (size >= sizeof *ip6 && address->ss_family == AF_INET6) {
        const unsigned char *bytes = ip6->sin6_addr.s6_addr;
        snprintf(peer->port, sizeof peer->port, "%u", ntohs(ip6->sin6_port));
        if (memcmp(bytes, mapped, sizeof mapped) == 0) {
            inet_ntop(AF_INET, bytes + 12, peer->host, sizeof peer->host);
            snprintf(peer->name, sizeof peer->name, "%s:%s", peer->host, peer->port);
            peer->source[0] = 4;
            memcpy(peer->source + 1, bytes + 12, 4);
            return;
        }
        inet_ntop(AF_INET6, bytes, peer->host, sizeof peer->host);
        snprintf(peer->name, sizeof peer->name, "[%s]:%s", peer->host, peer->port);
        peer->source[0] = 6;
        memcpy(peer->source + 1, bytes, 8); /* whoever has one address has the other ones of its /64 too */
    } else if (size >= sizeof *ip4 && address->ss_family == AF_INET) {
        snprintf(peer->port, sizeof peer->port, "%u", ntohs(ip4->sin_port));
        inet_ntop(AF_INET, &ip4->sin_addr, peer->host, sizeof peer->host);
        snprintf(peer->name, sizeof peer->name, "%s:%s", peer->host, peer->port);
        peer->source[0] = 4;
        memcpy(peer->source + 1, &ip4->sin_addr, 4);
    } else {
        snprintf(peer->name, sizeof peer->name, "a local socket");
    }
}

/* The options. ---------------------------------------------------------------------------------------------------- */

static int misused(const char *what, const char *word) {
    char message[512];
    snprintf(message, sizeof message, "cannot read the command line: %s%.300s", what, word);
    complain(message, remedy);
    return MAYFLY_FAILED;
}

static int needs(const char *name, const char *what) {
    char message[256];
    snprintf(message, sizeof message, "cannot read the command line: %s needs %s", name, what);
    complain(message, remedy);
    return MAYFLY_FAILED;
}

static int add(const char *value, const char **list, size_t *count) {
    if (*count == LISTENERS_MAX)
        return misused("more than 16 sockets: ", value);
    list[(*count)++] = value;
    return 0;
}

static int read_mode(const char *value, int *mode) {
    char *end;
    unsigned long number = strtoul(value, &end, 8);
    if (*value < '0' || *value > '7' || *end != 0 || number > 0777)
        return needs("--mode", "a mode in octal, as 0660");
    *mode = (int)number;
    return 0;
}

static int read_errors(const char *value, enum errors *errors) {
    static const char *const words[] = {"log", "connection", "none"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(value, words[i]) == 0) {
            *errors = (enum errors)i;
            return 0;
        }
    return needs("--stderr", "log, connection or none");
}

static const char *const valued[] = {"--tcp",  "--unix", "--fd",   "--max",  "--max-per-source",
                                     "--rate", "--time", "--mode", "--user", "--stderr"};
static const char *const flags[] = {"--pass-listener", "--managed"};

/* The name of the option that this word is or begins with ("--tcp=…"), or NULL. */
static const char *option_of(const char *word) {
    for (size_t i = 0; i < sizeof valued / sizeof *valued; i++) {
        size_t size = strlen(valued[i]);
        if (strncmp(word, valued[i], size) == 0 && (word[size] == 0 || word[size] == '='))
            return valued[i];
    }
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (strcmp(word, flags[i]) == 0)
            return flags[i];
    return NULL;
}

static int obey(struct options *options, const char *name, const char *value) {
    uint32_t number;
    struct sockaddr_storage address;
    socklen_t size;
    bool any;
    if (strcmp(name, "--tcp") == 0) {
        const char *why = address_read(value, &address, &size, &any);
        if (why == NULL)
            return add(value, options->tcp, &options->tcp_count);
        char message[512];
        snprintf(message, sizeof message, "cannot listen on %.200s: %s", value, why);
        complain(message, remedy);
        return MAYFLY_FAILED;
    }
    if (strcmp(name, "--unix") == 0)
        return *value == 0 || strlen(value) >= sizeof((struct sockaddr_un *)0)->sun_path
                   ? needs(name, "a path of 1 to 107 bytes")
                   : add(value, options->paths, &options->path_count);
    if (strcmp(name, "--fd") == 0) {
        if (!number_read(value, 0, 65535, &number))
            return needs(name, "the number of a descriptor");
        if (options->descriptor_count == LISTENERS_MAX)
            return misused("more than 16 sockets: ", value);
        options->descriptors[options->descriptor_count++] = (int)number;
        return 0;
    }
    if (strcmp(name, "--max") == 0)
        return number_read(value, 1, CONNECTIONS_MAX, &options->max) ? 0 : needs(name, "a number from 1 to 1000");
    if (strcmp(name, "--max-per-source") == 0)
        return number_read(value, 1, CONNECTIONS_MAX, &options->max_per_source)
                   ? 0
                   : needs(name, "a number from 1 to 1000");
    if (strcmp(name, "--rate") == 0)
        return rate_read(value, &options->rate) ? 0 : needs(name, "a rate: 50/s, 100/m or 1000/h");
    if (strcmp(name, "--time") == 0)
        return number_read(value, 1, 31536000, &options->seconds) ? 0 : needs(name, "a number of seconds");
    if (strcmp(name, "--mode") == 0)
        return read_mode(value, &options->mode);
    if (strcmp(name, "--stderr") == 0)
        return read_errors(value, &options->errors);
    options->user = value;
    return 0;
}

/* Those of a session: all connections would be served in one sandbox. */
static bool is_of_session(const char *word) {
    static const char *const names[] = {"--session", "--idle"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t size = strlen(names[i]);
        if (strncmp(word, names[i], size) == 0 && (word[size] == 0 || word[size] == '='))
            return true;
    }
    return false;
}

/* Options of listen among those of the run would be refused by the service one day: said now, and better. */
static int check_run(char **words) {
    char **word = words;
    for (; *word != NULL && strcmp(*word, "--") != 0; word++) {
        if (option_of(*word) != NULL)
            return misused("options of listen come before those of the run: ", *word);
        if (is_of_session(*word))
            return misused("each connection has a sandbox of its own, and no session: ", *word);
    }
    if (*word == NULL) {
        complain("cannot read the command line: there is no -- in front of the command",
                 "mayfly listen --tcp ADDRESS:PORT [OPTION OF A RUN]... -- COMMAND [ARG]...");
        return MAYFLY_FAILED;
    }
    return word[1] != NULL ? 0 : misused("the command is missing behind ", *word);
}

static int check_together(const struct options *options) {
    if (options->passes_listener && (options->max_per_source != 0 || options->rate.seconds != 0 || options->max != 0))
        return misused("the command itself accepts with --pass-listener: no limits of connections", "");
    if (options->passes_listener && options->errors == ERRORS_CONNECTION)
        return misused("with --pass-listener there is no connection for ", "--stderr");
    if (options->mode >= 0 && options->path_count == 0)
        return misused("without --unix there is nothing for ", "--mode");
    return 0;
}

int words_read(struct options *options, char **words) {
    *options = (struct options){.mode = -1};
    int status = 0;
    for (const char *name; *words != NULL && (name = option_of(*words)) != NULL; words++) {
        const char *value = strchr(*words, '=');
        if (strcmp(name, "--pass-listener") == 0) {
            options->passes_listener = true;
        } else if (strcmp(name, "--managed") == 0) {
            options->managed = true;
        } else {
            value = value != NULL ? value + 1 : *++words;
            if (value == NULL)
                return needs(name, "a value");
            if ((status = obey(options, name, value)) != 0)
                return status;
        }
    }
    if ((status = check_run(words)) != 0 || (status = check_together(options)) != 0)
        return status;
    if (options->max == 0)
        options->max = options->passes_listener ? 1 : 100;

    size_t count = 0;
    while (words[count] != NULL)
        count++;
    char **run = calloc(count + 3, sizeof *run);
    if (run == NULL)
        return cannot("hold", "the command line", ENOMEM, NULL);
    static char mayfly[] = "mayfly", subcommand[] = "run";
    run[0] = mayfly;
    run[1] = subcommand;
    memcpy(run + 2, words, count * sizeof *words);
    options->words = run;
    return 0;
}
