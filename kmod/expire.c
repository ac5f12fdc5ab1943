// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of SAs: lifetimes in seconds, bytes and sequence numbers. Time and
 * packets come in; soft and hard expiry events go out, and dead SAs.
 *
 * Packets never take a lock here. Each CPU borrows a slice of the bytes that
 * are left and pays from it; when the last slice is lent, the soft limit has
 * long been seen, and when a CPU can't borrow what a packet needs, the SA is at
 * its hard end. Everything that sleeps is done by one work per SA.
 *
 * Nor do they tell when they come: an SA that is watched for being idle has its
 * packets counted four times in IDLE_SECONDS, so that the event comes late by a
 * quarter at most.
 */
#include "cryptomap.h"

#define LARVAL_SECONDS	60		/* an SPI reservation waits so long for its SA */
#define SLICE_MAX	(1ULL << 20)	/* bytes lent to a CPU at a time */
#define IDLE_SAMPLES	4		/* looks at an SA's counters in IDLE_SECONDS */

static unsigned long idle_period(const struct cmap_sa *sa)
{
	return DIV_ROUND_UP((unsigned long)sa->idle_seconds * HZ, IDLE_SAMPLES);
}

/* When is the work to run next? False: never. */
static bool next_time(const struct cmap_sa *sa, unsigned long *at)
{
	bool any = sa->has_hard;

	*at = sa->hard_at;
	/* The soft end comes before the hard one. */
	if (sa->has_soft && time_before(jiffies, sa->soft_at)) {
		*at = sa->soft_at;
		any = true;
	}
	if (sa->idle_seconds && (!any || time_before(sa->idle_at, *at))) {
		*at = sa->idle_at;
		any = true;
	}
	return any;
}

static void rearm(struct cmap_sa *sa)
{
	unsigned long at;

	if (!next_time(sa, &at))
		return;
	cmap_sa_hold(sa);
	/* Somebody may have kicked it meanwhile: then it runs at once, and rearms. */
	if (!queue_delayed_work(cmap_wq, &sa->life,
				time_after(at, jiffies) ? at - jiffies : 0))
		cmap_sa_put(sa);
}

void cmap_expire_start(struct cmap_sa *sa, u32 soft_seconds, u32 hard_seconds)
{
	u64 margin;

	sa->born = jiffies;
	if (test_bit(CMAP_SA_LARVAL, &sa->flags))
		hard_seconds = LARVAL_SECONDS;
	if (hard_seconds) {
		sa->has_hard = true;
		sa->hard_at = sa->born + (unsigned long)hard_seconds * HZ;
	}
	if (soft_seconds) {
		sa->has_soft = true;
		sa->soft_at = sa->born + (unsigned long)soft_seconds * HZ;
	}
	if (sa->hard_bytes) {
		/* All slices together stay small beside what is between soft and hard. */
		margin = sa->hard_bytes - (sa->soft_bytes ?: sa->hard_bytes / 2);
		sa->slice = clamp_t(u64, div_u64(margin, 8 * num_possible_cpus()), 1, SLICE_MAX);
		atomic64_set(&sa->unlent, sa->hard_bytes);
	}
	sa->idle_since = sa->born;
	sa->idle_at = sa->born + idle_period(sa);
	rearm(sa);
}

void cmap_expire_stop(struct cmap_sa *sa)
{
	if (cancel_delayed_work(&sa->life))
		cmap_sa_put(sa);
}

void cmap_expire_kick(struct cmap_sa *sa, enum cmap_sa_bits bit)
{
	if (test_bit(bit, &sa->flags) || test_and_set_bit(bit, &sa->flags) ||
	    test_bit(CMAP_SA_DEAD, &sa->flags))
		return;
	cmap_sa_hold(sa);
	/* A timer that was pending keeps its reference; then ours is one too many. */
	if (mod_delayed_work(cmap_wq, &sa->life, 0))
		cmap_sa_put(sa);
}

/**
 * cmap_expire_lend() - the slow half of cmap_expire_account(): a new slice
 * @sa: whose bytes
 * @stats: this CPU's, with less than @bytes left
 * @bytes: what a packet needs
 *
 * Return: false: there are not enough bytes left, the SA is at its end.
 */
bool cmap_expire_lend(struct cmap_sa *sa, struct cmap_stats *stats, unsigned int bytes)
{
	s64 need = bytes - stats->lease;
	s64 left = atomic64_read(&sa->unlent);
	s64 got;

	do {
		if (left < need) {
			cmap_expire_kick(sa, CMAP_SA_HARD_BYTES);
			return false;
		}
		got = min_t(s64, left, max_t(s64, need, sa->slice));
	} while (!atomic64_try_cmpxchg(&sa->unlent, &left, left - got));
	stats->lease += got - bytes;
	if (sa->soft_bytes && left - got <= (s64)(sa->hard_bytes - sa->soft_bytes))
		cmap_expire_kick(sa, CMAP_SA_SOFT_BYTES);
	return true;
}

static const char *hard_reason(const struct cmap_sa *sa)
{
	if (sa->has_hard && time_after_eq(jiffies, sa->hard_at))
		return "seconds";
	if (test_bit(CMAP_SA_HARD_BYTES, &sa->flags))
		return "bytes";
	if (test_bit(CMAP_SA_HARD_SEQUENCE, &sa->flags))
		return "sequence";
	return NULL;
}

static const char *soft_reason(const struct cmap_sa *sa)
{
	if (sa->has_soft && time_after_eq(jiffies, sa->soft_at))
		return "seconds";
	if (test_bit(CMAP_SA_SOFT_BYTES, &sa->flags))
		return "bytes";
	if (test_bit(CMAP_SA_SOFT_SEQUENCE, &sa->flags))
		return "sequence";
	return NULL;
}

/* Has it become idle since we last looked? */
static bool became_idle(struct cmap_sa *sa)
{
	u64 packets, bytes;

	if (!sa->idle_seconds || time_before(jiffies, sa->idle_at))
		return false;
	sa->idle_at = jiffies + idle_period(sa);
	cmap_sa_totals(sa, &packets, &bytes);
	if (packets != sa->idle_packets) {
		sa->idle_packets = packets;
		sa->idle_since = jiffies;
		clear_bit(CMAP_SA_IDLE_SENT, &sa->flags);
		return false;
	}
	return time_after_eq(jiffies, sa->idle_since + (unsigned long)sa->idle_seconds * HZ) &&
	       !test_and_set_bit(CMAP_SA_IDLE_SENT, &sa->flags);
}

void cmap_expire_work(struct work_struct *work)
{
	struct cmap_sa *sa = container_of(to_delayed_work(work), struct cmap_sa, life);
	struct cmap_net *cn = sa->cn;
	const char *reason;

	mutex_lock(&cn->lock);
	if (test_bit(CMAP_SA_DEAD, &sa->flags))
		goto out;
	reason = hard_reason(sa);
	if (reason) {
		if (!test_bit(CMAP_SA_LARVAL, &sa->flags))
			cmap_netlink_sa_event(sa, CMAP_CMD_EV_HARD_EXPIRE, reason);
		cmap_sa_kill(sa, NULL);
		goto out;
	}
	reason = soft_reason(sa);
	if (reason && !test_and_set_bit(CMAP_SA_SOFT_SENT, &sa->flags))
		cmap_netlink_sa_event(sa, CMAP_CMD_EV_SOFT_EXPIRE, reason);
	if (became_idle(sa))
		cmap_netlink_sa_event(sa, CMAP_CMD_EV_IDLE, NULL);
	rearm(sa);
out:
	mutex_unlock(&cn->lock);
	cmap_sa_put(sa);
}

bool cmap_expire_left_seconds(const struct cmap_sa *sa, u32 *left)
{
	*left = 0;
	if (sa->has_hard && time_after(sa->hard_at, jiffies))
		*left = DIV_ROUND_UP(sa->hard_at - jiffies, HZ);
	return sa->has_hard;
}

bool cmap_expire_left_bytes(const struct cmap_sa *sa, u64 *left)
{
	s64 sum = atomic64_read(&sa->unlent);
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(sa->stats, cpu)->lease);
	*left = max_t(s64, sum, 0);
	return sa->hard_bytes;
}
