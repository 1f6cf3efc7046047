/*
 * steps_linux.h on a real kernel: each case stands in a mount namespace of its own, on a fresh tmpfs. As root all cases run
 * twice, as root and as nobody in a user namespace; as an ordinary user once, in a user namespace.
 */
#include "../steps_linux.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

enum { NOBODY = 65534 };

static char place[PATH_MAX]; /* where the tmpfs is mounted, without links in its path */

static size_t open_descriptors(void) {
    size_t count = 0;
    for (int i = 0; i < 256; i++)
        count += fcntl(i, F_GETFD) >= 0;
    return count;
}

/* Takes a step with writable copies of its words; however it ends, it leaves no descriptor open. */
static int take(int (*step)(char **words), const char *const *words) {
    static char copies[5][PATH_MAX + 16];
    char *list[5];
    for (int i = 0; words[i] != NULL; i++)
        list[i] = strcpy(copies[i], words[i]);
    size_t before = open_descriptors();
    int result = step(list);
    CHECK_IS(open_descriptors(), before);
    return result;
}

#define TAKE(step, ...) take((step), (const char *const[]){__VA_ARGS__, NULL})

static void enter_namespace(void) {
    if (geteuid() == 0) {
        CHECK_IS(TAKE(step_private, NULL), 0);
    } else {
        char uid[16], gid[16];
        snprintf(uid, sizeof uid, "%u", (unsigned)geteuid());
        snprintf(gid, sizeof gid, "%u", (unsigned)getegid());
        CHECK_IS(TAKE(step_user_private, uid, gid), 0);
    }
}

/* A tmpfs on the place, and the place as the working directory, so that the cases below can use short names. */
static void begin(void) {
    enter_namespace();
    CHECK_IS(TAKE(step_tmpfs, "67108864", place), 0);
    CHECK_IS(chdir(place), 0);
    umask(022);
}

/* place/NAME; good for four at a time. */
static const char *in(const char *name) {
    static char paths[4][PATH_MAX + 16];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof *paths, "%s/%s", place, name);
    return path;
}

static void write_text(const char *name, const char *text, mode_t mode) {
    int file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    CHECK(file >= 0);
    CHECK_IS(write(file, text, strlen(text)), strlen(text));
    CHECK_IS(fchmod(file, mode), 0);
    close(file);
}

static const char *text_of(const char *name) {
    static char text[256];
    int file = open(name, O_RDONLY | O_CLOEXEC);
    CHECK(file >= 0);
    ssize_t size = read(file, text, sizeof text - 1);
    CHECK(size >= 0);
    text[size] = 0;
    close(file);
    return text;
}

static mode_t mode_of(const char *name) {
    struct stat status;
    CHECK_IS(lstat(name, &status), 0);
    return status.st_mode;
}

static bool is_there(const char *name) {
    struct stat status;
    return lstat(name, &status) == 0;
}

/* Mount points. --------------------------------------------------------------------------------------------------- */

static void a_mount_point_is_made_beneath_its_root(void) {
    begin();
    CHECK_IS(mkdir("root", 0755), 0);
    CHECK_IS(TAKE(step_target, in("root"), "/a/b", "directory"), 0);
    CHECK_IS(mode_of("root/a/b"), S_IFDIR | 0755);
    CHECK_IS(TAKE(step_target, in("root"), "a//b/./c", "file"), 0);
    CHECK_IS(mode_of("root/a/b/c"), S_IFREG | 0644);
    write_text("root/kept", "kept", 0640);
    CHECK_IS(TAKE(step_target, in("root"), "/kept", "file"), 0);
    CHECK_TEXT(text_of("root/kept"), "kept");
    CHECK_IS(mode_of("root/kept"), S_IFREG | 0640);
    CHECK_IS(TAKE(step_target, in("root"), "/a/b", "directory"), 0);
}

static void a_mount_point_that_is_needed_is_not_made(void) {
    begin();
    CHECK_IS(mkdir("root", 0755), 0);
    CHECK_IS(TAKE(step_need_target, in("root"), "/a", "directory"), -ENOENT);
    CHECK_IS(TAKE(step_need_target, in("root"), "/a", "file"), -ENOENT);
    CHECK(!is_there("root/a"));
    CHECK_IS(mkdir("root/a", 0755), 0);
    CHECK_IS(TAKE(step_need_target, in("root"), "/a", "directory"), 0);
}

static void a_symbolic_link_is_never_followed_to_a_mount_point(void) {
    begin();
    CHECK_IS(mkdir("root", 0755) | mkdir("root/etc", 0755) | mkdir("outside", 0755), 0);
    CHECK_IS(symlink("../outside", "root/relative"), 0);
    CHECK_IS(symlink(in("outside"), "root/absolute"), 0);
    CHECK_IS(symlink("etc", "root/harmless"), 0);
    CHECK_IS(symlink("../outside/new", "root/dangling"), 0);
    CHECK_IS(symlink("../../outside", "root/etc/deep"), 0);
    CHECK_IS(symlink("loop", "root/loop"), 0);
    CHECK_IS(symlink("root", "link"), 0);
    static const char *const paths[] = {"relative", "absolute", "harmless", "dangling", "etc/deep", "loop"};
    static const char *const kinds[] = {"directory", "file"};
    char beneath[64];
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        for (int kind = 0; kind < 2; kind++) {
            CHECK_IS(TAKE(step_target, in("root"), paths[i], kinds[kind]), -ELOOP);
            CHECK_IS(TAKE(step_need_target, in("root"), paths[i], kinds[kind]), -ELOOP);
            snprintf(beneath, sizeof beneath, "%s/x", paths[i]);
            CHECK_IS(TAKE(step_target, in("root"), beneath, kinds[kind]), -ELOOP);
        }
    CHECK_IS(TAKE(step_target, in("link"), "a", "directory"), -ELOOP);
    CHECK_IS(rmdir("outside"), 0); /* empty still */
    CHECK_IS(rmdir("root/etc/a"), -1);
}

static void a_mount_point_does_not_climb_out_of_its_root(void) {
    begin();
    CHECK_IS(mkdir("root", 0755) | mkdir("root/a", 0755), 0);
    static const char *const paths[] = {"..", "../x", "a/..", "a/../x", "a/../../x", "/..", "new/../x"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        CHECK_IS(TAKE(step_target, in("root"), paths[i], "directory"), -EINVAL);
        CHECK_IS(TAKE(step_need_target, in("root"), paths[i], "file"), -EINVAL);
    }
    CHECK(!is_there("x") && !is_there("root/x"));
    CHECK_IS(TAKE(step_target, in("root"), "a/..b/...", "directory"), 0); /* names like others */
}

static void a_mount_point_of_the_wrong_kind_is_refused(void) {
    begin();
    CHECK_IS(mkdir("root", 0755) | mkdir("root/directory", 0755) | mkfifo("root/fifo", 0600), 0);
    write_text("root/file", "", 0644);
    CHECK_IS(TAKE(step_target, in("root"), "file", "directory"), -ENOTDIR);
    CHECK_IS(TAKE(step_target, in("root"), "fifo", "directory"), -ENOTDIR);
    CHECK_IS(TAKE(step_target, in("root"), "directory", "file"), -EISDIR);
    CHECK_IS(TAKE(step_target, in("root"), "file/x", "file"), -ENOTDIR);
    CHECK_IS(TAKE(step_target, in("file"), "x", "file"), -ENOENT);
    CHECK_IS(TAKE(step_target, in("root/file"), "x", "file"), -ENOTDIR);
    CHECK_IS(TAKE(step_target, in("root"), "x", "socket"), -EINVAL);
    CHECK_IS(TAKE(step_target, in("root"), "x", ""), -EINVAL);
    char path[PATH_MAX + 1];
    memset(path, '/', PATH_MAX);
    path[PATH_MAX] = 0;
    CHECK_IS(TAKE(step_target, in("root"), path, "directory"), -ENAMETOOLONG);
    memset(path, 'x', 256);
    path[256] = 0;
    CHECK_IS(TAKE(step_target, in("root"), path, "directory"), -ENAMETOOLONG);
}

/* Files and directories. ------------------------------------------------------------------------------------------ */

static void a_small_file_is_copied_with_its_mode(void) {
    begin();
    write_text("from", "text", 0751);
    CHECK_IS(TAKE(step_copy, in("from"), in("to")), 0);
    CHECK_TEXT(text_of("to"), "text");
    CHECK_IS(mode_of("to"), S_IFREG | 0751);
    if (geteuid() == 0) {
        struct stat status;
        write_text("owned", "", 0600);
        CHECK_IS(chown("owned", 12, 34), 0);
        CHECK_IS(TAKE(step_copy, in("owned"), in("owned2")), 0);
        CHECK(stat("owned2", &status) == 0 && status.st_uid == 12 && status.st_gid == 34);
    }
}

static void only_small_regular_files_are_copied(void) {
    begin();
    write_text("large", "", 0644);
    CHECK_IS(truncate("large", 1 << 20), 0);
    CHECK_IS(TAKE(step_copy, in("large"), in("a")), 0);
    struct stat status;
    CHECK(stat("a", &status) == 0 && status.st_size == 1 << 20);
    CHECK_IS(truncate("large", (1 << 20) + 1), 0);
    CHECK_IS(TAKE(step_copy, in("large"), in("b")), -EFBIG);
    CHECK_IS(mkfifo("fifo", 0600) | mkdir("directory", 0755), 0);
    CHECK_IS(TAKE(step_copy, in("fifo"), in("b")), -EFBIG); /* at once: nobody writes to it */
    CHECK_IS(TAKE(step_copy, in("directory"), in("b")), -EFBIG);
    CHECK_IS(TAKE(step_copy, "/dev/zero", in("b")), -EFBIG);
    CHECK_IS(TAKE(step_copy, in("missing"), in("b")), -ENOENT);
    CHECK(!is_there("b"));
}

static void a_copy_neither_follows_links_nor_replaces_anything(void) {
    begin();
    write_text("from", "new", 0644);
    write_text("there", "old", 0644);
    CHECK_IS(symlink("from", "link") | symlink("elsewhere", "dangling") | mkdir("d", 0755) | symlink("d", "dlink"), 0);
    CHECK_IS(TAKE(step_copy, in("link"), in("to")), -ELOOP);
    CHECK_IS(TAKE(step_copy, in("from"), in("there")), -EEXIST);
    CHECK_IS(TAKE(step_copy, in("from"), in("dangling")), -EEXIST);
    CHECK_IS(TAKE(step_copy, in("from"), in("dlink/to")), -ELOOP);
    CHECK_IS(TAKE(step_copy, in("from"), in("d/")), -EINVAL);
    CHECK_IS(TAKE(step_copy, in("from"), "to"), -EINVAL);
    CHECK_TEXT(text_of("there"), "old");
    CHECK(!is_there("elsewhere") && !is_there("d/to") && !is_there("to"));
}

static void a_directory_is_made_like_another(void) {
    begin();
    CHECK_IS(mkdir("like", 0700), 0);
    CHECK_IS(chmod("like", 01777), 0);
    CHECK_IS(TAKE(step_directory, in("like"), in("made")), 0);
    CHECK_IS(mode_of("made"), S_IFDIR | 01777);
    CHECK_IS(TAKE(step_directory, in("like"), in("made")), -EEXIST);
    CHECK_IS(TAKE(step_directory, in("missing"), in("other")), -ENOENT);
    CHECK_IS(symlink("like", "link"), 0);
    CHECK_IS(TAKE(step_directory, in("link"), in("other")), -ELOOP);
    CHECK_IS(TAKE(step_directory, in("like"), in("link")), -EEXIST);
    CHECK_IS(TAKE(step_directory, in("like"), in("link/other")), -ELOOP);
    if (geteuid() == 0) {
        struct stat status;
        CHECK_IS(chown("like", 12, 34), 0);
        CHECK_IS(TAKE(step_directory, in("like"), in("owned")), 0);
        CHECK(stat("owned", &status) == 0 && status.st_uid == 12 && status.st_gid == 34);
    }
}

static void a_link_is_made_as_its_words_say(void) {
    begin();
    char text[64] = {0};
    CHECK_IS(TAKE(step_symlink, "../any where\n", in("link")), 0);
    CHECK_IS(readlink("link", text, sizeof text), 13);
    CHECK_TEXT(text, "../any where\n");
    CHECK_IS(TAKE(step_symlink, "other", in("link")), -EEXIST);
    CHECK_IS(TAKE(step_symlink, "other", in("link/x")), -ELOOP);
}

/* Mounts. --------------------------------------------------------------------------------------------------------- */

static void a_tmpfs_has_its_size_and_no_other_options(void) {
    begin();
    struct statvfs status;
    CHECK_IS(mkdir("small", 0700) | mkdir("large", 0700) | mkdir("other", 0700) | symlink("small", "link"), 0);
    CHECK_IS(TAKE(step_tmpfs, "65536", in("small")), 0);
    CHECK_IS(mode_of("small"), S_IFDIR | 0755);
    CHECK_IS(statvfs("small", &status), 0);
    CHECK((status.f_flag & (ST_NOSUID | ST_NODEV)) == (ST_NOSUID | ST_NODEV));
    CHECK_IS(status.f_blocks * status.f_frsize, 64 << 10);
    CHECK_IS(status.f_files, 16); /* its own directory is one of them */
    CHECK_IS(TAKE(step_tmpfs, "1099511631871", in("large")), 0);
    CHECK_IS(statvfs("large", &status), 0);
    CHECK_IS(status.f_blocks * status.f_frsize, 1099511627776);
    CHECK_IS(status.f_files, status.f_blocks);
    CHECK_IS(TAKE(step_tmpfs, "1048576,mode=0777", in("other")), -EINVAL);
    CHECK_IS(TAKE(step_tmpfs, "1048576=", in("other")), -EINVAL);
    CHECK_IS(TAKE(step_tmpfs, "large", in("other")), -EINVAL);
    CHECK_IS(TAKE(step_tmpfs, "1m", in("other")), -EINVAL);
    CHECK_IS(TAKE(step_tmpfs, "-1", in("other")), -EINVAL);
    CHECK_IS(TAKE(step_tmpfs, "50%", in("other")), -EINVAL);
    CHECK_IS(TAKE(step_tmpfs, "", in("other")), -EINVAL);
    CHECK_IS(TAKE(step_tmpfs, " 4096", in("other")), -EINVAL);
    CHECK_IS(TAKE(step_tmpfs, "4095", in("other")), -EINVAL);
    CHECK_IS(TAKE(step_tmpfs, "18446744073709551616", in("other")), -EINVAL);
    CHECK_IS(TAKE(step_tmpfs, "1048576", in("missing")), -ENOENT);
    CHECK_IS(TAKE(step_tmpfs, "1048576", in("link")), -ELOOP);
}

static void an_overlay_takes_the_writes_in_place_of_what_lies_below(void) {
    begin();
    CHECK_IS(mkdir("lo,w:er", 0755), 0); /* characters that separate overlay's options */
    write_text("lo,w:er/file", "old", 0644);
    write_text("lo,w:er/gone", "", 0644);
    CHECK_IS(chmod("lo,w:er", 01777), 0);
    CHECK_IS(TAKE(step_overlay, in("lo,w:er"), in("scr,a\\tch"), in("root")), 0);
    CHECK_IS(mode_of("root"), S_IFDIR | 01777);
    CHECK_TEXT(text_of("root/file"), "old");
    CHECK_IS(unlink("root/file") | unlink("root/gone"), 0);
    write_text("root/file", "new", 0644);
    CHECK_TEXT(text_of("root/file"), "new");
    CHECK(!is_there("root/gone"));
    CHECK_TEXT(text_of("lo,w:er/file"), "old");
    CHECK(is_there("lo,w:er/gone"));
    CHECK_TEXT(text_of("scr,a\\tch/upper/file"), "new");
}

static void an_overlay_needs_plain_directories_and_a_fresh_scratch(void) {
    begin();
    CHECK_IS(mkdir("lower", 0755) | symlink("lower", "link") | mkdir("target", 0755), 0);
    write_text("file", "", 0644);
    CHECK_IS(TAKE(step_overlay, in("link"), in("s1"), in("target")), -ELOOP);
    CHECK_IS(TAKE(step_overlay, in("file"), in("s1"), in("target")), -ENOTDIR);
    CHECK_IS(TAKE(step_overlay, in("missing"), in("s1"), in("target")), -ENOENT);
    CHECK(!is_there("s1"));
    CHECK_IS(TAKE(step_overlay, in("lower"), in("link"), in("target")), -ELOOP);
    CHECK(!is_there("lower/upper"));
    CHECK(TAKE(step_overlay, in("lower"), in("s2"), in("link")) < 0);
    CHECK_IS(TAKE(step_overlay, in("lower"), in("s2"), in("target")), -EEXIST); /* used before */
}

static void a_bind_shows_a_directory_with_what_is_mounted_in_it(void) {
    begin();
    CHECK_IS(mkdir("from", 0755) | mkdir("from/sub", 0755) | symlink("from", "link"), 0);
    CHECK_IS(TAKE(step_tmpfs, "1048576", in("from/sub")), 0);
    write_text("from/sub/file", "below", 0644);
    CHECK_IS(TAKE(step_bind, in("from"), in("to")), 0);
    CHECK_TEXT(text_of("to/sub/file"), "below");
    write_text("to/new", "", 0644);
    CHECK(is_there("from/new"));
    CHECK_IS(TAKE(step_bind, in("link"), in("other")), -ELOOP);
    CHECK_IS(TAKE(step_bind, in("from"), in("link")), -ELOOP);
    CHECK_IS(TAKE(step_bind, in("missing"), in("other")), -ENOENT);
    CHECK(!is_there("other"));
}

static void a_bind_as_somebody_shows_what_he_may_enter(void) {
    bool root = geteuid() == 0;
    begin();
    CHECK_IS(mkdir("from", 0755) | mkdir("from/sub", 0755) | mkdir("closed", 0700) | mkdir("closed/sub", 0755), 0);
    CHECK_IS(symlink("from", "link"), 0);
    if (!root) {
        CHECK_IS(TAKE(step_bind_as, "1234", "5678", "-", in("from"), in("to")), -EPERM);
        return;
    }
    CHECK_IS(TAKE(step_bind_as, "1234", "5678", "7,8", in("from"), in("to")), 0);
    CHECK(is_there("to/sub"));
    CHECK_IS(geteuid() | getegid() | getuid() | getgid(), 0);
    CHECK_IS(TAKE(step_bind_as, "1234", "5678", "-", in("link"), in("other")), -ELOOP);
    CHECK_IS(TAKE(step_bind_as, "1234", "5678", "-", in("closed/sub"), in("other")), -EACCES);
    CHECK_IS(TAKE(step_bind_as, "1234", "5678", "-", in("missing"), in("other")), -ENOENT);
    CHECK_IS(TAKE(step_bind_as, "1234", "5678", "x", in("from"), in("other")), -EINVAL);
    CHECK_IS(TAKE(step_bind_as, "x", "5678", "-", in("from"), in("other")), -EINVAL);
    CHECK(!is_there("other"));
    CHECK_IS(TAKE(step_bind_as, "1234", "0", "0", in("from/sub"), in("from/sub")), 0);
    /* The group alone opens it. */
    CHECK_IS(chmod("closed", 0710) | chown("closed", 0, 7), 0);
    CHECK_IS(TAKE(step_bind_as, "1234", "5678", "7,8", in("closed/sub"), in("other")), 0);
}

static void a_bind_of_a_file_makes_a_file(void) {
    begin();
    write_text("from", "text", 0644);
    CHECK_IS(TAKE(step_bind, in("from"), in("to")), 0);
    CHECK_TEXT(text_of("to"), "text");
    CHECK_IS(mkdir("directory", 0755), 0);
    CHECK_IS(TAKE(step_bind, in("from"), in("directory")), -ENOTDIR);
}

static void a_read_only_bind_cannot_be_written_and_its_source_can(void) {
    begin();
    CHECK_IS(mkdir("from", 0755) | mkdir("from/sub", 0755), 0);
    CHECK_IS(TAKE(step_tmpfs, "1048576", in("from/sub")), 0);
    write_text("from/sub/hidden", "", 0644);
    write_text("from/file", "text", 0666);
    CHECK_IS(TAKE(step_bind_readonly, in("from"), in("to")), 0);
    CHECK_TEXT(text_of("to/file"), "text");
    CHECK(open("to/file", O_WRONLY | O_CLOEXEC) < 0 && errno == EROFS);
    CHECK(mkdir("to/new", 0755) < 0 && errno == EROFS);
    CHECK(!is_there("to/sub/hidden")); /* not recursive: nothing writable comes along */
    CHECK_IS(mkdir("from/new", 0755), 0);
    CHECK_IS(TAKE(step_bind_readonly, in("from/file"), in("single")), 0);
    CHECK(open("single", O_WRONLY | O_CLOEXEC) < 0 && errno == EROFS);
}

/* Identities. ----------------------------------------------------------------------------------------------------- */

static void numbers_that_are_none_are_refused(void) {
    static const char *const words[] = {"",     "-1", "+1",         " 1",         "1 ",
                                        "0x10", "1a", "4294967295", "4294967296", "18446744073709551616"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        CHECK_IS(TAKE(step_user, words[i], "1", "-"), -EINVAL);
        CHECK_IS(TAKE(step_user, "1", words[i], "-"), -EINVAL);
        CHECK_IS(TAKE(step_user_private, words[i], "1"), -EINVAL);
        CHECK_IS(TAKE(step_user_private, "1", words[i]), -EINVAL);
        if (i > 0)
            CHECK_IS(TAKE(step_user, "1", "1", words[i]), -EINVAL);
    }
}

static void whoever_becomes_a_user_keeps_nothing_of_root(void) {
    if (geteuid() != 0) {
        char uid[16];
        snprintf(uid, sizeof uid, "%u", (unsigned)geteuid());
        CHECK_IS(TAKE(step_user, "0", "0", "-"), -EPERM);
        CHECK_IS(TAKE(step_user, uid, uid, "0"), -EPERM);
        return;
    }
    uid_t real, effective, saved;
    gid_t groups[8];
    CHECK_IS(TAKE(step_user, "1234", "5678", "7,8"), 0);
    CHECK(getresuid(&real, &effective, &saved) == 0 && real == 1234 && effective == 1234 && saved == 1234);
    CHECK(getresgid(&real, &effective, &saved) == 0 && real == 5678 && effective == 5678 && saved == 5678);
    CHECK_IS(getgroups(8, groups), 2);
    CHECK(groups[0] == 7 && groups[1] == 8);
    CHECK(setuid(0) < 0 && setgid(0) < 0);
    CHECK_IS(unshare(CLONE_NEWNS), -1);
}

static void a_user_without_groups_has_none_of_roots(void) {
    if (geteuid() != 0)
        return; /* covered by the run as root: nobody else may change groups */
    gid_t groups[8];
    CHECK_IS(TAKE(step_user, "1234", "5678", "-"), 0);
    CHECK_IS(getgroups(8, groups), 0);
}

static void all_ids_are_themselves_in_a_namespace_without_rights_outside(void) {
    if (geteuid() != 0) {
        CHECK(TAKE(step_identity, NULL) < 0); /* who may not map them is told so */
        return;
    }
    begin();
    CHECK_IS(TAKE(step_identity, NULL), 0);
    CHECK(strstr(text_of("/proc/self/uid_map"), " 0          0 4294967295\n") != NULL);
    CHECK(strstr(text_of("/proc/self/gid_map"), " 0          0 4294967295\n") != NULL);
    CHECK_IS(geteuid(), 0);
    CHECK(sethostname("mayfly", 6) < 0 && errno == EPERM);
    CHECK(mount("none", place, "tmpfs", 0, NULL) < 0 && errno == EPERM);
    CHECK_IS(unshare(CLONE_NEWNS), 0); /* and with all rights inside */
    CHECK_IS(TAKE(step_user, "1234", "5678", "7"), 0);
}

/* Ranges of ids. -------------------------------------------------------------------------------------------------- */

/* Leaves a descriptor open, which step_enter_ids closes. */
static int take_ids(const char *uid, const char *gid, const char *count) {
    char words[3][16];
    snprintf(words[0], sizeof *words, "%s", uid);
    snprintf(words[1], sizeof *words, "%s", gid);
    snprintf(words[2], sizeof *words, "%s", count);
    return step_ids((char *[]){words[0], words[1], words[2]});
}

static bool is_owned_by(const char *name, uid_t uid, gid_t gid) {
    struct stat status;
    CHECK_IS(lstat(name, &status), 0);
    return status.st_uid == uid && status.st_gid == gid;
}

/* place/from with files of ids 0, 7 and 65536. */
static void make_owned_files(void) {
    CHECK_IS(mkdir("from", 0755), 0);
    write_text("from/roots", "", 0600);
    write_text("from/sevens", "", 0600);
    write_text("from/beyond", "secret", 0600);
    CHECK_IS(chown("from/sevens", 7, 8), 0);
    CHECK_IS(chown("from/beyond", 65536, 65536), 0);
}

static void ranges_that_are_none_are_refused(void) {
    static const char *const words[][3] = {
        {"0", "1", "1"},
        {"1", "0", "1"},
        {"1", "1", "0"},
        {"x", "1", "1"},
        {"4294901761", "1", "65536"},
        {"1", "4294901761", "65536"},
        {"1", "1", "4294967295"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        CHECK_IS(take_ids(words[i][0], words[i][1], words[i][2]), -EINVAL);
    CHECK_IS(TAKE(step_bind_mapped, in("a"), in("b")), -EBADF);
    CHECK_IS(TAKE(step_enter_ids, NULL), -EBADF);
    CHECK_IS(TAKE(step_user_range, "1", "1", "100000", "100000", "many"), -EINVAL);
    if (geteuid() != 0)
        CHECK(take_ids("100000", "100000", "65536") < 0); /* who may not map them is told so */
}

static void root_of_a_range_owns_what_is_mapped_and_its_owners_stay(void) {
    if (geteuid() != 0)
        return; /* only root makes mapped mounts */
    begin();
    make_owned_files();
    CHECK_IS(take_ids("100000", "200000", "65536"), 0);
    CHECK_IS(TAKE(step_bind_mapped, in("from"), in("to")), 0);
    CHECK_IS(TAKE(step_target, in("to"), "/new/point", "file"), 0);
    CHECK(is_owned_by("from/new/point", 0, 0));
    CHECK_IS(step_enter_ids(NULL), 0);
    CHECK(strstr(text_of("/proc/self/uid_map"), " 0     100000      65536\n") != NULL);
    CHECK(strstr(text_of("/proc/self/gid_map"), " 0     200000      65536\n") != NULL);
    CHECK(geteuid() == 0 && getegid() == 0);
    CHECK_IS(getgroups(0, NULL), 0);
    CHECK(is_owned_by("to/roots", 0, 0));
    CHECK(is_owned_by("to/sevens", 7, 8));
    CHECK(is_owned_by("to/beyond", NOBODY, NOBODY));
    CHECK_IS(chown("to/roots", 33, 44), 0);
    write_text("to/made", "", 0600);
    CHECK(open("to/beyond", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
    CHECK(chown("to/roots", 65536, 0) < 0 && errno == EINVAL);
    CHECK(mknod("to/device", S_IFCHR | 0600, makedev(1, 3)) < 0 && errno == EPERM);
    /* What is not mapped is root's of the machine, not of the range. */
    CHECK(is_owned_by("from/made", NOBODY, NOBODY));
    CHECK(open("from/made", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
    CHECK(mkdir("outside", 0755) < 0 && errno == EACCES);
    CHECK(mount("none", place, "tmpfs", 0, NULL) < 0 && errno == EPERM);
}

static void a_mapped_bind_has_no_setuid_files_no_devices_and_nothing_that_is_mounted_in_it(void) {
    if (geteuid() != 0)
        return; /* only root makes mapped mounts */
    begin();
    CHECK_IS(mkdir("from", 0755) | mkdir("from/sub", 0755) | symlink("from", "link"), 0);
    CHECK_IS(TAKE(step_tmpfs, "1048576", in("from/sub")), 0);
    write_text("from/sub/hidden", "", 0644);
    CHECK_IS(take_ids("100000", "100000", "65536"), 0);
    CHECK_IS(TAKE(step_bind_mapped, in("from"), in("to")), 0);
    struct statvfs status;
    CHECK_IS(statvfs("to", &status), 0);
    CHECK((status.f_flag & (ST_NOSUID | ST_NODEV)) == (ST_NOSUID | ST_NODEV));
    CHECK(!is_there("to/sub/hidden"));
    CHECK_IS(TAKE(step_bind_mapped, in("link"), in("other")), -ELOOP);
    CHECK_IS(TAKE(step_bind_mapped, in("from"), in("link")), -ELOOP);
    CHECK_IS(TAKE(step_bind_mapped, in("missing"), in("other")), -ENOENT);
    CHECK_IS(TAKE(step_bind_mapped, "/proc", in("other")), -EINVAL); /* no idmapped mounts there */
}

static void root_of_a_range_changes_an_overlay_and_never_what_lies_below(void) {
    if (geteuid() != 0)
        return; /* only root makes mapped mounts */
    begin();
    make_owned_files();
    CHECK_IS(take_ids("100000", "100000", "65536"), 0);
    CHECK_IS(TAKE(step_bind_mapped, in("from"), in("lower")), 0);
    CHECK_IS(TAKE(step_overlay, in("lower"), in("scratch"), in("root")), 0);
    CHECK_IS(TAKE(step_target, in("root"), "/new", "directory"), 0);
    struct statvfs status;
    CHECK_IS(statvfs("root", &status), 0);
    CHECK((status.f_flag & (ST_NOSUID | ST_NODEV)) == (ST_NOSUID | ST_NODEV));
    CHECK_IS(step_enter_ids(NULL), 0);
    CHECK(is_owned_by("root", 0, 0));
    CHECK(is_owned_by("root/new", 0, 0));
    CHECK(is_owned_by("root/sevens", 7, 8));
    CHECK_IS(chown("root/sevens", 9, 10) | unlink("root/roots") | mkdir("root/made", 0700), 0);
    CHECK(is_owned_by("root/sevens", 9, 10));
    CHECK(is_owned_by("lower/sevens", 7, 8));
    CHECK(is_there("lower/roots") && !is_there("lower/made") && !is_there("lower/new"));
    CHECK(open("root/beyond", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
}

static const char *status_line(const char *name) {
    static char line[256];
    FILE *file = fopen("/proc/self/status", "re");
    CHECK(file != NULL);
    bool found = false;
    while (!found && fgets(line, sizeof line, file) != NULL)
        found = strncmp(line, name, strlen(name)) == 0;
    fclose(file);
    CHECK(found);
    return line + strlen(name);
}

static void a_namespace_of_one_id_leaves_its_user_the_groups_that_he_has(void) {
    CHECK_IS(TAKE(step_one_id, "x", "0", "0", "0"), -EINVAL);
    CHECK_IS(TAKE(step_one_id, "1", "0", "0", "4294967295"), -EINVAL);
    if (geteuid() != 0)
        return; /* only root maps the ids of others */
    begin();
    CHECK_IS(chmod(place, 0777), 0);
    write_text("denied", "secret", 0604);
    write_text("granted", "gift", 0640);
    CHECK_IS(chown("denied", 0, 77) | chown("granted", 0, 78), 0);
    char uid[] = "1234", gid[] = "5678", inside[] = "0", groups[] = "77,78";
    CHECK_IS(step_one_id((char *[]){uid, gid, inside, inside}), 0);
    CHECK_IS(TAKE(step_one_id, uid, gid, inside, inside), -EEXIST);
    /* It is no range of the clone's. */
    CHECK(!range_is_made());
    CHECK_IS(TAKE(step_bind_mapped, place, in("to")), -EBADF);
    CHECK_IS(TAKE(step_target, place, "/point", "file"), 0);
    CHECK(is_owned_by("point", 0, 0));
    CHECK_IS(step_groups((char *[]){groups}), 0);
    CHECK_IS(step_enter_ids(NULL), 0);
    CHECK(strstr(text_of("/proc/self/uid_map"), " 0       1234          1\n") != NULL);
    CHECK(strstr(text_of("/proc/self/gid_map"), " 0       5678          1\n") != NULL);
    CHECK_TEXT(text_of("/proc/self/setgroups"), "deny\n");
    CHECK(geteuid() == 0 && getegid() == 0);
    CHECK(setgroups(0, NULL) < 0 && errno == EPERM);
    CHECK(open("denied", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
    CHECK_TEXT(text_of("granted"), "gift");
    CHECK(is_owned_by("point", NOBODY, NOBODY));
    write_text("made", "", 0600);
    CHECK(is_owned_by("made", 0, 0));
    CHECK(chown("point", 0, 0) < 0 && errno == EPERM);
    CHECK(sethostname("mayfly", 6) < 0 && errno == EPERM);
    CHECK(mount("none", place, "tmpfs", 0, NULL) < 0 && errno == EPERM);
}

static void a_namespace_of_one_id_can_be_a_users_own_who_then_has_no_capability(void) {
    if (geteuid() != 0)
        return; /* only root maps the ids of others */
    begin();
    char uid[] = "1234", gid[] = "5678", none[] = "-";
    CHECK_IS(step_one_id((char *[]){uid, gid, uid, gid}), 0);
    CHECK_IS(step_groups((char *[]){none}), 0);
    CHECK_IS(step_enter_ids(NULL), 0);
    CHECK(geteuid() == 1234 && getegid() == 5678);
    CHECK(strstr(text_of("/proc/self/uid_map"), " 1234       1234          1\n") != NULL);
    CHECK_IS(TAKE(step_namespaces, "uts,net"), 0);
    CHECK_IS(TAKE(step_capabilities, "-"), 0);
    CHECK_TEXT(status_line("CapPrm:"), "\t0000000000000000\n");
    CHECK_TEXT(status_line("CapEff:"), "\t0000000000000000\n");
    CHECK_TEXT(status_line("CapBnd:"), "\t0000000000000000\n");
    CHECK(sethostname("mayfly", 6) < 0 && errno == EPERM);
}

static void a_kept_namespace_can_have_all_ids(void) {
    if (geteuid() != 0)
        return; /* only root maps the ids of others */
    begin();
    CHECK_IS(step_all_ids(NULL), 0);
    CHECK_IS(step_enter_ids(NULL), 0);
    CHECK(strstr(text_of("/proc/self/uid_map"), " 0          0 4294967295\n") != NULL);
    CHECK_IS(getgroups(0, NULL), 0);
    CHECK_IS(TAKE(step_user, "1234", "5678", "7"), 0);
    CHECK_IS(geteuid(), 1234);
}

static void a_tree_is_read_only_without_devices_and_setuid_files_in_all_of_it(void) {
    begin();
    CHECK_IS(mkdir("from", 0755) | mkdir("from/sub", 0755), 0);
    CHECK_IS(mount("none", in("from/sub"), "tmpfs", 0, NULL), 0);
    write_text("from/sub/file", "seen", 0644);
    CHECK_IS(TAKE(step_tree_readonly, in("from"), in("to")), 0);
    CHECK_TEXT(text_of("to/sub/file"), "seen");
    const char *const all[] = {"to", "to/sub"};
    for (size_t i = 0; i < 2; i++) {
        struct statvfs status;
        CHECK_IS(statvfs(all[i], &status), 0);
        CHECK_IS(status.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV), ST_RDONLY | ST_NOSUID | ST_NODEV);
    }
    write_text("from/sub/new", "", 0644);
}

static ino_t namespace_number(const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/ns/%s", name);
    struct stat status;
    CHECK_IS(stat(path, &status), 0);
    return status.st_ino;
}

static bool is_loopback_up(void) {
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq loopback = {.ifr_name = "lo"};
    CHECK_IS(ioctl(any, SIOCGIFFLAGS, &loopback), 0);
    close(any);
    return (loopback.ifr_flags & IFF_UP) != 0;
}

static void the_namespaces_that_are_named_are_new_and_others_are_not(void) {
    static const char *const names[] = {"ipc", "uts", "cgroup", "net"};
    begin();
    CHECK_IS(TAKE(step_namespaces, "ipc,mnt"), -EINVAL);
    for (size_t named = 0; named < 4; named++) {
        ino_t before[4];
        for (size_t i = 0; i < 4; i++)
            before[i] = namespace_number(names[i]);
        CHECK_IS(TAKE(step_namespaces, names[named]), 0);
        for (size_t i = 0; i < 4; i++)
            CHECK_IS(namespace_number(names[i]) != before[i], i == named);
    }
    CHECK(is_loopback_up());
    ino_t uts = namespace_number("uts");
    CHECK_IS(TAKE(step_namespaces, "net,uts"), 0);
    CHECK(namespace_number("uts") != uts && is_loopback_up());
}

static void a_hardened_tree_has_neither_devices_nor_setuid_files_anywhere(void) {
    begin();
    CHECK_IS(mkdir("tree", 0755) | mkdir("tree/sub", 0755) | symlink("tree", "link"), 0);
    CHECK_IS(TAKE(step_bind, in("tree"), in("tree")), 0);
    CHECK_IS(mount("none", in("tree/sub"), "tmpfs", 0, NULL), 0);
    CHECK_IS(TAKE(step_harden, in("link")), -ELOOP);
    CHECK_IS(TAKE(step_harden, in("tree")), 0);
    const char *const all[] = {"tree", "tree/sub"};
    for (size_t i = 0; i < 2; i++) {
        struct statvfs status;
        CHECK_IS(statvfs(all[i], &status), 0);
        CHECK_IS(status.f_flag & (ST_NOSUID | ST_NODEV), ST_NOSUID | ST_NODEV);
    }
}

static void no_link_is_followed_below_a_directory_that_is_closed_to_them(void) {
    begin();
    CHECK_IS(mkdir("tree", 0755) | mkdir("tree/sub", 0755) | mkdir("other", 0755) | symlink("tree", "link"), 0);
    CHECK_IS(symlink("../other", "tree/away"), 0);
    close(open("other/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    CHECK_IS(access("tree/away/file", F_OK), 0);
    CHECK_IS(TAKE(step_follow_none, in("link")), -ELOOP);
    CHECK_IS(TAKE(step_follow_none, in("tree")), 0);
    char target[16];
    CHECK_IS(access(in("tree/away/file"), F_OK) < 0 ? errno : 0, ELOOP);
    CHECK_IS(readlink(in("tree/away"), target, sizeof target), 8);
    CHECK_IS(access(in("tree/sub"), F_OK), 0);
}

static void a_directory_is_given_away_and_nothing_that_a_link_leads_to(void) {
    if (geteuid() != 0)
        return; /* only root gives away */
    begin();
    CHECK_IS(mkdir("given", 0755) | symlink("given", "link"), 0);
    write_text("file", "", 0600);
    CHECK_IS(TAKE(step_owner, "12", "34", in("given")), 0);
    CHECK(is_owned_by("given", 12, 34));
    CHECK_IS(TAKE(step_owner, "5", "5", in("link")), -ELOOP);
    CHECK_IS(TAKE(step_owner, "5", "5", in("file")), -ENOTDIR);
    CHECK_IS(TAKE(step_owner, "5", "x", in("given")), -EINVAL);
    CHECK(is_owned_by("given", 12, 34));
}

static void proc_can_be_read_only(void) {
    begin();
    CHECK_IS(mkdir("proc", 0755), 0);
    CHECK_IS(unshare(CLONE_NEWPID), 0);
    pid_t child = fork();
    if (child == 0) {
        struct statvfs status;
        CHECK_IS(TAKE(step_proc_readonly, in("proc")), 0);
        CHECK_IS(statvfs("proc", &status), 0);
        CHECK_IS(status.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC),
                 ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
        CHECK(open("proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC) < 0 && errno == EROFS);
        fflush(stdout);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static int run_as_nobody(const struct test_case *cases, size_t count) {
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0);
        CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0);
        int result = run_cases(cases, count);
        fflush(stdout);
        _exit(result);
    }
    int status;
    return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1;
}

static uint64_t bounding_set(void) {
    uint64_t set = 0;
    for (int capability = 0; capability < 64; capability++)
        set |= (uint64_t)(prctl(PR_CAPBSET_READ, capability) == 1) << capability;
    return set;
}

static void the_capabilities_that_are_not_kept_are_lost_for_good(void) {
    if (geteuid() != 0)
        return; /* covered by the run as root */
    begin();
    CHECK_IS(TAKE(step_capabilities, "SYS_ADMIN"), -EINVAL);
    CHECK_IS(TAKE(step_capabilities, "CHOWN,NONE"), -EINVAL);
    CHECK_IS(TAKE(step_capabilities, "CHOWN,KILL"), 0);
    CHECK_IS(bounding_set(), UINT64_C(1) << 0 | UINT64_C(1) << 5);
    CHECK_IS(unshare(CLONE_NEWNS), -1);
    write_text("file", "", 0600);
    CHECK_IS(chown("file", 7, 7), 0);
}

static void a_control_group_that_there_is_not_cannot_be_entered(void) {
    begin();
    CHECK_IS(TAKE(step_cgroup, "/no/such"), -ENOENT);
    mkdir("group", 0755);
    write_text("group/cgroup.procs", "", 0600);
    CHECK_IS(TAKE(step_cgroup, "group"), 0);
    char byte;
    int file = open("group/cgroup.procs", O_RDONLY);
    CHECK(read(file, &byte, 1) == 1 && byte == '0');
    close(file);
}

int main(void) {
    static const struct test_case cases[] = {
        CASE(a_mount_point_is_made_beneath_its_root),
        CASE(a_mount_point_that_is_needed_is_not_made),
        CASE(a_symbolic_link_is_never_followed_to_a_mount_point),
        CASE(a_mount_point_does_not_climb_out_of_its_root),
        CASE(a_mount_point_of_the_wrong_kind_is_refused),
        CASE(a_small_file_is_copied_with_its_mode),
        CASE(only_small_regular_files_are_copied),
        CASE(a_copy_neither_follows_links_nor_replaces_anything),
        CASE(a_directory_is_made_like_another),
        CASE(a_link_is_made_as_its_words_say),
        CASE(a_tmpfs_has_its_size_and_no_other_options),
        CASE(an_overlay_takes_the_writes_in_place_of_what_lies_below),
        CASE(an_overlay_needs_plain_directories_and_a_fresh_scratch),
        CASE(a_bind_shows_a_directory_with_what_is_mounted_in_it),
        CASE(a_bind_as_somebody_shows_what_he_may_enter),
        CASE(a_bind_of_a_file_makes_a_file),
        CASE(a_read_only_bind_cannot_be_written_and_its_source_can),
        CASE(numbers_that_are_none_are_refused),
        CASE(whoever_becomes_a_user_keeps_nothing_of_root),
        CASE(a_user_without_groups_has_none_of_roots),
        CASE(all_ids_are_themselves_in_a_namespace_without_rights_outside),
        CASE(ranges_that_are_none_are_refused),
        CASE(root_of_a_range_owns_what_is_mapped_and_its_owners_stay),
        CASE(a_mapped_bind_has_no_setuid_files_no_devices_and_nothing_that_is_mounted_in_it),
        CASE(root_of_a_range_changes_an_overlay_and_never_what_lies_below),
        CASE(a_namespace_of_one_id_leaves_its_user_the_groups_that_he_has),
        CASE(a_namespace_of_one_id_can_be_a_users_own_who_then_has_no_capability),
        CASE(a_tree_is_read_only_without_devices_and_setuid_files_in_all_of_it),
        CASE(a_kept_namespace_can_have_all_ids),
        CASE(the_namespaces_that_are_named_are_new_and_others_are_not),
        CASE(no_link_is_followed_below_a_directory_that_is_closed_to_them),
        CASE(a_hardened_tree_has_neither_devices_nor_setuid_files_anywhere),
        CASE(a_directory_is_given_away_and_nothing_that_a_link_leads_to),
        CASE(proc_can_be_read_only),
        CASE(the_capabilities_that_are_not_kept_are_lost_for_good),
        CASE(a_control_group_that_there_is_not_cannot_be_entered),
    };
    enum { COUNT = sizeof cases / sizeof *cases };
    char made[] = "/tmp/mayfly-steps-XXXXXX";
    CHECK(mkdtemp(made) != NULL && chmod(made, 0755) == 0 && realpath(made, place) != NULL);
    int result = run_cases(cases, COUNT);
    fflush(stdout);
    if (geteuid() == 0)
        result |= run_as_nobody(cases, COUNT);
    /* Fails when something was written past the tmpfs, or a mount came out of a namespace. */
    CHECK_IS(rmdir(place), 0);
    return result;
}
