/** What a command gets of its caller's desktop: the X11 display and the sound, with real servers of both. */
@NullMarked
package mayfly.integration.desktop;

import org.jspecify.annotations.NullMarked;
