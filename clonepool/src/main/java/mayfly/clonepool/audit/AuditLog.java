package mayfly.clonepool.audit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import mayfly.clonepool.config.AuditConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * The audit log. Whoever adds entries never waits, and makes no system call; a thread of its own writes them, those of a
 * moment together. Thread-safe.
 */
public final class AuditLog implements AutoCloseable {
    /** What waits is bounded: a disk that hangs must not take the memory. */
    private static final long MOST_WEIGHT = 16 << 20;

    /** What comes so soon after another entry is written with it. */
    private static final long GATHERING = TimeUnit.MILLISECONDS.toNanos(20);

    /** Entries: so much text of them is in memory. */
    private static final int AT_ONCE = 128;

    /** How long the end of the service waits for the last lines. */
    private static final long LAST = TimeUnit.SECONDS.toMillis(1);

    private final Backlog backlog = new Backlog(MOST_WEIGHT);
    private final boolean usual;
    private final Supplier<Journal> journal;
    private final Sink toFile;
    private final Sink toJournal;
    private final Consumer<String> complain;
    private volatile AuditConfiguration configuration;
    private volatile boolean hasNews;
    private volatile boolean isAsleep;
    private volatile boolean isClosing;
    private volatile @Nullable Thread writer;

    /**
     * @param usual whether the service is that of the machine, which has an audit log unless it is told otherwise
     * @param complain is told of trouble, once of each
     */
    public AuditLog(AuditConfiguration configuration, boolean usual, Consumer<String> complain) {
        this(configuration, usual, complain, Journal::new);
    }

    AuditLog(AuditConfiguration configuration, boolean usual, Consumer<String> complain, Supplier<Journal> journal) {
        this.usual = usual;
        this.configuration = configuration.at(usual);
        this.complain = complain;
        this.journal = journal;
        this.toFile = new Sink(complain);
        this.toJournal = new Sink(complain);
        startIfNeeded();
    }

    /** Whether entries go anywhere. */
    public boolean isOn() {
        return configuration.isOn();
    }

    /** What is written from now on goes where this says. */
    public synchronized void change(AuditConfiguration next) {
        configuration = next.at(usual);
        startIfNeeded();
    }

    private synchronized void startIfNeeded() {
        if (isOn() && writer == null) {
            writer = new Thread(this::work, "writes the audit log");
            writer.setDaemon(true);
            writer.start();
        }
    }

    /** Has the entry written after the next {@link #wake}. */
    public void add(Entry entry) {
        if (isOn()) {
            backlog.add(entry);
            hasNews = true;
        }
    }

    /** Has the thread begin that writes, if there is something to write: a system call, when that thread sleeps. */
    public void wake() {
        if (hasNews && isAsleep) {
            isAsleep = false;
            LockSupport.unpark(writer);
        }
    }

    private void work() {
        for (boolean last = false; !last; ) {
            isAsleep = true;
            while (!hasNews && !isClosing) {
                LockSupport.park(this);
            }
            isAsleep = false;
            if (!isClosing) {
                LockSupport.parkNanos(GATHERING);
            }
            last = isClosing;
            hasNews = false;
            Backlog.Batch batch = backlog.take();
            List<Entry> left = batch.entries();
            long lost = batch.lost();
            do {
                int count = Math.min(AT_ONCE, left.size());
                write(left.subList(0, count), lost);
                left = left.subList(count, left.size());
                lost = 0;
            } while (!left.isEmpty());
        }
    }

    private void write(List<Entry> entries, long lost) {
        AuditConfiguration now = configuration;
        try {
            List<byte[]> lines = new ArrayList<>(entries.size());
            for (Entry entry : entries) {
                lines.add(Sink.line(entry));
            }
            long millis = System.currentTimeMillis();
            if (!now.off() && now.file().isPresent()) {
                Path file = now.file().get();
                toFile.write("the audit log " + file, fileWriter(now, file), lines, lost, millis);
            }
            if (!now.off() && now.journal().orElse(false)) {
                toJournal.write("the audit log to the journal", journalWriter(), lines, lost, millis);
            }
        } catch (RuntimeException | Error e) {
            complain.accept("cannot write the audit log: " + e);
        }
    }

    private static Sink.Writer fileWriter(AuditConfiguration now, Path path) {
        AuditFile file = new AuditFile(path, now.maxBytes(), now.keep(), now.isAtUsualPlace());
        return new Sink.Writer() {
            @Override
            public void write(List<byte[]> lines) throws IOException {
                file.append(lines);
            }

            @Override
            public int written() {
                return file.written();
            }
        };
    }

    private Sink.Writer journalWriter() {
        Journal now = journal.get();
        return new Sink.Writer() {
            @Override
            public void write(List<byte[]> lines) throws IOException {
                now.send(lines);
            }

            @Override
            public int written() {
                return now.sent();
            }
        };
    }

    /** Writes what is left, if that does not take long. */
    @Override
    public void close() {
        Thread running;
        synchronized (this) {
            running = writer;
        }
        isClosing = true;
        if (running == null) {
            return;
        }
        LockSupport.unpark(running);
        try {
            running.join(LAST);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
