/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that compute, one per CPU at most, so that the loop need not wait.
 *
 * Why not uv_queue_work(): up to libuv 1.44 the loop, once it is told of a
 * result, spins until the worker is out of uv_async_send(). With one CPU it
 * has just taken the worker's place there: a sixth of a handshake's time went
 * into that.
 */
#ifndef WORKERS_H
#define WORKERS_H

#include <sys/queue.h>
#include <uv.h>

/** struct worker_job - embedded in what it is about; the workers' own from workers_queue() to @done */
struct worker_job {
	TAILQ_ENTRY(worker_job) link;
	void (*work)(struct worker_job *job);	/* in a thread */
	void (*done)(struct worker_job *job);	/* then, in the loop's; may free @job, and queue others */
};

struct workers;

/** workers_new() - no thread runs before there is a job. Returns NULL without memory or descriptors; end with workers_free(). */
struct workers *workers_new(uv_loop_t *loop);

/** workers_queue() - have @job done, first come first served; the loop does not end before. -1: no thread can be had. */
int workers_queue(struct workers *w, struct worker_job *job);

/** workers_free() - jobs that are queued are still done, then the threads end; the loop must run until then. NULL is fine. */
void workers_free(struct workers *w);

#endif
