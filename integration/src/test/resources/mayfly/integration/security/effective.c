/* Prints the effective uid and gid. Unlike many programs that are setuid it keeps them. */
#include <stdio.h>
#include <unistd.h>

int main(void) {
    printf("%u %u\n", geteuid(), getegid());
    return 0;
}
