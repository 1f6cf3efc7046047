package mayfly.client;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.Protocol;
import mayfly.clonepool.protocol.ProtocolException;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.OneLine;
import mayfly.sandbox.posix.Poller;
import mayfly.sandbox.posix.PosixException;

/** Asks services for sandboxes. */
final class Claimer {
    private static final int ATTEMPTS = 3;

    private final ServiceFinder finder;

    Claimer(ServiceFinder finder) {
        this.finder = finder;
    }

    /**
     * Claims a sandbox. A service that ends for lack of work may just have missed us: nothing has run yet, so the next
     * one is asked.
     *
     * @param words the whole argument vector
     */
    Lease claim(List<Bytes> words, OwnProcess own) throws MayflyException {
        Frame.Claim claim = request(words, own.directory(), variables(own.variables()));
        for (int attempt = 1; ; attempt++) {
            ServiceFinder.Found found = finder.findOrStart();
            try {
                return understand(found, found.door().exchange(claim), words.size());
            } catch (Door.GoneException e) {
                found.door().close();
                if (attempt == ATTEMPTS) {
                    throw new MayflyException(
                            "cannot claim a sandbox: the service ended during the request",
                            "service.log in its directory says why");
                }
            } catch (Door.SilentException e) {
                found.door().close();
                throw new MayflyException(
                        "cannot claim a sandbox: the service does not answer",
                        "end it, and the next command starts another");
            } catch (ProtocolException e) {
                found.door().close();
                throw strange("cannot claim a sandbox");
            } catch (IOException e) {
                found.door().close();
                throw new MayflyException("cannot claim a sandbox: " + OwnProcess.reason(e));
            } catch (MayflyException e) {
                found.door().close();
                throw e;
            }
        }
    }

    /** Asks the running service something else; the answer is a JSON object. */
    String ask(String json) throws MayflyException {
        return ask(json, progress -> {});
    }

    /** The same; {@code progress} is told how far it is. */
    String ask(String json, Consumer<Progress> progress) throws MayflyException {
        Optional<Door> found = finder.find();
        if (found.isEmpty()) {
            throw new MayflyException(
                    "cannot reach a service: none is running", "mayfly COMMAND starts one; so does mayfly serve");
        }
        try (Door door = found.get()) {
            return ask(door, json, progress);
        }
    }

    /** Has the service end and waits until it has; false when none runs. */
    boolean stop() throws MayflyException {
        Optional<Door> found = finder.find();
        if (found.isEmpty()) {
            return false;
        }
        try (Door door = found.get()) {
            ask(door, "{\"ask\":\"stop\"}", progress -> {});
            // Its process closes the connection by ending. Who listened at the socket first may be another one:
            // systemd.
            try (Poller end = new Poller(1)) {
                end.add(door.fd(), Poller.IN, 0);
                while (end.await(-1) == 0) {}
            }
            return true;
        } catch (PosixException e) {
            throw new MayflyException("cannot stop the service: " + e.getMessage());
        }
    }

    private static String ask(Door door, String json, Consumer<Progress> progress) throws MayflyException {
        try {
            Frame reply = door.exchange(new Frame.Ask(json));
            while (reply instanceof Frame.Progress told) {
                Members members = Members.read(told.json());
                progress.accept(new Progress(members.needText("text"), members.number("done"), members.number("of")));
                reply = door.next();
            }
            if (reply instanceof Frame.Answer answer) {
                return answer.json();
            }
            throw refusalOr(reply, "cannot ask the service");
        } catch (ProtocolException e) {
            throw strange("cannot ask the service");
        } catch (IOException e) {
            throw new MayflyException("cannot ask the service: " + OwnProcess.reason(e));
        }
    }

    /** Options come first: of a long argument list the service needs the beginning only. */
    static Frame.Claim request(List<Bytes> words, Optional<Bytes> directory, List<Bytes> variables) {
        int bytes = 0;
        int count = 0;
        while (count < words.size() && count < Protocol.WORDS_COUNT) {
            bytes += words.get(count).length() + 1;
            if (bytes > Protocol.WORDS_BYTES) {
                break;
            }
            count++;
        }
        return new Frame.Claim(words.subList(0, count), count < words.size(), directory, variables);
    }

    /** Those of the caller's variables that the service has to know. */
    private static List<Bytes> variables(Map<Bytes, Bytes> all) {
        List<Bytes> known = new ArrayList<>();
        for (String text : Protocol.CLAIM_VARIABLES) {
            Bytes name = Bytes.utf8(text);
            Bytes value = all.get(name);
            if (value != null && name.length() + 1 + value.length() <= Protocol.VARIABLE_BYTES) {
                known.add(name.plus(Bytes.utf8("=")).plus(value));
            }
        }
        return known;
    }

    private static Lease understand(ServiceFinder.Found found, Frame reply, int words)
            throws MayflyException, ProtocolException {
        if (reply instanceof Frame.Subcommand subcommand) {
            throw new SubcommandException(subcommand.words());
        }
        if (!(reply instanceof Frame.Claimed claimed)) {
            throw refusalOr(reply, "cannot claim a sandbox");
        }
        if ((claimed.flags() & Protocol.FLAG_NO_COMMAND) != 0) {
            throw new NothingRunException();
        }
        if (claimed.first() > words
                || (claimed.first() == words && claimed.shell().isEmpty())) {
            throw new ProtocolException("a command outside the argument vector");
        }
        return new Lease(found.door(), found.door().takeDescriptor(), claimed, found.started());
    }

    private static MayflyException refusalOr(Frame reply, String what) {
        return reply instanceof Frame.Refused refused
                ? new MayflyException(
                        refused.status() > 0 && refused.status() < 256 ? refused.status() : MayflyException.FAILED,
                        OneLine.of(refused.message()),
                        OneLine.of(refused.remedy().orElse("")))
                : strange(what);
    }

    static MayflyException strange(String what) {
        return new MayflyException(
                what + ": the service does not speak this client's protocol",
                "restart the service: it may be of another version");
    }
}
