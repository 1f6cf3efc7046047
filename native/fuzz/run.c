/* What a sandbox says to its client: the client ends with an exit status, or calls the sandbox broken. */
#include "client.h"

#include <fcntl.h>
#include <signal.h>

static int fuzz_kill(pid_t pid, int number) {
    assert(pid == getpid() && number == SIGTSTP);
    return 0;
}

#define dprintf fuzz_dprintf
#define kill fuzz_kill
#define fcntl(descriptor, ...) ((void)(descriptor), 0)
#include "../run.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct caller caller;
    static const unsigned char origin[] = "\"template\":\"host\"";
    static const struct claim claim = {
        .sandbox = 3, .status_descriptor = 1, .origin = {.data = origin, .size = sizeof origin - 1}};
    static struct run run;
    fuzz_begin(data, size);
    run = (struct run){.claim = &claim, .caller = &caller, .signals = -1};
    run.keyboard = (struct keyboard){.tty = -1, .output = -1, .master = -1};
    reader_begin(&run.reader, 3, reply_buffer, sizeof reply_buffer, SMALL_FRAME_MAX);
    int status;
    do
        status = understand(&run);
    while (status == -1);
    assert(status == -2 || (status >= 0 && status < 256));
    fuzz_end();
    return 0;
}
