package mayfly.integration.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Large programs, with all that they ask of the kernel, under the default policy of system calls. */
@InWorkshop(
        as = {Identity.ROOT, Identity.MEMBER, Identity.USER},
        with = Client.C)
class ProgramsTest {
    private final Workshop workshop;

    ProgramsTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    void python_with_processes_of_its_own() {
        workshop.write("processes.py", """
                import multiprocessing
                def square(n):
                    return n * n
                if __name__ == '__main__':
                    for method in 'fork', 'spawn', 'forkserver':
                        context = multiprocessing.get_context(method)
                        queue = context.Queue()
                        queue.put(method)
                        with context.Pool(3) as pool:
                            print(queue.get(), sum(pool.map(square, range(100))))
                """);

        assertEquals("fork 328350\nspawn 328350\nforkserver 328350", workshop.prints("python3", "processes.py"));
    }

    @Test
    void node_with_a_server_a_child_and_a_thread() {
        workshop.write("server.js", """
                const { Worker, isMainThread, parentPort } = require('worker_threads');
                if (isMainThread) {
                    const server = require('http').createServer((request, response) => response.end('served'));
                    server.listen(0, '127.0.0.1', () => require('http').get(server.address(), response => {
                        response.on('data', data => {
                            console.log(`${data} ${require('child_process').execSync('echo child')}`.trim());
                            server.close();
                            new Worker(__filename).on('message', message => console.log(message));
                        });
                    }));
                } else {
                    parentPort.postMessage('thread');
                }
                """);

        assertEquals("served child\nthread", workshop.prints("node", "server.js"));
    }

    /** The server's directory of programs; the package would set up a server for the whole machine, so it is only unpacked. */
    private Path postgres() {
        Path directory = workshop.directory().resolve("postgres");
        Tool.output("sh", "-ec", """
                mkdir -p "$1"
                cd "$1"
                version=$(psql --version | sed 's/^[^0-9]*\\([0-9]*\\).*/\\1/')
                if [ ! -x "/usr/lib/postgresql/$version/bin/initdb" ] && [ ! -d usr ]; then
                    apt-get -q download "postgresql-$version"
                    dpkg -x postgresql-*.deb unpacked
                    mv unpacked/usr usr
                fi
                [ -d usr ] || ln -s /usr usr
                ln -sfn "usr/lib/postgresql/$version/bin" bin
                chmod -R a+rX .
                """, "sh", directory.toString());
        return directory.resolve("bin");
    }

    @Test
    void postgresql_is_set_up_and_asked() {
        workshop.script("database", """
                #!/bin/bash
                set -e
                mkdir /tmp/d
                cd /tmp/d
                # Root it refuses to be.
                [ $(id -u) != 0 ] || { chown 65534 /tmp/d; as='setpriv --reuid 65534 --regid 65534 --clear-groups'; }
                $as $1/initdb -D /tmp/d/data -A trust -U me >/tmp/log
                $as $1/pg_ctl -D /tmp/d/data -o "-k /tmp/d -c listen_addresses=''" -l /tmp/d/log -w start >>/tmp/log ||
                    { cat /tmp/log /tmp/d/log; exit 1; }
                psql -h /tmp/d -U me -At -c 'create table t as select generate_series(1, 1000) n' -c 'select sum(n) from t' postgres
                $as $1/pg_ctl -D /tmp/d/data -m fast -w stop >>/tmp/log
                """);

        assertEquals(
                "SELECT 1000\n500500", workshop.prints("./database", postgres().toString()));
    }

    /** Ubuntu has no package of it. */
    @Test
    @EnabledIf("mayfly.integration.workshop.Host#hasChromium")
    void chromium_shows_a_page() {
        workshop.write("page.html", "<script>document.write('the sum is ' + (1 + 2))</script>");

        String page = workshop.inside("chromium --headless --no-sandbox --disable-gpu --user-data-dir=/tmp/profile"
                + " --dump-dom page.html 2>/tmp/log || { cat /tmp/log; exit 1; }");
        assertTrue(page.contains("the sum is 3"), page);
    }

    @Test
    void strace_is_refused_with_the_reason() {
        Outcome outcome = workshop.mayfly("strace", "-o", "/tmp/trace", "true").run();
        assertTrue(
                outcome.status() == 1
                        && outcome.stderr().contains("ptrace(PTRACE_TRACEME, ...): Operation not permitted"),
                outcome.toString());
    }
}
