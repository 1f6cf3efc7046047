package mayfly.integration.workshop;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ArgumentsSource;

/**
 * Runs the class with pools of ZFS, root's service and the C client, which root and a member of the group {@code mayfly}
 * call; its constructor takes the {@link Zpools}. These classes run in the virtual machine ({@code integration/vm/test}):
 * their tag keeps them out of what Maven runs.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("zfs")
@ParameterizedClass(name = "ZFS")
@ArgumentsSource(ZpoolsProvider.class)
@Timeout(value = 300, unit = TimeUnit.SECONDS)
public @interface OnZfs {}
