/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#define IF_NAMESIZE 16
unsigned if_nametoindex(const char *name);
char *if_indextoname(unsigned index, char *name);
