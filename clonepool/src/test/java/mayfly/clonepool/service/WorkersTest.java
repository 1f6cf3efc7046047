package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mayfly.clonepool.service.Workers.Urgency;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class WorkersTest {
    @Test
    void what_a_client_waits_for_goes_before_stock() throws InterruptedException {
        Workers workers = new Workers();
        int threads = Workers.COUNT;
        CountDownLatch busy = new CountDownLatch(threads);
        CountDownLatch free = new CountDownLatch(1);
        for (int i = 0; i < threads; i++) {
            workers.submit(Urgency.CLIENT_WAITS, () -> {
                busy.countDown();
                await(free);
            });
        }
        busy.await();
        List<Urgency> order = Collections.synchronizedList(new ArrayList<>());
        // Keeps all other threads busy until what is urgent has been done.
        CountDownLatch urgentDone = new CountDownLatch(1);
        workers.submit(Urgency.STOCK, () -> order.add(Urgency.STOCK));
        workers.submit(Urgency.CLIENT_WAITS, () -> {
            order.add(Urgency.CLIENT_WAITS);
            urgentDone.countDown();
        });
        for (int i = 1; i < threads; i++) {
            workers.submit(Urgency.CLIENT_WAITS, () -> await(urgentDone));
        }
        free.countDown();
        workers.finish(20, TimeUnit.SECONDS);
        assertEquals(2, order.size());
        assertEquals(Urgency.CLIENT_WAITS, order.get(0));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void what_takes_long_to_make_or_to_destroy_keeps_no_client_waiting() throws InterruptedException {
        Workers workers = new Workers();
        CountDownLatch free = new CountDownLatch(1);
        for (int i = 0; i < 4 * Workers.COUNT; i++) {
            workers.submit(i % 2 == 0 ? Urgency.CLONES : Urgency.CLEANING, () -> await(free));
        }
        CountDownLatch served = new CountDownLatch(1);
        workers.submit(Urgency.CLIENT_WAITS, served::countDown);
        served.await();
        free.countDown();
        workers.finish(20, TimeUnit.SECONDS);
    }

    @Test
    void finishing_does_what_was_given() throws InterruptedException {
        Workers workers = new Workers();
        List<Integer> done = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 100; i++) {
            int number = i;
            workers.submit(Urgency.CLEANING, () -> done.add(number));
        }
        workers.finish(20, TimeUnit.SECONDS);
        assertEquals(100, done.size());
    }
}
