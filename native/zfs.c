/*
 * mayfly-zfs: clones of ZFS and channel programs by OpenZFS's own library, for root's service. zfs(8) would be a new process
 * for each; and a pool that does not answer keeps this process waiting, not the service.
 *
 * Given: descriptor 3, a stream socket. A request is words, with a zero behind each and one more at the end:
 *   clone SNAPSHOT DATASET [PROPERTY=VALUE]...    a user's property, with a colon in its name, is a text, any other a number
 *   program POOL SCRIPT [WORD]...                 zfs-program(8); the words are its argv, it returns a text
 *   look POOL SCRIPT [WORD]...                    one that changes nothing but the pool's history, where all are written
 * The next one comes when it is answered: by "done " and what the program returned, "failed " and why, or "unusable " and why the
 * library is; and a zero.
 * With the argument --check instead: says on stdout why the library cannot be used, if so.
 * Exit: 0 the service has closed the socket; 1 the library cannot be used, or what came is no request.
 *
 * The library is looked for when this starts, since a machine without ZFS has none. The interface of libzfs_core and libnvpair
 * is stable (libzfs_core.c of OpenZFS says so; their headers are libzfs_core.h and sys/nvpair.h).
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SERVICE = 3, MESSAGE_MAX = 65536, WORDS_MAX = 1024 };
/* What zfs-program(8) allows when it is told nothing else. */
enum { INSTRUCTIONS_MAX = 10000000, MEMORY_MAX = 10 << 20 };
enum { UNIQUE_NAME = 1 }; /* NV_UNIQUE_NAME */

struct nvlist;

static struct {
    int (*libzfs_core_init)(void);
    int (*lzc_clone)(const char *dataset, const char *snapshot, struct nvlist *properties);
    int (*lzc_channel_program)(const char *pool, const char *script, uint64_t instructions, uint64_t memory,
                               struct nvlist *arguments, struct nvlist **out);
    int (*lzc_channel_program_nosync)(const char *pool, const char *script, uint64_t instructions, uint64_t memory,
                                      struct nvlist *arguments, struct nvlist **out);
    int (*nvlist_alloc)(struct nvlist **list, unsigned int flags, int unused);
    void (*nvlist_free)(struct nvlist *list);
    int (*nvlist_add_string)(struct nvlist *list, const char *name, const char *value);
    int (*nvlist_add_uint64)(struct nvlist *list, const char *name, uint64_t value);
    int (*nvlist_add_string_array)(struct nvlist *list, const char *name, char *const *values, unsigned int count);
    int (*nvlist_lookup_string)(struct nvlist *list, const char *name, const char **value);
} zfs;

static void *library;

/* Why the library cannot be used; empty: it can. */
static char unusable[256];

static void *function(const char *name) {
    void *found = dlsym(library, name);
    if (found == NULL)
        snprintf(unusable, sizeof unusable, "the library libzfs_core has no function %s", name);
    return found;
}

static void load(void) {
    static const char *const names[] = {"libzfs_core.so.3", "libzfs_core.so.2", "libzfs_core.so"};
    for (size_t i = 0; i < sizeof names / sizeof names[0] && library == NULL; i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        snprintf(unusable, sizeof unusable, "the library libzfs_core of OpenZFS 2 is not installed");
        return;
    }
#define FUNCTION(name) *(void **)&zfs.name = function(#name)
    FUNCTION(libzfs_core_init);
    FUNCTION(lzc_clone);
    FUNCTION(lzc_channel_program);
    FUNCTION(lzc_channel_program_nosync);
    FUNCTION(nvlist_alloc);
    FUNCTION(nvlist_free);
    FUNCTION(nvlist_add_string);
    FUNCTION(nvlist_add_uint64);
    FUNCTION(nvlist_add_string_array);
    FUNCTION(nvlist_lookup_string);
    if (unusable[0] != 0)
        return;
    int error = zfs.libzfs_core_init();
    if (error != 0)
        snprintf(unusable, sizeof unusable, "cannot open /dev/zfs: %s", strerror(error));
}

static void answer(const char *word, const char *text, size_t size) {
    static char message[MESSAGE_MAX];
    int head = snprintf(message, sizeof message, "%s ", word);
    size_t length = (size_t)head + size + 1;
    if (length > sizeof message)
        _exit(1);
    memcpy(message + head, text, size);
    message[length - 1] = 0;
    for (size_t sent = 0; sent < length;) {
        ssize_t count = send(SERVICE, message + sent, length - sent, MSG_NOSIGNAL);
        if (count < 0 && errno != EINTR)
            _exit(1);
        sent += count < 0 ? 0 : (size_t)count;
    }
}

static void done(const char *text) { answer("done", text, strlen(text)); }

/* With the first line: a program that fails is traced in more. */
static void failed(const char *reason) { answer("failed", reason, strcspn(reason, "\n")); }

/* In the words of zfs(8) where it has its own; NULL: it has none. */
static const char *known_reason(int error) {
    switch (error) {
    case ENOENT:
        return "dataset does not exist";
    case EBUSY:
        return "dataset is busy";
    case ENOSPC:
    case EDQUOT:
        return "out of space";
    default:
        return NULL;
    }
}

static void failed_by(int error, const char *text) {
    const char *known = known_reason(error);
    failed(known != NULL ? known : text != NULL ? text : strerror(error));
}

/* Adds PROPERTY=VALUE. */
static int add_property(struct nvlist *properties, char *word) {
    char *value = strchr(word, '=');
    if (value == NULL)
        return EINVAL;
    *value++ = 0;
    if (strchr(word, ':') != NULL)
        return zfs.nvlist_add_string(properties, word, value);
    char *end;
    errno = 0;
    uint64_t number = strtoull(value, &end, 10);
    if (errno != 0 || end == value || *end != 0)
        return EINVAL;
    return zfs.nvlist_add_uint64(properties, word, number);
}

static void make_clone(char **words, size_t count) {
    struct nvlist *properties;
    int error = zfs.nvlist_alloc(&properties, UNIQUE_NAME, 0);
    if (error != 0) {
        failed_by(error, NULL);
        return;
    }
    for (size_t i = 2; i < count && error == 0; i++)
        error = add_property(properties, words[i]);
    if (error == 0)
        error = zfs.lzc_clone(words[1], words[0], properties);
    zfs.nvlist_free(properties);
    if (error == 0)
        done("");
    else
        failed_by(error, NULL);
}

static void run_program(bool changes, char **words, size_t count) {
    struct nvlist *arguments, *out = NULL;
    int error = zfs.nvlist_alloc(&arguments, UNIQUE_NAME, 0);
    if (error != 0) {
        failed_by(error, NULL);
        return;
    }
    error = zfs.nvlist_add_string_array(arguments, "argv", words + 2, (unsigned int)count - 2);
    if (error == 0)
        error = (changes ? zfs.lzc_channel_program : zfs.lzc_channel_program_nosync)(
            words[0], words[1], INSTRUCTIONS_MAX, MEMORY_MAX, arguments, &out);
    const char *text = NULL;
    if (out != NULL && zfs.nvlist_lookup_string(out, error == 0 ? "return" : "error", &text) != 0)
        text = NULL;
    if (error != 0)
        failed_by(error, text);
    else if (text == NULL)
        failed("the channel program returned no text");
    else
        done(text);
    zfs.nvlist_free(arguments);
    if (out != NULL)
        zfs.nvlist_free(out);
}

/* Carries out a request; false: it is none, or nothing can be done. */
static bool serve(char **words, size_t count) {
    if (count < 3)
        return false;
    bool clone = strcmp(words[0], "clone") == 0, program = strcmp(words[0], "program") == 0;
    if (!clone && !program && strcmp(words[0], "look") != 0)
        return false;
    if (unusable[0] != 0) {
        answer("unusable", unusable, strlen(unusable));
        return false; /* the next process looks for the library again */
    }
    if (clone)
        make_clone(words + 1, count - 1);
    else
        run_program(program, words + 1, count - 1);
    return true;
}

/* Splits a request, which ends with an empty word; how many there are before that, 0: too many, or an empty one among them. */
static size_t split(char *message, size_t size, char **words) {
    size_t count = 0;
    for (char *word = message; word < message + size - 1; word += strlen(word) + 1) {
        if (count == WORDS_MAX || *word == 0)
            return 0;
        words[count++] = word;
    }
    return count;
}

int main(int argc, char **argv) {
    static char message[MESSAGE_MAX];
    static char *words[WORDS_MAX];
    load();
    if (argc > 1 && strcmp(argv[1], "--check") == 0) {
        if (unusable[0] != 0)
            puts(unusable);
        return unusable[0] != 0;
    }
    if (chdir("/") < 0)
        return 1;
    size_t have = 0;
    for (;;) {
        ssize_t size = recv(SERVICE, message + have, sizeof message - have, 0);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return size < 0 || have > 0;
        have += (size_t)size;
        if (have < 2 || message[have - 1] != 0 || message[have - 2] != 0)
            continue;
        if (!serve(words, split(message, have, words)))
            return 1;
        have = 0;
    }
}
