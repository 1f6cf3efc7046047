/**
 * What is written about the command line, made from the command line itself: the manual page and the completions of
 * bash, zsh and fish. {@link mayfly.launcher.documents.Documents} is a program of the build; nothing of this is used at
 * run time. May use {@code mayfly.launcher.CommandSpecs}, {@code sandbox} and picocli.
 */
@NullMarked
package mayfly.launcher.documents;

import org.jspecify.annotations.NullMarked;
