/* protocol.h over real socket pairs: what is written is read again; what breaks the protocol is refused. */
#include "../protocol.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

static int near, far; /* the two ends of a socket pair */
static unsigned char buffer[64 << 10];
static struct reader reader;

static void connect_ends(size_t capacity, size_t limit) {
    int ends[2];
    CHECK_IS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    near = ends[0];
    far = ends[1];
    CHECK(capacity <= sizeof buffer);
    reader_begin(&reader, near, buffer, capacity, limit);
}

static void send_bytes(const void *bytes, size_t size) { CHECK_IS(send(far, bytes, size, MSG_NOSIGNAL), size); }

/* A frame of raw bytes, as a peer that follows no rules would send it. */
static void send_raw(uint8_t type, const char *payload, size_t size) {
    unsigned char bytes[256] = {(unsigned char)(size + 1), 0, 0, 0, type};
    memcpy(bytes + FRAME_HEADER, payload, size);
    send_bytes(bytes, size + FRAME_HEADER);
}

#define SEND_RAW(type, literal) send_raw((type), "" literal, sizeof literal - 1)

static struct frame example(void *bytes, size_t capacity) {
    struct frame frame;
    frame_begin(&frame, bytes, capacity, FRAME_CLAIMED);
    frame_u32(&frame, FIELD_VERSION, PROTOCOL_VERSION);
    frame_u64(&frame, FIELD_ELAPSED, UINT64_C(0x0123456789abcdef));
    frame_text(&frame, FIELD_SHELL, "/bin/\xff");
    frame_open(&frame, FIELD_WORDS);
    frame_add(&frame, "one", 4);
    frame_add(&frame, "", 1);
    frame_add(&frame, "three", 6);
    frame_close(&frame);
    frame_field(&frame, FIELD_TRUNCATED, NULL, 0);
    return frame;
}

static void check_example(struct view view) {
    struct field field;
    uint32_t number;
    uint64_t large;
    char text[16];
    CHECK_IS(view.type, FRAME_CLAIMED);
    CHECK_IS(view_next(&view, &field), 1);
    CHECK_IS(field.tag, FIELD_VERSION);
    CHECK_IS(field_u32(&field, &number), 0);
    CHECK_IS(number, PROTOCOL_VERSION);
    CHECK(!view_has(&view, FIELD_ELAPSED));
    CHECK_IS(view_next(&view, &field), 1);
    CHECK(view_has(&view, FIELD_ELAPSED));
    CHECK_IS(field_u64(&field, &large), 0);
    CHECK(large == UINT64_C(0x0123456789abcdef));
    CHECK_IS(field_u32(&field, &number), -EPROTO);
    CHECK_IS(view_next(&view, &field), 1);
    CHECK_IS(field_string(&field, text, sizeof text), 0);
    CHECK_TEXT(text, "/bin/\xff");
    CHECK_IS(field_u64(&field, &large), -EPROTO);
    CHECK_IS(view_next(&view, &field), 1);
    CHECK_IS(field_strings(&field), 3);
    CHECK_IS(view_next(&view, &field), 1);
    CHECK_IS(field.size, 0);
    CHECK_IS(view_next(&view, &field), 0);
}

static void a_frame_is_read_as_it_was_written(void) {
    connect_ends(sizeof buffer, SMALL_FRAME_MAX);
    unsigned char bytes[256];
    struct frame frame = example(bytes, sizeof bytes);
    CHECK_IS(frame_send(far, &frame, NULL, 0), 0);
    struct view view;
    CHECK_IS(reader_next(&reader, &view), 0);
    CHECK_IS(reader_take(&reader, NULL, 0), 0);
    check_example(view);
}

static void a_frame_that_comes_byte_by_byte_is_the_same(void) {
    /* This kind of socket keeps messages apart: each byte is received by itself. */
    int ends[2];
    CHECK_IS(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    far = ends[1];
    reader_begin(&reader, ends[0], buffer, 16, SMALL_FRAME_MAX); /* smaller than the frame: it has to grow on the way */
    unsigned char bytes[256];
    struct frame frame = example(bytes, sizeof bytes);
    CHECK_IS(frame_send(-1, &frame, NULL, 0), -EBADF); /* an error of its own, and it fills in the length */
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < frame.size; i++)
            send_bytes(frame.data + i, 1);
        struct view view;
        CHECK_IS(reader_next(&reader, &view), 0);
        check_example(view);
        CHECK(!reader_has_frame(&reader));
    }
}

static void frames_that_come_together_are_read_one_by_one(void) {
    connect_ends(sizeof buffer, SMALL_FRAME_MAX);
    static const char three[] = "\x01\0\0\0\x10"
                                "\x01\0\0\0\x11"
                                "\x06\0\0\0\x12\x1\0\0\0\0"
                                "\x01\0";
    send_bytes(three, sizeof three - 1);
    struct view view;
    CHECK(!reader_has_frame(&reader));
    for (int i = 0; i < 3; i++) {
        CHECK_IS(reader_next(&reader, &view), 0);
        CHECK_IS(view.type, 0x10 + i);
        CHECK_IS(view.size, i == 2 ? 5 : 0);
        CHECK_IS(reader_has_frame(&reader), i < 2);
    }
    close(far);
    CHECK_IS(reader_next(&reader, &view), -EPIPE); /* the fourth was not whole */
}

static void a_buffer_that_is_too_small_moves_what_it_holds(void) {
    connect_ends(12, SMALL_FRAME_MAX);
    struct view view;
    for (int i = 0; i < 100; i++) {
        SEND_RAW(FRAME_SIGNAL, "\x2e\x04\0\0\0abcd");
        SEND_RAW(FRAME_STARTED, "");
    }
    for (int i = 0; i < 100; i++) {
        CHECK_IS(reader_next(&reader, &view), 0);
        CHECK_IS(view.type, FRAME_SIGNAL);
        CHECK_IS(memcmp(view.data, "\x2e\x04\0\0\0abcd", 9), 0);
        CHECK_IS(reader_next(&reader, &view), 0);
        CHECK_IS(view.type, FRAME_STARTED);
        CHECK_IS(view.size, 0);
    }
}

static void the_largest_frame_arrives_whole(void) {
    connect_ends(sizeof buffer, RUN_FRAME_MAX);
    size_t size = RUN_FRAME_MAX + 4;
    unsigned char *bytes = calloc(1, size);
    CHECK(bytes != NULL);
    struct frame frame;
    frame_begin(&frame, bytes, size, FRAME_RUN);
    frame_open(&frame, FIELD_ARGV);
    size_t payload = size - FRAME_HEADER - 5;
    char piece[4096];
    memset(piece, 'x', sizeof piece);
    for (size_t left = payload; left > 0;) {
        size_t part = left < sizeof piece ? left : sizeof piece;
        frame_add(&frame, piece, part);
        left -= part;
    }
    frame_close(&frame);
    if (fork() == 0)
        _exit(frame_send(far, &frame, NULL, 0) == 0 ? 0 : 1);
    struct view view;
    struct field field;
    CHECK_IS(reader_next(&reader, &view), 0);
    CHECK_IS(view_next(&view, &field), 1);
    CHECK_IS(field.size, payload);
    CHECK(field.data[0] == 'x' && field.data[payload - 1] == 'x');
    int status;
    CHECK(wait(&status) > 0 && status == 0);
    /* And the reader is as good as before. */
    SEND_RAW(FRAME_STARTED, "");
    CHECK_IS(reader_next(&reader, &view), 0);
    CHECK_IS(view.type, FRAME_STARTED);
}

static void a_frame_that_does_not_fit_its_buffer_is_not_sent(void) {
    connect_ends(sizeof buffer, SMALL_FRAME_MAX);
    unsigned char bytes[FRAME_HEADER + 5 + 3];
    struct frame frame;
    struct field field;
    struct view view;
    frame_begin(&frame, bytes, sizeof bytes, FRAME_CLAIM);
    frame_text(&frame, FIELD_CWD, "/ab");
    CHECK_IS(frame_send(far, &frame, NULL, 0), 0);
    CHECK_IS(reader_next(&reader, &view), 0);
    CHECK_IS(view_next(&view, &field), 1);
    CHECK_IS(field.size, 3);

    frame_begin(&frame, bytes, sizeof bytes, FRAME_CLAIM);
    frame_text(&frame, FIELD_CWD, "/abc");
    frame_field(&frame, FIELD_TRUNCATED, NULL, 0);
    CHECK_IS(frame_send(far, &frame, NULL, 0), -E2BIG);
    CHECK_IS(recv(near, bytes, 1, MSG_DONTWAIT), -1);
    frame_begin(&frame, bytes, sizeof bytes - 4, FRAME_CLAIM); /* not even the field's head fits */
    frame_u32(&frame, FIELD_VERSION, 1);
    CHECK_IS(frame_send(far, &frame, NULL, 0), -E2BIG);
}

static void lengths_out_of_bounds_break_the_protocol(void) {
    static const unsigned char lengths[][4] = {{0, 0, 0, 0}, {1, 16, 0, 0}, {255, 255, 255, 255}, {0, 0, 0, 128}};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        connect_ends(sizeof buffer, SMALL_FRAME_MAX);
        send_bytes(lengths[i], 4);
        struct view view;
        CHECK_IS(reader_next(&reader, &view), -EPROTO);
    }
    connect_ends(sizeof buffer, SMALL_FRAME_MAX);
    unsigned char largest[SMALL_FRAME_MAX + 4] = {0, 16, 0, 0, FRAME_STARTED};
    send_bytes(largest, sizeof largest);
    struct view view;
    CHECK_IS(reader_next(&reader, &view), 0);
    CHECK_IS(view.size, SMALL_FRAME_MAX - 1);
}

static void a_peer_that_goes_away_is_told_from_one_that_breaks_the_protocol(void) {
    struct view view;
    static const char part[] = "\x09\0\0\0\x13\x2e\x04";
    for (size_t size = 0; size < sizeof part; size++) {
        connect_ends(sizeof buffer, SMALL_FRAME_MAX);
        send_bytes(part, size);
        close(far);
        CHECK_IS(reader_next(&reader, &view), -EPIPE);
    }
    struct frame frame;
    unsigned char bytes[16];
    connect_ends(sizeof buffer, SMALL_FRAME_MAX);
    close(far);
    frame_begin(&frame, bytes, sizeof bytes, FRAME_STARTED);
    CHECK_IS(frame_send(near, &frame, NULL, 0), -EPIPE);
    /* One that goes with something unread resets the connection. */
    connect_ends(sizeof buffer, SMALL_FRAME_MAX);
    CHECK_IS(send(near, "x", 1, 0), 1);
    close(far);
    CHECK_IS(reader_next(&reader, &view), -EPIPE);
}

static void fields_that_overrun_or_repeat_break_the_protocol(void) {
    static const struct {
        const char *payload;
        size_t size;
        int fields; /* good ones before the bad one */
    } cases[] = {
#define PAYLOAD(literal, fields) {literal, sizeof literal - 1, fields}
        PAYLOAD("\x01", 0),
        PAYLOAD("\x01\0\0\0", 0),
        PAYLOAD("\x01\x01\0\0\0", 0),
        PAYLOAD("\x01\x05\0\0\0abcd", 0),
        PAYLOAD("\x01\xff\xff\xff\xff", 0),
        PAYLOAD("\x01\xfb\xff\xff\xff"
                "abcd",
                0),
        PAYLOAD("\x01\0\0\0\0\x02", 1),
        PAYLOAD("\x01\0\0\0\0\x01\0\0\0\0", 1),
        PAYLOAD("\x09\0\0\0\0\x02\0\0\0\0\x09\0\0\0\0\x02\0\0\0\0", 3),
        PAYLOAD("\x80\0\0\0\0", 0),
        PAYLOAD("\xff\0\0\0\0", 0),
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        connect_ends(sizeof buffer, SMALL_FRAME_MAX);
        send_raw(FRAME_CLAIMED, cases[i].payload, cases[i].size);
        struct view view;
        struct field field;
        CHECK_IS(reader_next(&reader, &view), 0);
        for (int k = 0; k < cases[i].fields; k++)
            CHECK_IS(view_next(&view, &field), 1);
        CHECK_IS(view_next(&view, &field), -EPROTO);
    }
}

static void the_fields_that_may_repeat_do(void) {
    connect_ends(sizeof buffer, SMALL_FRAME_MAX);
    SEND_RAW(FRAME_CLAIMED, "\x09\x01\0\0\0A\x0c\0\0\0\0\x09\x01\0\0\0B\x0c\0\0\0\0\x3f\0\0\0\0");
    struct view view;
    struct field field;
    static const int tags[] = {FIELD_ENV, FIELD_NOTE, FIELD_ENV, FIELD_NOTE, 63};
    CHECK_IS(reader_next(&reader, &view), 0);
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        CHECK_IS(view_next(&view, &field), 1);
        CHECK_IS(field.tag, tags[i]);
    }
    CHECK_IS(view_next(&view, &field), 0);
    CHECK(view_has(&view, 63) && view_has(&view, FIELD_ENV) && !view_has(&view, 62));
}

static struct field field_of(const char *bytes, size_t size) {
    return (struct field){.tag = FIELD_CWD, .data = (const unsigned char *)bytes, .size = size};
}

static void numbers_have_exactly_their_size(void) {
    uint32_t small = 7;
    uint64_t large = 7;
    for (size_t size = 0; size <= 9; size++) {
        struct field field = field_of("\x01\x02\x03\x04\x05\x06\x07\x88\x09", size);
        CHECK_IS(field_u32(&field, &small), size == 4 ? 0 : -EPROTO);
        CHECK_IS(field_u64(&field, &large), size == 8 ? 0 : -EPROTO);
    }
    CHECK_IS(small, 0x04030201);
    CHECK(large == UINT64_C(0x8807060504030201));
}

static void strings_hold_no_nul_and_fit(void) {
    char text[5];
    struct field field = field_of("ab\0d", 4);
    CHECK_IS(field_string(&field, text, sizeof text), -EPROTO);
    field = field_of("abcd\0", 5);
    CHECK_IS(field_string(&field, text, sizeof text), -EPROTO);
    field = field_of("abcd", 4);
    CHECK_IS(field_string(&field, text, sizeof text), 0);
    CHECK_TEXT(text, "abcd");
    field = field_of("abcde", 5);
    CHECK_IS(field_string(&field, text, sizeof text), -ENAMETOOLONG);
    field = field_of("", 0);
    CHECK_IS(field_string(&field, text, sizeof text), 0);
    CHECK_TEXT(text, "");
}

static void strings_in_a_list_are_each_ended(void) {
    struct field field = field_of("", 0);
    CHECK_IS(field_strings(&field), 0);
    field = field_of("a", 1);
    CHECK_IS(field_strings(&field), -EPROTO);
    field = field_of("a\0b", 3);
    CHECK_IS(field_strings(&field), -EPROTO);
    field = field_of("a\0b\0", 4);
    CHECK_IS(field_strings(&field), 2);
    field = field_of("\0\0\0", 3);
    CHECK_IS(field_strings(&field), 3);
}

/* Descriptors. ---------------------------------------------------------------------------------------------------- */

static size_t open_descriptors(void) {
    size_t count = 0;
    for (int i = 0; i < 256; i++)
        count += fcntl(i, F_GETFD) >= 0;
    return count;
}

/* Sends bytes with descriptors of /dev/null, as many as a peer likes. */
static void send_with_descriptors(const char *bytes, size_t size, size_t count) {
    enum { MOST = 64 };
    int descriptors[MOST];
    CHECK(count <= MOST);
    for (size_t i = 0; i < count; i++)
        CHECK((descriptors[i] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0);
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * MOST)];
    } control = {0};
    struct iovec data = {.iov_base = (char *)bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    *head =
        (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int) * count), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(head), descriptors, sizeof(int) * count);
    CHECK_IS(sendmsg(far, &message, MSG_NOSIGNAL), size);
    for (size_t i = 0; i < count; i++)
        close(descriptors[i]);
}

static const char empty_frame[] = {1, 0, 0, 0, FRAME_STARTED};

static void descriptors_arrive_in_order_and_close_on_exec(void) {
    connect_ends(sizeof buffer, SMALL_FRAME_MAX);
    int pipes[2], received[3];
    CHECK_IS(pipe(pipes), 0);
    const int sent[] = {pipes[1], pipes[0], near};
    unsigned char bytes[16];
    struct frame frame;
    struct view view;
    frame_begin(&frame, bytes, sizeof bytes, FRAME_RUN);
    CHECK_IS(frame_send(far, &frame, sent, 3), 0);
    CHECK_IS(reader_next(&reader, &view), 0);
    CHECK_IS(reader_take(&reader, received, 3), 0);
    for (int i = 0; i < 3; i++) {
        struct stat a, b;
        CHECK(fstat(sent[i], &a) == 0 && fstat(received[i], &b) == 0);
        CHECK(a.st_ino == b.st_ino && a.st_dev == b.st_dev && received[i] != sent[i]);
        CHECK_IS(fcntl(received[i], F_GETFD), FD_CLOEXEC);
    }
    CHECK_IS(write(received[0], "x", 1), 1);
    CHECK_IS(read(received[1], bytes, 4), 1);
    CHECK_IS(reader_take(&reader, received, 0), 0); /* they are taken once */
}

static void a_frame_with_more_or_fewer_descriptors_than_its_own_is_refused(void) {
    int received[DESCRIPTORS_MAX];
    for (size_t sent = 0; sent <= 3; sent++)
        for (size_t wanted = 0; wanted <= 3; wanted++) {
            connect_ends(sizeof buffer, SMALL_FRAME_MAX);
            struct view view;
            if (sent > 0)
                send_with_descriptors(empty_frame, sizeof empty_frame, sent);
            else
                send_bytes(empty_frame, sizeof empty_frame);
            CHECK_IS(reader_next(&reader, &view), 0);
            CHECK_IS(reader_take(&reader, received, wanted), sent == wanted ? 0 : -EPROTO);
        }
}

static void descriptors_beyond_what_a_frame_may_bring_are_closed(void) {
    static const size_t counts[] = {4, 5, 8, 64};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        connect_ends(sizeof buffer, SMALL_FRAME_MAX);
        size_t before = open_descriptors();
        struct view view;
        send_with_descriptors(empty_frame, sizeof empty_frame, counts[i]);
        CHECK_IS(reader_next(&reader, &view), -EPROTO);
        CHECK(open_descriptors() - before <= DESCRIPTORS_MAX);
    }
}

static void descriptors_that_drip_in_with_every_byte_are_bounded(void) {
    connect_ends(sizeof buffer, SMALL_FRAME_MAX);
    struct view view;
    size_t before = open_descriptors();
    for (size_t i = 0; i < sizeof empty_frame; i++)
        send_with_descriptors(empty_frame + i, 1, 1);
    CHECK_IS(reader_next(&reader, &view), -EPROTO);
    CHECK_IS(open_descriptors() - before, DESCRIPTORS_MAX);
}

static void descriptors_left_behind_by_one_frame_do_not_become_the_next_ones(void) {
    connect_ends(sizeof buffer, SMALL_FRAME_MAX);
    int received[1];
    struct view view;
    send_with_descriptors(empty_frame, sizeof empty_frame, 1);
    CHECK_IS(reader_next(&reader, &view), 0);
    send_with_descriptors(empty_frame, sizeof empty_frame, 1);
    CHECK_IS(reader_next(&reader, &view), 0);
    CHECK_IS(reader_take(&reader, received, 1), -EPROTO);
}

int main(void) {
    static const struct test_case cases[] = {
        CASE(a_frame_is_read_as_it_was_written),
        CASE(a_frame_that_comes_byte_by_byte_is_the_same),
        CASE(frames_that_come_together_are_read_one_by_one),
        CASE(a_buffer_that_is_too_small_moves_what_it_holds),
        CASE(the_largest_frame_arrives_whole),
        CASE(a_frame_that_does_not_fit_its_buffer_is_not_sent),
        CASE(lengths_out_of_bounds_break_the_protocol),
        CASE(a_peer_that_goes_away_is_told_from_one_that_breaks_the_protocol),
        CASE(fields_that_overrun_or_repeat_break_the_protocol),
        CASE(the_fields_that_may_repeat_do),
        CASE(numbers_have_exactly_their_size),
        CASE(strings_hold_no_nul_and_fit),
        CASE(strings_in_a_list_are_each_ended),
        CASE(descriptors_arrive_in_order_and_close_on_exec),
        CASE(a_frame_with_more_or_fewer_descriptors_than_its_own_is_refused),
        CASE(descriptors_beyond_what_a_frame_may_bring_are_closed),
        CASE(descriptors_that_drip_in_with_every_byte_are_bounded),
        CASE(descriptors_left_behind_by_one_frame_do_not_become_the_next_ones),
    };
    return run_cases(cases, sizeof cases / sizeof *cases);
}
