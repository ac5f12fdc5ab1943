/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that is freed all at once: a configuration, or the messages about
 * one. Secrets lie apart, in secure memory, and go with the rest.
 */
#ifndef IKEMGR_CONFIG_ARENA_H
#define IKEMGR_CONFIG_ARENA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

/**
 * struct config_arena
 * @full: where to go when there is no memory; NULL: abort(). Set while filling
 */
struct config_arena {
	struct arena_chunk *chunks;
	struct arena_secret *secrets;
	jmp_buf *full;
};

/** arena_new() - NULL without memory. */
struct config_arena *arena_new(void);

/** arena_free() - with everything in it; secrets are wiped. NULL is fine. */
void arena_free(struct config_arena *a);

/** arena_alloc() - @size zeroed bytes; never NULL. */
void *arena_alloc(struct config_arena *a, size_t size);

/** arena_string() - a copy with a NUL behind it. */
char *arena_string(struct config_arena *a, const char *text, size_t length);

/** arena_format() - printf into the arena. */
__attribute__((format(printf, 2, 3)))
char *arena_format(struct config_arena *a, const char *fmt, ...);

/** arena_vformat() - the same. */
__attribute__((format(printf, 2, 0), nonnull(2)))
char *arena_vformat(struct config_arena *a, const char *fmt, va_list ap);

/** arena_secret() - a copy in secure memory with a NUL behind it. */
char *arena_secret(struct config_arena *a, const char *text, size_t length);

/**
 * arena_append() - @item at the end of an array of pointers
 * @array: its address, any pointer type behind void *
 *
 * Grows by doubling; what it grew out of stays in the arena unused.
 */
void arena_append(struct config_arena *a, void *array, size_t *count, void *item);

/** arena_remove() - take element @index out of an array of pointers; the element itself stays in the arena. */
void arena_remove(void *array, size_t *count, size_t index);

#endif
