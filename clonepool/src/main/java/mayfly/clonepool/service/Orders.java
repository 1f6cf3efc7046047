package mayfly.clonepool.service;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import mayfly.clonepool.service.Workers.Urgency;
import mayfly.sandbox.Counts;
import mayfly.sandbox.Shape;

/**
 * The sandboxes that are to be made. What clients wait for comes first, users take turns, and neither a user nor a template
 * has more than a share of the workers, whatever slows them down. For the door's thread.
 */
final class Orders {
    /**
     * How long a replacement waits for the end of a lease before it is made all the same: making one takes more work than
     * a short command, which would share its processors with it.
     */
    private static final Duration REST = Duration.ofMillis(5);

    /** Who makes them. */
    interface Workshop {
        /** Begins to make one; {@link Orders#done} follows. */
        void begin(Shape shape, Urgency urgency);
    }

    /** The orders for one shape that have not been begun. */
    private static final class Wish {
        final Shape shape;
        int urgent;
        int stock;

        Wish(Shape shape) {
            this.shape = shape;
        }

        long uid() {
            return shape.caller().uid();
        }
    }

    private final Workshop workshop;
    private final int most;
    private final int mostOfOne;
    private final Map<Shape, Wish> wishes = new HashMap<>();
    private final Turns<Wish> urgent = new Turns<>();
    private final Turns<Wish> stock = new Turns<>();
    private final Deadlines<Wish> resting = new Deadlines<>(REST);
    private final Counts<Long> atWorkOf = new Counts<>();
    private final Counts<String> atWorkIn = new Counts<>();
    private int atWork;

    /**
     * @param most how many are made at once
     * @param mostOfOne the same for one user, and for one template
     */
    Orders(int most, int mostOfOne, Workshop workshop) {
        this.most = most;
        this.mostOfOne = mostOfOne;
        this.workshop = workshop;
    }

    /** One more sandbox. It is begun by {@link #tick} at the earliest. */
    void add(Shape shape, boolean isUrgent, long now) {
        Wish wish = wishes.computeIfAbsent(shape, Wish::new);
        if (isUrgent) {
            wish.urgent++;
            urgent.add(wish.uid(), wish);
        } else {
            wish.stock++;
            resting.addUnlessThere(wish, now);
        }
    }

    /** Somebody waits for a sandbox of this shape. */
    void hurry(Shape shape) {
        Wish wish = wishes.get(shape);
        if (wish != null && wish.stock > 0) {
            wish.urgent += wish.stock;
            wish.stock = 0;
            restNoMore(wish);
            urgent.add(wish.uid(), wish);
        }
    }

    /** Takes back an order that has not been begun; false when there is none. */
    boolean cancel(Shape shape) {
        Wish wish = wishes.get(shape);
        if (wish == null) {
            return false;
        }
        if (wish.urgent > 0) {
            wish.urgent--;
        } else {
            wish.stock--;
        }
        tidy(wish);
        return true;
    }

    /** A command has ended, and its processors are free: the oldest replacement need not rest any more. */
    void wake() {
        resting.next().ifPresent(wish -> stock.add(wish.uid(), wish));
    }

    /** One that was begun is made, or has failed. */
    void done(Shape shape) {
        atWork--;
        atWorkOf.remove(shape.caller().uid());
        shape.template().ifPresent(atWorkIn::remove);
    }

    /** Time until {@link #tick} has to be called, in ns, if nothing else happens. */
    long left(long now) {
        return resting.left(now);
    }

    /** Begins what can be begun. To be called after orders, ends and expired times. */
    void tick(long now) {
        for (Optional<Wish> due = resting.expired(now); due.isPresent(); due = resting.expired(now)) {
            stock.add(due.get().uid(), due.get());
        }
        while (atWork < most && (beginUrgent() || beginStock())) {
            // one after another
        }
    }

    /** Forgets what has not been begun. */
    void clear() {
        for (Wish wish : wishes.values().toArray(new Wish[0])) {
            wish.urgent = 0;
            wish.stock = 0;
            tidy(wish);
        }
    }

    /** Whether nothing is ordered or being made. */
    boolean isIdle() {
        return atWork == 0 && wishes.isEmpty();
    }

    private boolean beginUrgent() {
        Optional<Wish> next = urgent.next(this::mayWork, this::mayBegin);
        next.ifPresent(wish -> {
            wish.urgent--;
            if (wish.urgent > 0) {
                urgent.add(wish.uid(), wish);
            }
            begin(wish, Urgency.CLIENT_WAITS);
        });
        return next.isPresent();
    }

    private boolean beginStock() {
        Optional<Wish> next = stock.next(this::mayWork, this::mayBegin);
        next.ifPresent(wish -> {
            wish.stock--;
            if (wish.stock > 0) {
                stock.add(wish.uid(), wish);
            }
            begin(wish, Urgency.STOCK);
        });
        return next.isPresent();
    }

    private void begin(Wish wish, Urgency urgency) {
        tidy(wish);
        atWork++;
        atWorkOf.add(wish.uid());
        wish.shape.template().ifPresent(atWorkIn::add);
        workshop.begin(wish.shape, urgency);
    }

    private boolean mayWork(long uid) {
        return atWorkOf.of(uid) < mostOfOne;
    }

    /** A template whose clones take long to make must not take all workers. Directories are their users' own matter. */
    private boolean mayBegin(Wish wish) {
        return wish.shape.template().map(name -> atWorkIn.of(name) < mostOfOne).orElse(true);
    }

    private void restNoMore(Wish wish) {
        resting.remove(wish);
        stock.remove(wish.uid(), wish);
    }

    private void tidy(Wish wish) {
        if (wish.urgent == 0) {
            urgent.remove(wish.uid(), wish);
        }
        if (wish.stock == 0) {
            restNoMore(wish);
        }
        if (wish.urgent == 0 && wish.stock == 0) {
            wishes.remove(wish.shape);
        }
    }
}
