// SPDX-License-Identifier: GPL-2.0-only
/*
 * The anti-replay window (RFC 4303 3.4.3): a sequence number comes in, "accept"
 * or the reason of refusal goes out.
 *
 * The bits are a ring of 64-bit words that is cleared a word at a time as the
 * window moves, so that moving it costs no shifts. The ring has at least one
 * word more than the window: the word that the newest number begins to fill
 * never holds a number that is still inside.
 */
#ifdef __KERNEL__
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#endif
#include "replay.h"

#define WORD_BITS 64

int cmap_replay_init(struct cmap_replay *replay, u32 size)
{
	u32 words;

	spin_lock_init(&replay->lock);
	replay->top = 0;
	replay->size = size;
	replay->mask = 0;
	replay->seen = NULL;
	if (!size)
		return 0;
	if (size < CMAP_REPLAY_MIN || size > CMAP_REPLAY_MAX || size % WORD_BITS)
		return -EINVAL;
	words = roundup_pow_of_two(size / WORD_BITS + 1);
	replay->seen = kcalloc(words, sizeof(*replay->seen), GFP_KERNEL);
	if (!replay->seen)
		return -ENOMEM;
	replay->mask = words - 1;
	return 0;
}

void cmap_replay_destroy(struct cmap_replay *replay)
{
	kfree(replay->seen);
	replay->seen = NULL;
}

static u64 *word_of(const struct cmap_replay *replay, u64 number)
{
	return &replay->seen[(number / WORD_BITS) & replay->mask];
}

void cmap_replay_resume(struct cmap_replay *replay, u64 last)
{
	replay->top = last;
	if (!last || !replay->size)
		return;
	memset(replay->seen, 0xff, (replay->mask + 1) * sizeof(*replay->seen));
	*word_of(replay, last) = ~0ULL >> (WORD_BITS - 1 - last % WORD_BITS);
}

/*
 * RFC 4303 appendix A2.2: the high half that puts the number into the window,
 * or else in front of it. Without a window: whichever is nearest to the top.
 */
u64 cmap_replay_number(const struct cmap_replay *replay, u32 low)
{
	u32 width = replay->size ? replay->size : 1U << 31;
	u64 top = READ_ONCE(replay->top);
	u32 high = top >> 32;
	u32 bottom = (u32)top - width + 1;

	if ((u32)top >= width - 1)		/* the window lies in one 2^32 */
		high += low < bottom;
	else if (low >= bottom && high)		/* its left end is in the one before */
		high--;
	return (u64)high << 32 | low;
}

static enum cmap_drop judge(const struct cmap_replay *replay, u64 number, u64 top)
{
	if (!number)
		return CMAP_DROP_REPLAY_ZERO;
	if (number > top)
		return CMAP_DROP_UNSPEC;
	if (top - number >= replay->size)
		return CMAP_DROP_REPLAY_OLD;
	if (READ_ONCE(*word_of(replay, number)) & BIT_ULL(number % WORD_BITS))
		return CMAP_DROP_REPLAY_DUPLICATE;
	return CMAP_DROP_UNSPEC;
}

enum cmap_drop cmap_replay_check(const struct cmap_replay *replay, u64 number)
{
	if (!replay->size)
		return CMAP_DROP_UNSPEC;
	/* Pairs with the release in cmap_replay_advance(): whoever sees the
	 * new top sees the words in front of it cleared.
	 */
	return judge(replay, number, smp_load_acquire(&replay->top));
}

/* Empty the words that the window enters when it moves from @top to @number. */
static void clear_ahead(struct cmap_replay *replay, u64 top, u64 number)
{
	u32 words = min_t(u64, number / WORD_BITS - top / WORD_BITS, replay->mask + 1);
	u32 i;

	for (i = 0; i < words; i++)
		WRITE_ONCE(replay->seen[(number / WORD_BITS - i) & replay->mask], 0);
}

static enum cmap_drop advance(struct cmap_replay *replay, u64 number)
{
	enum cmap_drop verdict;
	u64 *word;

	if (!replay->size) {
		if (number > replay->top)
			WRITE_ONCE(replay->top, number);
		return CMAP_DROP_UNSPEC;
	}
	verdict = judge(replay, number, replay->top);
	if (verdict)
		return verdict;
	if (number > replay->top) {
		clear_ahead(replay, replay->top, number);
		/* Pairs with the acquire in cmap_replay_check(). */
		smp_store_release(&replay->top, number);
	}
	word = word_of(replay, number);
	WRITE_ONCE(*word, *word | BIT_ULL(number % WORD_BITS));
	return CMAP_DROP_UNSPEC;
}

enum cmap_drop cmap_replay_advance(struct cmap_replay *replay, u64 number)
{
	enum cmap_drop verdict;

	spin_lock_bh(&replay->lock);
	verdict = advance(replay, number);
	spin_unlock_bh(&replay->lock);
	return verdict;
}
