package mayfly.clonepool.audit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Identity;
import mayfly.sandbox.Identity.RootAndRange;
import mayfly.sandbox.Identity.RootOfRange;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.Seccomp;
import mayfly.sandbox.TimeSpan;
import mayfly.sandbox.posix.Processes.Usage;
import org.jspecify.annotations.Nullable;

/**
 * Entries as lines of JSON. A line has the characters U+0020 to U+007E only, whatever names and words have in them: the rest is
 * escaped as JSON has it. A byte that is no part of UTF-8 becomes U+DC00 and its value, as Python's {@code surrogateescape}
 * does, so nothing is lost.
 */
final class Lines {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final int NOT_UTF_8 = 0xDC00;

    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .characterEscapes(new DeleteToo())
            .build();

    /** JSON does not ask for an escape of U+007F, but terminals act on it. */
    private static final class DeleteToo extends CharacterEscapes {
        private static final long serialVersionUID = 1L;

        @Override
        public int[] getEscapeCodesForAscii() {
            int[] codes = standardAsciiEscapesForJSON();
            codes[0x7F] = ESCAPE_STANDARD;
            return codes;
        }

        @Override
        public @Nullable SerializableString getEscapeSequence(int c) {
            return null;
        }
    }

    private Lines() {}

    /** The line, without its end. */
    static String of(Entry entry) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("time", TIME.format(Instant.ofEpochMilli(entry.millis())));
            write(json, entry);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // not in memory
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, Entry entry) throws IOException {
        if (entry instanceof Entry.Start start) {
            event(json, "start");
            who(json, start.who());
            place(json, start.place());
            if (start.made().isPresent()) {
                made(json, start.made().get());
            }
            optional(json, "chdir", start.chdir().map(Lines::text));
            words(json, "argv", start.argv());
        } else if (entry instanceof Entry.End end) {
            event(json, "end");
            if (end.who().isPresent()) {
                who(json, end.who().get());
            }
            place(json, end.place());
            finish(json, end.finish());
            if (end.nanos().isPresent()) {
                json.writeNumberField("elapsed_ms", end.nanos().get() / 1_000_000);
            }
            if (end.usage().isPresent()) {
                usage(json, end.usage().get());
            }
        } else if (entry instanceof Entry.Refusal refusal) {
            event(json, "refusal");
            who(json, refusal.who());
            words(json, "argv", refusal.argv());
            json.writeStringField("reason", refusal.message());
        } else if (entry instanceof Entry.Omitted omitted) {
            event(json, "omitted");
            json.writeNumberField("uid", omitted.user());
            json.writeNumberField("refusals", omitted.refusals());
        } else if (entry instanceof Entry.ServiceState state) {
            event(json, state.serves() ? "service-start" : "service-end");
            json.writeNumberField("pid", state.pid());
        } else if (entry instanceof Entry.Lost lost) {
            event(json, "lost");
            json.writeNumberField("lines", lost.lines());
        }
    }

    private static void event(JsonGenerator json, String name) throws IOException {
        json.writeStringField("event", name);
    }

    private static void who(JsonGenerator json, Who who) throws IOException {
        json.writeNumberField("uid", who.uid());
        json.writeNumberField("gid", who.gid());
        if (who.servedAs() != who.uid()) {
            json.writeNumberField("served_as", who.servedAs());
        }
        if (who.pid() > 0) {
            json.writeNumberField("pid", who.pid());
        }
        optional(json, "listener", who.listener());
    }

    private static void place(JsonGenerator json, Place place) throws IOException {
        optional(json, "template", place.template());
        optional(json, "snapshot", place.snapshot());
        json.writeStringField("clone", place.cloneId());
        optional(json, "session", place.session());
        if (place.command().isPresent()) {
            json.writeNumberField("command", place.command().getAsLong());
        }
    }

    private static void made(JsonGenerator json, Entry.Made made) throws IOException {
        json.writeStringField("backend", made.shape().backend());
        optional(json, "root", made.shape().root().map(Lines::text));
        isolation(json, made.shape().isolation());
        words(json, "bind", made.binds());
        optional(json, "x11", made.desktop().x11());
        mark(json, "pulseaudio", made.desktop().sound());
        optional(json, "size", made.room().size());
        if (made.room().quota().isPresent()) {
            json.writeNumberField("quota", made.room().quota().getAsLong());
        }
        mark(json, "hooks", made.hooks());
        time(json, "idle", made.idle());
        time(json, "time_limit", made.time());
    }

    private static void isolation(JsonGenerator json, Isolation isolation) throws IOException {
        mark(json, "share_net", isolation.shareNet());
        mark(json, "abstract_sockets", isolation.abstractSockets());
        optional(json, "as_root", ids(isolation.identity()));
        if (isolation.seccomp() != Seccomp.DEFAULT) {
            json.writeStringField("seccomp", isolation.seccomp().name().toLowerCase(Locale.ROOT));
        }
        if (!isolation.settings().isEmpty()) {
            json.writeObjectFieldStart("variables");
            for (Map.Entry<String, String> variable : new TreeMap<>(isolation.settings()).entrySet()) {
                json.writeStringField(variable.getKey(), variable.getValue());
            }
            json.writeEndObject();
        }
    }

    private static void finish(JsonGenerator json, Entry.Finish finish) throws IOException {
        number(json, "exit", finish.exit());
        number(json, "signal", finish.signal());
        optional(json, "failed", finish.failed().map(Lines::text));
        mark(json, "own_hooks", finish.ownHooks());
    }

    /** Which ids outside those from 0 on inside are; empty: who is in the sandbox is himself. */
    private static Optional<String> ids(Identity identity) {
        if (identity instanceof RootOfRange range) {
            return Optional.of(range.uid() + ":" + range.gid() + "+" + range.count());
        } else if (identity instanceof RootAndRange range) {
            return Optional.of("own," + range.uid() + ":" + range.gid() + "+" + range.count());
        }
        return identity.equals(Identity.OWN) ? Optional.empty() : Optional.of("own");
    }

    private static void usage(JsonGenerator json, Usage usage) throws IOException {
        json.writeNumberField("user_ms", usage.userMicros() / 1_000);
        json.writeNumberField("system_ms", usage.systemMicros() / 1_000);
        json.writeNumberField("max_rss_kib", usage.peakKib());
    }

    private static void time(JsonGenerator json, String name, OptionalLong seconds) throws IOException {
        if (seconds.isPresent()) {
            json.writeStringField(name, TimeSpan.word(seconds.getAsLong()));
        }
    }

    private static void number(JsonGenerator json, String name, OptionalInt value) throws IOException {
        if (value.isPresent()) {
            json.writeNumberField(name, value.getAsInt());
        }
    }

    private static void optional(JsonGenerator json, String name, Optional<String> value) throws IOException {
        if (value.isPresent()) {
            json.writeStringField(name, value.get());
        }
    }

    private static void mark(JsonGenerator json, String name, boolean on) throws IOException {
        if (on) {
            json.writeBooleanField(name, true);
        }
    }

    private static void words(JsonGenerator json, String name, Words words) throws IOException {
        if (!words.words().isEmpty()) {
            json.writeArrayFieldStart(name);
            for (Bytes word : words.words()) {
                json.writeString(text(word));
            }
            json.writeEndArray();
        }
        mark(json, name + "_cut", words.isCut());
    }

    private static String text(Bytes bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes.toArray());
        CharBuffer out = CharBuffer.allocate(bytes.length());
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        for (; ; ) {
            CoderResult result = decoder.decode(in, out, true);
            if (!result.isMalformed()) {
                return out.flip().toString();
            }
            for (int i = 0; i < result.length(); i++) {
                out.put((char) (NOT_UTF_8 + (in.get() & 0xFF)));
            }
        }
    }
}
