/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One-shot timers whose owner may be freed at any moment: the loop's handle
 * lives apart from it. Enters: a delay and what to call; leaves: one call.
 */
#ifndef IKEMGR_TIMER_H
#define IKEMGR_TIMER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/** struct timer - zeroed: not running */
struct timer {
	uv_timer_t *handle;
	void (*fn)(void *arg);
	void *arg;
};

/** timer_start() - call @fn(@arg) once after @ms milliseconds; restarts a running timer. -1 without memory. */
int timer_start(struct timer *t, uv_loop_t *loop, uint64_t ms, void (*fn)(void *arg), void *arg);

/** timer_stop() - @fn is not called any more; the struct may be freed. */
void timer_stop(struct timer *t);

static inline bool timer_running(const struct timer *t)
{
	return t->handle;
}

/** timer_left() - milliseconds until it fires; 0 when it does not run. */
uint64_t timer_left(const struct timer *t, uv_loop_t *loop);

#endif
