/** The command line: Main and one class a subcommand. May use mayfly.client, clonepool and sandbox. */
@org.jspecify.annotations.NullMarked
package mayfly.launcher;
