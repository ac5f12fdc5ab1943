/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locked memory for secrets that live long or are needed often: see
 * crypto_secure_alloc(). libgcrypt's own is a list of blocks that every
 * allocation walks: with the keys of thousands of tunnels in it, that walk was
 * most of a handshake. Here a block comes from the list of free ones of its
 * size, and what libgcrypt keeps for itself stays short.
 */
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "crypto.h"

#define CHUNK	(64 * 1024)	/* bytes that are locked at a time */

static const uint16_t sizes[] = { 64, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 8192, 16384 };

#define CLASSES	(sizeof(sizes) / sizeof(sizes[0]))
#define LARGE	CLASSES		/* blocks with a mapping of their own */

/* struct block - what stands before the memory that is handed out */
struct block {
	union {
		struct block *next;	/* free */
		size_t mapped;		/* in use, and large: bytes of its mapping */
	};
	size_t class;
};

/* struct chunk - at its start */
struct chunk {
	struct chunk *next;
	size_t unused;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* all of these */
static struct block *free_blocks[CLASSES];
static struct chunk *chunks;

/* Where locking is not allowed secrets may be swapped, but are still wiped. */
static void *map(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	mlock(p, len);
	madvise(p, len, MADV_DONTDUMP);
	return p;
}

static struct block *carve(size_t class)
{
	size_t need = sizeof(struct block) + sizes[class];
	struct chunk *c = chunks;
	struct block *b;

	if (!c || c->unused < need) {
		c = map(CHUNK);
		if (!c)
			return NULL;
		c->next = chunks;
		c->unused = CHUNK - sizeof(*c);
		chunks = c;
	}
	b = (struct block *)((uint8_t *)c + CHUNK - c->unused);
	c->unused -= need;
	b->class = class;
	return b;
}

static struct block *large(size_t len)
{
	struct block *b;

	len += sizeof(*b);
	b = map(len);
	if (b) {
		b->mapped = len;
		b->class = LARGE;
	}
	return b;
}

void *crypto_secure_alloc(size_t len)
{
	struct block *b;
	size_t class = 0;

	while (class < CLASSES && sizes[class] < len)
		class++;
	if (class == CLASSES) {
		b = large(len);
		return b ? b + 1 : NULL;
	}
	pthread_mutex_lock(&lock);
	b = free_blocks[class];
	if (b)
		free_blocks[class] = b->next;
	else
		b = carve(class);
	pthread_mutex_unlock(&lock);
	return b ? b + 1 : NULL;	/* zeros: new, or wiped when it was freed */
}

void crypto_secure_free(void *p)
{
	struct block *b = p ? (struct block *)p - 1 : NULL;

	if (!b)
		return;
	if (b->class == LARGE) {
		size_t len = b->mapped;

		crypto_wipe(b, len);
		munmap(b, len);
		return;
	}
	crypto_wipe(p, sizes[b->class]);
	pthread_mutex_lock(&lock);
	b->next = free_blocks[b->class];
	free_blocks[b->class] = b;
	pthread_mutex_unlock(&lock);
}

size_t crypto_secure_size(const void *p)
{
	const struct block *b = (const struct block *)p - 1;

	return b->class == LARGE ? b->mapped - sizeof(*b) : sizes[b->class];
}

bool crypto_secure_is(const void *p)
{
	const uint8_t *at = p;
	bool found = false;

	pthread_mutex_lock(&lock);
	for (const struct chunk *c = chunks; c && !found; c = c->next)
		found = at > (const uint8_t *)c && at < (const uint8_t *)c + CHUNK;
	pthread_mutex_unlock(&lock);
	return found;
}
