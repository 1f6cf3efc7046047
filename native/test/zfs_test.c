/* mayfly-zfs with a double of OpenZFS's library, libzfs_core.c: zfs_test PROGRAM, and LD_LIBRARY_PATH says where that is. */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { PARTS = 1200 };

static const char *program;
static pid_t helper;
static int connection;

static void start(void) {
    int ends[2];
    CHECK_IS(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    helper = fork();
    if (helper == 0) {
        close(ends[0]);
        if (ends[1] != 3 && (dup2(ends[1], 3) < 0 || close(ends[1]) < 0))
            _exit(99);
        execl(program, program, (char *)NULL);
        _exit(99);
    }
    close(ends[1]);
    connection = ends[0];
}

static int exit_status(void) {
    int status;
    CHECK_IS(waitpid(helper, &status, 0), helper);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void tell(const char *bytes, size_t size) { CHECK_IS(send(connection, bytes, size, MSG_NOSIGNAL), size); }

/* The words are a string's, with a comma between them and one more behind the last. */
static void request(const char *words) {
    char bytes[512];
    size_t size = strlen(words);
    memcpy(bytes, words, size);
    for (size_t i = 0; i < size; i++)
        if (bytes[i] == ',')
            bytes[i] = 0;
    bytes[size] = 0;
    tell(bytes, size + 1);
}

static void check_answer(const char *expected) {
    static char answer[8192];
    size_t have = 0;
    do {
        ssize_t count = recv(connection, answer + have, sizeof answer - have, 0);
        CHECK(count > 0);
        have += (size_t)count;
    } while (answer[have - 1] != 0);
    CHECK_TEXT(answer, expected);
}

static void check_call(const char *words, const char *expected) {
    request(words);
    check_answer(expected);
}

static void a_clone_has_numbers_and_texts_for_properties(void) {
    start();
    check_call("clone,tank/a@1,tank/a_1,canmount=2,mayfly:state=ready,mayfly:lease=a=b,", "done ");
    check_call("clone,tank/a@1,tank/a_1,canmount=noauto,", "failed Invalid argument");
    check_call("clone,tank/a@1,tank/a_1,canmount=,", "failed Invalid argument");
    check_call("clone,tank/a@1,tank/a_1,canmount,", "failed Invalid argument");
    check_call("clone,tank/a@1,tank/a_1,canmount=99999999999999999999,", "failed Invalid argument");
}

static void a_program_gets_its_words_and_returns_a_text(void) {
    start();
    check_call("program,tank,return,a,b,", "done changes tank return 1 argv,a,b");
    check_call("look,tank,return,", "done looks tank return 1 argv");
}

static void failures_have_the_words_of_zfs_in_one_line(void) {
    start();
    check_call("clone,tank/full@1,tank/a_1,", "failed out of space");
    check_call("clone,tank/none@1,tank/a_1,", "failed dataset does not exist");
    check_call("program,tank,gone,", "failed dataset does not exist");
    check_call("program,tank,wrong,", "failed 3: wrong");
    check_call("program,tank,full,", "failed out of space");
    check_call("program,tank,silent,", "failed the channel program returned no text");
}

static void a_request_may_come_in_pieces(void) {
    static const char bytes[] = "look\0tank\0return\0";
    start();
    for (size_t i = 0; i < sizeof bytes; i++)
        tell(bytes + i, 1);
    check_answer("done looks tank return 1 argv");
}

static void it_ends_with_its_connection(void) {
    start();
    check_call("look,tank,return,", "done looks tank return 1 argv");
    close(connection);
    CHECK_IS(exit_status(), 0);
}

static void check_refused(const char *bytes, size_t size) {
    start();
    tell(bytes, size);
    shutdown(connection, SHUT_WR);
    CHECK_IS(exit_status(), 1);
    char byte;
    CHECK(recv(connection, &byte, 1, 0) <= 0);
    close(connection);
}

static void what_is_no_request_ends_it(void) {
    static char many[5 * PARTS + 1], much[70000];
    check_refused("\0", 2);
    check_refused("look\0tank\0", 11);
    check_refused("destroy\0tank\0return\0", 21);
    check_refused("look\0\0tank\0return\0", 19);
    check_refused("look\0tank\0return", 17);
    for (size_t i = 0; i < PARTS; i++)
        memcpy(many + 5 * i, "look", 5);
    check_refused(many, sizeof many);
    memset(much, 'a', sizeof much);
    check_refused(much, 65536);
}

static void where_there_is_no_zfs_it_says_so_and_ends(void) {
    setenv("NO_ZFS", "1", 1);
    start();
    check_call("look,tank,return,", "unusable cannot open /dev/zfs: No such file or directory");
    CHECK_IS(exit_status(), 1);
}

static void check_says(int status, const char *text) {
    char command[4096], said[256] = "";
    snprintf(command, sizeof command, "%s --check", program);
    FILE *pipe = popen(command, "r");
    CHECK(pipe != NULL);
    size_t size = fread(said, 1, sizeof said - 1, pipe);
    said[size] = 0;
    CHECK_TEXT(said, text);
    CHECK_IS(WEXITSTATUS(pclose(pipe)), status);
}

static void a_check_says_what_is_wrong(void) {
    check_says(0, "");
    setenv("NO_ZFS", "1", 1);
    check_says(1, "cannot open /dev/zfs: No such file or directory\n");
}

int main(int argc, char **argv) {
    if (argc != 2)
        return 2;
    program = argv[1];
    const struct test_case cases[] = {
        CASE(a_clone_has_numbers_and_texts_for_properties),
        CASE(a_program_gets_its_words_and_returns_a_text),
        CASE(failures_have_the_words_of_zfs_in_one_line),
        CASE(a_request_may_come_in_pieces),
        CASE(it_ends_with_its_connection),
        CASE(what_is_no_request_ends_it),
        CASE(where_there_is_no_zfs_it_says_so_and_ends),
        CASE(a_check_says_what_is_wrong),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
