/*
 * What goes over the door and the sandbox socket for one lease, as frames: nothing here waits, starts or prints. The client
 * (claim.c, run.c) and mayfly-listen share it.
 */
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The claim. ------------------------------------------------------------------------------------------------------ */

/* What of the caller's environment changes the sandbox itself. */
static void add_variables(struct frame *frame, char **variables) {
    static const char *const names[] = {"DEBUG_LXC_SPAWN=",
                                        "DISABLE_SECCOMP_WRAPPER=",
                                        "DISPLAY=",
                                        "HOME=",
                                        "LXC_CPU_QUOTA=",
                                        "LXC_MAP_TUN=",
                                        "LXC_MEM_MB_QUOTA=",
                                        "LXC_NET_BR=",
                                        "MAYFLY_JAIL_ADDRESSES=",
                                        "PULSE_COOKIE=",
                                        "PULSE_SERVER=",
                                        "XAUTHORITY=",
                                        "XDG_CONFIG_HOME=",
                                        "XDG_RUNTIME_DIR="};
    size_t count = 0;
    for (char **entry = variables; *entry != NULL && count < VARIABLES_MAX; entry++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (strncmp(*entry, names[i], strlen(names[i])) == 0 && strlen(*entry) <= VARIABLE_MAX) {
                frame_text(frame, FIELD_VARIABLE, *entry);
                count++;
            }
}

void claim_write(struct frame *frame, void *buffer, size_t capacity, char **arguments, const char *directory,
                 char **variables) {
    frame_begin(frame, buffer, capacity, FRAME_CLAIM);
    frame_u32(frame, FIELD_VERSION, PROTOCOL_VERSION);
    /* Options come first: of a long argument list the service needs the beginning only. */
    size_t bytes = 0, words = 0;
    frame_open(frame, FIELD_WORDS);
    for (; arguments[words] != NULL && words < WORDS_MAX; words++) {
        size_t size = strlen(arguments[words]) + 1;
        if (bytes + size > WORDS_BYTES_MAX)
            break;
        frame_add(frame, arguments[words], size);
        bytes += size;
    }
    frame_close(frame);
    if (arguments[words] != NULL)
        frame_field(frame, FIELD_TRUNCATED, NULL, 0);
    if (directory[0] != 0)
        frame_text(frame, FIELD_CWD, directory);
    add_variables(frame, variables);
}

static int read_claimed_field(const struct field *field, struct claim *claim) {
    uint32_t number;
    switch (field->tag) {
    case FIELD_VERSION:
        return field_u32(field, &number) == 0 && number == PROTOCOL_VERSION ? 0 : -EPROTO;
    case FIELD_FIRST:
        return field_u32(field, &claim->first);
    case FIELD_FLAGS:
        return field_u32(field, &claim->flags);
    case FIELD_SHELL:
        return field_string(field, claim->shell, sizeof claim->shell);
    case FIELD_CHDIR:
        claim->has_directory = true;
        return field_string(field, claim->directory, sizeof claim->directory);
    case FIELD_STATUS_FD:
        if (field_u32(field, &number) < 0 || number > INT_MAX)
            return -EPROTO;
        claim->status_descriptor = (int)number;
        return 0;
    case FIELD_COMMAND:
        return field_u64(field, &claim->number);
    case FIELD_ORIGIN:
        claim->origin = *field;
        return 0;
    case FIELD_ENV:
    case FIELD_NOTE:
        return field->size > 0 && memchr(field->data, 0, field->size) == NULL ? 0 : -EPROTO;
    default:
        return -EPROTO;
    }
}

int claimed_read(struct reader *reader, struct view view, struct claim *claim) {
    claim->reply = view;
    struct field field;
    int more, result;
    while ((more = view_next(&view, &field)) > 0)
        if ((result = read_claimed_field(&field, claim)) < 0)
            return result;
    if (more < 0 || !view_has(&view, FIELD_VERSION) || !view_has(&view, FIELD_FIRST) || !view_has(&view, FIELD_FLAGS))
        return -EPROTO;
    if ((claim->flags & CLAIM_NO_COMMAND) != 0) {
        claim->sandbox = -1;
        return 0;
    }
    return reader_take(reader, &claim->sandbox, 1);
}

int refusal_read(struct view view, struct refusal *refusal) {
    uint32_t status = 0;
    struct field field;
    int more, result = 0;
    *refusal = (struct refusal){0};
    while ((more = view_next(&view, &field)) > 0 && result == 0) {
        if (field.tag == FIELD_STATUS)
            result = field_u32(&field, &status);
        else if (field.tag == FIELD_MESSAGE)
            result = field_string(&field, refusal->message, sizeof refusal->message);
        else if (field.tag == FIELD_REMEDY)
            result = field_string(&field, refusal->remedy, sizeof refusal->remedy);
        else if (view.type != FRAME_REFUSED) /* whose layout every version has to understand */
            result = -EPROTO;
    }
    bool sane = more == 0 && result == 0 && refusal->message[0] != 0;
    if (view.type == FRAME_REFUSED && (status < 1 || status > 255))
        status = MAYFLY_FAILED;
    refusal->status = (int)status;
    return sane && status > 0 && status < 256 ? 0 : -EPROTO;
}

/* The variables. -------------------------------------------------------------------------------------------------- */

static bool passes_by_default(const char *entry) {
    static const char *const names[] = {
        "PATH=", "HOME=", "USER=", "LOGNAME=", "SHELL=", "TERM=", "COLORTERM=", "LANG=", "LC_", "TZ="};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(entry, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static char *find_variable(char **list, const char *name, size_t size) {
    for (; *list != NULL; list++)
        if (strncmp(*list, name, size) == 0 && (*list)[size] == '=')
            return *list;
    return NULL;
}

static void put_variable(char **list, size_t *count, char *entry) {
    size_t size = strcspn(entry, "=");
    for (size_t i = 0; i < *count; i++)
        if (strncmp(list[i], entry, size + 1) == 0) {
            list[i] = entry;
            return;
        }
    list[(*count)++] = entry;
}

/* `extra` comes before what this process has. */
static char *find_own(char **extra, const char *name, size_t size) {
    char *found = extra != NULL ? find_variable(extra, name, size) : NULL;
    return found != NULL ? found : find_variable(environ, name, size);
}

char **environment_make(const struct claim *claim, char **extra) {
    size_t inherited = 0, operations = 0, bytes = 0, count = 0;
    while (environ[inherited] != NULL)
        inherited++;
    struct field field;
    for (struct view view = claim->reply; view_next(&view, &field) > 0;)
        if (field.tag == FIELD_ENV) {
            operations++;
            bytes += field.size + 1;
        }
    /* One block: the list, then the strings that are made here. */
    size_t elements = inherited + operations + 1;
    char **list = calloc(1, elements * sizeof *list + bytes);
    if (list == NULL)
        return NULL;
    char *made = (char *)(list + elements);
    for (size_t i = 0; i < inherited; i++)
        if (passes_by_default(environ[i]))
            list[count++] = environ[i];
    for (struct view view = claim->reply; view_next(&view, &field) > 0;) {
        if (field.tag != FIELD_ENV)
            continue;
        const char *name = (const char *)field.data;
        if (memchr(name, '=', field.size) == NULL) {
            char *own = find_own(extra, name, field.size);
            if (own != NULL)
                put_variable(list, &count, own);
        } else {
            memcpy(made, name, field.size);
            put_variable(list, &count, made);
            made += field.size + 1;
        }
    }
    return list;
}

/* The command. ---------------------------------------------------------------------------------------------------- */

static size_t bytes_of(char **strings) {
    size_t bytes = 0;
    for (; *strings != NULL; strings++)
        bytes += strlen(*strings) + 1;
    return bytes;
}

static void add_strings(struct frame *frame, enum field_tag tag, char **strings) {
    frame_open(frame, tag);
    for (; *strings != NULL; strings++)
        frame_add(frame, *strings, strlen(*strings) + 1);
    frame_close(frame);
}

static void add_u64(unsigned char *at, uint64_t value) {
    for (int i = 0; i < 8; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

static void add_limits(struct frame *frame, const struct caller *caller) {
    unsigned char bytes[16 * LIMITS_COUNT];
    for (int i = 0; i < LIMITS_COUNT; i++) {
        add_u64(bytes + 16 * i, (uint64_t)caller->limits[i].rlim_cur);
        add_u64(bytes + 16 * i + 8, (uint64_t)caller->limits[i].rlim_max);
    }
    frame_field(frame, FIELD_LIMITS, bytes, sizeof bytes);
}

static void add_directory(struct frame *frame, const struct claim *claim, const struct caller *caller) {
    if (claim->is_login && !claim->has_directory) {
        /* A home that the sandbox lacks is no reason not to be let in. */
        if (caller->directory[0] != 0) {
            frame_text(frame, FIELD_WORKDIR, caller->directory);
            frame_field(frame, FIELD_OR_ROOT, NULL, 0);
        }
    } else if ((claim->flags & CLAIM_OWN_DIRECTORY) != 0) {
        frame_text(frame, FIELD_WORKDIR, caller->directory);
    } else if (claim->has_directory) {
        frame_text(frame, FIELD_WORKDIR, claim->directory);
    }
}

size_t run_size(char **command, char **environment) {
    return bytes_of(command) + bytes_of(environment) + (size_t)PATH_MAX * 2 + 4096;
}

void run_write(struct frame *frame, const struct claim *claim, const struct caller *caller, char **command,
               char **environment, uint32_t open) {
    frame_u32(frame, FIELD_VERSION, PROTOCOL_VERSION);
    add_strings(frame, FIELD_ARGV, command);
    add_strings(frame, FIELD_ENVIRON, environment);
    add_directory(frame, claim, caller);
    frame_u32(frame, FIELD_OPEN, open);
    frame_u32(frame, FIELD_UMASK, caller->umask);
    frame_u32(frame, FIELD_NICE, (uint32_t)caller->nice);
    add_limits(frame, caller);
    frame_field(frame, FIELD_CPUS, caller->cpus, caller->cpus_size);
    frame_u64(frame, FIELD_IGNORED, caller->ignored);
    frame_u64(frame, FIELD_BLOCKED, caller->blocked);
    if (command[0] == claim->shell)
        frame_text(frame, FIELD_FALLBACK, "/bin/sh");
    if (claim->number != 0)
        frame_u64(frame, FIELD_COMMAND, claim->number);
}

/* Its end. -------------------------------------------------------------------------------------------------------- */

int ending_read(struct view view, struct ending *ending) {
    struct field field;
    int more, result = 0;
    while ((more = view_next(&view, &field)) > 0 && result == 0) {
        switch (field.tag) {
        case FIELD_CODE:
            result = field_u32(&field, &ending->code);
            break;
        case FIELD_NUMBER:
            result = field_u32(&field, &ending->number);
            break;
        case FIELD_ELAPSED:
            result = field_u64(&field, &ending->elapsed);
            break;
        case FIELD_USER:
            result = field_u64(&field, &ending->user);
            break;
        case FIELD_SYSTEM:
            result = field_u64(&field, &ending->system);
            break;
        case FIELD_PEAK:
            result = field_u64(&field, &ending->peak);
            break;
        default:
            result = -EPROTO;
        }
    }
    bool one_end = view_has(&view, FIELD_CODE) != (ending->number > 0);
    return more < 0 || !one_end || ending->code > 255 || ending->number > 64 ? -EPROTO : result;
}
