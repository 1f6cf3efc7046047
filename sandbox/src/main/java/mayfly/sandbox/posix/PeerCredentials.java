package mayfly.sandbox.posix;

/**
 * Who is at the other end of a Unix socket.
 *
 * @param uid effective user id, 0 to 2^32-1
 * @param gid effective group id, 0 to 2^32-1
 * @param pid process id, 0 when that process is in a pid namespace that is not visible here
 */
public record PeerCredentials(long uid, long gid, int pid) {}
