/*
 * docs/protocol.md in C: frames of fields over a Unix stream socket, with descriptors.
 * Every function returns 0 or a negative errno; -EPROTO: the peer broke the protocol; -EPIPE: it has gone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    PROTOCOL_VERSION = 1,
    FRAME_HEADER = 5, /* u32 length, u8 type */
    DOOR_FRAME_MAX = 262144,
    RUN_FRAME_MAX = 16 << 20,
    SMALL_FRAME_MAX = 4096,
    LISTENERS_MAX = 16,
    DESCRIPTORS_MAX = 3 + LISTENERS_MAX, /* with one frame */
    WORDS_MAX = 1024,
    WORDS_BYTES_MAX = 200000,
    VARIABLE_MAX = 4096,
    VARIABLES_MAX = 64,
};

enum frame_type {
    FRAME_CLAIM = 1,
    FRAME_CLAIMED = 2,
    FRAME_REFUSED = 3,
    FRAME_ASK = 4,
    FRAME_SUBCOMMAND = 7,
    FRAME_PARKED = 16,
    FRAME_RUN = 17,
    FRAME_STARTED = 18,
    FRAME_SIGNAL = 19,
    FRAME_RESIZE = 20,
    FRAME_FOREGROUND = 21,
    FRAME_WANTS_TERMINAL = 22,
    FRAME_STOPPED = 23,
    FRAME_ENDED = 24,
    FRAME_FAILED = 25,
    FRAME_ASK_ROOT = 26,
    FRAME_ROOT = 27,
    FRAME_SERVE = 28,
    FRAME_SERVING = 29,
    FRAME_END_SESSION = 30,
    FRAME_FINISHED = 31,
    FRAME_BIND = 32,
    FRAME_BOUND = 33,
};

enum field_tag {
    FIELD_VERSION = 1,
    FIELD_WORDS = 2,
    FIELD_TRUNCATED = 3,
    FIELD_CWD = 4,
    FIELD_FIRST = 5,
    FIELD_FLAGS = 6,
    FIELD_SHELL = 7,
    FIELD_CHDIR = 8,
    FIELD_ENV = 9,
    FIELD_STATUS_FD = 10,
    FIELD_ORIGIN = 11,
    FIELD_NOTE = 12,
    FIELD_STATUS = 13,
    FIELD_MESSAGE = 14,
    FIELD_REMEDY = 15,
    FIELD_JSON = 16,
    FIELD_VARIABLE = 17,
    FIELD_ARGV = 32,
    FIELD_ENVIRON = 33,
    FIELD_WORKDIR = 34,
    FIELD_OPEN = 35,
    FIELD_PTY = 36,
    FIELD_DEFER = 37,
    FIELD_MODES = 38,
    FIELD_WINDOW = 39,
    FIELD_UMASK = 40,
    FIELD_NICE = 41,
    FIELD_LIMITS = 42,
    FIELD_CPUS = 43,
    FIELD_IGNORED = 44,
    FIELD_BLOCKED = 45,
    FIELD_NUMBER = 46,
    FIELD_CODE = 47,
    FIELD_ELAPSED = 48,
    FIELD_USER = 49,
    FIELD_SYSTEM = 50,
    FIELD_PEAK = 51,
    FIELD_FALLBACK = 52,
    FIELD_OWNER = 58,
    FIELD_GROUPS = 59,
    FIELD_MAKER = 60,
    FIELD_ROOT = 61,
    FIELD_BINDS = 62,
    FIELD_IDLE = 64,
    FIELD_TOTAL = 65,
    FIELD_LISTENERS = 66,
    FIELD_OR_ROOT = 67,
    FIELD_COMMAND = 68,
    FIELD_ROOTS = 69,
};

enum claim_flag {
    CLAIM_IGNORE_SIGINT = 1,
    CLAIM_QUIET = 2,
    CLAIM_TRACE = 4,
    CLAIM_OWN_DIRECTORY = 8,
    CLAIM_NO_COMMAND = 16,
    CLAIM_SESSION = 32,
};

/* Writing: a frame in a buffer of the caller's. The first overflow is remembered and reported by frame_send. */
struct frame {
    unsigned char *data;
    size_t size, capacity;
    size_t open_field; /* offset of the length of the field being written, 0: none */
    bool overflow;
};

void frame_begin(struct frame *frame, void *buffer, size_t capacity, enum frame_type type);
void frame_field(struct frame *frame, enum field_tag tag, const void *bytes, size_t size);
void frame_text(struct frame *frame, enum field_tag tag, const char *text);
void frame_u32(struct frame *frame, enum field_tag tag, uint32_t value);
void frame_u64(struct frame *frame, enum field_tag tag, uint64_t value);
void frame_open(struct frame *frame, enum field_tag tag); /* a field written in pieces … */
void frame_add(struct frame *frame, const void *bytes, size_t size);
void frame_close(struct frame *frame);
/* Sends all of it and the descriptors with its first byte; blocks. */
int frame_send(int socket, struct frame *frame, const int *descriptors, size_t count);
/* Sends what of it has not been *sent yet; -EAGAIN: the socket, which does not block, takes no more now. */
int frame_send_rest(int socket, struct frame *frame, size_t *sent, const int *descriptors, size_t count);

/* Reading: what has arrived and has not been taken yet. */
struct reader {
    int socket;
    size_t limit; /* largest frame accepted, without its length word */
    unsigned char *data;
    size_t start, have, capacity; /* bytes [start, have) are unread */
    void *grown;                  /* a mapping that replaced the caller's buffer */
    int descriptors[DESCRIPTORS_MAX];
    size_t descriptor_count;
};

struct view { /* a frame's payload, valid until the next reader_next */
    uint8_t type;
    const unsigned char *data;
    size_t size;
    uint64_t seen[4]; /* bit N: field tag N has been read */
};

struct field {
    uint8_t tag;
    const unsigned char *data;
    size_t size;
};

void reader_begin(struct reader *reader, int socket, void *buffer, size_t capacity, size_t limit);
/* The next frame; blocks, or -EAGAIN on a socket that does not. *descriptors of it stay in the reader until reader_take. */
int reader_next(struct reader *reader, struct view *view);
/* Whether a whole frame has arrived already, so that reader_next will not block. */
bool reader_has_frame(const struct reader *reader);
/* Takes exactly count descriptors that came with the frame just read; -EPROTO when there are more or fewer. */
int reader_take(struct reader *reader, int *descriptors, size_t count);
/* Gives back what the reader has: memory, and descriptors that nobody has taken. The socket stays. */
void reader_end(struct reader *reader);

/* The next field of the frame; 1: there is one, 0: the end, -EPROTO: malformed, or a second one of a tag that is not repeatable. */
int view_next(struct view *view, struct field *field);
bool view_has(const struct view *view, enum field_tag tag); /* among the fields read so far */
int field_u32(const struct field *field, uint32_t *value);
int field_u64(const struct field *field, uint64_t *value);
/* A path or text as a C string: copies it; -EPROTO when it holds a NUL, -ENAMETOOLONG when it does not fit. */
int field_string(const struct field *field, char *buffer, size_t capacity);
/* How many NUL-ended strings a list field holds; -EPROTO when the last one is not ended. */
ssize_t field_strings(const struct field *field);
