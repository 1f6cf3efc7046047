/* A stub of FreeBSD's header, after its manual pages: enough for the compiler to check Mayfly's files. Numbers are any. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

typedef struct file FILE;
extern FILE *stdout, *stderr;
int dprintf(int descriptor, const char *format, ...) __attribute__((format(printf, 2, 3)));
int vdprintf(int descriptor, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int fprintf(FILE *file, const char *format, ...) __attribute__((format(printf, 2, 3)));
int snprintf(char *buffer, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments) __attribute__((format(printf, 3, 0)));
int rename(const char *from, const char *to);
int puts(const char *text);
int fputs(const char *text, FILE *file);
