package mayfly.clonepool.pool;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import mayfly.clonepool.config.Limits;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Shape;
import org.jspecify.annotations.Nullable;

/**
 * The stock of parked sandboxes for each shape, learned from use.
 *
 * <p>A shape's first claim makes its sandbox on the spot; from then on each claim orders a replacement. The number to
 * keep begins at one, doubles whenever a claim finds nothing, falls back to one after {@link #SHRINK} without a claim
 * and to none after {@link #FORGET}. When all shapes together have too many, the user who has most gives one up, of the
 * shape that was used least recently. Claims that wait for the same shape are served in order. A stock that could not be
 * filled is tried again with growing pauses. For one thread.
 *
 * @param <S> a sandbox
 * @param <W> who waits for one
 */
public final class Parking<S, W> {
    static final Duration SHRINK = Duration.ofMinutes(1);
    static final Duration FORGET = Duration.ofMinutes(10);
    static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    private static final long NEVER = Long.MAX_VALUE;

    /** What is to be done. None of it may call back into the parking. */
    public interface Orders<S, W> {
        /**
         * Make a sandbox, and tell {@link Parking#made} or {@link Parking#failed} later.
         *
         * @param urgent whether somebody waits for it
         */
        void make(Shape shape, boolean urgent);

        /** Take back an order that has not been begun; false when there is none. */
        boolean cancel(Shape shape);

        /** Use the sandbox for the claim. */
        void deliver(W waiter, S sandbox);

        void refuse(W waiter, RefusedException why);

        /** End a sandbox that is not needed any more. */
        void discard(S sandbox);
    }

    /** The stock of one shape. */
    private final class Stock {
        private final Deque<S> parked = new ArrayDeque<>();
        private final Set<W> waiting = new LinkedHashSet<>();
        private int making;
        private int target = 1;
        private int obsolete;
        // How many of the parked ones, at the bottom, are to be replaced.
        private int stale;
        private long lastUse;
        private boolean used;
        private Duration pause = FIRST_PAUSE;
        private long retry = NEVER;

        /** Sandboxes that are there or will be, beyond those that somebody waits for. */
        int surplus() {
            return parked.size() - stale + making - waiting.size();
        }

        boolean isIdle() {
            return parked.isEmpty() && making == 0 && waiting.isEmpty() && retry == NEVER;
        }
    }

    /** One shape's state, for reports. */
    public record Line(Shape shape, int parked, int making, int waiting, int target) {}

    private final Supplier<Limits> limits;
    private final Orders<S, W> orders;
    // In order of use: the least recently used shape comes first.
    private final LinkedHashMap<Shape, Stock> stocks = new LinkedHashMap<>();
    private final Map<S, Shape> shapes = new HashMap<>();
    private final Set<String> held = new HashSet<>();
    private @Nullable Stock mostRecent;
    private long nextTick = Long.MAX_VALUE;

    /** @param limits as they are now */
    public Parking(Supplier<Limits> limits, Orders<S, W> orders) {
        this.limits = limits;
        this.orders = orders;
    }

    /** Takes a parked sandbox of the shape, if there is one, and orders its replacement. */
    public Optional<S> take(Shape shape, long now) {
        Stock stock = stocks.get(shape);
        if (stock == null || stock.parked.isEmpty()) {
            return Optional.empty();
        }
        stock.used = true;
        S sandbox = stock.parked.pop();
        stock.stale = Math.min(stock.stale, stock.parked.size());
        shapes.remove(sandbox);
        use(shape, stock, now);
        refill(stock, shape);
        return Optional.of(sandbox);
    }

    /** Waits for a sandbox of the shape, because {@link #take} had none: it is delivered or refused later. */
    public void await(Shape shape, W waiter, long now) {
        Stock stock = stocks.get(shape);
        if (stock == null) {
            stock = new Stock();
        } else {
            stock.target = Math.max(1, Math.min(2 * stock.target, limits.get().parkedPerShape()));
        }
        use(shape, stock, now);
        stock.waiting.add(waiter);
        if (stock.making < stock.waiting.size()) {
            order(shape, stock, true);
        }
        refill(stock, shape);
    }

    /** The waiter is not interested any more. What was ordered for him alone is taken back. */
    public void withdraw(Shape shape, W waiter) {
        Stock stock = stocks.get(shape);
        if (stock == null || !stock.waiting.remove(waiter)) {
            return;
        }
        if (stock.waiting.isEmpty() && !stock.used) {
            stock.target = 0;
        }
        while (stock.surplus() > toKeep(shape, stock) && stock.making > 0 && orders.cancel(shape)) {
            stock.making--;
            stock.obsolete = Math.min(stock.obsolete, stock.making);
        }
        forgetIfIdle(shape, stock);
    }

    /** A sandbox that was ordered is there. */
    public void made(Shape shape, S sandbox) {
        Stock stock = ordered(shape);
        stock.pause = FIRST_PAUSE;
        boolean obsolete = stock.obsolete > 0;
        stock.obsolete -= obsolete ? 1 : 0;
        if (!obsolete && stock.stale > 0 && stock.waiting.isEmpty()) {
            discardOldest(stock); // the one in whose place this one comes
        }
        Optional<W> waiter = longestWaiting(stock);
        if (waiter.isPresent()) {
            stock.used = true;
            orders.deliver(waiter.get(), sandbox);
        } else if (!obsolete && stock.parked.size() < allowed(shape, stock) && makeRoom(shape)) {
            stock.parked.push(sandbox);
            shapes.put(sandbox, shape);
            arm(stock);
        } else {
            orders.discard(sandbox);
        }
        if (obsolete) {
            refill(stock, shape);
        }
        forgetIfIdle(shape, stock);
    }

    /**
     * A sandbox that was ordered cannot be made: who waits longest is told why. Stock is tried again after a pause. What
     * was to be made as things were before {@link #renew} is no failure, and is ordered again.
     */
    public void failed(Shape shape, RefusedException why, long now) {
        Stock stock = ordered(shape);
        if (stock.obsolete > 0) {
            stock.obsolete--;
            if (!stock.waiting.isEmpty()) {
                order(shape, stock, true);
            }
            refill(stock, shape);
            forgetIfIdle(shape, stock);
            return;
        }
        longestWaiting(stock).ifPresent(waiter -> orders.refuse(waiter, why));
        if (stock.used && stock.surplus() < toKeep(shape, stock)) {
            stock.retry = now + stock.pause.toNanos();
            stock.pause = Backoff.after(stock.pause, LONGEST_PAUSE);
            nextTick = Math.min(nextTick, stock.retry);
        }
        forgetIfIdle(shape, stock);
    }

    /** The sandbox has ended by itself. False: it was not parked. */
    public boolean died(S sandbox) {
        Shape shape = shapes.remove(sandbox);
        if (shape == null) {
            return false;
        }
        Stock stock = known(shape);
        stock.parked.remove(sandbox);
        stock.stale = Math.min(stock.stale, stock.parked.size());
        forgetIfIdle(shape, stock);
        return true;
    }

    /** Replaces the parked sandboxes of these shapes: their roots are not as they would be now. */
    public void renew(Predicate<Shape> concerned) {
        for (Shape shape : List.copyOf(stocks.keySet())) {
            if (concerned.test(shape)) {
                Stock stock = known(shape);
                stock.obsolete = stock.making;
                discardAll(stock);
                refill(stock, shape);
                forgetIfIdle(shape, stock);
            }
        }
    }

    /**
     * Replaces the parked sandboxes of these shapes one by one, as new ones are made: what is there can be used until then.
     */
    public void replace(Predicate<Shape> concerned) {
        for (Shape shape : List.copyOf(stocks.keySet())) {
            if (concerned.test(shape)) {
                Stock stock = known(shape);
                stock.obsolete = stock.making;
                stock.stale = stock.parked.size();
                refill(stock, shape);
            }
        }
    }

    /** Gives up the template's parked sandboxes, and parks none until {@link #release}; claims are served all the same. */
    public void hold(String template) {
        held.add(template);
        for (Shape shape : shapesOf(template)) {
            Stock stock = known(shape);
            stock.obsolete = stock.making;
            stock.retry = NEVER;
            discardAll(stock);
            forgetIfIdle(shape, stock);
        }
    }

    /** Parks sandboxes of the template again, as they are used. */
    public void release(String template) {
        if (held.remove(template)) {
            shapesOf(template).forEach(shape -> refill(known(shape), shape));
        }
    }

    private List<Shape> shapesOf(String template) {
        return stocks.keySet().stream()
                .filter(shape -> shape.template().filter(template::equals).isPresent())
                .toList();
    }

    private boolean isHeld(Shape shape) {
        return !held.isEmpty() && shape.template().filter(held::contains).isPresent();
    }

    /** Gives up all parked sandboxes, at the service's end. */
    public void discardAll() {
        for (Stock stock : stocks.values()) {
            discardAll(stock);
            stock.retry = NEVER;
        }
        stocks.values().removeIf(Stock::isIdle);
        mostRecent = null;
    }

    /** When {@link #tick} has something to do, in the clock's ns; empty when it has not. */
    public OptionalLong nextTick() {
        return nextTick == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(nextTick);
    }

    /** Lets go what has not been used for long. */
    public void tick(long now) {
        if (nextTick == Long.MAX_VALUE || now - nextTick < 0) {
            return;
        }
        nextTick = Long.MAX_VALUE;
        for (Shape shape : List.copyOf(stocks.keySet())) {
            Stock stock = known(shape);
            long unused = now - stock.lastUse;
            if (unused >= FORGET.toNanos()) {
                discardAll(stock);
                stock.retry = NEVER;
                forgetIfIdle(shape, stock);
            } else if (unused >= SHRINK.toNanos()) {
                stock.target = Math.min(stock.target, 1);
                while (stock.parked.size() > allowed(shape, stock)) {
                    discardOldest(stock);
                }
            }
            if (stock.retry != NEVER && now - stock.retry >= 0) {
                stock.retry = NEVER;
                refill(stock, shape);
                forgetIfIdle(shape, stock);
            }
            arm(stock);
        }
    }

    public int parked() {
        return shapes.size();
    }

    /** The shapes in stock, most recently used last. */
    public List<Line> lines() {
        List<Line> lines = new ArrayList<>();
        stocks.forEach((shape, stock) ->
                lines.add(new Line(shape, stock.parked.size(), stock.making, stock.waiting.size(), stock.target)));
        return lines;
    }

    /**
     * What is made in a directory of the caller's would leave its mount points there behind his back; and by the next
     * command another file may have the name of a bind's source.
     */
    private int allowed(Shape shape, Stock stock) {
        return shape.root().isPresent() || !shape.binds().isEmpty() || isHeld(shape)
                ? 0
                : Math.min(stock.target, limits.get().parkedPerShape());
    }

    private int toKeep(Shape shape, Stock stock) {
        return Math.min(
                allowed(shape, stock),
                Math.min(limits.get().parked(), limits.get().parkedPerUser()));
    }

    private void use(Shape shape, Stock stock, long now) {
        stock.lastUse = now;
        if (stock != mostRecent) {
            mostRecent = stock;
            stocks.remove(shape);
            stocks.put(shape, stock);
        }
    }

    private void refill(Stock stock, Shape shape) {
        while (stock.surplus() < toKeep(shape, stock)) {
            order(shape, stock, false);
        }
    }

    private void order(Shape shape, Stock stock, boolean urgent) {
        stock.making++;
        orders.make(shape, urgent);
    }

    private Stock ordered(Shape shape) {
        Stock stock = known(shape);
        stock.making--;
        return stock;
    }

    private Stock known(Shape shape) {
        Stock stock = stocks.get(shape);
        if (stock == null) {
            throw new IllegalStateException("no stock of " + shape);
        }
        return stock;
    }

    private Optional<W> longestWaiting(Stock stock) {
        Iterator<W> waiting = stock.waiting.iterator();
        if (!waiting.hasNext()) {
            return Optional.empty();
        }
        W first = waiting.next();
        waiting.remove();
        return Optional.of(first);
    }

    /** Gives up what is more than the limits allow, which may be lower than before: of users who have most, what was used least. */
    public void trim() {
        for (Shape shape : List.copyOf(stocks.keySet())) {
            Stock stock = known(shape);
            while (stock.parked.size() > limits.get().parkedPerShape()) {
                discardOldest(stock);
            }
            forgetIfIdle(shape, stock);
        }
        for (long uid : shapes.values().stream()
                .map(shape -> shape.caller().uid())
                .distinct()
                .toList()) {
            while (parkedOf(uid) > limits.get().parkedPerUser()) {
                discardLeastUsed(uid);
            }
        }
        while (shapes.size() > limits.get().parked()) {
            discardLeastUsed(whoHasMost(-1));
        }
    }

    /** Of the user, who has some. */
    private void discardLeastUsed(long uid) {
        Map.Entry<Shape, Stock> least = stocks.entrySet().stream()
                .filter(entry -> entry.getKey().caller().uid() == uid
                        && !entry.getValue().parked.isEmpty())
                .findFirst()
                .orElseThrow();
        discardOldest(least.getValue());
        forgetIfIdle(least.getKey(), least.getValue());
    }

    /** Whether one more may be parked, after the user who has most has given one up if he must. */
    private boolean makeRoom(Shape shape) {
        boolean room = shapes.size() < limits.get().parked();
        if (room && parkedOf(shape.caller().uid()) < limits.get().parkedPerUser()) {
            return true;
        }
        long user = room ? shape.caller().uid() : whoHasMost(shape.caller().uid());
        for (Map.Entry<Shape, Stock> entry : stocks.entrySet()) {
            boolean own = entry.getKey().caller().uid() == user;
            if (own && entry.getKey().equals(shape)) {
                return false; // all others of this user have been used since
            }
            if (own && !entry.getValue().parked.isEmpty()) {
                discardOldest(entry.getValue());
                forgetIfIdle(entry.getKey(), entry.getValue());
                return true;
            }
        }
        return false;
    }

    private long parkedOf(long uid) {
        return shapes.values().stream()
                .filter(shape -> shape.caller().uid() == uid)
                .count();
    }

    /** The user with most parked sandboxes; this one if nobody has more. */
    private long whoHasMost(long uid) {
        Map<Long, Integer> counts = new HashMap<>();
        shapes.values().forEach(shape -> counts.merge(shape.caller().uid(), 1, Integer::sum));
        long user = uid;
        for (Map.Entry<Long, Integer> count : counts.entrySet()) {
            if (count.getValue() > counts.getOrDefault(user, 0)) {
                user = count.getKey();
            }
        }
        return user;
    }

    private void discardAll(Stock stock) {
        while (!stock.parked.isEmpty()) {
            discardOldest(stock);
        }
    }

    private void discardOldest(Stock stock) {
        S sandbox = stock.parked.removeLast();
        stock.stale = Math.max(0, stock.stale - 1);
        shapes.remove(sandbox);
        orders.discard(sandbox);
    }

    private void forgetIfIdle(Shape shape, Stock stock) {
        if (stock.isIdle()) {
            stocks.remove(shape);
            mostRecent = stock == mostRecent ? null : mostRecent;
        }
    }

    private void arm(Stock stock) {
        if (!stock.parked.isEmpty()) {
            boolean grown = stock.target > 1;
            long due = stock.lastUse + (grown ? SHRINK : FORGET).toNanos();
            nextTick = Math.min(nextTick, due);
        }
        nextTick = Math.min(nextTick, stock.retry);
    }
}
