// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several CPUs for one SA: its packets come in as jobs, in order; whichever CPU
 * comes to it does their cryptography; they go on in the order in which they
 * came. For ciphers that cost more than the way to another CPU.
 *
 *	cmap_parallel_submit	to the end of the SA's line, and of the queue of
 *				all SAs; the next CPU is told
 *	work			on all CPUs: takes jobs out of the queue
 *	proceed			once the first in a line is finished: it, and those
 *				behind it that are, go on, on one CPU
 *
 * On one CPU, because what follows (device queues, GRO) keeps order per CPU
 * only: the one on which the first packet came. Outbound packets are numbered
 * in the line: however many CPUs they come from, they leave in the order of
 * their numbers, and the smallest replay window takes them.
 *
 * Not padata, which knows no bound, wakes two workers for every packet, and
 * neither takes packets nor keeps their order while a CPU comes or goes.
 */
#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "cryptomap.h"
#include "parallel.h"

#define BATCH		64	/* packets that go on before other softirqs do, as NAPI's weight */

/**
 * struct cmap_parallel - an SA's line
 * @lock: protects the line and its jobs' @finished
 * @jobs: struct cmap_job, oldest first
 * @length: how many
 * @number: outbound: last one given out. Never more than cmap_sa.sequence, which
 *	all packets count that may come here: so it has no end of its own
 * @cpu: where they go on; -1: not yet known
 * @work: proceed(). Queued when the first job is finished, whoever comes to see
 *	that: once. It takes that job out, and what is first then does the same.
 */
struct cmap_parallel {
	spinlock_t lock;
	struct list_head jobs;
	unsigned int length;
	u64 number;
	int cpu;
	struct work_struct work;
};

static LIST_HEAD(queue);
static DEFINE_SPINLOCK(queue_lock);	/* protects @queue and @next_cpu */
static unsigned int next_cpu;
static DEFINE_PER_CPU(struct work_struct, workers);
static struct workqueue_struct *work_wq;
static struct workqueue_struct *order_wq;

/* ------------------------------------------------------------------------- */
/* In                                                                         */

static bool join(struct cmap_job *job)
{
	struct cmap_parallel *line = job->sa->parallel;
	bool room;

	spin_lock(&line->lock);
	room = line->length < CMAP_PARALLEL_MAX;
	if (room) {
		if (unlikely(line->cpu < 0 || !cpu_online(line->cpu)))
			line->cpu = smp_processor_id();
		if (job->sa->dir == CMAP_DIR_OUT)
			job->number = ++line->number;
		list_add_tail(&job->in_line, &line->jobs);
		line->length++;
	}
	spin_unlock(&line->lock);
	return room;
}

/* All CPUs in turn are told, so that all work on what one of them alone would be late with. */
static void enqueue(struct cmap_job *job)
{
	unsigned int cpu;

	spin_lock(&queue_lock);
	list_add_tail(&job->in_queue, &queue);
	cpu = cpumask_next(next_cpu, cpu_online_mask);
	if (cpu >= nr_cpu_ids)
		cpu = cpumask_first(cpu_online_mask);
	next_cpu = cpu;
	spin_unlock(&queue_lock);
	/* If the CPU goes now, any other does its work. */
	queue_work_on(cpu, work_wq, per_cpu_ptr(&workers, cpu));
}

int cmap_parallel_submit(struct cmap_job *ask)
{
	struct cmap_job *job = kmemdup(ask, sizeof(*job), GFP_ATOMIC);

	if (unlikely(!job || !join(job))) {
		kfree(job);
		kfree_skb(ask->from);
		return -ENOMEM;
	}
	ask->number = job->number;
	job->dev = job->skb->dev;
	cmap_esp_async_begin(job->sa, job->dev);
	enqueue(job);
	return -EINPROGRESS;
}

/* ------------------------------------------------------------------------- */
/* At work                                                                    */

static struct cmap_job *take(void)
{
	struct cmap_job *job;

	spin_lock_bh(&queue_lock);
	job = list_first_entry_or_null(&queue, struct cmap_job, in_queue);
	if (job)
		list_del(&job->in_queue);
	spin_unlock_bh(&queue_lock);
	return job;
}

static void finish(struct cmap_job *job)
{
	struct cmap_parallel *line = job->sa->parallel;

	/* Within the lock: once the job is out of the line, nothing keeps the SA for us. */
	spin_lock(&line->lock);
	job->finished = true;
	if (list_is_first(&job->in_line, &line->jobs))
		queue_work_on(line->cpu, order_wq, &line->work);
	spin_unlock(&line->lock);
}

static void work(struct work_struct *unused)
{
	struct cmap_job *job;

	while ((job = take())) {
		local_bh_disable();
		rcu_read_lock();
		job->err = job->work(job);
		finish(job);
		rcu_read_unlock();
		local_bh_enable();
		cond_resched();
	}
}

/* ------------------------------------------------------------------------- */
/* Out                                                                        */

/* Those in front that are finished */
static void leave(struct cmap_parallel *line, struct list_head *finished)
{
	struct cmap_job *job;

	spin_lock_bh(&line->lock);
	list_for_each_entry(job, &line->jobs, in_line) {
		if (!job->finished)
			break;
		line->length--;
	}
	list_cut_before(finished, &line->jobs, &job->in_line);
	spin_unlock_bh(&line->lock);
}

static void complete_batch(struct list_head *finished)
{
	struct cmap_job *job, *next;
	unsigned int done = 0;

	list_for_each_entry_safe(job, next, finished, in_line) {
		list_del(&job->in_line);
		job->done(job->sa, job->skb, job->err);
		cmap_esp_async_end(job->sa, job->dev);
		kfree(job);
		if (++done == BATCH)
			break;
	}
}

static void proceed(struct work_struct *work)
{
	LIST_HEAD(finished);

	leave(container_of(work, struct cmap_parallel, work), &finished);
	/* With the last of these jobs the SA and its line may go. */
	while (!list_empty(&finished)) {
		local_bh_disable();
		rcu_read_lock();
		complete_batch(&finished);
		rcu_read_unlock();
		local_bh_enable();
		cond_resched();
	}
}

/* ------------------------------------------------------------------------- */

struct cmap_parallel *cmap_parallel_alloc(u64 sequence)
{
	struct cmap_parallel *line = kzalloc(sizeof(*line), GFP_KERNEL);

	if (!line)
		return NULL;
	line->number = sequence;
	line->cpu = -1;
	spin_lock_init(&line->lock);
	INIT_LIST_HEAD(&line->jobs);
	INIT_WORK(&line->work, proceed);
	return line;
}

int cmap_parallel_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		INIT_WORK(per_cpu_ptr(&workers, cpu), work);
	/* Other works of the CPU need not wait, and what is in order goes before what is not yet. */
	work_wq = alloc_workqueue("cryptomap-work", WQ_CPU_INTENSIVE | WQ_MEM_RECLAIM, 0);
	order_wq = alloc_workqueue("cryptomap-order",
				   WQ_CPU_INTENSIVE | WQ_MEM_RECLAIM | WQ_HIGHPRI, 0);
	if (work_wq && order_wq)
		return 0;
	cmap_parallel_exit();
	return -ENOMEM;
}

void cmap_parallel_exit(void)
{
	if (work_wq)
		destroy_workqueue(work_wq);
	if (order_wq)
		destroy_workqueue(order_wq);
}
