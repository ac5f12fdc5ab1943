/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: requests for memory. Out: zeroed memory, until the whole arena is freed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/arena.h"
#include "crypto.h"

#define CHUNK 16384u

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	max_align_t bytes[];
};

struct arena_secret {
	struct arena_secret *next;
	char *text;
};

struct config_arena *arena_new(void)
{
	return calloc(1, sizeof(struct config_arena));
}

void arena_free(struct config_arena *a)
{
	if (!a)
		return;
	for (struct arena_secret *s = a->secrets; s; s = s->next)
		crypto_secure_free(s->text);
	for (struct arena_chunk *c = a->chunks, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	free(a);
}

static _Noreturn void full(struct config_arena *a)
{
	if (a->full)
		longjmp(*a->full, 1);
	abort();
}

void *arena_alloc(struct config_arena *a, size_t size)
{
	struct arena_chunk *c = a->chunks;
	void *p;

	if (size > SIZE_MAX / 2)
		full(a);
	size = (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	if (!c || c->size - c->used < size) {
		size_t room = size > CHUNK ? size : CHUNK;

		c = calloc(1, sizeof(*c) + room);
		if (!c)
			full(a);
		c->size = room;
		c->next = a->chunks;
		a->chunks = c;
	}
	p = (char *)c->bytes + c->used;
	c->used += size;
	return p;
}

char *arena_string(struct config_arena *a, const char *text, size_t length)
{
	char *p = arena_alloc(a, length + 1);

	if (length)
		memcpy(p, text, length);
	return p;
}

char *arena_vformat(struct config_arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		full(a);
	p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	return p;
}

char *arena_format(struct config_arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = arena_vformat(a, fmt, ap);
	va_end(ap);
	return p;
}

char *arena_secret(struct config_arena *a, const char *text, size_t length)
{
	struct arena_secret *s = arena_alloc(a, sizeof(*s));

	s->text = crypto_secure_alloc(length + 1);
	if (!s->text)
		full(a);
	memcpy(s->text, text, length);
	s->text[length] = '\0';
	s->next = a->secrets;
	a->secrets = s;
	return s->text;
}

void arena_append(struct config_arena *a, void *array, size_t *count, void *item)
{
	void **items;

	memcpy(&items, array, sizeof(items));
	if (!(*count & (*count - 1))) {		/* 0, 1, 2, 4, 8 ...: full */
		void **more = arena_alloc(a, (*count ? *count * 2 : 1) * sizeof(*more));

		if (*count)
			memcpy(more, items, *count * sizeof(*more));
		items = more;
		memcpy(array, &items, sizeof(items));
	}
	items[(*count)++] = item;
}

void arena_remove(void *array, size_t *count, size_t index)
{
	void **items;

	/*
	 * The count is the only record of the array's size, so a shrunk array
	 * gets a new one at the next power of two: that wastes, and is right.
	 */
	memcpy(&items, array, sizeof(items));
	memmove(items + index, items + index + 1, (*count - index - 1) * sizeof(*items));
	(*count)--;
}
