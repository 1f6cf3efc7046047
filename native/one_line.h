/* Messages with names in them that somebody else chose. */
#pragma once

/* Leaves one line, and nothing for a terminal to obey. */
static inline void make_one_line(char *text) {
    for (; *text != 0; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}
