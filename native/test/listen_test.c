/* What mayfly-listen takes for an address, a rate and a command line; and who counts as one source. */
#include "../listen.h"
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static char complaint[1024];

void complain(const char *message, const char *remedy) {
    (void)remedy;
    snprintf(complaint, sizeof complaint, "%s", message);
}

int cannot(const char *what, const char *object, int error, const char *remedy) {
    (void)what, (void)object, (void)error, (void)remedy;
    return MAYFLY_FAILED;
}

static void check_address(const char *text, const char *name, bool both) {
    struct sockaddr_storage address;
    struct peer peer;
    socklen_t size;
    bool any;
    const char *why = address_read(text, &address, &size, &any);
    CHECK_TEXT(why != NULL ? why : "", "");
    peer_describe(&peer, &address, size);
    CHECK_TEXT(peer.name, name);
    CHECK_IS(any, both);
}

static void check_no_address(const char *text, const char *reason) {
    struct sockaddr_storage address;
    socklen_t size;
    bool any;
    const char *why = address_read(text, &address, &size, &any);
    CHECK_TEXT(why != NULL ? why : "", reason);
}

static void addresses_are_numbers_with_a_port(void) {
    check_address("127.0.0.1:8080", "127.0.0.1:8080", false);
    check_address("0.0.0.0:0", "0.0.0.0:0", false);
    check_address("[::1]:65535", "[::1]:65535", false);
    check_address("[fe80::1%lo]:1", "[fe80::1]:1", false);
    check_address("*:80", "[::]:80", true);
    check_address(":80", "[::]:80", true);
    check_address("[::]:80", "[::]:80", false);
}

static void what_is_no_address_is_told_why(void) {
    static const char long_one[] = "1111111111111111111111111111111111111111111111111111111111111111111111111111111:1";
    check_no_address("", "it has no port: ADDRESS:PORT");
    check_no_address("8080", "it has no port: ADDRESS:PORT");
    check_no_address("127.0.0.1:", "its port is no number from 0 to 65535");
    check_no_address("127.0.0.1:65536", "its port is no number from 0 to 65535");
    check_no_address("127.0.0.1:99999999999999999999", "its port is no number from 0 to 65535");
    check_no_address("127.0.0.1:-1", "its port is no number from 0 to 65535");
    check_no_address("127.0.0.1:http", "its port is no number from 0 to 65535");
    check_no_address("localhost:80", "it is no address (names are not looked up)");
    check_no_address("127.0.0.256:80", "it is no address (names are not looked up)");
    check_no_address("::1:80", "an IPv6 address is written in brackets: [::1]:80");
    check_no_address("[::1:80", "an IPv6 address is written in brackets: [::1]:80");
    check_no_address("[]:80", "there is no IPv6 address in its brackets");
    check_no_address("[127.0.0.1]:80", "there is no IPv6 address in its brackets");
    check_no_address("[::1%no-such-interface]:80", "there is no IPv6 address in its brackets");
    check_no_address(long_one, "it is too long");
}

static bool same_source(const char *one, const char *other) {
    struct sockaddr_storage address;
    struct peer peers[2];
    socklen_t size;
    bool any;
    CHECK(address_read(one, &address, &size, &any) == NULL);
    peer_describe(&peers[0], &address, size);
    CHECK(address_read(other, &address, &size, &any) == NULL);
    peer_describe(&peers[1], &address, size);
    return memcmp(peers[0].source, peers[1].source, SOURCE_BYTES) == 0;
}

static void a_source_is_an_address_and_of_ipv6_a_network(void) {
    CHECK(same_source("192.0.2.1:1", "192.0.2.1:2"));
    CHECK(!same_source("192.0.2.1:1", "192.0.2.2:1"));
    CHECK(same_source("[2001:db8:1:2::1]:1", "[2001:db8:1:2:ffff::9]:2"));
    CHECK(!same_source("[2001:db8:1:2::1]:1", "[2001:db8:1:3::1]:1"));
    CHECK(same_source("192.0.2.1:1", "[::ffff:192.0.2.1]:1"));
    CHECK(!same_source("[::ffff:192.0.2.1]:1", "[::ffff:192.0.2.2]:1"));
}

static void rates_have_a_number_and_a_unit(void) {
    struct rate rate;
    CHECK(rate_read("50/s", &rate) && rate.count == 50 && rate.seconds == 1);
    CHECK(rate_read("1/m", &rate) && rate.count == 1 && rate.seconds == 60);
    CHECK(rate_read("1000000/h", &rate) && rate.seconds == 3600);
    static const char *const wrong[] = {"",     "50",    "/s",    "0/s",   "-1/s",  "1000001/s",           "50/",
                                        "50/d", "50/s ", "5 0/s", "1e3/s", "0.5/s", "123456789012345678/s"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK(!rate_read(wrong[i], &rate));
}

#define WORDS(...) ((char *[]){__VA_ARGS__, NULL})

static struct options read_words(char **words) {
    struct options options;
    complaint[0] = 0;
    int status = words_read(&options, words);
    CHECK_TEXT(complaint, "");
    CHECK_IS(status, 0);
    return options;
}

static void refuses(char **words, const char *message) {
    struct options options;
    complaint[0] = 0;
    CHECK_IS(words_read(&options, words), MAYFLY_FAILED);
    CHECK_TEXT(complaint, message);
}

static void its_own_options_come_first_and_the_rest_is_the_runs(void) {
    struct options options = read_words(WORDS("--tcp", ":80", "--max=7", "--rate", "5/m", "--unix=/run/x", "-z", "web",
                                              "-v", "REMOTE_ADDR", "--", "httpd", "--tcp", "-i"));
    CHECK_IS(options.tcp_count, 1);
    CHECK_TEXT(options.tcp[0], ":80");
    CHECK_TEXT(options.paths[0], "/run/x");
    CHECK_IS(options.max, 7);
    CHECK_IS(options.rate.seconds, 60);
    static const char *const run[] = {"mayfly", "run", "-z", "web", "-v", "REMOTE_ADDR", "--", "httpd", "--tcp", "-i"};
    for (size_t i = 0; i < sizeof run / sizeof *run; i++)
        CHECK_TEXT(options.words[i], run[i]);
    CHECK(options.words[sizeof run / sizeof *run] == NULL);
}

static void there_are_defaults(void) {
    struct options options = read_words(WORDS("--", "true"));
    CHECK_IS(options.max, 100);
    CHECK_IS(options.max_per_source, 0);
    CHECK_IS(options.seconds, 0);
    CHECK_IS(options.rate.seconds, 0);
    CHECK_IS(options.mode, -1);
    CHECK_IS(options.errors, ERRORS_LOG);
    CHECK(!options.passes_listener && !options.managed && options.user == NULL);
    CHECK_IS(read_words(WORDS("--unix", "x", "--mode", "0660", "--", "true")).mode, 0660);
}

static void a_command_line_that_makes_no_sense_is_refused(void) {
    refuses(WORDS("--tcp", ":80"), "cannot read the command line: there is no -- in front of the command");
    refuses(WORDS("--tcp", ":80", "cat"), "cannot read the command line: there is no -- in front of the command");
    refuses(WORDS("--tcp", ":80", "--"), "cannot read the command line: the command is missing behind --");
    refuses(WORDS("-z", "web", "--tcp", ":80", "--", "cat"),
            "cannot read the command line: options of listen come before those of the run: --tcp");
    refuses(WORDS("--tcp", ":80", "--session", "s", "--", "cat"),
            "cannot read the command line: each connection has a sandbox of its own, and no session: --session");
    refuses(WORDS("--tcp", ":80", "-q", "--idle=5m", "--", "cat"),
            "cannot read the command line: each connection has a sandbox of its own, and no session: --idle=5m");
    refuses(WORDS("--tcp"), "cannot read the command line: --tcp needs a value");
    refuses(WORDS("--tcp", "localhost:80", "--", "cat"),
            "cannot listen on localhost:80: it is no address (names are not looked up)");
    refuses(WORDS("--max", "0", "--", "cat"), "cannot read the command line: --max needs a number from 1 to 1000");
    refuses(WORDS("--max=1001", "--", "cat"), "cannot read the command line: --max needs a number from 1 to 1000");
    refuses(WORDS("--rate", "5", "--", "cat"),
            "cannot read the command line: --rate needs a rate: 50/s, 100/m or 1000/h");
    refuses(WORDS("--mode", "0888", "--", "cat"),
            "cannot read the command line: --mode needs a mode in octal, as 0660");
    refuses(WORDS("--mode", "0660", "--", "cat"),
            "cannot read the command line: without --unix there is nothing for --mode");
    refuses(WORDS("--stderr", "out", "--", "cat"),
            "cannot read the command line: --stderr needs log, connection or none");
    refuses(WORDS("--fd", "x", "--", "cat"), "cannot read the command line: --fd needs the number of a descriptor");
    refuses(WORDS("--unix", "", "--", "cat"), "cannot read the command line: --unix needs a path of 1 to 107 bytes");
    refuses(WORDS("--pass-listener", "--max", "5", "--", "cat"),
            "cannot read the command line: the command itself accepts with --pass-listener: no limits of connections");
}

static void no_more_than_16_sockets(void) {
    char *words[2 * 17 + 3];
    for (size_t i = 0; i < 17; i++) {
        words[2 * i] = "--tcp";
        words[2 * i + 1] = ":0";
    }
    words[34] = "--";
    words[35] = "true";
    words[36] = NULL;
    refuses(words, "cannot read the command line: more than 16 sockets: :0");
    read_words(words + 2);
}

int main(void) {
    static const struct test_case cases[] = {
        CASE(addresses_are_numbers_with_a_port),
        CASE(what_is_no_address_is_told_why),
        CASE(a_source_is_an_address_and_of_ipv6_a_network),
        CASE(rates_have_a_number_and_a_unit),
        CASE(its_own_options_come_first_and_the_rest_is_the_runs),
        CASE(there_are_defaults),
        CASE(a_command_line_that_makes_no_sense_is_refused),
        CASE(no_more_than_16_sockets),
    };
    return run_cases(cases, sizeof cases / sizeof *cases);
}
