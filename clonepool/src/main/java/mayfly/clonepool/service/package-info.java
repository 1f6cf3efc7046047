/**
 * The service: {@link mayfly.clonepool.service.Service} is its beginning and its end. One thread, that of
 * {@link mayfly.clonepool.service.Door}, talks to clients and owns all that is decided; {@link
 * mayfly.clonepool.service.Workers} do what takes long and report back to it. May use {@code mayfly.sandbox} and all of
 * {@code mayfly.clonepool}.
 */
@NullMarked
package mayfly.clonepool.service;

import org.jspecify.annotations.NullMarked;
