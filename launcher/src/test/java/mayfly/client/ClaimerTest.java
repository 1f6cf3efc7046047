package mayfly.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.Protocol;
import mayfly.sandbox.Bytes;
import org.junit.jupiter.api.Test;

class ClaimerTest {
    @Test
    void a_short_argument_vector_is_sent_whole() {
        List<Bytes> words = List.of(Bytes.utf8("mayfly"), Bytes.utf8("true"));
        Frame.Claim claim = Claimer.request(words, Optional.empty(), List.of());
        assertEquals(words, claim.words());
        assertFalse(claim.truncated());
    }

    @Test
    void of_many_words_the_first_are_sent() {
        Frame.Claim claim = Claimer.request(Collections.nCopies(100_000, Bytes.utf8("x")), Optional.empty(), List.of());
        assertEquals(Protocol.WORDS_COUNT, claim.words().size());
        assertTrue(claim.truncated());
    }

    @Test
    void only_whole_words_are_sent_up_to_the_bound_with_their_ends() {
        Bytes half = Bytes.utf8("x".repeat(Protocol.WORDS_BYTES / 2 - 1));
        assertEquals(
                2,
                Claimer.request(List.of(half, half), Optional.empty(), List.of())
                        .words()
                        .size());
        Bytes more = half.plus(Bytes.utf8("y"));
        Frame.Claim claim = Claimer.request(List.of(half, more), Optional.empty(), List.of());
        assertEquals(List.of(half), claim.words());
        assertTrue(claim.truncated());
    }
}
