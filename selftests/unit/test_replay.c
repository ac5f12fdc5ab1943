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
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
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
	u64 number;
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
	struct step step[17];
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
	{ "extended: a window across 2^32", 64, { ACCEPT(0xffffffff), ACCEPT(0x100000000), TWICE(0xffffffff), ACCEPT(0xffffffc1),
		OLD(0xffffffc0), ACCEPT(0x10000003f), OLD(0xffffffff), TWICE(0x100000000), ACCEPT(0x100000001), END } },
	{ "extended: the same low half is another number", 64, { ACCEPT(5), ACCEPT(0x100000005), TWICE(0x100000005), OLD(5), END } },
	{ "extended: far on, and to the last number", 4096, { ACCEPT(0x123456789abcdef0), TWICE(0x123456789abcdef0),
		ACCEPT(0x123456789abcdef0 - 4095), OLD(0x123456789abcdef0 - 4096), ACCEPT(0xffffffffffffffff),
		TWICE(0xffffffffffffffff), ACCEPT(0xfffffffffffff000), OLD(0xffffffffffffefff), ZERO, END } },
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
		snprintf(why, room, "step %u, number %llu: check %s, advance %s, expected %s", i, (unsigned long long)step[i].number,
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
		unsigned int count = tables[i].size ? 17 : 5;

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

/* RFC 4303 appendix A2.2, figure by figure: which number is meant by 32 bits of it? */
static const struct {
	const char *what;
	u32 size;
	u64 top;
	u32 low;
	u64 number;
} guesses[] = {
	{ "the first packet", 64, 0, 1, 1 },
	{ "a first packet far on", 64, 0, 0x80000000, 0x80000000 },
	{ "the end of the first 2^32, though the window would reach back behind zero", 64, 10, 0xffffffff, 0xffffffff },
	{ "zero at the start", 64, 0, 0, 0 },
	{ "in the window", 64, 1000, 950, 950 },
	{ "its left edge", 64, 1000, 937, 937 },
	{ "left of it: a lap later", 64, 1000, 936, 0x1000003a8 },
	{ "the window at the very start of a lap is whole", 64, 0x10000003f, 0, 0x100000000 },
	{ "the next number after a wrap", 64, 0xffffffff, 0, 0x100000000 },
	{ "a jump over the wrap", 64, 0xfffffff0, 5, 0x100000005 },
	{ "late, from in front of the wrap", 64, 0x100000005, 0xfffffff0, 0xfffffff0 },
	{ "late, the left edge in front of the wrap", 64, 0x100000005, 0xffffffc6, 0xffffffc6 },
	{ "left of that: in this lap", 64, 0x100000005, 0xffffffc5, 0x1ffffffc5 },
	{ "in the window behind the wrap", 64, 0x100000005, 3, 0x100000003 },
	{ "the widest window across a wrap", 4096, 0x500000ffe, 0xffffffff, 0x4ffffffff },
	{ "one number on, it has left the wrap behind", 4096, 0x500000fff, 0xffffffff, 0x5ffffffff },
	{ "and zero of its lap is the left edge", 4096, 0x500000fff, 0, 0x500000000 },
	{ "the last lap", 64, 0xffffffff00000100, 0x101, 0xffffffff00000101 },
	{ "without a window: nearest, behind", 0, 0x200000010, 0xfffffff0, 0x1fffffff0 },
	{ "without a window: nearest, ahead", 0, 0x2fffffff0, 0x10, 0x300000010 },
};

static void test_guesses(void)
{
	struct cmap_replay replay;
	size_t i;

	for (i = 0; i < sizeof(guesses) / sizeof(guesses[0]); i++) {
		u64 number;

		if (cmap_replay_init(&replay, guesses[i].size))
			abort();
		replay.top = guesses[i].top;
		number = cmap_replay_number(&replay, guesses[i].low);
		if (!ok(number == guesses[i].number, "extended number: %s", guesses[i].what))
			printf("#   %#llx\n", (unsigned long long)number);
		cmap_replay_destroy(&replay);
	}
}

/* What an SA that goes on from elsewhere takes as seen */
static void test_resume(void)
{
	static const u64 lasts[] = { 1, 63, 64, 127, 0xffffffff, 0x100000000, 0x123456789a };
	struct cmap_replay replay;
	size_t i;
	u64 n;

	for (i = 0; i < sizeof(lasts) / sizeof(lasts[0]); i++) {
		u64 last = lasts[i];
		int good = 1;

		if (cmap_replay_init(&replay, 128))
			abort();
		cmap_replay_resume(&replay, last);
		for (n = last; n && last - n < 128; n--)
			good &= cmap_replay_check(&replay, n) == CMAP_DROP_REPLAY_DUPLICATE;
		if (last >= 128)
			good &= cmap_replay_check(&replay, last - 128) == CMAP_DROP_REPLAY_OLD;
		good &= cmap_replay_advance(&replay, last + 130) == CMAP_DROP_UNSPEC;
		for (n = last + 3; n < last + 130; n++)
			good &= cmap_replay_advance(&replay, n) == CMAP_DROP_UNSPEC;
		ok(good, "resumed at %llu: all up to there is seen, nothing behind it", (unsigned long long)last);
		cmap_replay_destroy(&replay);
	}
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
	test_guesses();
	test_resume();
	for (size = CMAP_REPLAY_MIN; size <= CMAP_REPLAY_MAX; size += size < 1024 ? 64 : 512)
		ok(against_model(size, size), "a window of %u agrees with the simple one over random numbers", size);
	return done_testing();
}
