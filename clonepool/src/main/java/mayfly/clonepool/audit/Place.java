package mayfly.clonepool.audit;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * Where a command runs.
 *
 * @param template empty: in a directory itself
 * @param snapshot of the template, where it has some
 * @param cloneId the name of the clone, which only one lease ever has
 * @param session whose sandbox it is
 * @param command which of the session's commands, by a number that the service gives once; empty: the session itself, or none
 */
public record Place(
        Optional<String> template,
        Optional<String> snapshot,
        String cloneId,
        Optional<String> session,
        OptionalLong command) {}
