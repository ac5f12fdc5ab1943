// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's replay window, compiled here with a few lines in place of the kernel's headers: tables of edges, and
 * every width against a window that is too simple to be wrong.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <linux/cryptomap.h>
#include "selftests/unit/tap.h"

/* The kernel's words that replay.c uses. Single-threaded: locks and barriers have nothing to do. */
typedef uint32_t u32;
typedef uint64_t u64;
typedef struct { int held; } spinlock_t;
#define spin_lock_init(l) ((l)->held = 0)
#define spin_lock_bh(l) (assert_once((l)->held++ == 0))
#define spin_unlock_bh(l) (assert_once(--(l)->held == 0))
#define READ_ONCE(x) (x)
#define WRITE_ONCE(x, v) ((x) = (v))
#define smp_load_acquire(p) (*(p))
#define smp_store_release(p, v) (*(p) = (v))
#define BIT_ULL(n) (1ULL << (n))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define GFP_KERNEL 0
#define kcalloc(n, size, flags) calloc(n, size)
#define kfree(p) free(p)

static void assert_once(int right)
{
	if (!right)
		abort();
}

static u32 roundup_pow_of_two(u32 n)
{
	u32 power = 1;

	while (power < n)
		power <<= 1;
	return power;
}

#include "kmod/replay.c"

static const char *const names[] = {
	[CMAP_DROP_UNSPEC] = "accepted",
	[CMAP_DROP_REPLAY_DUPLICATE] = "duplicate",
	[CMAP_DROP_REPLAY_OLD] = "old",
	[CMAP_DROP_REPLAY_ZERO] = "zero",
};

struct step {
	u32 number;
	enum cmap_drop verdict;
};

#define ACCEPT(n) { n, CMAP_DROP_UNSPEC }
#define TWICE(n) { n, CMAP_DROP_REPLAY_DUPLICATE }
#define OLD(n) { n, CMAP_DROP_REPLAY_OLD }
#define ZERO { 0, CMAP_DROP_REPLAY_ZERO }
#define END { 0, CMAP_DROP_UNSPEC }

static const struct {
	const char *what;
	u32 size;
	struct step step[16];
} tables[] = {
	{ "zero is never valid, not even first", 64, { ZERO, ACCEPT(1), ZERO, END } },
	{ "the first number is 1, once", 64, { ACCEPT(1), TWICE(1), ACCEPT(2), TWICE(1), TWICE(2), END } },
	{ "a first number far on", 64, { ACCEPT(1000000), TWICE(1000000), ACCEPT(1000000 - 63), OLD(1000000 - 64), END } },
	{ "reordered inside the window", 64, { ACCEPT(3), ACCEPT(1), ACCEPT(2), TWICE(1), TWICE(2), TWICE(3), ACCEPT(4), END } },
	{ "the left edge of 64", 64, { ACCEPT(65), OLD(1), ACCEPT(2), TWICE(2), ACCEPT(66), OLD(2), ACCEPT(3), END } },
	{ "the left edge of 128", 128, { ACCEPT(129), OLD(1), ACCEPT(2), ACCEPT(130), OLD(2), ACCEPT(3), TWICE(3), END } },
	{ "the left edge of 4096", 4096, { ACCEPT(4097), OLD(1), ACCEPT(2), ACCEPT(4098), OLD(2), ACCEPT(3), END } },
	{ "a jump of exactly the window", 64, { ACCEPT(10), ACCEPT(74), OLD(10), ACCEPT(11), TWICE(74), END } },
	{ "a jump of the window less one keeps the number", 64, { ACCEPT(10), ACCEPT(73), TWICE(10), OLD(9), ACCEPT(11), END } },
	{ "a jump over the whole ring forgets no new number", 64, { ACCEPT(1), ACCEPT(129), ACCEPT(128), TWICE(129), TWICE(128), ACCEPT(66), OLD(65), END } },
	{ "a huge jump", 4096, { ACCEPT(5), ACCEPT(0x80000000), OLD(5), ACCEPT(0x80000000 - 4095), OLD(0x80000000 - 4096), END } },
	{ "the end of the numbers", 64, { ACCEPT(0xfffffffe), ACCEPT(0xffffffff), TWICE(0xffffffff), TWICE(0xfffffffe), ACCEPT(0xffffffc0), OLD(0xffffffbf), ZERO, OLD(1), END } },
	{ "no protection accepts everything", 0, { ACCEPT(7), ACCEPT(7), ACCEPT(1), ACCEPT(0xffffffff), ACCEPT(2) } },
};

static int run(u32 size, const struct step *step, unsigned int count, char *why, size_t room)
{
	struct cmap_replay replay;
	unsigned int i;
	int good = 1;

	if (cmap_replay_init(&replay, size))
		return 0;
	for (i = 0; good && i < count; i++) {
		enum cmap_drop checked, advanced;

		if (size && !step[i].number && !step[i].verdict)
			break;
		checked = cmap_replay_check(&replay, step[i].number);
		advanced = cmap_replay_advance(&replay, step[i].number);
		if (checked == step[i].verdict && advanced == step[i].verdict)
			continue;
		good = 0;
		snprintf(why, room, "step %u, number %u: check %s, advance %s, expected %s", i, step[i].number,
			 names[checked], names[advanced], names[step[i].verdict]);
	}
	cmap_replay_destroy(&replay);
	return good;
}

static void test_tables(void)
{
	char why[160];
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		unsigned int count = tables[i].size ? 16 : 5;

		why[0] = 0;
		if (!ok(run(tables[i].size, tables[i].step, count, why, sizeof(why)), "%s", tables[i].what))
			printf("#   %s\n", why);
	}
}

static void test_sizes(void)
{
	static const u32 refused[] = { 1, 32, 63, 65, 100, 4097, 4096 + 64, 0xffffffc0 };
	struct cmap_replay replay;
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ok(cmap_replay_init(&replay, refused[i]) == -EINVAL, "a window of %u is refused", refused[i]);
}

/* The window as the RFC's words have it: every number seen is remembered for ever. */
static int against_model(u32 size, unsigned int seed)
{
	enum { SPAN = 1 << 18 };
	unsigned char *seen = calloc(SPAN, 1);
	struct cmap_replay replay;
	u32 top = 0;
	int i, good;

	good = seen && !cmap_replay_init(&replay, size);
	if (!good) {
		free(seen);
		return 0;
	}
	srand(seed);
	for (i = 0; good && i < 200000 && top < SPAN - 20000; i++) {
		enum cmap_drop expected = CMAP_DROP_UNSPEC;
		u32 number;

		switch (rand() % 16) {
		case 0:
			number = top + (u32)(rand() % (rand() % 8 ? 70 : 10000));
			break;
		case 1: case 2: case 3: case 4:
			number = top + 1;
			break;
		default:
			number = top - (u32)rand() % (size + size / 4 + 2);
			if (number > top)
				number = 0;
		}
		if (!number)
			expected = CMAP_DROP_REPLAY_ZERO;
		else if (number <= top && top - number >= size)
			expected = CMAP_DROP_REPLAY_OLD;
		else if (seen[number])
			expected = CMAP_DROP_REPLAY_DUPLICATE;
		good = cmap_replay_check(&replay, number) == expected && cmap_replay_advance(&replay, number) == expected;
		if (!good)
			printf("#   number %u, top %u, expected %s\n", number, top, names[expected]);
		if (!expected) {
			seen[number] = 1;
			top = number > top ? number : top;
		}
		good = good && replay.top == top;
	}
	cmap_replay_destroy(&replay);
	free(seen);
	return good;
}

int main(void)
{
	u32 size;

	test_tables();
	test_sizes();
	for (size = CMAP_REPLAY_MIN; size <= CMAP_REPLAY_MAX; size += size < 1024 ? 64 : 512)
		ok(against_model(size, size), "a window of %u agrees with the simple one over random numbers", size);
	return done_testing();
}
