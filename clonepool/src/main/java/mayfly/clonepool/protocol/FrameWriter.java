package mayfly.clonepool.protocol;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import mayfly.clonepool.protocol.Protocol.Field;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;

/** Writes frames into a buffer. For one thread; allocates next to nothing. */
public final class FrameWriter {
    private final ByteBuffer out;

    private FrameWriter(ByteBuffer out) {
        this.out = out;
    }

    /**
     * Appends the frame, its length word included, at the buffer's position; a failure leaves the buffer as it was.
     *
     * @throws ProtocolException when the frame is larger than its bound or than what is left of the buffer
     */
    public static void write(Frame frame, ByteBuffer out) throws ProtocolException {
        ByteOrder order = out.order();
        int start = out.position();
        boolean written = false;
        try {
            out.order(ByteOrder.LITTLE_ENDIAN);
            out.putInt(0).put((byte) frame.type().code());
            new FrameWriter(out).fields(frame);
            int length = out.position() - start - Protocol.LENGTH_BYTES;
            if (length > frame.type().bound()) {
                throw new ProtocolException("frame " + frame.type() + " is too large: " + length + " bytes");
            }
            out.putInt(start, length);
            written = true;
        } catch (BufferOverflowException e) {
            throw new ProtocolException("frame " + frame.type() + " does not fit into its buffer");
        } finally {
            if (!written) {
                out.position(start);
            }
            out.order(order);
        }
    }

    private void fields(Frame frame) {
        if (frame instanceof Frame.Claim claim) {
            claim(claim);
        } else if (frame instanceof Frame.Claimed claimed) {
            claimed(claimed);
        } else if (frame instanceof Frame.Refused refused) {
            number(Field.VERSION, refused.version());
            number(Field.STATUS, refused.status());
            text(Field.MESSAGE, refused.message());
            refused.remedy().ifPresent(remedy -> text(Field.REMEDY, remedy));
        } else if (frame instanceof Frame.Ask ask) {
            number(Field.VERSION, Protocol.VERSION);
            text(Field.JSON, ask.json());
        } else if (frame instanceof Frame.Answer answer) {
            number(Field.VERSION, Protocol.VERSION);
            text(Field.JSON, answer.json());
        } else if (frame instanceof Frame.Progress progress) {
            number(Field.VERSION, Protocol.VERSION);
            text(Field.JSON, progress.json());
        } else if (frame instanceof Frame.Subcommand subcommand) {
            number(Field.VERSION, Protocol.VERSION);
            strings(Field.WORDS, subcommand.words());
        } else if (frame instanceof Frame.Parked) {
            number(Field.VERSION, Protocol.VERSION);
        } else if (frame instanceof Frame.Run run) {
            run(run);
        } else if (frame instanceof Frame.Signal signal) {
            number(Field.NUMBER, signal.number());
        } else if (frame instanceof Frame.Resize resize) {
            bytes(Field.WINDOW, resize.window());
        } else if (frame instanceof Frame.Foreground foreground) {
            foreground.modes().ifPresent(modes -> bytes(Field.MODES, modes));
        } else if (frame instanceof Frame.Stopped stopped) {
            number(Field.NUMBER, stopped.signal());
        } else if (frame instanceof Frame.Ended ended) {
            ended(ended);
        } else if (frame instanceof Frame.Failed failed) {
            number(Field.STATUS, failed.status());
            text(Field.MESSAGE, failed.message());
            failed.remedy().ifPresent(remedy -> text(Field.REMEDY, remedy));
        } else if (frame instanceof Frame.Serve serve) {
            number(Field.VERSION, Protocol.VERSION);
            number(Field.IDLE, serve.idle());
            number(Field.TOTAL, serve.total());
        } else if (frame instanceof Frame.Finished finished) {
            finished(finished);
        } else if (frame instanceof Frame.Bind bind) {
            bind(bind);
        } else if (frame instanceof Frame.Bound bound) {
            bound.failure().ifPresent(failure -> bytes(Field.MESSAGE, failure));
        }
        // STARTED, WANTS_TERMINAL, ASK_ROOT, ROOT, SERVING and END_SESSION have no fields.
    }

    private void claim(Frame.Claim claim) {
        number(Field.VERSION, Protocol.VERSION);
        strings(Field.WORDS, claim.words());
        if (claim.truncated()) {
            header(Field.TRUNCATED, 0);
        }
        claim.cwd().ifPresent(cwd -> bytes(Field.CWD, cwd));
        for (Bytes variable : claim.variables()) {
            bytes(Field.VARIABLE, variable);
        }
    }

    private void claimed(Frame.Claimed claimed) {
        number(Field.VERSION, Protocol.VERSION);
        number(Field.FIRST, claimed.first());
        number(Field.FLAGS, claimed.flags());
        claimed.shell().ifPresent(shell -> bytes(Field.SHELL, shell));
        claimed.chdir().ifPresent(chdir -> bytes(Field.CHDIR, chdir));
        for (Bytes variable : claimed.env()) {
            bytes(Field.ENV, variable);
        }
        claimed.statusFd().ifPresent(fd -> number(Field.STATUS_FD, fd));
        text(Field.ORIGIN, claimed.origin());
        for (String note : claimed.notes()) {
            text(Field.NOTE, note);
        }
        command(claimed.command());
    }

    private void command(OptionalLong number) {
        if (number.isPresent()) {
            wide(Field.COMMAND, number.getAsLong());
        }
    }

    private void run(Frame.Run run) {
        number(Field.VERSION, Protocol.VERSION);
        strings(Field.ARGV, run.argv());
        strings(Field.ENVIRON, run.environ());
        run.workdir().ifPresent(directory -> bytes(Field.WORKDIR, directory));
        number(Field.OPEN, run.open());
        if (run.pty() != 0) {
            number(Field.PTY, run.pty());
        }
        if (run.defer()) {
            header(Field.DEFER, 0);
        }
        run.modes().ifPresent(modes -> bytes(Field.MODES, modes));
        run.window().ifPresent(window -> bytes(Field.WINDOW, window));
        number(Field.UMASK, run.umask());
        number(Field.NICE, run.nice());
        if (!run.limits().isEmpty()) {
            header(Field.LIMITS, run.limits().size() * Long.BYTES);
            for (long limit : run.limits()) {
                out.putLong(limit);
            }
        }
        run.cpus().ifPresent(cpus -> bytes(Field.CPUS, cpus));
        wide(Field.IGNORED, run.ignored());
        wide(Field.BLOCKED, run.blocked());
        run.fallback().ifPresent(fallback -> bytes(Field.FALLBACK, fallback));
        command(run.command());
    }

    private void ended(Frame.Ended ended) {
        outcome(ended.outcome());
        wide(Field.ELAPSED, ended.elapsedMicros());
        wide(Field.USER, ended.userMicros());
        wide(Field.SYSTEM, ended.systemMicros());
        wide(Field.PEAK, ended.peakKib());
    }

    private void outcome(Frame.Outcome outcome) {
        if (outcome instanceof Frame.Outcome.Exited exited) {
            number(Field.CODE, exited.code());
        } else if (outcome instanceof Frame.Outcome.Killed killed) {
            number(Field.NUMBER, killed.signal());
        }
    }

    private void finished(Frame.Finished finished) {
        if (finished.end().isPresent()) {
            outcome(finished.end().get());
            wide(Field.USER, finished.userMicros());
            wide(Field.SYSTEM, finished.systemMicros());
            wide(Field.PEAK, finished.peakKib());
        }
        finished.failure().ifPresent(failure -> bytes(Field.MESSAGE, failure));
        command(finished.command());
        number(Field.ROOTS, finished.roots());
    }

    private void bind(Frame.Bind bind) {
        user(Field.OWNER, bind.owner().uid(), bind.owner().gid());
        header(Field.GROUPS, bind.owner().groups().size() * Integer.BYTES);
        for (long group : bind.owner().groups()) {
            out.putInt((int) group);
        }
        user(Field.MAKER, bind.maker().uid(), bind.maker().gid());
        bind.root().ifPresent(root -> bytes(Field.ROOT, root));
        List<Bytes> words = new ArrayList<>();
        for (Bind one : bind.binds()) {
            words.addAll(List.of(one.source(), one.destination(), Protocol.mode(one, bind.followsLinks())));
        }
        strings(Field.BINDS, words);
    }

    private void user(Field field, long uid, long gid) {
        header(field, 2 * Integer.BYTES);
        out.putInt((int) uid).putInt((int) gid);
    }

    private void header(Field field, int length) {
        out.put((byte) field.tag()).putInt(length);
    }

    private void number(Field field, int value) {
        header(field, Integer.BYTES);
        out.putInt(value);
    }

    private void wide(Field field, long value) {
        header(field, Long.BYTES);
        out.putLong(value);
    }

    private void text(Field field, String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        header(field, encoded.length);
        out.put(encoded);
    }

    private void bytes(Field field, Bytes bytes) {
        header(field, bytes.length());
        bytes.putInto(out);
    }

    private void strings(Field field, List<Bytes> strings) {
        int length = 0;
        for (Bytes string : strings) {
            length += string.length() + 1;
        }
        header(field, length);
        for (Bytes string : strings) {
            string.putInto(out);
            out.put((byte) 0);
        }
    }
}
