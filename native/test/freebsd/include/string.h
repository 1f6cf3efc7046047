/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#include <stddef.h>

void *memchr(const void *memory, int byte, size_t size);
int memcmp(const void *one, const void *other, size_t size);
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *memory, int byte, size_t size);
char *strcat(char *to, const char *from);
char *strchr(const char *text, int byte);
int strcmp(const char *one, const char *other);
int strncmp(const char *one, const char *other, size_t size);
char *strcpy(char *to, const char *from);
size_t strcspn(const char *text, const char *set);
size_t strspn(const char *text, const char *set);
char *strdup(const char *text);
char *strerror(int error);
size_t strlen(const char *text);
size_t strnlen(const char *text, size_t size);
char *strpbrk(const char *text, const char *set);
char *strrchr(const char *text, int byte);
char *strstr(const char *text, const char *part);
char *strtok_r(char *text, const char *separators, char **rest);
