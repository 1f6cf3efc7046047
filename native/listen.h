/* The parts of mayfly-listen: the words it is given (words), its sockets (sockets), one lease each (connection), its log. */
#pragma once

#include "client.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { NAME_MAX_BYTES = 80, SOURCE_BYTES = 17, PEER_VARIABLES = 4, CONNECTIONS_MAX = 1000 };

/* The words. ------------------------------------------------------------------------------------------------------ */

struct rate {
    uint32_t count, seconds; /* so many in so many seconds; seconds 0: no limit */
};

enum errors { ERRORS_LOG, ERRORS_CONNECTION, ERRORS_NONE };

struct options {
    const char *tcp[LISTENERS_MAX], *paths[LISTENERS_MAX];
    int descriptors[LISTENERS_MAX];
    size_t tcp_count, path_count, descriptor_count;
    uint32_t max, max_per_source, seconds; /* 0: no limit */
    struct rate rate;
    int mode; /* of the sockets in the file system, -1: as the umask says */
    enum errors errors;
    const char *user;
    bool passes_listener, managed;
    char **words; /* of the run: "mayfly", "run", what follows the options */
};

/* Reads the words behind `listen`; the first ones are options of it, all from the first other one on the run's. 0, or an
   exit status after complaining. */
int words_read(struct options *options, char **words);

/* ADDRESS:PORT, [ADDRESS]:PORT, *:PORT or :PORT as a socket address; *any: both families were meant. NULL, or why it is none. */
const char *address_read(const char *text, struct sockaddr_storage *address, socklen_t *size, bool *any);
/* N/s, N/m or N/h. */
bool rate_read(const char *text, struct rate *rate);
bool number_read(const char *text, uint32_t least, uint32_t most, uint32_t *number);
/* host:port as a person writes it; `host` and `port` as variables have it, or empty. */
struct peer {
    char name[NAME_MAX_BYTES], host[64], port[8];
    unsigned char source[SOURCE_BYTES]; /* equal for those that count as one */
};
void peer_describe(struct peer *peer, const struct sockaddr_storage *address, socklen_t size);

/* The sockets. ---------------------------------------------------------------------------------------------------- */

struct listener {
    int socket;
    char name[NAME_MAX_BYTES + sizeof(struct sockaddr_un)];
    char path[sizeof(struct sockaddr_un)]; /* made by this process; empty: none */
    struct stat file;
};

struct listeners {
    struct listener list[LISTENERS_MAX];
    size_t count;
    char names[1024]; /* of each, with a colon between, as in LISTEN_FDNAMES */
};

/* Takes those that were handed in and opens those of the network, which may take root's rights. 0, or an exit status after
   complaining. */
int listeners_open(struct listeners *listeners, const struct options *options);
/* Then makes those of the file system, which take only the rights of whoever has the directory, and has all ready. The same. */
int listeners_finish(struct listeners *listeners, const struct options *options);
void listeners_close(struct listeners *listeners);

/* The log. -------------------------------------------------------------------------------------------------------- */

/* One line on standard error, "mayfly: …"; so many in a time, and none that would have to wait. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A line that the peer's command has printed. */
void log_output(const char *peer, const char *line);
/* Says how many lines were left out, if any were. */
void log_settle(void);
uint64_t now_ms(void);

/* One lease. ------------------------------------------------------------------------------------------------------ */

enum stage { STAGE_FREE, STAGE_WAITING, STAGE_CLAIMING, STAGE_SENDING, STAGE_RUNNING };
enum purpose { FOR_PEER, FOR_SERVER, FOR_CHECK, FOR_SUCCESSOR /* asks whether another service is there */ };

struct connection {
    enum stage stage;
    enum purpose purpose;
    int peer, door, sandbox; /* -1: none (any more) */
    struct place place;      /* the door's */
    int errors;              /* what the command writes on its standard error is read here */
    int errors_end;          /* and written there, until that has been given to it */
    struct peer from;
    char local_host[64], local_port[8];
    uint64_t again, deadline; /* ms; UINT64_MAX: none */
    uint32_t pause;           /* ms, before it asks once more */
    uint64_t began;
    size_t claim_sent;
    struct frame run; /* memory of its own while it is being sent */
    size_t run_sent;
    int given[DESCRIPTORS_MAX];
    size_t given_count;
    struct reader reader;
    unsigned char buffer[SMALL_FRAME_MAX + 4];
    char line[256]; /* begun by the command on its standard error */
    size_t line_size;
    uint32_t lines;
    bool quiet, told; /* told: to end, by a signal */
};

/* What all of them have. */
struct trade {
    const struct options *options;
    const struct caller *caller;
    const struct listeners *listeners;
    struct frame claim, question; /* question: of FOR_SUCCESSOR */
    unsigned char claim_buffer[DOOR_FRAME_MAX + 4], question_buffer[64];
    struct place place;  /* of the service that has answered first: no other one serves, whatever happens to it */
    bool service_absent; /* no door was found lately */
    int nothing;         /* /dev/null */
    int check_status;    /* of FOR_CHECK: -1 not known yet, 0, or an exit status */
    bool succeeded;      /* of FOR_SUCCESSOR: there is one */
    uint64_t served, refused;
    char trouble[256]; /* the last refusal, until a sandbox is given again */
    bool failed;       /* FOR_SERVER: the last command ended with a failure */
};

enum { EVENTS_MAX = 3 };
struct pollfd;

void connection_begin(struct connection *connection, struct trade *trade, enum purpose purpose, int peer);
/* What to wait for: fills up to EVENTS_MAX; their number. */
size_t connection_events(const struct connection *connection, struct trade *trade, struct pollfd *events);
void connection_advance(struct connection *connection, struct trade *trade, const struct pollfd *events, size_t count);
/* When it is to be advanced even without an event, ms. */
uint64_t connection_due(const struct connection *connection);
/* Tells its command to end, and ends it after some seconds if that does not help. */
void connection_stop(struct connection *connection, int number);
void connection_end(struct connection *connection);

/* Closes the socket of one that has been accepted. */
void peer_close(int peer);
