/*
 * protocol.c over a socket that is made of the fuzzer's bytes. The first one says in what pieces the others arrive and
 * how many descriptors come with the first piece; those are numbers that nobody has opened.
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIRST_DESCRIPTOR = 10000, MAPPINGS_MAX = 16 };

static struct {
    const uint8_t *data;
    size_t left, piece;
    int descriptors; /* to come with the next piece */
    int opened, closed;
} fuzz;

static void fuzz_begin(const uint8_t *data, size_t size) {
    const uint8_t how = size > 0 ? data[0] : 0;
    memset(&fuzz, 0, sizeof fuzz);
    fuzz.data = data + (size > 0);
    fuzz.left = size - (size > 0);
    fuzz.piece = (how & 7) == 0 ? SIZE_MAX : (size_t)1 << ((how & 7) - 1);
    fuzz.descriptors = how >> 3 & 7;
}

static ssize_t fuzz_recvmsg(int socket, struct msghdr *message, int flags) {
    (void)socket, (void)flags;
    size_t size = message->msg_iov->iov_len;
    assert(size > 0);
    if (size > fuzz.left)
        size = fuzz.left;
    if (size > fuzz.piece)
        size = fuzz.piece;
    if (size > 0)
        memcpy(message->msg_iov->iov_base, fuzz.data, size);
    fuzz.data += size;
    fuzz.left -= size;

    const int room = (int)((message->msg_controllen - CMSG_LEN(0)) / sizeof(int));
    const int count = fuzz.descriptors < room ? fuzz.descriptors : room;
    message->msg_flags = fuzz.descriptors > room ? MSG_CTRUNC : 0;
    message->msg_controllen = 0;
    if (count > 0) {
        struct cmsghdr *head = message->msg_control;
        *head = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        for (int i = 0; i < count; i++) {
            const int descriptor = FIRST_DESCRIPTOR + fuzz.opened++;
            memcpy(CMSG_DATA(head) + sizeof(int) * (size_t)i, &descriptor, sizeof descriptor);
        }
        message->msg_controllen = CMSG_LEN(sizeof(int) * (size_t)count);
    }
    fuzz.descriptors = 0;
    return (ssize_t)size;
}

/* Whatever is sent is one whole frame. */
static ssize_t fuzz_sendmsg(int socket, const struct msghdr *message, int flags) {
    (void)socket, (void)flags;
    const uint8_t *bytes = message->msg_iov->iov_base;
    const size_t size = message->msg_iov->iov_len;
    assert(size >= 5);
    assert(((size_t)bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 | (size_t)bytes[3] << 24) == size - 4);
    return (ssize_t)size;
}

static int fuzz_close(int descriptor) {
    assert(descriptor >= FIRST_DESCRIPTOR && descriptor < FIRST_DESCRIPTOR + fuzz.opened);
    fuzz.closed++;
    return 0;
}

/* Every byte of it is there, and not poisoned. */
static void fuzz_touch(const void *bytes, size_t size) {
    static volatile unsigned char sink;
    for (size_t i = 0; i < size; i++)
        sink ^= ((const unsigned char *)bytes)[i];
    (void)sink;
}

/* The mappings of one round. */
static struct {
    void *at[MAPPINGS_MAX];
    size_t size[MAPPINGS_MAX], count;
} fuzz_mapped;

static void *fuzz_mmap(void *at, size_t size, int protection, int flags, int descriptor, off_t offset) {
    assert(fuzz_mapped.count < MAPPINGS_MAX);
    void *mapping = mmap(at, size, protection, flags, descriptor, offset);
    assert(mapping != MAP_FAILED);
    fuzz_mapped.at[fuzz_mapped.count] = mapping;
    fuzz_mapped.size[fuzz_mapped.count++] = size;
    return mapping;
}

static int fuzz_munmap(void *at, size_t size) {
    for (size_t i = 0; i < fuzz_mapped.count; i++)
        if (fuzz_mapped.at[i] == at) {
            assert(fuzz_mapped.size[i] == size);
            fuzz_mapped.at[i] = NULL;
            return munmap(at, size);
        }
    assert(false && "unmaps what it has not mapped");
}

static void fuzz_end(void) {
    for (size_t i = 0; i < fuzz_mapped.count; i++)
        if (fuzz_mapped.at[i] != NULL)
            munmap(fuzz_mapped.at[i], fuzz_mapped.size[i]);
    fuzz_mapped.count = 0;
}

#define recvmsg fuzz_recvmsg
#define sendmsg fuzz_sendmsg
#define mmap fuzz_mmap
#define munmap fuzz_munmap
#define close fuzz_close
#include "../protocol.c"
#undef close
