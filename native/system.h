/* What differs between operating systems: system_linux.c, system_freebsd.c. 0 or more, or a negative errno. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The directory of root's service. And for how many descriptors there has to be room at least when a message is received:
   Linux closes those that find none, FreeBSD may leave them open with nobody knowing of them. */
#ifdef __FreeBSD__
#define SYSTEM_PLACE "/var/run/mayfly"
enum { LEAST_ROOM = 256 }; /* more than a message can have: pointers in one mbuf cluster */
/* Where a full queue of connections is told as if nobody listened: for so long it is believed to be full. */
enum { FULL_QUEUE_MS = 1000 };
/* There shutdown(2) leaves a socket listening: it closes with the last descriptor of it. */
#define SHUTDOWN_KEEPS_LISTENING
#else
#define SYSTEM_PLACE "/run/mayfly"
enum { LEAST_ROOM = 0 };
enum { FULL_QUEUE_MS = 0 };
#endif

void close_descriptors_from(int lowest);

/* Blocks all signals and gives each its default action; a descriptor that is readable when a child has ended or stopped. */
int children_watch(void);
void children_drain(int descriptor);
/* In a child made by fork(2), which watches its own children: its parent's descriptor, or one in place of it. */
int children_watch_on(int descriptor);

/* This process is killed when its parent ends, whatever it executes. */
void die_with_parent(void);

/* A descriptor that is readable when one of the signals (bit N-1: signal N) has arrived; they must be blocked. */
int signals_watch(uint64_t signals);
/* The next signal that has arrived, 0 when there is none. */
int signals_next(int descriptor);

/* The signals (bit N-1: signal N) that this process ignores. */
uint64_t ignored_signals(void);
/* Blocks these signals, and says which were blocked before. */
int block_signals(uint64_t signals, uint64_t *before);
void set_blocked_signals(uint64_t signals);
void ignore_signals(uint64_t signals);

/* The affinity mask of this process into mask; its size in bytes. */
ssize_t affinity_get(void *mask, size_t capacity);
int affinity_set(const void *mask, size_t size);
/* Lets this process run on all processors that it may have. */
void affinity_widen(void);

/* The user at the other end of a Unix socket, as the kernel says. */
int peer_uid(int socket, uid_t *uid);
/* Whether the process that listens at, or has connected, the other end was started as that program with that first word. */
bool peer_has_words(int socket, const char *program, const char *first);

/* The path of the running program, without links. */
int own_path(char *path, size_t capacity);
