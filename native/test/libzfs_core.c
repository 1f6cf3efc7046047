/* A double of OpenZFS's library for zfs_test.c: lists are texts, and calls tell what they were given. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct nvlist {
    char text[4096];
};

int libzfs_core_init(void);
int lzc_clone(const char *dataset, const char *snapshot, struct nvlist *properties);
int lzc_channel_program(const char *pool, const char *script, uint64_t instructions, uint64_t memory,
                        struct nvlist *arguments, struct nvlist **out);
int lzc_channel_program_nosync(const char *pool, const char *script, uint64_t instructions, uint64_t memory,
                               struct nvlist *arguments, struct nvlist **out);
int nvlist_alloc(struct nvlist **list, unsigned int flags, int unused);
void nvlist_free(struct nvlist *list);
int nvlist_add_string(struct nvlist *list, const char *name, const char *value);
int nvlist_add_uint64(struct nvlist *list, const char *name, uint64_t value);
int nvlist_add_string_array(struct nvlist *list, const char *name, char *const *values, unsigned int count);
int nvlist_lookup_string(struct nvlist *list, const char *name, const char **value);

int libzfs_core_init(void) { return getenv("NO_ZFS") != NULL ? ENOENT : 0; }

static int add(struct nvlist *list, const char *text) {
    if (strlen(list->text) + strlen(text) >= sizeof list->text)
        return ENOMEM;
    strcat(list->text, text);
    return 0;
}

int lzc_clone(const char *dataset, const char *snapshot, struct nvlist *properties) {
    if (strcmp(snapshot, "tank/full@1") == 0)
        return ENOSPC;
    if (strcmp(snapshot, "tank/none@1") == 0)
        return ENOENT;
    return strcmp(dataset, "tank/a_1") == 0 && strcmp(snapshot, "tank/a@1") == 0 &&
                   strcmp(properties->text, "canmount 2;mayfly:state \"ready\";mayfly:lease \"a=b\";") == 0
               ? 0
               : ENOTSUP;
}

static int program(const char *kind, const char *pool, const char *script, uint64_t instructions, uint64_t memory,
                   struct nvlist *arguments, struct nvlist **out) {
    if (strcmp(script, "gone") == 0)
        return ENOENT;
    char text[5000];
    snprintf(text, sizeof text, "%s %s %s %d %s", kind, pool, script, instructions > 0 && memory > 0, arguments->text);
    int error = nvlist_alloc(out, 1, 0);
    if (error != 0 || strcmp(script, "silent") == 0)
        return error;
    if (strcmp(script, "wrong") == 0)
        return add(*out, "error\n3: wrong\ntraceback") != 0 ? ENOMEM : ERANGE;
    if (strcmp(script, "full") == 0)
        return add(*out, "error\nCould not open pool") != 0 ? ENOMEM : ENOSPC;
    return add(*out, "return\n") != 0 || add(*out, text) != 0 ? ENOMEM : 0;
}

int lzc_channel_program(const char *pool, const char *script, uint64_t instructions, uint64_t memory,
                        struct nvlist *arguments, struct nvlist **out) {
    return program("changes", pool, script, instructions, memory, arguments, out);
}

int lzc_channel_program_nosync(const char *pool, const char *script, uint64_t instructions, uint64_t memory,
                               struct nvlist *arguments, struct nvlist **out) {
    return program("looks", pool, script, instructions, memory, arguments, out);
}

int nvlist_alloc(struct nvlist **list, unsigned int flags, int unused) {
    if (flags != 1 || unused != 0)
        return EINVAL;
    *list = calloc(1, sizeof **list);
    return *list == NULL ? ENOMEM : 0;
}

void nvlist_free(struct nvlist *list) { free(list); }

int nvlist_add_string(struct nvlist *list, const char *name, const char *value) {
    char text[1024];
    snprintf(text, sizeof text, "%s \"%s\";", name, value);
    return add(list, text);
}

int nvlist_add_uint64(struct nvlist *list, const char *name, uint64_t value) {
    char text[1024];
    snprintf(text, sizeof text, "%s %llu;", name, (unsigned long long)value);
    return add(list, text);
}

int nvlist_add_string_array(struct nvlist *list, const char *name, char *const *values, unsigned int count) {
    int error = add(list, name);
    for (unsigned int i = 0; i < count && error == 0; i++)
        error = add(list, ",") != 0 ? ENOMEM : add(list, values[i]);
    return error;
}

int nvlist_lookup_string(struct nvlist *list, const char *name, const char **value) {
    size_t size = strlen(name);
    if (strncmp(list->text, name, size) != 0 || list->text[size] != '\n')
        return ENOENT;
    *value = list->text + size + 1;
    return 0;
}
