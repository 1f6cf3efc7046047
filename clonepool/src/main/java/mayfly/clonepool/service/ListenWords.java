package mayfly.clonepool.service;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import mayfly.clonepool.config.ListenConfiguration;
import mayfly.sandbox.Bytes;

/** A listener's configuration as the command line of mayfly-listen. */
final class ListenWords {
    private final List<Bytes> words = new ArrayList<>();

    private ListenWords(Bytes program) {
        words.add(program);
    }

    static List<Bytes> of(Bytes program, ListenConfiguration listener) {
        ListenWords line = new ListenWords(program);
        line.add("--managed");
        listener.sockets().tcp().forEach(address -> line.add("--tcp", address));
        listener.sockets().unix().forEach(path -> line.add("--unix", path));
        line.add("--mode", listener.sockets().mode());
        line.add("--max", listener.bounds().max());
        line.add("--max-per-source", listener.bounds().maxPerSource());
        line.add("--rate", listener.bounds().rate());
        line.add("--time", listener.bounds().seconds());
        line.add("--user", listener.user());
        if (listener.passesListener()) {
            line.add("--pass-listener");
        }
        line.add("--template", listener.template());
        listener.options().forEach(line::add);
        line.add("--");
        listener.command().forEach(line::add);
        return line.words;
    }

    private void add(String word) {
        words.add(Bytes.utf8(word));
    }

    private void add(String option, String value) {
        add(option);
        add(value);
    }

    private void add(String option, Optional<String> value) {
        value.ifPresent(present -> add(option, present));
    }

    private void add(String option, OptionalInt value) {
        value.ifPresent(present -> add(option, String.valueOf(present)));
    }
}
