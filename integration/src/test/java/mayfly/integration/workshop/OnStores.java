package mayfly.integration.workshop;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ArgumentsSource;

/** Runs the class once on each kind of store, with root's service and the C client; its constructor takes the {@link Ground}. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedClass(name = "{0}")
@ArgumentsSource(Grounds.class)
@EnabledIf(
        value = "mayfly.integration.workshop.Host#isRoot",
        disabledReason = "root has to mount the stores' filesystems")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
public @interface OnStores {
    /** Who calls. */
    Identity as() default Identity.ROOT;

    /** Whether only those are meant whose clones take room on a disk. */
    boolean onDisk() default false;

    /** The backends. */
    Backend[] on() default Backend.BWRAP;
}
