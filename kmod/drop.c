// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why packets were not delivered. A reason and whatever is known of the packet
 * come in; the counters of the namespace, the interface, the rule and the SA
 * go up by one, and the ring (ring.c) remembers it.
 */
#include "cryptomap.h"
#include "ring.h"

static const char * const names[] = {
	[CMAP_DROP_NO_SA]		= "no-sa",
	[CMAP_DROP_HOLD_TIMEOUT]	= "hold-timeout",
	[CMAP_DROP_SA_EXPIRED]		= "sa-expired",
	[CMAP_DROP_SEQ_OVERFLOW]	= "sequence-overflow",
	[CMAP_DROP_NO_ROUTE]		= "no-route",
	[CMAP_DROP_FRAG_NEEDED]		= "fragmentation-needed",
	[CMAP_DROP_TTL]			= "ttl",
	[CMAP_DROP_LOOP]		= "loop",
	[CMAP_DROP_NOMEM]		= "no-memory",
	[CMAP_DROP_CRYPTO]		= "crypto",
	[CMAP_DROP_INVALID_SPI]		= "invalid-spi",
	[CMAP_DROP_WRONG_SOURCE]	= "wrong-source",
	[CMAP_DROP_TRUNCATED]		= "truncated",
	[CMAP_DROP_BAD_LENGTH]		= "bad-length",
	[CMAP_DROP_REPLAY_DUPLICATE]	= "replay-duplicate",
	[CMAP_DROP_REPLAY_OLD]		= "replay-old",
	[CMAP_DROP_REPLAY_ZERO]		= "replay-zero",
	[CMAP_DROP_BAD_ICV]		= "bad-icv",
	[CMAP_DROP_BAD_PADDING]		= "bad-padding",
	[CMAP_DROP_BAD_NEXT_HEADER]	= "bad-next-header",
	[CMAP_DROP_BAD_INNER]		= "bad-inner",
	[CMAP_DROP_IDENTITY]		= "identity",
	[CMAP_DROP_NOT_IPSEC]		= "not-ipsec",
	[CMAP_DROP_TEARDOWN]		= "teardown",
	[CMAP_DROP_ECN]			= "ecn",
	[CMAP_DROP_WRONG_ENCAP]		= "wrong-encapsulation",
	[CMAP_DROP_NOT_BUNDLED]		= "not-bundled",
	[CMAP_DROP_NO_LOCAL]		= "not-between-peers",
	[CMAP_DROP_NOT_PERMITTED]	= "not-permitted",
	[CMAP_DROP_BAD_FRAGMENT]	= "bad-fragment",
};

const char *cmap_drop_name(enum cmap_drop reason)
{
	BUILD_BUG_ON(ARRAY_SIZE(names) != CMAP_DROP_MAX + 1);
	return names[reason] ?: "unspecified";
}

static void count(struct cmap_drops __percpu *percpu, enum cmap_drop reason)
{
	struct cmap_drops *drops = this_cpu_ptr(percpu);

	u64_stats_update_begin(&drops->syncp);
	u64_stats_inc(&drops->count[reason]);
	u64_stats_update_end(&drops->syncp);
}

void cmap_drop_count(const struct cmap_dropped *d, enum cmap_drop reason)
{
	struct cmap_rule *rule = d->rule;

	local_bh_disable();
	rcu_read_lock();
	count(d->cn->drops, reason);
	if (d->link)
		count(d->link->drops, reason);
	if (d->sa) {
		atomic64_inc(&d->sa->drops[reason]);
		if (!rule)
			rule = rcu_dereference(d->sa->rule);
	}
	if (rule)
		atomic64_inc(&rule->drops[d->in ? CMAP_DIR_IN : CMAP_DIR_OUT][reason]);
	cmap_ring_note(d, rule, reason);
	rcu_read_unlock();
	local_bh_enable();
}

void cmap_drop_sum(const struct cmap_drops __percpu *percpu, u64 *sum)
{
	u64 copy[CMAP_DROP_MAX + 1];
	unsigned int start, i;
	int cpu;

	memset(sum, 0, sizeof(copy));
	for_each_possible_cpu(cpu) {
		const struct cmap_drops *drops = per_cpu_ptr(percpu, cpu);

		do {
			start = u64_stats_fetch_begin(&drops->syncp);
			for (i = 0; i <= CMAP_DROP_MAX; i++)
				copy[i] = u64_stats_read(&drops->count[i]);
		} while (u64_stats_fetch_retry(&drops->syncp, start));
		for (i = 0; i <= CMAP_DROP_MAX; i++)
			sum[i] += copy[i];
	}
}
