package mayfly.integration.work;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** A build of a small project, with the plugins that built these tests. */
@InWorkshop(
        as = {Identity.ROOT, Identity.USER},
        with = Client.C)
class MavenTest {
    private static final String POM = """
            <project xmlns="http://maven.apache.org/POM/4.0.0">
              <modelVersion>4.0.0</modelVersion>
              <groupId>test</groupId>
              <artifactId>small</artifactId>
              <version>1</version>
              <properties>
                <maven.compiler.release>17</maven.compiler.release>
                <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
              </properties>
              <build>
                <plugins>
                  <plugin><artifactId>maven-resources-plugin</artifactId><version>3.3.1</version></plugin>
                  <plugin><artifactId>maven-compiler-plugin</artifactId><version>3.14.1</version></plugin>
                  <plugin><artifactId>maven-surefire-plugin</artifactId><version>3.5.4</version></plugin>
                  <plugin><artifactId>maven-jar-plugin</artifactId><version>3.5.0</version></plugin>
                </plugins>
              </build>
            </project>
            """;
    private static final String SETTINGS = """
            <settings>
              <mirrors>
                <mirror><id>own</id><mirrorOf>*</mirrorOf><url>file://%s</url></mirror>
              </mirrors>
            </settings>
            """;
    private static final String PACKAGE = "package -Dmaven.test.skip=true";

    private final Workshop workshop;

    MavenTest(Workshop workshop) {
        this.workshop = workshop;
    }

    /** A local repository with what the build needs, taken from that of this build, which may be closed to the user. */
    private void fillRepository() {
        Path filled = workshop.work().resolve("repository");
        Path settings = workshop.write("settings.xml", SETTINGS.formatted(System.getProperty("localRepository")));
        Tool.output(
                "mvn",
                "-B",
                "-q",
                "-s",
                settings.toString(),
                "-f",
                workshop.work() + "/pom.xml",
                "-Dmaven.repo.local=" + filled,
                "package",
                "-Dmaven.test.skip=true");
        Tool.output("rm", "-r", workshop.work() + "/target");
        Tool.output("chown", "-R", workshop.account().name() + ":", filled.toString());
    }

    @Test
    void a_project_is_built_by_maven() {
        Directories.write(workshop.work().resolve("pom.xml"), POM);
        workshop.bash("mkdir -p src/main/java/small").run().succeeds();
        workshop.write(
                "src/main/java/small/Main.java",
                "package small; public class Main { public static void main(String[] a) { System.out.println(\"built\"); } }");
        fillRepository();

        String text = workshop.mayfly(
                        "sh",
                        "-c",
                        "mvn -B -q -o -s settings.xml -Dmaven.repo.local=$PWD/repository " + PACKAGE
                                + " && java -cp target/small-1.jar small.Main")
                .run()
                .exits(0)
                .text();

        assertTrue(text.endsWith("built"), text);
        assertTrue(!Directories.names(workshop.work()).contains("target"));
    }
}
