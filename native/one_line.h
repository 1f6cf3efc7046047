/* Messages with names in them that somebody else chose. */
#pragma once

#include <stddef.h>

/* How many bytes here are a character that a terminal obeys, or that rearranges what stands around it: control and format
   characters, in UTF-8. No more is read than is there before a zero. */
static inline size_t obeyed(const unsigned char *at) {
    if (at[0] < ' ' || at[0] == 0x7f)
        return 1;
    if (at[0] == 0xc2 && ((at[1] >= 0x80 && at[1] <= 0x9f) || at[1] == 0xad)) /* U+0080 to U+009F, U+00AD */
        return 2;
    if (at[0] == 0xd8 && at[1] == 0x9c) /* U+061C */
        return 2;
    if (at[0] == 0xe2 && at[1] == 0x80 &&
        ((at[2] >= 0x8b && at[2] <= 0x8f) || (at[2] >= 0xa8 && at[2] <= 0xae))) /* U+200B to U+200F, U+2028 to U+202E */
        return 3;
    if (at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa0 && at[2] <= 0xaf) /* U+2060 to U+206F */
        return 3;
    if (at[0] == 0xef && at[1] == 0xbb && at[2] == 0xbf) /* U+FEFF */
        return 3;
    return 0;
}

/* Leaves one line, and nothing for a terminal to obey. */
static inline void make_one_line(char *text) {
    while (*text != 0) {
        size_t count = obeyed((const unsigned char *)text);
        if (count == 0)
            text++;
        for (; count > 0; count--)
            *text++ = '?';
    }
}
