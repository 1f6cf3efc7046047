package mayfly.clonepool.service;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the service works.
 *
 * @param runtimeDir for the socket and what ends with the machine
 * @param dataDir for clones on a disk; made when it is first needed
 * @param configFile mayfly.toml; absent: the defaults
 * @param configRequired whether that file has to be there; else the defaults are taken in its place
 * @param libDir where mayfly-enter and mayfly-init are
 * @param readyStream whether to write {@code ready} on standard output, and to close it, once clients can connect
 */
public record ServiceOptions(
        Path runtimeDir,
        Path dataDir,
        Optional<Path> configFile,
        boolean configRequired,
        Path libDir,
        boolean readyStream) {
    /** With a configuration file that has to be there, if one is named. */
    public ServiceOptions(Path runtimeDir, Path dataDir, Optional<Path> configFile, Path libDir, boolean readyStream) {
        this(runtimeDir, dataDir, configFile, true, libDir, readyStream);
    }
}
