/**
 * What is kept in stock: {@link mayfly.clonepool.pool.Pool} ready clones of a template,
 * {@link mayfly.clonepool.pool.Parking} parked sandboxes by shape, {@link mayfly.clonepool.pool.Admission} who may have
 * one more. Decides only; what is to be done is ordered from others. May use {@code mayfly.sandbox} and the packages
 * {@code config} and {@code store}.
 */
@NullMarked
package mayfly.clonepool.pool;

import org.jspecify.annotations.NullMarked;
