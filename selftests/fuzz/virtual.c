/* SPDX-License-Identifier: GPL-2.0-only */
/* See virtual.h. */
#include <stdlib.h>

#include "virtual.h"
#include "workers.h"

#undef uv_close	/* the loop's own, for what is no timer */

#define MANY 8192

static struct running { uv_timer_t *handle; uv_timer_cb fn; uint64_t due, order; } timers[MANY];
static struct worker_job *jobs[MANY];
static unsigned int timer_count, job_count;
static uint64_t clock_ms, orders;
static uint64_t seed_state;

void virtual_reset(uint32_t seed)
{
	timer_count = job_count = 0;
	clock_ms = 1000;
	orders = 0;
	seed_state = 0x9e3779b97f4a7c15u ^ seed;
}

uint64_t virtual_now(const uv_loop_t *loop)
{
	(void)loop;
	return clock_ms;
}

void virtual_update_time(uv_loop_t *loop)
{
	(void)loop;
}

int virtual_timer_init(uv_loop_t *loop, uv_timer_t *handle)
{
	handle->loop = loop;
	handle->type = UV_TIMER;
	return 0;
}

static struct running *find(const uv_timer_t *handle)
{
	unsigned int i;

	for (i = 0; i < timer_count; i++) {
		if (timers[i].handle == handle)
			return &timers[i];
	}
	return NULL;
}

int virtual_timer_start(uv_timer_t *handle, uv_timer_cb fn, uint64_t ms, uint64_t repeat)
{
	struct running *t = find(handle);

	if (repeat || (!t && timer_count == MANY))
		abort();
	if (!t)
		t = &timers[timer_count++];
	*t = (struct running){ handle, fn, clock_ms + ms, ++orders };
	return 0;
}

int virtual_timer_stop(uv_timer_t *handle)
{
	struct running *t = find(handle);

	if (t)
		*t = timers[--timer_count];
	return 0;
}

uint64_t virtual_timer_due_in(const uv_timer_t *handle)
{
	const struct running *t = find(handle);

	return t && t->due > clock_ms ? t->due - clock_ms : 0;
}

unsigned int virtual_timers(void)
{
	return timer_count;
}

void virtual_close(uv_handle_t *handle, uv_close_cb fn)
{
	if (handle->type != UV_TIMER) {
		uv_close(handle, fn);
		return;
	}
	virtual_timer_stop((uv_timer_t *)handle);
	if (fn)
		fn(handle);
}

static struct running *next_timer(void)
{
	struct running *t = NULL;
	unsigned int i;

	for (i = 0; i < timer_count; i++) {
		if (!t || timers[i].due < t->due || (timers[i].due == t->due && timers[i].order < t->order))
			t = &timers[i];
	}
	return t;
}

void virtual_advance(uint64_t ms)
{
	uint64_t end = clock_ms + ms;
	struct running *t, fired;
	unsigned int budget = 200000;	/* a timer that starts itself again with 0 ms is a finding */

	while ((t = next_timer()) && t->due <= end) {
		fired = *t;
		*t = timers[--timer_count];
		if (fired.due > clock_ms)
			clock_ms = fired.due;
		if (!budget--)
			abort();
		fired.fn(fired.handle);
	}
	clock_ms = end;
}

struct workers *workers_new(uv_loop_t *loop)
{
	return (struct workers *)loop;	/* anything */
}

void workers_free(struct workers *w)
{
	(void)w;
}

int workers_queue(struct workers *w, struct worker_job *job)
{
	(void)w;
	if (job_count == MANY)
		return -1;
	jobs[job_count++] = job;
	return 0;
}

bool virtual_worker(void)
{
	struct worker_job *job = jobs[0];
	unsigned int i;

	if (!job_count)
		return false;
	job->work(job);
	job_count--;
	for (i = 0; i < job_count; i++)
		jobs[i] = jobs[i + 1];
	job->done(job);
	return true;
}

/* splitmix64 */
void virtual_randomize(void *out, size_t len, enum gcry_random_level level)
{
	uint8_t *p = out;
	size_t i;

	(void)level;
	for (i = 0; i < len; i++) {
		uint64_t z = seed_state += 0x9e3779b97f4a7c15u;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
		z = (z ^ z >> 27) * 0x94d049bb133111ebu;
		p[i] = (uint8_t)(z ^ z >> 31);
	}
}
