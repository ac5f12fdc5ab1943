/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SAs of the kernel become pairs: see adopt.h.
 *
 * The kernel has all that negotiation left of a pair but the keys, which
 * nobody needs again. Its two halves have flow ids that follow each other (the
 * inbound one first), and a later pair has later ones.
 *
 * INITIAL-CONTACT is not sent to a peer with such pairs (phase1.c): it would
 * take its side of them away before there are new ones.
 */
#include <stdlib.h>
#include <string.h>

#include "adopt.h"
#include "child.h"
#include "dynamic.h"
#include "exchange.h"
#include "ike.h"
#include "install.h"
#include "lookup.h"
#include "phase1.h"

#define AT_ONCE		16u	/* peers that we begin with at a time, */
#define PACE_MS		50u	/* and how much later with the next ones */

/* struct found - the kernel's SAs, in order of their flow ids */
struct found {
	struct kernel_sa_info *sa;
	size_t count, room;
	bool failed;
};

static void collect(void *arg, const struct kernel_sa_info *sa)
{
	struct found *f = arg;

	if (f->count == f->room) {
		size_t room = f->room ? 2 * f->room : 64;
		struct kernel_sa_info *more = reallocarray(f->sa, room, sizeof(*more));

		if (!more) {
			f->failed = true;
			return;
		}
		f->sa = more;
		f->room = room;
	}
	f->sa[f->count++] = *sa;
}

/* AH around ESP has its ESP SA's id, and stands after it. */
static int by_id(const void *left, const void *right)
{
	const struct kernel_sa_info *a = left, *b = right;

	if (a->conn_id != b->conn_id)
		return a->conn_id < b->conn_id ? -1 : 1;
	return (int)a->bundled - (int)b->bundled;
}

static bool mirrored(const struct kernel_sa_info *in, const struct kernel_sa_info *out)
{
	return in->inbound && !out->inbound && !in->bundled && !out->bundled && in->proto == out->proto &&
	       in->conn_id + 1 == out->conn_id && in->seq == out->seq && !strcmp(in->map, out->map) &&
	       addr_equal(&in->src, &out->dst) && addr_equal(&in->dst, &out->src) &&
	       proxy_equal(&in->local, &out->local) && proxy_equal(&in->remote, &out->remote);
}

/* Which "set peer" of the entry is it? */
static bool peer_of(const struct lookup_entry *entry, const struct addr *remote, unsigned int *index)
{
	for (*index = 0; *index < entry->peer_count; (*index)++) {
		if (addr_equal(&entry->peers[*index], remote))
			return true;
	}
	return false;
}

static const struct kernel_sa_info *around(const struct found *f, const struct kernel_sa_info *esp)
{
	size_t i;

	for (i = 0; esp->ah_spi && i < f->count; i++) {
		if (f->sa[i].proto == IPPROTO_AH && f->sa[i].spi == esp->ah_spi && addr_equal(&f->sa[i].dst, &esp->dst))
			return &f->sa[i];
	}
	return NULL;
}

static struct child_sa *child_of(const struct ike *ike, const struct found *f, const struct lookup_entry *entry,
				 const struct kernel_sa_info *in, const struct kernel_sa_info *out)
{
	struct child_sa *child = calloc(1, sizeof(*child));
	struct proposal_esp values;

	if (!child)
		return NULL;
	child->local = out->src;
	child->remote = out->dst;
	child->proto = out->proto;
	child->spi_in = in->spi;
	child->spi_out = out->spi;
	child->ah_in = in->ah_spi;
	child->ah_out = out->ah_spi;
	child->conn_in = in->conn_id;
	child->conn_out = out->conn_id;
	child->life_seconds = out->hard_seconds;
	child->life_kilobytes = out->hard_bytes / 1024;
	child->initiator = true;
	child->created = uv_now(ike->loop) - (uint64_t)out->age_seconds * 1000;
	install_values(out, around(f, out), &entry->proposal, &values);
	install_describe(child, &values);
	child->udp_port = out->encap_dport ? out->encap_dport : ISAKMP_PORT;
	return child;
}

/* What @in and @out serve, or NULL: nothing that is configured. */
static struct flow *flow_of(struct ike *ike, const struct kernel_sa_info *out, struct lookup_entry *entry)
{
	struct event_line line;
	unsigned int peer;
	struct flow *flow;
	uint32_t rule;

	if (!lookup_entry(ike, out->map, out->seq, entry) || entry->manual || !peer_of(entry, &out->dst, &peer) ||
	    !lookup_rule(ike, out->map, out->seq, &out->local, &out->remote, &rule, &line))
		return NULL;
	flow = flow_get(ike, out->map, out->seq, &out->local, &out->remote);
	if (flow) {
		flow->peer_index = peer;
		flow->local = out->src;
	}
	return flow;
}

static bool adopt(struct ike *ike, const struct found *f, const struct kernel_sa_info *in,
		  const struct kernel_sa_info *out)
{
	struct lookup_entry entry;
	struct flow *flow = flow_of(ike, out, &entry);
	struct child_sa *child = flow ? child_of(ike, f, &entry, in, out) : NULL;
	uint64_t bytes;

	if (!child) {
		if (flow)
			flow_release(flow);
		return false;
	}
	bytes = out->stats.out_bytes + in->stats.in_bytes;
	flow->rate = bytes / (out->age_seconds ? out->age_seconds : 1);
	child_adopt(flow, child, out->standby, in->stats.in_packets || out->stats.out_packets);
	return true;
}

static void delete(const struct ike *ike, const struct kernel_sa_info *sa)
{
	ike->world.kernel->sa_del(ike->world.kernel_ctx, sa->proto, sa->spi, &sa->dst);
}

/* SAs of entries that nobody here has are somebody else's. */
static bool is_ours(const struct ike *ike, const struct kernel_sa_info *sa)
{
	struct lookup_entry entry;

	return lookup_entry(ike, sa->map, sa->seq, &entry);
}

unsigned int adopt_pairs(struct ike *ike)
{
	struct found f = { .count = 0 };
	unsigned int pairs = 0;
	size_t i;

	if (ike->world.kernel->sa_dump(ike->world.kernel_ctx, NULL, NULL, collect, &f) || f.failed)
		event_daemon(ike->hub, "error", "the kernel's SAs can't be read: %s", ike->world.kernel->error(ike->world.kernel_ctx));
	if (f.count)
		qsort(f.sa, f.count, sizeof(*f.sa), by_id);
	for (i = 0; i < f.count; i++) {
		struct kernel_sa_info *sa = &f.sa[i];
		size_t next = i + 1;

		dynamic_adopt(ike, sa);
		if (!is_ours(ike, sa))
			continue;
		if (sa->conn_id >= ike->next_child_id)
			ike->next_child_id = sa->conn_id + 1;
		/* the AH of the inbound half stands between the two */
		while (next < f.count && f.sa[next].bundled)
			next++;
		if (next < f.count && mirrored(sa, &f.sa[next]) && adopt(ike, &f, sa, &f.sa[next])) {
			if (f.sa[next].conn_id >= ike->next_child_id)
				ike->next_child_id = f.sa[next].conn_id + 1;
			i = next;
			pairs++;
		} else if (!sa->bundled) {
			/* the AH around it ends with it */
			delete(ike, sa);
		}
	}
	free(f.sa);
	return pairs;
}

/* --- new IKE SAs and pairs --- */

static bool begun(struct ike *ike, const struct child_sa *child)
{
	const struct ike_sa *sa;
	const struct peer *peer;

	for (peer = sa_peers(ike); peer; peer = TAILQ_NEXT(peer, link)) {
		if (!addr_equal(&peer->remote, &child->remote) || !addr_equal(&peer->local, &child->local))
			continue;
		TAILQ_FOREACH(sa, &peer->sas, link) {
			if (!sa->deleted && (sa->initiator || sa->state == IKE_P1_COMPLETE))
				return true;
		}
	}
	return false;
}

/* Of what nothing was sent by in its whole life only the IKE SA is made, by which the peer can tell us of it. */
static void renew(struct ike *ike, struct child_sa *child)
{
	struct lookup_entry entry = { .isakmp = NULL };

	child->renew = false;
	if (lookup_entry(ike, child->flow->map, child->flow->seq, &entry) && entry.responder_only)
		return;
	if (child->used && child == TAILQ_FIRST(&child->flow->children))
		child_rekey(child, "restart");
	else if (!begun(ike, child))
		phase1_start(ike, &child->local, &child->remote, entry.isakmp);
}

static void some(void *arg)
{
	struct ike *ike = arg;
	unsigned int count = 0;
	struct child_sa *child;
	struct flow *flow;

	for (flow = sa_flows(ike); flow && !ike->stopping; flow = TAILQ_NEXT(flow, link)) {
		TAILQ_FOREACH(child, &flow->children, link) {
			if (!child->renew)
				continue;
			if (count++ == AT_ONCE) {
				timer_start(&ike->renewal, ike->loop, PACE_MS, some, ike);
				return;
			}
			renew(ike, child);
		}
	}
}

void adopt_renew(struct ike *ike)
{
	some(ike);
}
