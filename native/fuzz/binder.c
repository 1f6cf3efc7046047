/* What the service may ask mayfly-binder for: a request is as the protocol says, or its process ends. */
#include "socket.h"

#include <setjmp.h>

static jmp_buf fuzz_ended;
static _Noreturn void fuzz_exit(int status) {
    assert(status == 0 || status == 1);
    longjmp(fuzz_ended, 1);
}

static ssize_t fuzz_write(int descriptor, const void *bytes, size_t size) {
    assert(descriptor == 9 && size == 1);
    fuzz_touch(bytes, size);
    return 1;
}

#define _exit fuzz_exit
#define write fuzz_write
#define alarm(seconds) ((void)(seconds))
#define main binder_main
int binder_main(void);
#include "../binder.c"
#undef write

int bind_into_sandbox(const struct request *request, struct failure *failure) {
    assert(request->count > 0 && request->count <= BINDS_MAX && request->group_count <= BINDER_GROUPS_MAX);
    assert(request->sandbox >= FIRST_DESCRIPTOR && fuzz.opened == 2);
    fuzz_touch(request->groups, request->group_count * sizeof *request->groups);
    for (size_t i = 0; i < request->count; i++) {
        fuzz_touch(request->binds[i].source, strlen(request->binds[i].source) + 1);
        fuzz_touch(request->binds[i].target, strlen(request->binds[i].target) + 1);
    }
    if (request->root != NULL)
        fuzz_touch(request->root, strlen(request->root) + 1);
    *failure = (struct failure){.doing = "bind", .object = request->binds[0].source, .reason = "it is a test"};
    return request->binds[0].readonly ? -EPERM : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_begin(data, size);
    if (setjmp(fuzz_ended) == 0)
        work(9);
    fuzz_end();
    return 0;
}
