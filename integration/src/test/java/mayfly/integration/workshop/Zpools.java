package mayfly.integration.workshop;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Pools of ZFS in files, one of them on a disk that can fail, for root's service of one workshop, whose calls are a member's. */
public final class Zpools implements AutoCloseable {
    /** A disk that is a file, or fails whatever is asked of it. */
    private static final String MAKE_DISK = """
            loop=$(losetup --find --show $2)
            echo "0 $(blockdev --getsz $loop) linear $loop 0" >$2.table
            modprobe dm-mod
            dmsetup create $1 --noudevsync <$2.table
            dmsetup mknodes $1
            """;

    /** Its table is the filter's output. */
    private static final String CHANGE_DISK = """
            $3 <$2.table >$2.next
            dmsetup suspend --noudevsync $1
            dmsetup load $1 $2.next
            dmsetup resume --noudevsync $1
            """;

    private static final String REMOVE_DISK = """
            dmsetup remove --noudevsync $1
            losetup --detach $(cut -d ' ' -f 4 $2.table)
            """;

    private final Workshop workshop;
    private final List<String> pools = new ArrayList<>();
    private final List<String> disks = new ArrayList<>();

    Zpools(Workshop workshop) {
        this.workshop = workshop;
    }

    public Workshop workshop() {
        return workshop;
    }

    /** Whether none has been made. */
    public boolean isEmpty() {
        return pools.isEmpty();
    }

    /** @param megabytes its size */
    public void make(String pool, int megabytes) {
        file(pool, megabytes);
        make(pool, image(pool));
    }

    /** One that {@link #fail} can take the disk from. */
    public void makeFrail(String pool, int megabytes) {
        file(pool, megabytes);
        shell(MAKE_DISK, pool, image(pool));
        disks.add(pool);
        make(pool, "/dev/mapper/" + pool);
    }

    private void file(String pool, int megabytes) {
        Tool.output("truncate", "--size=" + megabytes + "m", image(pool));
    }

    private void make(String pool, String device) {
        Tool.output("zpool", "create", pool, device);
        pools.add(pool);
    }

    private String image(String pool) {
        return images().resolve(pool + ".img").toString();
    }

    /** The directory where {@code zpool import -d} finds them. */
    public Path images() {
        return workshop.directory();
    }

    /** From now on the pool's disk gives errors only. Returns when ZFS has noticed. */
    public void fail(String pool) {
        shell(CHANGE_DISK, pool, image(pool), "sed s/linear.*/error/");
        // ZFS notices when it writes.
        shell("(echo >/$1/trouble; sync -f /$1) >/dev/null 2>&1 &", pool);
        Path state = Path.of("/proc/spl/kstat/zfs", pool, "state");
        Eventually.holds(
                "the pool is suspended", () -> Directories.read(state).strip().equals("SUSPENDED"));
    }

    /** The disk works again, and ZFS is told so. */
    public void repair(String pool) {
        shell(CHANGE_DISK, pool, image(pool), "cat");
        Tool.output("zpool", "clear", pool);
    }

    private static void shell(String script, String... words) {
        List<String> command = new ArrayList<>(List.of("sh", "-e", "-c", script, "sh"));
        command.addAll(List.of(words));
        Tool.output(command.toArray(new String[0]));
    }

    /** What a shell's script of root's prints, in which {@code mayfly} is the C client. It has to succeed. */
    public String root(String script) {
        return asRoot(script).run().exits(0).text();
    }

    /** The same, to be run. */
    public Call asRoot(String script) {
        workshop.service();
        return workshop.callAs(workshop.serviceAccount(), List.of("bash", "-e", "-c", script));
    }

    /** Ends the service, and removes all. */
    @Override
    public void close() {
        workshop.close(() -> {
            pools.forEach(Zpools::destroy);
            disks.forEach(disk -> shell(REMOVE_DISK, disk, image(disk)));
        });
    }

    /** As soon as nothing uses it any more. */
    static void destroy(String pool) {
        Eventually.holds("the pool " + pool + " can be destroyed", () -> Tool.output(
                        "sh", "-c", "zpool destroy -f " + pool + " && echo done || true")
                .endsWith("done"));
    }
}
