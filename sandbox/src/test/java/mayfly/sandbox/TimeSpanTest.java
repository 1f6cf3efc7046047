package mayfly.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TimeSpanTest {
    @ParameterizedTest
    @CsvSource({
        "1,1,1s",
        "90,90,90s",
        "90s,90,90s",
        "60,60,1m",
        "15m,900,15m",
        "8h,28800,8h",
        "7d,604800,7d",
        "366d,31622400,366d"
    })
    void a_number_and_its_unit_are_seconds(String word, long seconds, String shortest) {
        assertEquals(OptionalLong.of(seconds), TimeSpan.seconds(word));
        assertEquals(shortest, TimeSpan.word(seconds));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "0s", "-1", "1.5h", "1 m", "1w", "m", "367d", "9999999999", "1m30s"})
    void everything_else_is_no_time(String word) {
        assertEquals(OptionalLong.empty(), TimeSpan.seconds(word));
    }
}
