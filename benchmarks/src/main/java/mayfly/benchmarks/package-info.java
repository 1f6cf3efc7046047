/** What the launch benchmark measured: statistics, pictures, and the budget that it is held to. */
@NullMarked
package mayfly.benchmarks;

import org.jspecify.annotations.NullMarked;
