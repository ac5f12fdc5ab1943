// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring of the last drops: a packet that was dropped comes in with what its
 * dropper knows of it; what it was, by 5-tuple or SPI, is kept for DROPS_GET
 * and told to those who listen.
 *
 * Nothing is done, and no memory touched, as long as nothing is dropped. A
 * flood writes to memory of its own CPU only, and makes so many events a second
 * and no more.
 */
#include <linux/mm.h>
#include <linux/sort.h>
#include <linux/udp.h>
#include <net/genetlink.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include "cryptomap.h"
#include "flow.h"
#include "netlink.h"
#include "ring.h"
#include "trace_cmap.h"

#define RECORDS		256	/* per CPU */
#define EVENTS		100	/* per second and namespace */

/**
 * struct cpu_ring - the drops of one CPU
 * @lock: the CPU against readers; also makes times of one CPU ascend with places
 * @count: drops so far
 * @record: RECORDS of them; the next one goes to place @count % RECORDS
 */
struct cpu_ring {
	spinlock_t lock;	/* protects @count and @record */
	u64 count;
	struct cmap_drop_record *record;
};

/**
 * struct cmap_ring - the drops of one namespace
 * @cpu: kept per CPU, told together
 * @lock: of the events
 * @second: jiffies at which @events begins anew
 * @events: sent since
 * @left_out: drops of which no event was made since the last one
 */
struct cmap_ring {
	struct cpu_ring __percpu *cpu;
	spinlock_t lock;	/* protects all below */
	unsigned long second;
	unsigned int events;
	u64 left_out;
};

/* --- what the packet was --- */

static bool is_ipsec(u8 protocol)
{
	return protocol == IPPROTO_ESP || protocol == IPPROTO_AH;
}

/* Is the header that was read the outer one of a packet of this SA? */
static bool is_outer(const struct cmap_dropped *d, const struct cmap_sa_key *key,
		     const struct cmap_flow *flow)
{
	if (!key)
		return d->in && !d->rule && is_ipsec(flow->protocol);
	return flow->family == key->family &&
	       !memcmp(&flow->daddr, &key->daddr, sizeof(key->daddr)) &&
	       (is_ipsec(flow->protocol) || flow->protocol == IPPROTO_UDP);
}

/* SPI and sequence number as they are on the wire (RFC 4303 2, RFC 4302 2), if they can be read */
static void read_numbers(struct cmap_drop_record *rec, const struct sk_buff *skb, u8 protocol)
{
	int at = skb_network_offset(skb);
	const __be32 *word;
	__be32 _word[2];

	if (rec->flow.family == AF_INET) {
		at += ip_hdrlen(skb);
	} else {
		unsigned int offset = 0;

		if (ipv6_find_hdr(skb, &offset, protocol, NULL, NULL) < 0)
			return;
		at = offset;
	}
	if (protocol == IPPROTO_AH)
		at += offsetof(struct ip_auth_hdr, spi);
	else if (protocol == IPPROTO_UDP)
		at += sizeof(struct udphdr);
	word = skb_header_pointer(skb, at, sizeof(_word), _word);
	if (!word)
		return;
	if (!rec->key.spi)
		rec->key.spi = word[0];
	if (!rec->number)
		rec->number = ntohl(word[1]);
}

/* What is told of an outer header are the addresses of the SA's key and the source. */
static void read_outer(struct cmap_drop_record *rec, const struct cmap_dropped *d)
{
	const struct cmap_flow flow = rec->flow;

	if (!rec->key.proto) {
		rec->key.daddr = flow.daddr;
		rec->key.family = flow.family;
		rec->key.proto = flow.protocol;
	}
	rec->saddr = flow.saddr;
	if (!flow.fragment)
		read_numbers(rec, d->skb, flow.protocol);
	memset(&rec->flow, 0, sizeof(rec->flow));
}

static void read_packet(struct cmap_drop_record *rec, const struct cmap_dropped *d)
{
	int at = skb_network_offset(d->skb);

	rec->len = d->skb->len - at;
	if (!cmap_flow_dissect(d->skb, at, &rec->flow))
		memset(&rec->flow, 0, sizeof(rec->flow));
	else if (is_outer(d, rec->key.proto ? &rec->key : NULL, &rec->flow))
		read_outer(rec, d);
}

static void read_owner(struct cmap_drop_record *rec, const struct cmap_link *link,
		       const struct cmap_rule *rule)
{
	const struct cmap_entry *entry = rule ? rcu_dereference(rule->entry) : NULL;
	const struct cmap_map *map = link ? rcu_dereference(link->map) : NULL;

	if (entry) {
		rec->seq = entry->seq;
		map = entry->map;
	}
	if (map)
		strscpy(rec->map, map->name, sizeof(rec->map));
}

static void describe(struct cmap_drop_record *rec, const struct cmap_dropped *d,
		     const struct cmap_rule *rule, enum cmap_drop reason)
{
	rec->reason = reason;
	rec->in = d->in;
	rec->number = d->number;
	if (d->sa) {
		rec->key = d->sa->key;
		rec->saddr = d->sa->saddr;
	} else if (d->key) {
		rec->key = *d->key;
	}
	if (d->link)
		rec->ifindex = d->link->ifindex;
	else if (d->skb && d->skb->dev)
		rec->ifindex = d->skb->dev->ifindex;
	read_owner(rec, d->link, rule);
	if (d->skb)
		read_packet(rec, d);
	if (d->flow)
		rec->flow = *d->flow;
}

/* --- telling --- */

static void store(struct cpu_ring *ring, struct cmap_drop_record *rec)
{
	spin_lock(&ring->lock);
	rec->time = ktime_get_real_ns();
	ring->record[ring->count++ % RECORDS] = *rec;
	spin_unlock(&ring->lock);
}

/* May an event be sent now? @left_out: drops that have gone without one before it */
static bool allowed(struct cmap_ring *ring, u64 *left_out)
{
	bool yes;

	spin_lock(&ring->lock);
	if (time_after_eq(jiffies, ring->second + HZ)) {
		ring->second = jiffies;
		ring->events = 0;
	}
	yes = ring->events < EVENTS;
	if (yes) {
		ring->events++;
		*left_out = ring->left_out;
		ring->left_out = 0;
	} else {
		ring->left_out++;
	}
	spin_unlock(&ring->lock);
	return yes;
}

void cmap_ring_note(const struct cmap_dropped *d, const struct cmap_rule *rule,
		    enum cmap_drop reason)
{
	struct cmap_ring *ring = d->cn->ring;
	struct cmap_drop_record rec = {};
	u64 left_out;

	if (!ring)
		return;
	describe(&rec, d, rule, reason);
	store(this_cpu_ptr(ring->cpu), &rec);
	trace_cmap_drop(&rec);
	if (unlikely(cmap_netlink_wants_drops(d->cn)) && allowed(ring, &left_out))
		cmap_netlink_dropped(d->cn, &rec, left_out);
}

/* --- DROPS_GET --- */

/**
 * struct snapshot - the rings as they were when a dump began, oldest first
 * @earlier: drops before them that were overwritten
 * @count: records
 * @told: of them
 * @record: copies
 */
struct snapshot {
	u64 earlier;
	unsigned int count;
	unsigned int told;
	struct cmap_drop_record record[];
};

static int by_time(const void *a, const void *b)
{
	const struct cmap_drop_record *x = a, *y = b;

	return x->time < y->time ? -1 : x->time > y->time;
}

static void copy(struct snapshot *s, struct cpu_ring *ring)
{
	unsigned int count, i;

	spin_lock_bh(&ring->lock);
	count = min_t(u64, ring->count, RECORDS);
	s->earlier += ring->count - count;
	for (i = 0; i < count; i++)
		s->record[s->count++] = ring->record[(ring->count - count + i) % RECORDS];
	spin_unlock_bh(&ring->lock);
}

int cmap_ring_dump_start(struct netlink_callback *cb)
{
	struct cmap_net *cn = cmap_net(sock_net(cb->skb->sk));
	struct cmap_ring *ring = READ_ONCE(cn->ring);
	struct snapshot *s;
	int cpu;

	s = kvzalloc(struct_size(s, record, ring ? num_possible_cpus() * RECORDS : 0), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	if (ring)
		for_each_possible_cpu(cpu)
			copy(s, per_cpu_ptr(ring->cpu, cpu));
	sort(s->record, s->count, sizeof(s->record[0]), by_time, NULL);
	cb->args[0] = (unsigned long)s;
	return 0;
}

int cmap_ring_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct snapshot *s = (struct snapshot *)cb->args[0];
	struct cmap_filter filter;
	void *head;
	int err;

	/* Not at the start: there a refusal has no text (before 6.2). */
	err = cmap_netlink_dump(cb, &filter);
	if (err)
		return err;
	for (; s->told < s->count; s->told++) {
		head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				   &cmap_genl_family, NLM_F_MULTI, CMAP_CMD_DROPS_GET);
		if (!head)
			break;
		if (cmap_dump_put_dropped(skb, &s->record[s->told], s->told ? 0 : s->earlier)) {
			genlmsg_cancel(skb, head);
			break;
		}
		genlmsg_end(skb, head);
	}
	return skb->len;
}

int cmap_ring_dump_done(struct netlink_callback *cb)
{
	kvfree((struct snapshot *)cb->args[0]);
	return 0;
}

/* --- a namespace's ring --- */

static void ring_free(struct cmap_ring *ring)
{
	int cpu;

	if (ring->cpu)
		for_each_possible_cpu(cpu)
			kvfree(per_cpu_ptr(ring->cpu, cpu)->record);
	free_percpu(ring->cpu);
	kfree(ring);
}

static struct cmap_ring *ring_new(void)
{
	struct cmap_ring *ring = kzalloc(sizeof(*ring), GFP_KERNEL);
	struct cpu_ring *part;
	int cpu;

	if (!ring)
		return NULL;
	spin_lock_init(&ring->lock);
	ring->second = jiffies;
	ring->cpu = alloc_percpu(struct cpu_ring);
	if (!ring->cpu)
		goto fault;
	for_each_possible_cpu(cpu) {
		part = per_cpu_ptr(ring->cpu, cpu);
		spin_lock_init(&part->lock);
		part->record = kvzalloc_node(RECORDS * sizeof(*part->record), GFP_KERNEL,
					     cpu_to_node(cpu));
		if (!part->record)
			goto fault;
	}
	return ring;

fault:
	ring_free(ring);
	return NULL;
}

int cmap_ring_init(struct cmap_net *cn)
{
	struct cmap_ring *ring;

	if (cn->ring)
		return 0;
	ring = ring_new();
	if (!ring)
		return -ENOMEM;
	/* A dump that sees it sees it whole. */
	smp_store_release(&cn->ring, ring);
	return 0;
}

void cmap_ring_exit(struct cmap_net *cn)
{
	if (cn->ring)
		ring_free(cn->ring);
	cn->ring = NULL;
}
