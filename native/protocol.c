#include "protocol.h"
#include "system.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static void put_u32(unsigned char *at, uint32_t value) {
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

static uint32_t get_u32(const unsigned char *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

void frame_begin(struct frame *frame, void *buffer, size_t capacity, enum frame_type type) {
    *frame = (struct frame){.data = buffer, .capacity = capacity, .size = FRAME_HEADER};
    frame->data[4] = (unsigned char)type;
}

void frame_add(struct frame *frame, const void *bytes, size_t size) {
    if (frame->overflow || size > frame->capacity - frame->size) {
        frame->overflow = true;
        return;
    }
    if (size > 0)
        memcpy(frame->data + frame->size, bytes, size);
    frame->size += size;
}

void frame_open(struct frame *frame, enum field_tag tag) {
    unsigned char head[5] = {(unsigned char)tag};
    frame_add(frame, head, sizeof head);
    frame->open_field = frame->size - 4;
}

void frame_close(struct frame *frame) {
    if (!frame->overflow)
        put_u32(frame->data + frame->open_field, (uint32_t)(frame->size - frame->open_field - 4));
    frame->open_field = 0;
}

void frame_field(struct frame *frame, enum field_tag tag, const void *bytes, size_t size) {
    frame_open(frame, tag);
    frame_add(frame, bytes, size);
    frame_close(frame);
}

void frame_text(struct frame *frame, enum field_tag tag, const char *text) {
    frame_field(frame, tag, text, strlen(text));
}

void frame_u32(struct frame *frame, enum field_tag tag, uint32_t value) {
    unsigned char bytes[4];
    put_u32(bytes, value);
    frame_field(frame, tag, bytes, sizeof bytes);
}

void frame_u64(struct frame *frame, enum field_tag tag, uint64_t value) {
    unsigned char bytes[8];
    put_u32(bytes, (uint32_t)value);
    put_u32(bytes + 4, (uint32_t)(value >> 32));
    frame_field(frame, tag, bytes, sizeof bytes);
}

int frame_send_rest(int socket, struct frame *frame, size_t *sent, const int *descriptors, size_t count) {
    if (frame->overflow)
        return -E2BIG;
    put_u32(frame->data, (uint32_t)(frame->size - 4));

    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)];
    } control = {0};
    while (*sent < frame->size) {
        struct iovec data = {.iov_base = frame->data + *sent, .iov_len = frame->size - *sent};
        struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
        if (*sent == 0 && count > 0) {
            message.msg_control = control.bytes;
            message.msg_controllen = (socklen_t)CMSG_SPACE(sizeof(int) * count);
            struct cmsghdr *head = CMSG_FIRSTHDR(&message);
            head->cmsg_level = SOL_SOCKET;
            head->cmsg_type = SCM_RIGHTS;
            head->cmsg_len = (socklen_t)CMSG_LEN(sizeof(int) * count);
            memcpy(CMSG_DATA(head), descriptors, sizeof(int) * count);
        }
        ssize_t n = sendmsg(socket, &message, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            return errno == ECONNRESET ? -EPIPE : -errno;
        }
        *sent += (size_t)n;
    }
    return 0;
}

int frame_send(int socket, struct frame *frame, const int *descriptors, size_t count) {
    size_t sent = 0;
    return frame_send_rest(socket, frame, &sent, descriptors, count);
}

void reader_begin(struct reader *reader, int socket, void *buffer, size_t capacity, size_t limit) {
    *reader = (struct reader){.socket = socket, .limit = limit, .data = buffer, .capacity = capacity};
}

/* The CMSG macros of some libcs mix signed and unsigned sizes. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
/* Keeps the descriptors of one message; closes what is more than a frame may bring. */
static int keep_descriptors(struct reader *reader, struct msghdr *message) {
    bool excess = (message->msg_flags & MSG_CTRUNC) != 0;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head != NULL; head = CMSG_NXTHDR(message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
            continue;
        /* Of what was cut off, FreeBSD says how long it was. */
        const ptrdiff_t there =
            (const char *)message->msg_control + message->msg_controllen - (const char *)CMSG_DATA(head);
        const ptrdiff_t size = (ptrdiff_t)(head->cmsg_len - CMSG_LEN(0));
        const ptrdiff_t count = (size < there ? size : there) / (ptrdiff_t)sizeof(int);
        for (ptrdiff_t i = 0; i < count; i++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(head) + i * (ptrdiff_t)sizeof(int), sizeof descriptor);
            if (reader->descriptor_count < DESCRIPTORS_MAX) {
                reader->descriptors[reader->descriptor_count++] = descriptor;
            } else {
                close(descriptor);
                excess = true;
            }
        }
    }
    return excess ? -EPROTO : 0;
}
#pragma GCC diagnostic pop

static int receive_more(struct reader *reader) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * ((int)LEAST_ROOM > (int)DESCRIPTORS_MAX ? LEAST_ROOM : DESCRIPTORS_MAX))];
    } control;
    struct iovec data = {.iov_base = reader->data + reader->have, .iov_len = reader->capacity - reader->have};
    struct msghdr message = {
        .msg_iov = &data,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    ssize_t n;
    do
        n = recvmsg(reader->socket, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == ECONNRESET ? -EPIPE : -errno;
    int result = keep_descriptors(reader, &message);
    if (result < 0)
        return result;
    if (n == 0)
        return -EPIPE;
    reader->have += (size_t)n;
    return 0;
}

/* Makes room for a frame of `needed` bytes, header included, at the start of the buffer. */
static int make_room(struct reader *reader, size_t needed) {
    if (needed > reader->capacity) {
        void *larger = mmap(NULL, needed, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (larger == MAP_FAILED)
            return -errno;
        memcpy(larger, reader->data + reader->start, reader->have - reader->start);
        if (reader->grown != NULL)
            munmap(reader->grown, reader->capacity);
        reader->grown = larger;
        reader->data = larger;
        reader->capacity = needed;
    } else if (reader->start > 0) {
        memmove(reader->data, reader->data + reader->start, reader->have - reader->start);
    }
    reader->have -= reader->start;
    reader->start = 0;
    return 0;
}

static size_t unread(const struct reader *reader) { return reader->have - reader->start; }

bool reader_has_frame(const struct reader *reader) {
    return unread(reader) >= 4 && unread(reader) - 4 >= get_u32(reader->data + reader->start);
}

int reader_next(struct reader *reader, struct view *view) {
    if (reader->start == reader->have)
        reader->start = reader->have = 0;
    for (;;) {
        size_t needed = FRAME_HEADER;
        if (unread(reader) >= 4) {
            uint32_t length = get_u32(reader->data + reader->start);
            if (length < 1 || length > reader->limit)
                return -EPROTO;
            needed = (size_t)length + 4;
            if (unread(reader) >= needed) {
                const unsigned char *frame = reader->data + reader->start;
                *view = (struct view){.type = frame[4], .data = frame + FRAME_HEADER, .size = length - 1};
                reader->start += needed;
                return 0;
            }
        }
        int result = 0;
        if (reader->start + needed > reader->capacity)
            result = make_room(reader, needed);
        if (result == 0)
            result = receive_more(reader);
        if (result < 0)
            return result;
    }
}

int reader_take(struct reader *reader, int *descriptors, size_t count) {
    if (reader->descriptor_count != count)
        return -EPROTO;
    if (count > 0)
        memcpy(descriptors, reader->descriptors, sizeof(int) * count);
    reader->descriptor_count = 0;
    return 0;
}

void reader_end(struct reader *reader) {
    for (size_t i = 0; i < reader->descriptor_count; i++)
        close(reader->descriptors[i]);
    if (reader->grown != NULL)
        munmap(reader->grown, reader->capacity);
    *reader = (struct reader){.socket = -1};
}

bool view_has(const struct view *view, enum field_tag tag) { return (view->seen[tag / 64] >> tag % 64 & 1) != 0; }

int view_next(struct view *view, struct field *field) {
    if (view->size == 0)
        return 0;
    if (view->size < 5)
        return -EPROTO;
    size_t size = get_u32(view->data + 1);
    if (size > view->size - 5)
        return -EPROTO;
    uint8_t tag = view->data[0];
    if (view_has(view, tag) && tag != FIELD_ENV && tag != FIELD_NOTE && tag != FIELD_VARIABLE)
        return -EPROTO;
    view->seen[tag / 64] |= UINT64_C(1) << tag % 64;
    *field = (struct field){.tag = tag, .data = view->data + 5, .size = size};
    view->data += 5 + size;
    view->size -= 5 + size;
    return 1;
}

int field_u32(const struct field *field, uint32_t *value) {
    if (field->size != 4)
        return -EPROTO;
    *value = get_u32(field->data);
    return 0;
}

int field_u64(const struct field *field, uint64_t *value) {
    if (field->size != 8)
        return -EPROTO;
    *value = get_u32(field->data) | (uint64_t)get_u32(field->data + 4) << 32;
    return 0;
}

int field_string(const struct field *field, char *buffer, size_t capacity) {
    if (field->size > 0 && memchr(field->data, 0, field->size) != NULL)
        return -EPROTO;
    if (field->size >= capacity)
        return -ENAMETOOLONG;
    if (field->size > 0)
        memcpy(buffer, field->data, field->size);
    buffer[field->size] = 0;
    return 0;
}

ssize_t field_strings(const struct field *field) {
    if (field->size > 0 && field->data[field->size - 1] != 0)
        return -EPROTO;
    ssize_t count = 0;
    for (size_t i = 0; i < field->size; i++)
        count += field->data[i] == 0;
    return count;
}
