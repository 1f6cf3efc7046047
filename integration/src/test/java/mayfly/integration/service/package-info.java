/** The service towards clients that behave and peers that do not. */
@NullMarked
package mayfly.integration.service;

import org.jspecify.annotations.NullMarked;
