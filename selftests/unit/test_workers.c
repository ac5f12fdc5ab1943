/* SPDX-License-Identifier: GPL-2.0-only */
/* Workers: every job is done once and reported in the loop's thread, by as many threads as there are CPUs at most. */
#include <dirent.h>
#include <stdbool.h>
#include <string.h>

#include "tap.h"
#include "workers.h"

#define JOBS 500

struct job {
	struct worker_job request;
	struct job *then;
	bool worked, reported;
};

static struct workers *workers;
static uv_thread_t loop_thread;
static struct job jobs[JOBS];
static unsigned int wrong, reported;

static unsigned int threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	unsigned int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static void work(struct worker_job *request)
{
	struct job *job = (struct job *)request;
	uv_thread_t self = uv_thread_self();

	if (job->worked || job->reported || uv_thread_equal(&self, &loop_thread))
		__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
	job->worked = true;
}

static void queue(struct job *job);

static void done(struct worker_job *request)
{
	struct job *job = (struct job *)request;
	uv_thread_t self = uv_thread_self();

	if (!job->worked || job->reported || !uv_thread_equal(&self, &loop_thread))
		wrong++;
	job->reported = true;
	reported++;
	if (job->then)
		queue(job->then);
}

static void queue(struct job *job)
{
	job->request = (struct worker_job){ .work = work, .done = done };
	if (workers_queue(workers, &job->request))
		wrong++;
}

static void reset(void)
{
	memset(jobs, 0, sizeof(jobs));
	wrong = reported = 0;
}

int main(void)
{
	unsigned int alone = threads(), most;
	uv_loop_t loop;

	uv_loop_init(&loop);
	loop_thread = uv_thread_self();
	workers = workers_new(&loop);
	ok(workers != NULL && threads() == alone, "no thread before there is a job");
	uv_run(&loop, UV_RUN_DEFAULT);
	ok(!uv_loop_alive(&loop), "which does not keep the loop");

	for (unsigned int i = 0; i < JOBS; i++)
		queue(&jobs[i]);
	most = threads() - alone;
	uv_run(&loop, UV_RUN_DEFAULT);
	ok(reported == JOBS && !wrong, "%u jobs at once: each is done and reported once, in its thread", reported);
	ok(most == uv_available_parallelism(), "by %u threads: one per CPU", most);

	reset();
	for (unsigned int i = 0; i + 1 < JOBS; i++)
		jobs[i].then = &jobs[i + 1];
	queue(&jobs[0]);
	uv_run(&loop, UV_RUN_DEFAULT);
	ok(reported == JOBS && !wrong, "%u jobs, each queued by the one before", reported);

	reset();
	for (unsigned int i = 0; i < JOBS / 2; i++) {
		jobs[i].then = &jobs[JOBS / 2 + i];
		queue(&jobs[i]);
	}
	workers_free(workers);
	uv_run(&loop, UV_RUN_DEFAULT);
	ok(reported == JOBS && !wrong, "freed meanwhile: all %u jobs are done, those that their reports queue, too", reported);
	ok(threads() == alone, "then the threads are gone");
	ok(!uv_loop_close(&loop), "and nothing is left in the loop");

	uv_loop_init(&loop);
	workers_free(workers_new(&loop));
	workers_free(NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	ok(!uv_loop_close(&loop), "freed unused");
	return done_testing();
}
