/** {@code mayfly-login} as a login shell and as a ForceCommand, under the real sshd. */
@NullMarked
package mayfly.integration.login;

import org.jspecify.annotations.NullMarked;
