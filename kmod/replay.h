/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The anti-replay window of one inbound SA (RFC 4303 3.4.3), alone: sequence
 * numbers come in, a verdict goes out. It knows nothing of packets or SAs, and
 * selftests/unit/test_replay.c compiles replay.c in user space.
 */
#ifndef CMAP_REPLAY_H
#define CMAP_REPLAY_H

#ifdef __KERNEL__
#include <linux/spinlock.h>
#endif
#include <linux/types.h>
#include <linux/cryptomap.h>

/**
 * struct cmap_replay - a sliding window over sequence numbers, of 32 bits or (ESN) 64
 * @lock: for writers
 * @top: highest authenticated number; read without the lock
 * @size: width in numbers, 0: no replay protection, only @top is kept
 * @mask: number of words in @seen minus one; a power of two minus one
 * @seen: ring of bits, number n lives in word (n / 64) & @mask; one word more
 *	than the window needs, so that a word is never half in and half out
 */
struct cmap_replay {
	spinlock_t lock;	/* protects @seen and writes to @top */
	u64 top;
	u32 size;
	u32 mask;
	u64 *seen;
};

/**
 * cmap_replay_init() - make an empty window
 * @replay: the memory, zeroed or not
 * @size: 0 (no protection), or CMAP_REPLAY_MIN..CMAP_REPLAY_MAX, a multiple
 *	of 64
 *
 * Return: 0, -EINVAL for another @size, -ENOMEM. May sleep.
 */
int cmap_replay_init(struct cmap_replay *replay, u32 size);

/** cmap_replay_resume() - after init: all numbers up to @last count as seen */
void cmap_replay_resume(struct cmap_replay *replay, u64 last);

/** cmap_replay_destroy() - free what cmap_replay_init() allocated */
void cmap_replay_destroy(struct cmap_replay *replay);

/**
 * cmap_replay_check() - would this number be accepted now?
 *
 * Lock-free, for use before the ICV is computed. Only cmap_replay_advance()
 * decides.
 *
 * Return: CMAP_DROP_UNSPEC (accept), CMAP_DROP_REPLAY_ZERO,
 * CMAP_DROP_REPLAY_OLD or CMAP_DROP_REPLAY_DUPLICATE.
 */
enum cmap_drop cmap_replay_check(const struct cmap_replay *replay, u64 number);

/**
 * cmap_replay_number() - the whole extended sequence number of a packet
 * @low: the 32 bits that it carries
 *
 * The high half is guessed from the window (RFC 4303 appendix A2.2); the ICV
 * tells whether that was right. Needs no lock.
 */
u64 cmap_replay_number(const struct cmap_replay *replay, u32 low);

/**
 * cmap_replay_advance() - accept an authenticated number, once
 *
 * Checks again under the lock, marks the number and moves the window.
 *
 * Return: as cmap_replay_check().
 */
enum cmap_drop cmap_replay_advance(struct cmap_replay *replay, u64 number);

#endif /* CMAP_REPLAY_H */
