package mayfly.integration.workshop;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ArgumentsSource;

/** Runs the class once in each setting; its constructor takes the {@link Workshop}. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedClass(name = "{0}")
@ArgumentsSource(Workshops.class)
@Timeout(value = 120, unit = TimeUnit.SECONDS)
public @interface InWorkshop {
    /** The identities, of those that are possible. */
    Identity[] as() default {Identity.ROOT, Identity.MEMBER, Identity.USER};

    /** The clients: {@link Client#C} alone where the client does not matter. */
    Client[] with() default {Client.C, Client.JAVA};

    /** The backends, each with those identities for whom it is. */
    Backend[] on() default Backend.BWRAP;

    /** Whether all commands run in templates of the class's own: a member is a maintainer there, and so may have chroot. */
    boolean inItsTemplates() default false;
}
