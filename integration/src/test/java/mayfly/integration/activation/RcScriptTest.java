package mayfly.integration.activation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Host;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** FreeBSD's script, with little scripts in place of rc.subr(8) and daemon(8) that do what it needs of them. */
@InWorkshop(
        as = {Identity.ROOT, Identity.USER},
        with = Client.C)
class RcScriptTest {
    private static final String RC_SUBR = """
            load_rc_config() {
                . "$RC_CONF"
            }
            # The pid in the file if that process's program is the one.
            check_pidfile() {
                [ -r "$1" ] && read -r pid <"$1" || return 0
                set -- "$2" $(ps -o args= -p "$pid")
                [ "$1" != "${2-}" ] || echo "$pid"
            }
            run_rc_command() {
                eval "enabled=\\$$rcvar rc_flags=\\${${name}_flags}"
                rc_pid=$(check_pidfile "$pidfile" "${procname:-$command}")
                case $1 in
                    start)
                        [ "$enabled" = YES ] || { echo "Cannot 'start' $name. Set $rcvar to YES in /etc/rc.conf"; exit 1; }
                        [ -z "$rc_pid" ] || { echo "$name already running? (pid=$rc_pid)."; exit 1; }
                        [ -r "$required_files" ] || { echo "$required_files is not readable."; exit 1; }
                        echo "Starting $name."
                        eval "$command $rc_flags $command_args"
                        ;;
                    stop | reload | status)
                        [ -n "$rc_pid" ] || { echo "$name is not running."; exit 1; }
                        case $1 in
                            stop) kill -TERM "$rc_pid" ;;
                            status) echo "$name is running as pid $rc_pid." ;;
                            reload) case " $extra_commands " in *" reload "*) kill "-$sig_reload" "$rc_pid" ;; esac ;;
                        esac
                        ;;
                esac
            }
            """;

    private static final String DAEMON = """
            #!/bin/sh
            [ "$1 $2 $4" = "-f -p -o" ] || { echo "daemon: $*" >&2; exit 64; }
            pidfile=$3 log=$5
            shift 5
            setsid "$@" </dev/null >>"$log" 2>&1 &
            echo $! >"$pidfile"
            """;

    private final Workshop workshop;
    private final Path here;

    RcScriptTest(Workshop workshop) {
        this.workshop = workshop;
        this.here =
                Directories.of(workshop.serviceAccount(), workshop.directory().resolve("rc-" + System.nanoTime()));
    }

    @BeforeEach
    void the_script_is_installed() {
        Path library = workshop.host().mayfly().resolveSibling("../lib/mayfly").normalize();
        String script = Directories.read(Host.source("rc.d/mayfly"))
                .replace("@PREFIX@/lib/mayfly", library.toString())
                .replace("/etc/rc.subr", here + "/rc.subr")
                .replace("/usr/sbin/daemon", here + "/daemon")
                .replace("/var/run/", here + "/")
                .replace("/var/log/", here + "/");
        Directories.write(here.resolve("mayfly"), script);
        Directories.write(here.resolve("rc.subr"), RC_SUBR);
        Directories.write(here.resolve("daemon"), DAEMON);
        Directories.write(here.resolve("mayfly.toml"), "");
        Tool.output("chmod", "-R", "a+rx", here.toString());
        enable("YES");
    }

    @AfterEach
    void it_ends() {
        if (rc("status").status() == 0) {
            rc("stop").exits(0);
        }
        awaitStatus(1);
    }

    private void enable(String word) {
        Directories.write(
                here.resolve("rc.conf"),
                "mayfly_enable=" + word + "\nmayfly_flags=\"--runtime-dir " + here + "/run --data-dir " + here
                        + "/data --config " + here + "/mayfly.toml\"\n");
        Tool.output("chmod", "a+r", here + "/rc.conf");
    }

    private Outcome rc(String word) {
        return workshop.callAs(workshop.serviceAccount(), List.of("sh", here + "/mayfly", word))
                .env("RC_CONF", here + "/rc.conf")
                .run();
    }

    private void awaitStatus(int status) {
        Eventually.holds("status exits with " + status, () -> rc("status").status() == status);
    }

    private Outcome call(String... words) {
        return workshop.subcommand(words)
                .env("MAYFLY_RUNTIME_DIR", here + "/run")
                .run();
    }

    private String log() {
        return Directories.read(here.resolve("mayfly.log"));
    }

    @Test
    void it_starts_tells_of_reloads_and_stops_the_service() {
        assertEquals("mayfly is not running.", rc("status").exits(1).text());
        assertEquals("Starting mayfly.", rc("start").exits(0).text());
        awaitStatus(0);
        assertTrue(rc("status").text().startsWith("mayfly is running as pid "));
        Eventually.holds(
                "it listens", () -> Directories.names(here.resolve("run")).contains("mayfly.sock"));
        assertEquals("hello", call("echo", "hello").exits(0).text());
        assertTrue(rc("start").exits(1).text().contains("already running"));

        Directories.write(here.resolve("mayfly.toml"), "nonsense = 1\n");
        rc("reload").exits(0);
        Eventually.holds("it has read its configuration", () -> log().contains("mayfly.toml:1: "));

        rc("stop").exits(0);
        awaitStatus(1);
        assertEquals("mayfly is not running.", rc("stop").exits(1).text());
    }

    @Test
    void it_does_nothing_unless_it_is_enabled() {
        enable("NO");
        assertTrue(rc("start").exits(1).text().contains("mayfly_enable"));
        assertEquals(1, rc("status").status());
    }

    @Test
    void rcorder_finds_what_it_needs() {
        List<String> lines =
                Directories.read(Host.source("rc.d/mayfly")).lines().toList();
        assertTrue(lines.contains("# PROVIDE: mayfly"));
        assertTrue(lines.contains("# REQUIRE: FILESYSTEMS DAEMON devfs"));
        assertTrue(lines.contains("# KEYWORD: shutdown"));
    }
}
