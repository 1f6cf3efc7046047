/* What the client may say while the command runs: init ends, or does nothing but what the protocol lists. */
#include "../modes.h"
#include "socket.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <termios.h>

enum { COMMAND = 4242 };

static jmp_buf fuzz_ended;
static _Noreturn void fuzz_exit(int status) {
    assert(status == 0 || status == 1);
    longjmp(fuzz_ended, 1);
}

static int fuzz_kill(pid_t pid, int number) {
    assert(pid == COMMAND || pid == -COMMAND);
    assert(number == SIGHUP || number == SIGINT || number == SIGQUIT || number == SIGTERM || number == SIGUSR1 ||
           number == SIGUSR2 || number == SIGCONT || number == SIGTSTP || number == SIGWINCH);
    return number % 2 == 0 ? 0 : -1;
}

static int fuzz_ioctl(int descriptor, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    const void *bytes = va_arg(arguments, const void *);
    va_end(arguments);
    assert(descriptor == -1 && (request == MODES_SET || request == TIOCSWINSZ));
    fuzz_touch(bytes, request == MODES_SET ? KERNEL_TERMIOS_SIZE : sizeof(struct winsize));
    return 0;
}

#define _exit fuzz_exit
#define kill fuzz_kill
#define ioctl fuzz_ioctl
#include "../attend.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct command command;
    static unsigned char buffer[64];
    if (size == 0)
        return 0;
    fuzz_begin(data + 1, size - 1);
    command = (struct command){.pid = COMMAND, .pty = data[0] & 7, .deferred = (data[0] & 8) != 0};
    command.terminal = (struct terminal){.master = -1, .slave = -1};
    reader_begin(&command.reader, SANDBOX_SOCKET, buffer, sizeof buffer, SMALL_FRAME_MAX);
    if (setjmp(fuzz_ended) == 0)
        for (;;)
            obey(&command.reader, &command);
    fuzz_end();
    return 0;
}
