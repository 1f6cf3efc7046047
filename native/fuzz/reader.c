/* Frames and fields: whatever arrives, in whatever pieces, stays within its bounds, and no descriptor gets lost. */
#include "socket.h"

#include <stdlib.h>

static void walk(struct view view) {
    const unsigned char *end = view.data + view.size;
    struct field field;
    int more;
    fuzz_touch(view.data, view.size);
    while ((more = view_next(&view, &field)) > 0) {
        uint32_t small;
        uint64_t large;
        char text[32];
        assert(field.data + field.size <= end && view.data + view.size == end);
        assert(view_has(&view, field.tag));
        fuzz_touch(field.data, field.size);
        assert((field_u32(&field, &small) == 0) == (field.size == 4));
        assert((field_u64(&field, &large) == 0) == (field.size == 8));
        if (field_string(&field, text, sizeof text) == 0)
            assert(strlen(text) == field.size);
        ssize_t strings = field_strings(&field);
        assert(strings <= (ssize_t)field.size && (strings >= 0 || field.data[field.size - 1] != 0));
    }
    assert(more < 0 || view.size == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { CAPACITY = 24 };
    unsigned char *buffer = malloc(CAPACITY); /* by itself, so that every step past its end is seen */
    struct reader reader;
    struct view view;
    int taken[DESCRIPTORS_MAX], kept = 0;
    fuzz_begin(data, size);
    reader_begin(&reader, 3, buffer, CAPACITY, SMALL_FRAME_MAX);
    while (reader_next(&reader, &view) == 0) {
        assert(view.size < SMALL_FRAME_MAX);
        reader_has_frame(&reader);
        const size_t count = reader.descriptor_count;
        assert(count <= DESCRIPTORS_MAX);
        assert(reader_take(&reader, taken, count + 1) == -EPROTO);
        assert(reader_take(&reader, taken, count) == 0);
        for (size_t i = 0; i < count; i++)
            assert(taken[i] >= FIRST_DESCRIPTOR && taken[i] < FIRST_DESCRIPTOR + fuzz.opened);
        kept += (int)count;
        walk(view);
    }
    assert(fuzz.opened == fuzz.closed + kept + (int)reader.descriptor_count);
    fuzz_end();
    free(buffer);
    return 0;
}
