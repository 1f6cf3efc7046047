package mayfly.integration.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

@InWorkshop(with = Client.C)
class WorkTest {
    private final Workshop workshop;

    WorkTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    void a_c_program_is_compiled_and_run() {
        workshop.write("hello.c", "#include <stdio.h>\nint main(void) { puts(\"hello from C\"); return 4; }\n");

        assertEquals("hello from C\n4", workshop.inside("cc -O -o hello hello.c && { ./hello; echo $?; }"));
        assertTrue(!Directories.names(workshop.work()).contains("hello"));
    }

    @Test
    void a_java_program_is_compiled_packed_and_run() {
        workshop.write(
                "Hello.java",
                "public class Hello { public static void main(String[] a) { System.out.println(\"hello from \" + a[0]); } }");

        assertEquals(
                "hello from Java",
                workshop.inside("mkdir classes && javac -d classes Hello.java && jar cfe hello.jar Hello -C classes ."
                        + " && java -jar hello.jar Java"));
    }

    @Test
    void a_python_script_runs() {
        workshop.script("script.py", """
                #!/usr/bin/python3
                import subprocess, sqlite3, tempfile, threading
                with tempfile.TemporaryDirectory() as d:
                    db = sqlite3.connect(d + '/db')
                    db.execute('create table t (n)')
                    db.executemany('insert into t values (?)', ((i,) for i in range(100)))
                    db.commit()
                    threads = [threading.Thread(target=sum, args=(range(1000),)) for i in range(8)]
                    [t.start() for t in threads]
                    [t.join() for t in threads]
                    print(db.execute('select sum(n) from t').fetchone()[0], subprocess.getoutput('echo child'))
                """);

        assertEquals("4950 child", workshop.prints("./script.py"));
    }

    @Test
    void a_local_repository_is_cloned_and_committed_to() {
        workshop.bash("set -e; git init -q -b main origin; cd origin; echo one >file; git add file;"
                        + " git -c user.name=a -c user.email=a@b commit -q -m first")
                .run()
                .succeeds();

        // git looks whether a linked file is still the same one, by its inode number. The kernel keeps that in root's
        // overlays only.
        String clone = workshop.identity().hasSystemService() ? "git clone -q" : "git clone -q --no-hardlinks";
        assertEquals(
                "one\n2",
                workshop.inside("set -e; " + clone + " origin clone; cd clone; cat file; echo two >>file;"
                        + " git -c user.name=a -c user.email=a@b commit -q -a -m second; git push -q origin HEAD:other;"
                        + " git -C ../origin rev-list --count other"));
        assertEquals(
                "main",
                workshop.bash("git -C origin branch --format='%(refname:short)'")
                        .run()
                        .succeeds());
    }

    @Test
    void tools_that_need_locks_pipes_and_links_work() {
        assertEquals(
                "fifo 2 yes 10",
                workshop.inside("mkfifo f; echo fifo >f & read -r x <f; touch a; ln a b; n=$(stat -c %h a);"
                        + " l=$(flock a echo yes); truncate -s 10 a; tar cf t.tar a b; mkdir o; tar xf t.tar -C o;"
                        + " echo $x $n $l $(stat -c %s o/b)"));
    }

    @Test
    void two_hundred_commands_run_at_once_from_cold_and_from_warm() {
        List<String> tries = List.of("cold", "warm");
        for (String name : tries) {
            String text = workshop.bash("for i in $(seq 200); do mayfly sh -c \"echo $i; echo $i >/tmp/own;"
                            + " [ \\$(cat /tmp/own) = $i ] && exit $((i % 100))\" >>out & p[$i]=$!; done;"
                            + " for i in $(seq 200); do wait ${p[$i]}; [ $? = $((i % 100)) ] || echo wrong status of $i; done;"
                            + " sort -n out | uniq | wc -l; rm out")
                    .run()
                    .succeeds();
            assertEquals("200", text, name);
        }
    }
}
