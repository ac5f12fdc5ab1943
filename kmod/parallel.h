/* SPDX-License-Identifier: GPL-2.0-only */
/* Several CPUs for one SA (CMAP_SA_F_PARALLEL), with its packets' order kept. */
#ifndef CMAP_PARALLEL_H
#define CMAP_PARALLEL_H

#include <linux/list.h>
#include <linux/types.h>

struct cmap_parallel;
struct cmap_sa;
struct net_device;
struct sk_buff;

/**
 * struct cmap_job - what is to be done for one packet
 * @work: its cryptography, on any CPU; at once, not -EINPROGRESS
 * @done: what follows, in order, with what @work returned; owns @skb
 * @sa: parallel.c holds a reference
 * @skb: @work may replace it
 * @from, @at, @next_header, @number: what @work needs. @from is consumed in every case
 * @dev, @in_line, @in_queue, @finished, @err: parallel.c's
 */
struct cmap_job {
	int (*work)(struct cmap_job *job);
	void (*done)(struct cmap_sa *sa, struct sk_buff *skb, int err);
	struct cmap_sa *sa;
	struct sk_buff *skb;
	struct sk_buff *from;
	unsigned int at;
	u8 next_header;
	u64 number;

	struct net_device *dev;
	struct list_head in_line;
	struct list_head in_queue;
	bool finished;
	int err;
};

/**
 * cmap_parallel_submit() - have a packet of an SA with @parallel worked on
 * @job: on the caller's stack. Outbound: its @number is set
 *
 * RCU, bottom halves off. @job->work and @job->done are called the same way.
 *
 * Return: -EINPROGRESS; -ENOMEM, also if too many packets of the SA are under
 * way: the packet is the caller's again, but not @job->from.
 */
int cmap_parallel_submit(struct cmap_job *job);

/** cmap_parallel_alloc() - of a new SA, whose last number is @sequence; kfree() it with the SA. May sleep. Return: NULL: no memory */
struct cmap_parallel *cmap_parallel_alloc(u64 sequence);

int cmap_parallel_init(void);

/** cmap_parallel_exit() - nothing is under way any more */
void cmap_parallel_exit(void);

#endif /* CMAP_PARALLEL_H */
