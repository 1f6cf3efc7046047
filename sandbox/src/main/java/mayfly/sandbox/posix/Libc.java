package mayfly.sandbox.posix;

import java.nio.ByteBuffer;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import org.jspecify.annotations.Nullable;

/**
 * The C library's functions, named and typed as there; {@code long} is an address, a {@code size_t} or a
 * {@code ssize_t}. Some are of one system only: they are looked up when they are called first. Arrays are copied for the
 * call; buffers and addresses are used in place. Public for
 * jnr-ffi's generated class only: everybody else uses the typed classes of this package.
 */
public interface Libc {
    int socket(int domain, int type, int protocol);

    int bind(int fd, @In byte[] address, int length);

    int bindat(int directory, int fd, @In byte[] address, int length);

    int connectat(int directory, int fd, @In byte[] address, int length);

    int listen(int fd, int backlog);

    int accept4(int fd, long address, long length, int flags);

    int connect(int fd, @In byte[] address, int length);

    int socketpair(int domain, int type, int protocol, @Out int[] fds);

    int shutdown(int fd, int how);

    int getsockopt(int fd, int level, int option, int[] value, int[] length);

    int getsockopt(int fd, int level, int option, @Out byte[] value, int[] length);

    int setsockopt(int fd, int level, int option, @In int[] value, int length);

    long sendmsg(int fd, long message, int flags);

    long recvmsg(int fd, long message, int flags);

    long read(int fd, @Out ByteBuffer buffer, long count);

    long write(int fd, @In ByteBuffer buffer, long count);

    long pread(int fd, @Out byte[] buffer, long count, long offset);

    int close(int fd);

    int dup2(int from, int to);

    int pipe2(@Out int[] fds, int flags);

    int open(@In byte[] path, int flags, int mode);

    int openat(int directory, @In byte[] path, int flags, int mode);

    int unlinkat(int directory, @In byte[] path, int flags);

    int renameat(int from, @In byte[] oldPath, int to, @In byte[] newPath);

    int renameat2(int from, @In byte[] oldPath, int to, @In byte[] newPath, int flags);

    int statx(int directory, @In byte[] path, int flags, int mask, @Out byte[] status);

    int fstat(int fd, @Out byte[] status);

    int fstatfs(int fd, @Out byte[] status);

    long getdents64(int fd, @Out ByteBuffer buffer, long size);

    long getdirentries(int fd, @Out ByteBuffer buffer, long size, long position);

    int fchmodat(int directory, @In byte[] path, int mode, int flags);

    int chflagsat(int directory, @In byte[] path, long flags, int how);

    int fchflags(int fd, long flags);

    long lseek(int fd, long offset, int whence);

    int fcntl(int fd, int command, long argument);

    int flock(int fd, int operation);

    int memfd_create(@In byte[] name, int flags);

    int ftruncate(int fd, long length);

    int eventfd(int initial, int flags);

    int inotify_init1(int flags);

    int inotify_add_watch(int inotify, @In byte[] path, int events);

    int inotify_rm_watch(int inotify, int watch);

    int kqueue();

    int kevent(int queue, long changes, int changeCount, long events, int capacity, long timeout);

    int poll(long descriptors, int count, int timeoutMillis);

    int sysctl(@In int[] name, int count, @Out byte[] old, long[] oldSize, long newValue, long newSize);

    int epoll_create1(int flags);

    int epoll_ctl(int epoll, int operation, int fd, long event);

    int epoll_wait(int epoll, long events, int capacity, int timeoutMillis);

    int chmod(@In byte[] path, int mode);

    int fchmod(int fd, int mode);

    int lchown(@In byte[] path, int uid, int gid);

    int fchown(int fd, int uid, int gid);

    int mkdir(@In byte[] path, int mode);

    int fsetxattr(int fd, @In byte[] name, @In byte[] value, long size, int flags);

    long getcwd(@Out byte[] buffer, long size);

    int getpid();

    int getuid();

    int geteuid();

    int getgid();

    int getgroups(int size, @Out int[] groups);

    int getpgrp();

    int kill(int pid, int signal);

    int raise(int signal);

    int waitpid(int pid, @Out int[] status, int options);

    int wait4(int pid, @Out int[] status, int options, @Out long[] usage);

    long syscall(long number, long a, long b, long c, long d);

    long syscall(long number, long directory, @In byte[] path, @In long[] how, long size);

    int getrlimit(int resource, @Out long[] limit);

    int sched_getaffinity(int pid, long size, @Out byte[] mask);

    int cpuset_getaffinity(int level, int which, long id, long size, @Out byte[] mask);

    int isatty(int fd);

    int ioctl(int fd, long request, byte[] argument);

    int ioctl(int fd, long request, long argument);

    void cfmakeraw(byte[] modes);

    int tcdrain(int fd);

    int tcgetpgrp(int fd);

    int getpwnam_r(@In byte[] name, long entry, long buffer, long size, @Out long[] result);

    int getpwuid_r(int uid, long entry, long buffer, long size, @Out long[] result);

    int getgrnam_r(@In byte[] name, long entry, long buffer, long size, @Out long[] result);

    int getgrgid_r(int gid, long entry, long buffer, long size, @Out long[] result);

    int posix_spawn(@Out int[] pid, @In byte[] path, long actions, long attributes, long argv, long environ);

    int posix_spawn_file_actions_init(long actions);

    int posix_spawn_file_actions_adddup2(long actions, int from, int to);

    int posix_spawn_file_actions_addclosefrom_np(long actions, int from);

    int posix_spawn_file_actions_addchdir_np(long actions, @In byte[] path);

    int posix_spawn_file_actions_destroy(long actions);

    int posix_spawnattr_init(long attributes);

    int posix_spawnattr_setflags(long attributes, short flags);

    int posix_spawnattr_setpgroup(long attributes, int group);

    int posix_spawnattr_setsigmask(long attributes, long signals);

    int posix_spawnattr_setsigdefault(long attributes, long signals);

    int posix_spawnattr_destroy(long attributes);

    @Nullable
    String strerrordesc_np(int errno);

    int strerror_r(int errno, @Out byte[] text, long size);
}
