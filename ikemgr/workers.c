/* SPDX-License-Identifier: GPL-2.0-only */
/* See workers.h. Results come back through an eventfd that the loop polls. */
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "workers.h"

TAILQ_HEAD(jobs, worker_job);

struct workers {
	uv_poll_t poll;
	int fd;
	unsigned int under_way;		/* queued and not back; the loop's */
	bool ending;			/* the loop's */

	uv_mutex_t lock;		/* what follows */
	uv_cond_t work;
	struct jobs queued, finished;
	bool stop;

	unsigned int count, max;	/* the loop's */
	uv_thread_t threads[];
};

static void run(void *arg)
{
	struct workers *w = arg;
	struct worker_job *job;
	bool first;

	uv_mutex_lock(&w->lock);
	for (;;) {
		while (!(job = TAILQ_FIRST(&w->queued)) && !w->stop)
			uv_cond_wait(&w->work, &w->lock);
		if (!job)
			break;
		TAILQ_REMOVE(&w->queued, job, link);
		uv_mutex_unlock(&w->lock);
		job->work(job);
		uv_mutex_lock(&w->lock);
		first = TAILQ_EMPTY(&w->finished);
		TAILQ_INSERT_TAIL(&w->finished, job, link);
		uv_mutex_unlock(&w->lock);
		if (first)
			eventfd_write(w->fd, 1);
		uv_mutex_lock(&w->lock);
	}
	uv_mutex_unlock(&w->lock);
}

static void closed(uv_handle_t *handle)
{
	struct workers *w = handle->data;

	close(w->fd);
	uv_cond_destroy(&w->work);
	uv_mutex_destroy(&w->lock);
	free(w);
}

static void end(struct workers *w)
{
	uv_mutex_lock(&w->lock);
	w->stop = true;
	uv_cond_broadcast(&w->work);
	uv_mutex_unlock(&w->lock);
	while (w->count)
		uv_thread_join(&w->threads[--w->count]);
	uv_close((uv_handle_t *)&w->poll, closed);
}

static void results(uv_poll_t *poll, int status, int events)
{
	struct workers *w = poll->data;
	struct jobs finished = TAILQ_HEAD_INITIALIZER(finished);
	struct worker_job *job;
	eventfd_t count;

	(void)status;
	(void)events;
	eventfd_read(w->fd, &count);
	uv_mutex_lock(&w->lock);
	TAILQ_CONCAT(&finished, &w->finished, link);
	uv_mutex_unlock(&w->lock);
	while ((job = TAILQ_FIRST(&finished))) {
		TAILQ_REMOVE(&finished, job, link);
		job->done(job);
		w->under_way--;
	}
	if (w->under_way)
		return;
	uv_unref((uv_handle_t *)poll);
	if (w->ending)
		end(w);
}

struct workers *workers_new(uv_loop_t *loop)
{
	unsigned int max = uv_available_parallelism();
	struct workers *w = calloc(1, sizeof(*w) + max * sizeof(w->threads[0]));

	if (!w)
		return NULL;
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->fd < 0)
		goto no_fd;
	if (uv_mutex_init(&w->lock))
		goto no_lock;
	if (uv_cond_init(&w->work))
		goto no_cond;
	if (uv_poll_init(loop, &w->poll, w->fd))
		goto no_poll;
	TAILQ_INIT(&w->queued);
	TAILQ_INIT(&w->finished);
	w->max = max;
	w->poll.data = w;
	uv_poll_start(&w->poll, UV_READABLE, results);
	uv_unref((uv_handle_t *)&w->poll);
	return w;
no_poll:
	uv_cond_destroy(&w->work);
no_cond:
	uv_mutex_destroy(&w->lock);
no_lock:
	close(w->fd);
no_fd:
	free(w);
	return NULL;
}

int workers_queue(struct workers *w, struct worker_job *job)
{
	if (w->count <= w->under_way && w->count < w->max && !uv_thread_create(&w->threads[w->count], run, w))
		w->count++;
	if (!w->count)
		return -1;
	uv_mutex_lock(&w->lock);
	TAILQ_INSERT_TAIL(&w->queued, job, link);
	uv_cond_signal(&w->work);
	uv_mutex_unlock(&w->lock);
	if (!w->under_way++)
		uv_ref((uv_handle_t *)&w->poll);
	return 0;
}

void workers_free(struct workers *w)
{
	if (!w)
		return;
	w->ending = true;
	if (!w->under_way)
		end(w);
}
