/**
 * {@code mayfly.toml}: {@link mayfly.clonepool.config.ConfigurationFile} reads it into a
 * {@link mayfly.clonepool.config.Configuration}, or tells all that is wrong with it at once. May use
 * {@code mayfly.sandbox} and tomlj.
 */
@NullMarked
package mayfly.clonepool.config;

import org.jspecify.annotations.NullMarked;
