/** JMH benchmarks of what the service does for a claim. */
@NullMarked
package mayfly.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
