/* The service's answer: a lease that makes sense, a refusal that was shown, or an error. */
#include "client.h"

#include <stdlib.h>

int start_service(struct place *place, int (*connect_to)(const struct place *place), int *door, bool *started) {
    (void)started;
    (void)place, (void)connect_to, (void)door;
    abort(); /* no connection is made here */
}

int become_launcher(char **words) {
    for (; *words != NULL; words++)
        fuzz_touch(*words, strlen(*words) + 1);
    complain("it would not return", NULL);
    return MAYFLY_FAILED;
}

void caller_observe(struct caller *caller) { (void)caller; }

/* The client frees nothing: it ends soon. */
static void *kept[2 * DOOR_FRAME_MAX / 5];
static size_t kept_count;
static void *keep(void *memory) {
    assert(memory != NULL && kept_count < sizeof kept / sizeof *kept);
    return kept[kept_count++] = memory;
}

#define dprintf fuzz_dprintf
#define calloc(count, size) keep(calloc(count, size))
#include "../claim.c"
#include "../lease.c"
#include "../run.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char *arguments[] = {"mayfly", "true", NULL};
    static struct caller caller = {.directory = "/tmp"};
    static struct claim claim;
    fuzz_begin(data, size);
    fuzz_complaints = 0;
    claim = (struct claim){.status_descriptor = -1};
    const int result = ask(3, &claim, arguments, &caller);
    if (result > 0)
        assert(result < 256 && fuzz_complaints == 1);
    if (result == 0) {
        if ((claim.flags & CLAIM_NO_COMMAND) != 0)
            assert(claim.sandbox < 0);
        else
            assert(claim.sandbox >= FIRST_DESCRIPTOR && fuzz.opened == 1);
        assert(memchr(claim.shell, 0, sizeof claim.shell) && memchr(claim.directory, 0, sizeof claim.directory));
        for (char **entry = environment_make(&claim, NULL); *entry != NULL; entry++)
            fuzz_touch(*entry, strlen(*entry) + 1);
        trace(&claim);
        write_status(&(struct claim){.status_descriptor = 1, .origin = claim.origin}, 0, &(struct ending){0});
    }
    while (kept_count > 0)
        free(kept[--kept_count]);
    fuzz_end();
    return 0;
}
