package mayfly.sandbox;

/**
 * A file or directory of the host that appears in the sandbox.
 *
 * @param source path on the host, to be used with the caller's rights only
 * @param destination absolute path in the sandbox without {@code .}, {@code ..}, empty names or a slash at its end
 */
public record Bind(Bytes source, Bytes destination, boolean readOnly) {}
