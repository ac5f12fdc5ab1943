/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Structures that the module's files share, and who owns what.
 *
 * Per network namespace: struct cmap_net. It holds maps, their entries and
 * rules, bindings (links) and SAs. Everything is changed under cmap_net.lock
 * (process context) and read by packets under RCU. A writer unpublishes,
 * bumps cmap_net.generation, and frees after a grace period.
 *
 *	net ─┬─ map ── entry ── rule ── (outbound SAs, hold queue)
 *	     ├─ link (interface → map)
 *	     └─ sa (by destination, SPI, protocol)
 *
 * A rule outlives a replacement of its entry if the new entry has the same
 * line: SAs, held packets and counters stay. An SA always has a rule; it dies
 * with it, or moves to another rule of the new entry that contains its proxies.
 */
#ifndef CMAP_CRYPTOMAP_H
#define CMAP_CRYPTOMAP_H

#include <linux/cryptomap.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/rhashtable.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "ah.h"
#include "early.h"
#include "esp.h"
#include "hold.h"
#include "parallel.h"
#include "replay.h"
#include "selector.h"

struct cmap_flow_cache;
struct cmap_index;
struct cmap_shapes;
struct cmap_ring;
struct cmap_route;
struct nlattr;

/**
 * struct cmap_stats - counters of one CPU
 * @matches: rules: packets this line decided
 * @lease: SAs: bytes of the lifetime lent to this CPU; only touched by it,
 *	with softirqs disabled
 */
struct cmap_stats {
	u64_stats_t packets;
	u64_stats_t bytes;
	u64_stats_t matches;
	s64 lease;
	struct u64_stats_sync syncp;
};

/** struct cmap_drops - drop counters of one CPU, by enum cmap_drop */
struct cmap_drops {
	u64_stats_t count[CMAP_DROP_MAX + 1];
	struct u64_stats_sync syncp;
};

/** struct cmap_totals - sums of counters, as netlink tells them */
struct cmap_totals {
	u64 out_packets, out_bytes, in_packets, in_bytes, out_errors, in_errors;
};

/**
 * struct cmap_rule - one line of an entry's access list
 * @selector: what it covers
 * @action: permit or deny
 * @index: its place in the entry, from 0; changed under cmap_net.lock
 * @cn: the namespace
 * @entry: the entry that has it now, RCU
 * @users: entries that hold it (two during a replacement); cmap_net.lock
 * @sas: outbound SAs, struct cmap_seat, in no order; cmap_net.lock
 * @others: SAs that carry none of its packets by themselves: inbound ones, and AH
 *	SAs of bundles; cmap_net.lock
 * @shapes: what packets look for in @sas, RCU; seat.c's
 * @hold: packets that wait for an SA
 * @stats: per CPU; only @matches is used
 * @drops: packets that should have been protected by it, by enum cmap_dir and
 *	reason
 * @past: counters of SAs that are gone; cmap_net.lock
 * @acquire_next: jiffies before which no ACQUIRE is sent
 * @rcu: freed after a grace period
 */
struct cmap_rule {
	struct cmap_selector selector;
	u8 action;
	u32 index;
	struct cmap_net *cn;
	struct cmap_entry __rcu *entry;
	unsigned int users;
	struct list_head sas;
	struct list_head others;
	struct cmap_shapes __rcu *shapes;
	struct cmap_hold hold;
	struct cmap_stats __percpu *stats;
	atomic64_t drops[__CMAP_DIR_LAST][CMAP_DROP_MAX + 1];
	struct cmap_totals past;
	unsigned long acquire_next;
	struct rcu_head rcu;
};

/**
 * struct cmap_entry - one sequence number of a map; constant once published
 * @node: in cmap_map.entries, ascending @seq, RCU
 * @id: no other entry of the namespace has had it, also not the one it replaced
 * @flags: enum cmap_entry_flags
 * @family: of @local and @peer; the rules have their own
 * @map: never changes; the map outlives its entries
 * @local: address to use instead of the interface's own; @has_local
 * @peer: "set peer", in order
 * @rule: the access list, in order
 */
struct cmap_entry {
	struct list_head node;
	struct cmap_map *map;
	u32 id;
	u32 seq;
	u32 hold;
	u32 flags;
	u8 family;
	bool has_local;
	union cmap_addr local;
	unsigned int peers;
	union cmap_addr peer[CMAP_PEERS_MAX];
	struct rcu_head rcu;
	unsigned int rules;
	struct cmap_rule *rule[];
};

/**
 * struct cmap_map - a crypto map
 * @node: in cmap_net.maps, in order of @id; cmap_net.lock
 * @entries: RCU list, in order
 * @by_seq: the same by their numbers; cmap_net.lock
 * @index: over the lines of all entries, RCU; NULL: none (yet)
 * @links: bindings that use it; cmap_net.lock
 * @tunnel: the tunnel device among them, RCU; then it is the only one
 */
struct cmap_map {
	struct list_head node;
	struct list_head entries;
	struct xarray by_seq;
	u32 id;
	struct cmap_index __rcu *index;
	unsigned int links;
	struct net_device __rcu *tunnel;
	struct rcu_head rcu;
	char name[CMAP_NAME_MAX + 1];
};

/** struct cmap_mss - most that a SYN may ask for; 0: anything, CMAP_TCP_MSS_PATH: what fits into its SA's path */
struct cmap_mss {
	u16 ipv4;
	u16 ipv6;
};

/**
 * struct cmap_link - a map bound to an interface
 * @node: in cmap_net.links, hashed by @ifindex, RCU
 * @dev: not referenced: NETDEV_UNREGISTER takes the link away first
 * @map: RCU; replaced by LINK_SET
 * @mss: "ip tcp adjust-mss"; mss.c's
 * @drops: per CPU
 */
struct cmap_link {
	struct hlist_node node;
	int ifindex;
	struct net_device *dev;
	struct cmap_map __rcu *map;
	struct cmap_mss mss;
	struct cmap_drops __percpu *drops;
	struct rcu_head rcu;
};

/** struct cmap_sa_key - what inbound packets are looked up by; no padding */
struct cmap_sa_key {
	union cmap_addr daddr;
	__be32 spi;
	u16 family;
	u16 proto;
};

/** enum cmap_sa_bits - cmap_sa.flags */
enum cmap_sa_bits {
	CMAP_SA_LARVAL,		/* an SPI reservation, nothing else */
	CMAP_SA_EARLY,		/* what comes for it waits: a reservation, or AH without its ESP SA */
	CMAP_SA_DEAD,		/* unpublished; nobody may find it any more */
	CMAP_SA_ENABLED,	/* outbound: carries traffic */
	CMAP_SA_USED,		/* inbound: first packet was authenticated */
	CMAP_SA_SOFT_SENT,	/* the soft event was sent */
	CMAP_SA_SOFT_BYTES,	/* work to do: soft lifetime in bytes reached */
	CMAP_SA_SOFT_SEQUENCE,	/* work to do: sequence numbers run out */
	CMAP_SA_HARD_BYTES,	/* work to do: hard lifetime in bytes reached */
	CMAP_SA_HARD_SEQUENCE,	/* work to do: sequence numbers used up */
	CMAP_SA_IDLE_SENT,	/* the idle event was sent, no packet since */
	CMAP_SA_MOVING,		/* in the lists of two rules; cmap_net.lock */
};

/** struct cmap_seat_key - what packets look for the SAs of a rule by; no padding */
struct cmap_seat_key {
	struct cmap_rule *rule;
	union cmap_addr local;
	union cmap_addr remote;
	u16 local_prefix;
	u16 remote_prefix;
	u32 zero;
};

/**
 * struct cmap_seat - an SA in a rule's list
 * @node: in cmap_rule.sas or .others; cmap_net.lock
 * @hash: in cmap_net.seats, if it is in .sas; RCU
 *
 * An SA has two, of which one is used: when it moves to another rule it takes
 * its second seat there before it leaves the first, so that every packet finds
 * it under the old rule or under the new one.
 */
struct cmap_seat {
	struct list_head node;
	struct rhlist_head hash;
	struct cmap_seat_key key;
	struct cmap_sa *sa;
};

/**
 * struct cmap_sa - a security association, or the reservation of its SPI
 * @node: in cmap_net.sas
 * @early: packets that came before the keys
 * @list: in cmap_net.sa_list, in order of @id; cmap_net.lock
 * @seat: with its rule
 * @seated: which seat is in use; cmap_net.lock
 * @refs: the tables' one, one per pending @life work, one per asynchronous
 *	crypto operation or job of parallel.c. A packet needs none: it is under
 *	RCU, and the tables' one is dropped a grace period after they let go of
 *	the SA.
 * @flags: enum cmap_sa_bits, atomic
 * @rule: RCU; NULL for a reservation
 * @order: of enabling; the highest enabled one carries the traffic
 * @saddr: outer source
 * @selector: proxy identities
 * @born, @soft_at, @hard_at: jiffies; @has_soft, @has_hard tell if valid
 * @soft_bytes, @hard_bytes: 0: no limit
 * @unlent: bytes of @hard_bytes not yet lent to a CPU
 * @slice: bytes lent at a time
 * @life: reports soft and does hard lifetimes; process context
 * @stats: per CPU
 * @drops: few and far between, so one atomic each will do
 * @sequence: outbound: last number handed out
 * @replay: inbound window
 * @esp: keyed transforms of ESP
 * @ah: keyed transform of AH
 * @mode: enum cmap_mode; selector.family is the inner family, key.family the
 *	outer one; they differ only in tunnel mode
 * @wire_flags: enum cmap_sa_flags as SA_NEW gave them, but STANDBY
 * @df: enum cmap_df
 * @encap: ESP in UDP: @encap_sport, @encap_dport as on the wire in packets of
 *	this SA; they change under cmap_net.lock, and are read without it
 * @moved_next: jiffies before which it is not told again that the peer has moved
 * @bundle: ESP: the AH SA around it, a reference is held; NULL: none
 * @inner: AH with CMAP_SA_F_BUNDLE: the ESP SA in it, NULL: none yet. The two end
 *	together. cmap_net.lock
 * @parallel: its cryptography is done by several CPUs; NULL: by the one that has
 *	the packet
 * @idle_seconds: 0: not watched; @idle_packets, @idle_since, @idle_at: expire.c's
 * @route: outbound: cached route to the peer; outer.c's
 */
struct cmap_sa {
	struct rhash_head node;
	struct cmap_sa_key key;
	struct cmap_net *cn;
	struct cmap_rule __rcu *rule;
	unsigned long flags;
	u8 dir;
	u16 cipher;
	u16 auth;
	u32 conn_id;
	u32 replay_window;
	u32 id;
	u64 order;
	u8 mode;
	u8 df;
	bool encap;
	__be16 encap_sport;
	__be16 encap_dport;
	unsigned long moved_next;
	u32 wire_flags;
	union cmap_addr saddr;
	struct cmap_selector selector;
	struct cmap_stats __percpu *stats;
	struct cmap_esp esp;
	struct cmap_ah ah;
	struct cmap_sa *bundle;
	struct cmap_sa *inner;
	struct cmap_parallel *parallel;
	struct cmap_route __rcu *route;
	u32 idle_seconds;
	u64 idle_packets;
	unsigned long idle_since;
	unsigned long idle_at;

	u64 soft_bytes;
	u64 hard_bytes;
	u64 slice;
	atomic64_t unlent;
	bool has_soft;
	bool has_hard;
	unsigned long born;
	unsigned long soft_at;
	unsigned long hard_at;
	struct delayed_work life;

	struct list_head list;
	struct cmap_early early;
	struct cmap_seat seat[2];
	u8 seated;
	refcount_t refs;
	struct rcu_head rcu;
	struct work_struct free_work;
	atomic64_t drops[CMAP_DROP_MAX + 1];

	atomic64_t sequence ____cacheline_aligned_in_smp;
	struct cmap_replay replay ____cacheline_aligned_in_smp;
};

/* enum cmap_net.event_next slots */
enum cmap_event_slot {
	CMAP_SLOT_INVALID_SPI,
	CMAP_SLOT_NOT_IPSEC,
	CMAP_SLOT_DROP,
	CMAP_SLOT_ACQUIRE,
	CMAP_SLOTS
};

/** struct cmap_asked - @next: jiffies before which no SA is asked for again for hosts with this @hash */
struct cmap_asked {
	u32 hash;
	unsigned long next;
};

/**
 * struct cmap_net - everything of one network namespace
 * @lock: all changes of maps, entries, rules, links and SAs
 * @generation: bumped by every change that can alter a packet's way; flow
 *	caches remember it (read it before the look-up)
 * @mss_links: links with a @mss, whose packets mss.c must see
 * @hooks: links and SAs that need the netfilter hooks; @lock
 * @entries, @rules: how many there are, for their limits; @lock
 * @map_sequence: last cmap_map.id; @lock
 * @entry_sequence: last cmap_entry.id; @lock
 * @index_work: makes the maps' indexes
 * @map_changes: of maps, entries and links, for consistent dumps; @lock
 * @dying: the namespace goes away; nothing may be added; @lock
 * @sa_sequence: last cmap_sa.id; @lock
 * @sa_order: last cmap_sa.order; @lock
 * @sa_count: SAs without reservations; @lock
 * @sas_held: SAs and reservations; @lock
 * @links: by interface index
 * @drops: per CPU, all drops of the namespace
 * @ring: the last drops; ring.c's; NULL until there is something that can drop
 * @keepalives: UDP keepalives (RFC 3948 2.3) that were swallowed
 * @path_mtus: times that the way to a peer was told to be narrower, and believed
 * @event_next: jiffies before which an event of that kind is not sent again
 * @held: packets in all rules' queues
 * @acquires_left: ACQUIREs that may be sent in this second
 * @asked: where SAs are asked for per host pair
 * @flows: per-CPU flow caches; out.c's
 * @async_pending: asynchronous crypto operations and parallel.c's jobs under way;
 *	esp.c's
 * @text: of a refusal that names something; lives as long as the socket that is
 *	refused. Kernels before 6.2 have no room for it elsewhere. @lock
 */
struct cmap_net {
	struct net *net;
	unsigned int generation;
	unsigned int mss_links;
	struct mutex lock;
	struct list_head maps;
	unsigned int entries;
	unsigned int rules;
	u32 map_sequence;
	u32 entry_sequence;
	struct delayed_work index_work;
	struct list_head sa_list;
	struct rhashtable sas;
	struct rhltable seats;
	struct hlist_head links[64];
	unsigned int hooks;
	unsigned int map_changes;
	bool dying;
	u32 sa_sequence;
	u64 sa_order;
	unsigned int sa_count;
	unsigned int sas_held;
	struct cmap_drops __percpu *drops;
	struct cmap_ring *ring;
	atomic64_t keepalives;
	atomic64_t path_mtus;
	unsigned long event_next[CMAP_SLOTS];
	atomic_t acquires_left;
	atomic_t held;
	struct cmap_asked asked[256];
	struct cmap_flow_cache __percpu *flows;
	atomic_t async_pending;
	char text[128];
};

extern unsigned int cmap_net_id;
extern struct workqueue_struct *cmap_wq;

static inline struct cmap_net *cmap_net(const struct net *net)
{
	return net_generic(net, cmap_net_id);
}

/* --- main.c --- */

/** cmap_main_use() - one more link or SA: the first registers the hooks. cmap_net.lock held. Return: 0 or an error */
int cmap_main_use(struct cmap_net *cn);

/** cmap_main_unuse() - one less; the last one takes the hooks away. cmap_net.lock held */
void cmap_main_unuse(struct cmap_net *cn);

/**
 * cmap_main_tail() - run the hooks of the table that stand behind ours
 * @hook: our function in that table
 * @okfn: where a packet goes on that one of them gave to user space
 *
 * Conntrack confirms its entries there, and a packet that we steal would never
 * come by. RCU.
 *
 * Return: whether the packet is still ours.
 */
bool cmap_main_tail(struct sk_buff *skb, const struct nf_hook_state *state, nf_hookfn *hook,
		    int (*okfn)(struct net *net, struct sock *sk, struct sk_buff *skb));

/** cmap_main_changed() - a packet's way may be another now: flow caches are void. After unpublishing, before freeing */
static inline void cmap_main_changed(struct cmap_net *cn)
{
	/* Pairs with the acquire in the reader: who sees the new number sees the change. */
	smp_store_release(&cn->generation, cn->generation + 1);
}

/* --- lookup.c --- */

/**
 * cmap_map_lookup() - the permit rule for an outbound packet on a bound interface
 *
 * Return: the rule; NULL: goes in clear. RCU; no reference is taken.
 */
struct cmap_rule *cmap_map_lookup(const struct cmap_link *link, const struct cmap_flow *flow);

/** cmap_map_lookup_mirrored() - the permit rule that a clear inbound packet violates, or NULL. RCU */
struct cmap_rule *cmap_map_lookup_mirrored(const struct cmap_link *link,
					   const struct cmap_flow *flow);

/** cmap_lookup_work() - cmap_net.index_work: indexes for the maps that have none and are long */
void cmap_lookup_work(struct work_struct *work);

/* --- map.c and link.c --- */

/** cmap_map_link() - the binding of an interface, or NULL. RCU; no reference is taken */
struct cmap_link *cmap_map_link(const struct cmap_net *cn, int ifindex);

/** cmap_map_matched() - count @packets decided by @rule. Softirqs disabled */
static inline void cmap_map_matched(struct cmap_rule *rule, unsigned int packets)
{
	struct cmap_stats *stats = this_cpu_ptr(rule->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_add(&stats->matches, packets);
	u64_stats_update_end(&stats->syncp);
}

/** struct cmap_entry_spec - what ENTRY_SET asks for; @rule[] selectors and actions */
struct cmap_entry_spec {
	const char *name;
	u32 seq;
	u32 hold;
	u32 flags;
	u8 family;
	bool has_local;
	union cmap_addr local;
	unsigned int peers;
	union cmap_addr peer[CMAP_PEERS_MAX];
	unsigned int rules;
	struct {
		struct cmap_selector selector;
		u8 action;
	} rule[];
};

/* The writers below take cmap_net.lock. Return: 0 or a negative errno with a text in @extack. */
int cmap_map_entry_set(struct cmap_net *cn, const struct cmap_entry_spec *spec, bool create,
		       bool replace, struct netlink_ext_ack *extack);
int cmap_map_entry_del(struct cmap_net *cn, const char *name, u32 seq,
		       struct netlink_ext_ack *extack);
int cmap_map_del(struct cmap_net *cn, const char *name, struct netlink_ext_ack *extack);
int cmap_map_link_set(struct cmap_net *cn, int ifindex, const char *name, struct cmap_mss mss,
		      struct netlink_ext_ack *extack);
int cmap_map_link_del(struct cmap_net *cn, int ifindex, struct netlink_ext_ack *extack);

/** cmap_refuse_limit() - the text of -ENOSPC: @what ("SAs") are as many as @param allows. cmap_net.lock held */
int cmap_refuse_limit(struct cmap_net *cn, struct netlink_ext_ack *extack, const char *what,
		      const char *param, unsigned int limit);

/** cmap_map_find() - by name, or NULL. cmap_net.lock held */
struct cmap_map *cmap_map_find(const struct cmap_net *cn, const char *name);

/** cmap_map_entry() - by sequence number, or NULL. cmap_net.lock held */
struct cmap_entry *cmap_map_entry(const struct cmap_map *map, u32 seq);

/** cmap_map_unbind() - a binding lets go of the map; an empty one goes with its last. cmap_net.lock held */
void cmap_map_unbind(struct cmap_net *cn, struct cmap_map *map);

/** cmap_map_remove_all() - all maps with their entries and SAs. cmap_net.lock held */
void cmap_map_remove_all(struct cmap_net *cn);
void cmap_map_net_init(struct cmap_net *cn);
void cmap_map_net_exit(struct cmap_net *cn);

/** cmap_map_netdev() - netdevice notifier: an interface goes away, or has another name */
int cmap_map_netdev(struct notifier_block *nb, unsigned long event, void *ptr);

/** cmap_map_count_sa() - add what an SA has carried to what its rule's SAs have */
void cmap_map_count_sa(struct cmap_totals *totals, const struct cmap_sa *sa);

/** cmap_map_flush() - the end of a namespace: all links, maps and SAs go. Takes cmap_net.lock */
void cmap_map_flush(struct cmap_net *cn);

/** cmap_map_rule_totals() - counters of all SAs a rule has had, and has. cmap_net.lock held */
void cmap_map_rule_totals(const struct cmap_rule *rule, struct cmap_totals *totals, u64 *matches);

/* --- sa.c --- */

/** cmap_sa_lookup() - inbound SA by its key. RCU; no reference is taken. Never a reservation or a dead one */
struct cmap_sa *cmap_sa_lookup(struct cmap_net *cn, u8 family, const union cmap_addr *daddr,
			       __be32 spi, u8 proto);

/** cmap_sa_lookup_early() - an SPI whose packets wait for keys. RCU; no reference is taken */
struct cmap_sa *cmap_sa_lookup_early(struct cmap_net *cn, const struct cmap_sa_key *key);

/** cmap_sa_lookup_out() - outbound SA by its key. RCU; no reference is taken */
struct cmap_sa *cmap_sa_lookup_out(struct cmap_net *cn, u8 family, const union cmap_addr *daddr,
				   __be32 spi, u8 proto);

/** cmap_sa_hold() - a reference for work that outlives the RCU section in which the SA was found */
static inline void cmap_sa_hold(struct cmap_sa *sa)
{
	refcount_inc(&sa->refs);
}

/** cmap_sa_put() - drop it; any context */
void cmap_sa_put(struct cmap_sa *sa);

/**
 * cmap_sa_count() - count packets and bytes of inner packets
 *
 * Softirqs disabled, or process context with BH disabled.
 */
static inline void cmap_sa_count(struct cmap_sa *sa, unsigned int packets, unsigned int bytes)
{
	struct cmap_stats *stats = this_cpu_ptr(sa->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_add(&stats->packets, packets);
	u64_stats_add(&stats->bytes, bytes);
	u64_stats_update_end(&stats->syncp);
}

/** struct cmap_sa_spec - what SA_NEW asks for; keys are the caller's, and wiped by it */
struct cmap_sa_spec {
	struct cmap_sa_key key;
	u8 dir;
	u32 flags;
	const char *map;
	u32 seq;
	u8 mode;
	u8 df;
	bool encap;
	__be16 encap_sport;
	__be16 encap_dport;
	u8 icv_len;
	__be32 ah_spi;
	u32 idle_seconds;
	union cmap_addr saddr;
	struct cmap_selector selector;
	u16 cipher;
	u16 auth;
	const u8 *cipher_key;
	const u8 *auth_key;
	unsigned int cipher_key_len;
	unsigned int auth_key_len;
	u32 replay_window;
	u32 conn_id;
	u64 sequence;
	u32 soft_seconds;
	u32 hard_seconds;
	u64 soft_bytes;
	u64 hard_bytes;
};

/* These take cmap_net.lock. Return: 0 or a negative errno with a text in @extack. */
int cmap_sa_new(struct cmap_net *cn, const struct cmap_sa_spec *spec,
		struct netlink_ext_ack *extack);
int cmap_sa_enable(struct cmap_net *cn, const struct cmap_sa_key *key,
		   struct netlink_ext_ack *extack);
int cmap_sa_move(struct cmap_net *cn, const struct cmap_sa_key *key, __be16 sport, __be16 dport,
		 struct netlink_ext_ack *extack);
int cmap_sa_del(struct cmap_net *cn, const struct cmap_sa_key *key,
		struct netlink_ext_ack *extack);
int cmap_sa_spi_alloc(struct cmap_net *cn, struct cmap_sa_key *key,
		      struct netlink_ext_ack *extack);

/**
 * struct cmap_filter - some of the SAs
 * @map: of this map; NULL: of any
 * @family: of @peer; AF_UNSPEC: with any peer
 */
struct cmap_filter {
	const char *map;
	u8 family;
	union cmap_addr peer;
};

/** cmap_sa_fits() - is it one of those? cmap_net.lock held */
bool cmap_sa_fits(const struct cmap_sa *sa, const struct cmap_filter *filter);

/** cmap_sa_flush() - delete SAs, and reservations if @filter leaves nothing out. Return: how many. Takes cmap_net.lock */
unsigned int cmap_sa_flush(struct cmap_net *cn, const struct cmap_filter *filter);

/** cmap_sa_find() - any SA, also a reservation, or NULL. cmap_net.lock held */
struct cmap_sa *cmap_sa_find(struct cmap_net *cn, const struct cmap_sa_key *key);

/** cmap_sa_kill() - unpublish and give up the tables' reference; EV_SA_DEL with @reason. cmap_net.lock held */
void cmap_sa_kill(struct cmap_sa *sa, const char *reason);

/** cmap_sa_selectable() - does it carry packets of its rule by itself? Outbound, and not the AH of a bundle */
static inline bool cmap_sa_selectable(const struct cmap_sa *sa)
{
	return sa->dir == CMAP_DIR_OUT && !(sa->wire_flags & CMAP_SA_F_BUNDLE);
}

/** cmap_sa_standby() - could, but carries nothing yet */
static inline bool cmap_sa_standby(const struct cmap_sa *sa)
{
	return cmap_sa_selectable(sa) && !test_bit(CMAP_SA_ENABLED, &sa->flags);
}

/** cmap_sa_totals() - packets and bytes */
void cmap_sa_totals(const struct cmap_sa *sa, u64 *packets, u64 *bytes);

/** cmap_cipher_combined() - does it authenticate too? */
static inline bool cmap_cipher_combined(u16 cipher)
{
	return cipher == CMAP_CIPHER_AES_GCM || cipher == CMAP_CIPHER_AES_GMAC ||
	       cipher == CMAP_CIPHER_CHACHA20_POLY1305;
}

/** cmap_sa_peer() - the other end's address */
static inline const union cmap_addr *cmap_sa_peer(const struct cmap_sa *sa)
{
	return sa->dir == CMAP_DIR_OUT ? &sa->key.daddr : &sa->saddr;
}

int cmap_sa_net_init(struct cmap_net *cn);
void cmap_sa_net_exit(struct cmap_net *cn);

/* --- seat.c --- */

/** cmap_sa_select() - the outbound SA that carries @flow under @rule: enabled last, of those that fit; NULL: none. RCU */
struct cmap_sa *cmap_sa_select(const struct cmap_rule *rule, const struct cmap_flow *flow);

/** cmap_seat_take() - @sa sits down with @rule, on its seat @which. cmap_net.lock held. Return: 0 or -ENOMEM */
int cmap_seat_take(struct cmap_sa *sa, unsigned int which, struct cmap_rule *rule);

/** cmap_seat_leave() - packets may stand on it for another grace period. cmap_net.lock held */
void cmap_seat_leave(struct cmap_sa *sa, unsigned int which);

/** cmap_seat_rule_free() - the rule is freed, after a grace period */
void cmap_seat_rule_free(struct cmap_rule *rule);
int cmap_seat_net_init(struct cmap_net *cn);
void cmap_seat_net_exit(struct cmap_net *cn);

/* --- expire.c --- */

/** cmap_expire_start() - arm the lifetimes of a new SA. cmap_net.lock held */
void cmap_expire_start(struct cmap_sa *sa, u32 soft_seconds, u32 hard_seconds);

/** cmap_expire_stop() - no further expiry of a dead SA. cmap_net.lock held */
void cmap_expire_stop(struct cmap_sa *sa);

/** cmap_expire_work() - cmap_sa.life */
void cmap_expire_work(struct work_struct *work);

/** cmap_expire_kick() - let the work look at what @bit says. Any context */
void cmap_expire_kick(struct cmap_sa *sa, enum cmap_sa_bits bit);

bool cmap_expire_lend(struct cmap_sa *sa, struct cmap_stats *stats, unsigned int bytes);

/**
 * cmap_expire_account() - take @bytes from the SA's lifetime
 *
 * Softirqs disabled. No shared memory is written as long as this CPU's lease
 * lasts.
 *
 * Return: false: the hard lifetime is reached, the packet must be dropped.
 */
static inline bool cmap_expire_account(struct cmap_sa *sa, unsigned int bytes)
{
	struct cmap_stats *stats;

	if (!sa->hard_bytes)
		return true;
	stats = this_cpu_ptr(sa->stats);
	if (likely(stats->lease >= bytes)) {
		stats->lease -= bytes;
		return true;
	}
	return cmap_expire_lend(sa, stats, bytes);
}

#define CMAP_SEQUENCE_SOFT	(U32_MAX - (1U << 20))	/* ask for a new SA from here on */

/**
 * cmap_expire_sequence() - outbound: may numbers up to @last be used?
 *
 * Return: false: beyond 2^32-1 (RFC 4303 3.3.3), the packet must be dropped.
 * Extended numbers never come to their end.
 */
static inline bool cmap_expire_sequence(struct cmap_sa *sa, u64 last)
{
	if (likely(last < CMAP_SEQUENCE_SOFT) || (sa->wire_flags & CMAP_SA_F_ESN))
		return true;
	cmap_expire_kick(sa, last > U32_MAX ? CMAP_SA_HARD_SEQUENCE : CMAP_SA_SOFT_SEQUENCE);
	return last <= U32_MAX;
}

/** cmap_expire_left() - to the hard end. Return: whether there is one */
bool cmap_expire_left_seconds(const struct cmap_sa *sa, u32 *left);
bool cmap_expire_left_bytes(const struct cmap_sa *sa, u64 *left);

/* --- drop.c --- */

/**
 * struct cmap_dropped - a packet that is not delivered, as far as it is known
 * @cn: the namespace; all the rest may be NULL or 0
 * @in: inbound
 * @link: bound interface where it came from or was to go
 * @rule: whose errors counter counts it; NULL: that of @sa's rule
 * @sa: what it belongs to
 * @key: inbound, without an @sa: what was looked for
 * @skb: the packet, with its network header set: the inner header if it still
 *	is or again is a packet without ours, else the outer one
 * @flow: the inner 5-tuple, where @skb's network header is not that one
 * @number: sequence number, as far as it is known
 */
struct cmap_dropped {
	struct cmap_net *cn;
	bool in;
	struct cmap_link *link;
	struct cmap_rule *rule;
	struct cmap_sa *sa;
	const struct cmap_sa_key *key;
	const struct sk_buff *skb;
	const struct cmap_flow *flow;
	u64 number;
};

/**
 * cmap_drop_count() - count a packet that is not delivered, and remember it
 *
 * Process or softirq context. The caller frees the packet.
 */
void cmap_drop_count(const struct cmap_dropped *dropped, enum cmap_drop reason);

/** cmap_drop_name() - "no-sa" */
const char *cmap_drop_name(enum cmap_drop reason);

/** cmap_drop_sum() - add the CPUs' counters up into @sum[CMAP_DROP_MAX + 1] */
void cmap_drop_sum(const struct cmap_drops __percpu *drops, u64 *sum);

/* --- ring.c --- */

/** cmap_ring_init() - make a namespace's ring of last drops, once; later calls do nothing. May sleep. cmap_net.lock held */
int cmap_ring_init(struct cmap_net *cn);

/** cmap_ring_exit() - free it; nothing of the namespace drops any more */
void cmap_ring_exit(struct cmap_net *cn);

/* --- netlink.c: events; any context, RCU or cmap_net.lock held --- */

void cmap_netlink_acquire(struct cmap_rule *rule, int ifindex, const struct cmap_flow *flow);
void cmap_netlink_sa_event(struct cmap_sa *sa, u8 cmd, const char *reason);
void cmap_netlink_sa_used(struct cmap_sa *sa);
void cmap_netlink_invalid_spi(struct cmap_net *cn, u8 family, const union cmap_addr *saddr,
			      const union cmap_addr *daddr, __be32 spi, u8 proto, int ifindex);
void cmap_netlink_not_ipsec(struct cmap_rule *rule, int ifindex, const struct cmap_flow *flow);
/* @flow: NULL if not known; @number: the sequence number */
void cmap_netlink_drop(struct cmap_sa *sa, enum cmap_drop reason, u64 number,
		       const struct cmap_flow *flow);
/* @saddr, @sport, @dport: as the packet had them */
void cmap_netlink_peer_moved(struct cmap_sa *sa, const union cmap_addr *saddr, __be16 sport,
			     __be16 dport);
void cmap_netlink_link(struct cmap_net *cn, int ifindex, const char *ifname, const char *map);
int cmap_netlink_init(void);
void cmap_netlink_exit(void);

/* --- out.c and in.c --- */

unsigned int cmap_out_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);
/** cmap_out_tunnel() - protect what was routed to a tunnel device. RCU, softirqs disabled. Return: false: nothing permits it, @skb is the caller's */
bool cmap_out_tunnel(struct sk_buff *skb);
/** cmap_out_release() - an outbound SA of @rule was enabled: send what waits. RCU held */
void cmap_out_release(struct cmap_net *cn, struct cmap_rule *rule);
/** cmap_out_mtu() - of the way to the peer, and of what fits into it before encryption; 0: not known yet */
void cmap_out_mtu(struct cmap_sa *sa, unsigned int *path, unsigned int *inner);
/** cmap_out_forget() - the SA is freed: drop its cached route */
void cmap_out_forget(struct cmap_sa *sa);
/** cmap_out_done() - esp.c: an asynchronous seal has ended */
void cmap_out_done(struct cmap_sa *sa, struct sk_buff *skb, int err);
int cmap_out_net_init(struct cmap_net *cn);
void cmap_out_net_exit(struct cmap_net *cn);

/* LOCAL_IN: IPsec to us */
unsigned int cmap_in_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);
/** cmap_in_done() - esp.c: an asynchronous open has ended */
void cmap_in_done(struct cmap_sa *sa, struct sk_buff *skb, int err);
/** cmap_in_dev_gone() - an interface is unregistered: no queued packet may refer to it any more */
void cmap_in_dev_gone(struct net_device *dev);
int cmap_in_init(void);
void cmap_in_exit(void);

/** cmap_refuse() - @text as the reason, @err to return */
static inline int cmap_refuse(struct netlink_ext_ack *extack, const char *text, int err)
{
	if (extack)
		extack->_msg = text;
	return err;
}

/* --- clear.c --- */

/* PRE_ROUTING: clear packets that should have been protected; @priv: in front of reassembly */
unsigned int cmap_clear_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

/* --- esp.c --- */

/** cmap_esp_async_begin() - the namespace, the SA, and @dev, of its packet, stay until cmap_esp_async_end() */
void cmap_esp_async_begin(struct cmap_sa *sa, struct net_device *dev);
void cmap_esp_async_end(struct cmap_sa *sa, struct net_device *dev);

/** cmap_esp_drain() - wait until no asynchronous operation of the namespace is under way. May sleep */
void cmap_esp_drain(struct cmap_net *cn);

#endif /* CMAP_CRYPTOMAP_H */
