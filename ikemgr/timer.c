/* SPDX-License-Identifier: GPL-2.0-only */
/* One-shot timers: see timer.h. */
#include <stdlib.h>

#include "timer.h"

static void freed(uv_handle_t *handle)
{
	free(handle);
}

static void fired(uv_timer_t *handle)
{
	struct timer *t = handle->data;
	void (*fn)(void *arg) = t->fn;
	void *arg = t->arg;

	timer_stop(t);
	fn(arg);
}

int timer_start(struct timer *t, uv_loop_t *loop, uint64_t ms, void (*fn)(void *arg), void *arg)
{
	if (!t->handle) {
		t->handle = malloc(sizeof(*t->handle));
		if (!t->handle)
			return -1;
		uv_timer_init(loop, t->handle);
		t->handle->data = t;
	}
	t->fn = fn;
	t->arg = arg;
	uv_update_time(loop);
	return uv_timer_start(t->handle, fired, ms, 0);
}

void timer_stop(struct timer *t)
{
	uv_timer_t *handle = t->handle;

	if (!handle)
		return;
	t->handle = NULL;
	uv_timer_stop(handle);
	uv_close((uv_handle_t *)handle, freed);
}

uint64_t timer_left(const struct timer *t, uv_loop_t *loop)
{
	(void)loop;
	return t->handle ? uv_timer_get_due_in(t->handle) : 0;
}
