package mayfly.clonepool.service;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the service works.
 *
 * @param runtimeDir for the socket and what ends with the machine
 * @param dataDir for clones on a disk; made when it is first needed
 * @param configFile mayfly.toml; absent: the defaults
 * @param libDir where mayfly-enter and mayfly-init are
 * @param readyStream whether to write {@code ready} on standard output, and to close it, once clients can connect
 */
public record ServiceOptions(
        Path runtimeDir, Path dataDir, Optional<Path> configFile, Path libDir, boolean readyStream) {}
