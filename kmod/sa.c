// SPDX-License-Identifier: GPL-2.0-only
/*
 * Security associations: made and found by destination, SPI and protocol, tied
 * to the rule they serve, and taken down in two phases.
 *
 * Taking an SA down:
 *  1. cmap_sa_kill(), under cmap_net.lock: it is marked dead, leaves the table
 *     and its rule's list; the generation is bumped, so no flow cache names it.
 *     Its counters are added to the rule's. Its timer is stopped.
 *  2. The tables' reference is dropped only after a grace period: packets use
 *     the SA under RCU without one, and may take one there for work that goes
 *     on. With the last reference (tables, pending expiry, asynchronous
 *     crypto) a work frees and wipes it: freeing crypto transforms may sleep.
 *
 * A bundle is an ESP SA and the AH SA around it. The AH SA is made first, the
 * ESP SA names it and holds a reference; when one is taken down, so is the
 * other.
 */
#include <linux/jhash.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include "cryptomap.h"
#include "tunnel.h"

static unsigned int max_sas = CMAP_SAS_DEFAULT;
module_param(max_sas, uint, 0644);
MODULE_PARM_DESC(max_sas, "Most SAs and SPI reservations of a network namespace");

/* What hardly ever differs (family, protocol) is not hashed. */
static u32 key_hash(const void *data, u32 len, u32 seed)
{
	const struct cmap_sa_key *key = data;
	const __be32 *word = key->daddr.ip6.s6_addr32;

	return jhash_3words((__force u32)key->spi, (__force u32)(word[0] ^ word[1]),
			    (__force u32)(word[2] ^ word[3]), seed);
}

static int key_differs(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct cmap_sa_key *a = arg->key, *b = &((const struct cmap_sa *)obj)->key;

	return a->spi != b->spi || a->family != b->family || a->proto != b->proto ||
	       !ipv6_addr_equal(&a->daddr.ip6, &b->daddr.ip6);
}

static const struct rhashtable_params sa_params = {
	.key_len = sizeof(struct cmap_sa_key),
	.key_offset = offsetof(struct cmap_sa, key),
	.head_offset = offsetof(struct cmap_sa, node),
	.hashfn = key_hash,
	.obj_cmpfn = key_differs,
	.automatic_shrinking = true,
};

static void unmake(struct cmap_sa *sa)
{
	cmap_esp_destroy(&sa->esp);
	cmap_ah_destroy(&sa->ah);
	cmap_replay_destroy(&sa->replay);
	kfree(sa->parallel);
	free_percpu(sa->stats);
	kfree_sensitive(sa);
}

static void release(struct cmap_sa *sa)
{
	struct cmap_sa *bundle = sa->bundle;

	cmap_out_forget(sa);
	unmake(sa);
	if (bundle && refcount_dec_and_test(&bundle->refs))
		release(bundle);
}

static void free_now(struct work_struct *work)
{
	release(container_of(work, struct cmap_sa, free_work));
}

void cmap_sa_put(struct cmap_sa *sa)
{
	if (refcount_dec_and_test(&sa->refs))
		queue_work(cmap_wq, &sa->free_work);
}

static void leave_tables(struct rcu_head *rcu)
{
	struct cmap_sa *sa = container_of(rcu, struct cmap_sa, rcu);

	/* nobody sees it any more */
	cmap_early_purge(sa);
	cmap_sa_put(sa);
}

static struct cmap_sa *alloc(struct cmap_net *cn, const struct cmap_sa_key *key)
{
	struct cmap_sa *sa = kzalloc(sizeof(*sa), GFP_KERNEL);
	int cpu;

	if (!sa)
		return NULL;
	sa->stats = alloc_percpu(struct cmap_stats);
	if (!sa->stats) {
		kfree(sa);
		return NULL;
	}
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(sa->stats, cpu)->syncp);
	sa->cn = cn;
	sa->key = *key;
	refcount_set(&sa->refs, 1);
	INIT_LIST_HEAD(&sa->list);
	cmap_early_init(&sa->early);
	INIT_DELAYED_WORK(&sa->life, cmap_expire_work);
	INIT_WORK(&sa->free_work, free_now);
	return sa;
}

static struct cmap_sa *lookup(struct cmap_net *cn, u8 family, const union cmap_addr *daddr,
			      __be32 spi, u8 proto, u8 dir)
{
	struct cmap_sa_key key = { .spi = spi, .family = family, .proto = proto };
	struct cmap_sa *sa;

	key.daddr = *daddr;
	sa = rhashtable_lookup(&cn->sas, &key, sa_params);
	if (!sa || sa->dir != dir || test_bit(CMAP_SA_EARLY, &sa->flags))
		return NULL;
	return sa;
}

struct cmap_sa *cmap_sa_lookup(struct cmap_net *cn, u8 family, const union cmap_addr *daddr,
			       __be32 spi, u8 proto)
{
	return lookup(cn, family, daddr, spi, proto, CMAP_DIR_IN);
}

struct cmap_sa *cmap_sa_lookup_out(struct cmap_net *cn, u8 family, const union cmap_addr *daddr,
				   __be32 spi, u8 proto)
{
	return lookup(cn, family, daddr, spi, proto, CMAP_DIR_OUT);
}

struct cmap_sa *cmap_sa_lookup_early(struct cmap_net *cn, const struct cmap_sa_key *key)
{
	struct cmap_sa *sa = rhashtable_lookup(&cn->sas, key, sa_params);

	return sa && test_bit(CMAP_SA_EARLY, &sa->flags) ? sa : NULL;
}

struct cmap_sa *cmap_sa_find(struct cmap_net *cn, const struct cmap_sa_key *key)
{
	lockdep_assert_held(&cn->lock);
	return rhashtable_lookup_fast(&cn->sas, key, sa_params);
}

/* Into the table and the list; in @old's place there if that is not NULL, so that each packet finds one of them */
static int publish(struct cmap_sa *sa, struct cmap_sa *old)
{
	struct cmap_net *cn = sa->cn;
	int err = old ? rhashtable_replace_fast(&cn->sas, &old->node, &sa->node, sa_params) :
			rhashtable_insert_fast(&cn->sas, &sa->node, sa_params);

	if (err)
		return err;
	sa->id = ++cn->sa_sequence;
	list_add_tail(&sa->list, &cn->sa_list);
	cn->sas_held++;
	return 0;
}

/* And out of them; packets may see it for another grace period. */
static void unpublish(struct cmap_sa *sa)
{
	rhashtable_remove_fast(&sa->cn->sas, &sa->node, sa_params);
	list_del(&sa->list);
	sa->cn->sas_held--;
}

static int check_limit(struct cmap_net *cn, struct netlink_ext_ack *extack)
{
	unsigned int limit = READ_ONCE(max_sas);

	return cn->sas_held < limit ? 0 :
	       cmap_refuse_limit(cn, extack, "SAs and SPI reservations", "max_sas", limit);
}

void cmap_sa_totals(const struct cmap_sa *sa, u64 *packets, u64 *bytes)
{
	unsigned int start;
	u64 p, b;
	int cpu;

	*packets = 0;
	*bytes = 0;
	for_each_possible_cpu(cpu) {
		const struct cmap_stats *stats = per_cpu_ptr(sa->stats, cpu);

		do {
			start = u64_stats_fetch_begin(&stats->syncp);
			p = u64_stats_read(&stats->packets);
			b = u64_stats_read(&stats->bytes);
		} while (u64_stats_fetch_retry(&stats->syncp, start));
		*packets += p;
		*bytes += b;
	}
}

/* The rule keeps the sums of the SAs it has had. */
static void leave_rule(struct cmap_sa *sa)
{
	struct cmap_rule *rule = rcu_dereference_protected(sa->rule,
							   lockdep_is_held(&sa->cn->lock));
	struct cmap_entry *entry = rcu_dereference_protected(rule->entry,
							     lockdep_is_held(&sa->cn->lock));

	cmap_seat_leave(sa, sa->seated);
	RCU_INIT_POINTER(sa->rule, NULL);
	cmap_map_count_sa(&rule->past, sa);
	cmap_tunnel_carrier(sa->cn, entry->map);
}

/* The other one of a bundle; the two part. */
static struct cmap_sa *unbundle(struct cmap_sa *sa)
{
	struct cmap_sa *other = sa->inner;

	sa->inner = NULL;
	if (sa->bundle && sa->bundle->inner == sa) {
		other = sa->bundle;
		other->inner = NULL;
	}
	return other;
}

void cmap_sa_kill(struct cmap_sa *sa, const char *reason)
{
	struct cmap_net *cn = sa->cn;
	struct cmap_sa *other;

	lockdep_assert_held(&cn->lock);
	if (test_and_set_bit(CMAP_SA_DEAD, &sa->flags))
		return;
	unpublish(sa);
	if (!test_bit(CMAP_SA_LARVAL, &sa->flags)) {
		if (reason)
			cmap_netlink_sa_event(sa, CMAP_CMD_EV_SA_DEL, reason);
		leave_rule(sa);
		cn->sa_count--;
		cmap_main_changed(cn);
		cmap_main_unuse(cn);
	}
	cmap_expire_stop(sa);
	other = unbundle(sa);
	call_rcu(&sa->rcu, leave_tables);
	if (other)
		cmap_sa_kill(other, "the other SA of its bundle is gone");
}

/* The permit rule of the entry that @spec serves. */
static struct cmap_rule *rule_for(struct cmap_net *cn, const struct cmap_sa_spec *spec,
				  struct netlink_ext_ack *extack)
{
	struct cmap_map *map = cmap_map_find(cn, spec->map);
	struct cmap_entry *entry = map ? cmap_map_entry(map, spec->seq) : NULL;
	unsigned int i;

	if (!entry) {
		NL_SET_ERR_MSG(extack, "there is no such crypto map entry");
		return NULL;
	}
	for (i = 0; i < entry->rules; i++)
		if (entry->rule[i]->action == CMAP_RULE_PERMIT &&
		    cmap_acl_contains(&entry->rule[i]->selector, &spec->selector))
			return entry->rule[i];
	NL_SET_ERR_MSG(extack, "no permit rule of the entry contains the proxy identities");
	return NULL;
}

static int parallelize(struct cmap_sa *sa, u64 sequence, struct netlink_ext_ack *extack)
{
	if (sa->esp.async || sa->esp.aead_async)
		return cmap_refuse(extack, "PARALLEL needs a synchronous driver, and this kernel has none",
				   -EOPNOTSUPP);
	sa->parallel = cmap_parallel_alloc(sequence);
	return sa->parallel ? 0 : -ENOMEM;
}

static struct cmap_sa *make(struct cmap_net *cn, const struct cmap_sa_spec *spec,
			    struct netlink_ext_ack *extack)
{
	struct cmap_sa *sa = alloc(cn, &spec->key);
	int err;

	if (!sa)
		return ERR_PTR(-ENOMEM);
	sa->dir = spec->dir;
	sa->cipher = spec->cipher;
	sa->auth = spec->auth;
	sa->conn_id = spec->conn_id;
	sa->mode = spec->mode;
	sa->df = spec->df;
	sa->encap = spec->encap;
	sa->encap_sport = spec->encap_sport;
	sa->encap_dport = spec->encap_dport;
	sa->wire_flags = spec->flags & ~CMAP_SA_F_STANDBY;
	sa->idle_seconds = spec->idle_seconds;
	sa->saddr = spec->saddr;
	sa->selector = spec->selector;
	sa->soft_bytes = spec->soft_bytes;
	sa->hard_bytes = spec->hard_bytes;
	if (spec->dir == CMAP_DIR_IN) {
		sa->replay_window = spec->replay_window;
		if (spec->flags & CMAP_SA_F_BUNDLE)
			set_bit(CMAP_SA_EARLY, &sa->flags);
	}
	if (spec->key.proto == IPPROTO_AH)
		err = cmap_ah_init(&sa->ah, spec->auth, spec->auth_key, spec->auth_key_len, extack);
	else
		err = cmap_esp_init(&sa->esp, spec->cipher, spec->cipher_key, spec->cipher_key_len,
				    spec->auth, spec->auth_key, spec->auth_key_len, spec->icv_len,
				    spec->flags & CMAP_SA_F_ESN, extack);
	if (!err)
		err = cmap_replay_init(&sa->replay, sa->replay_window);
	if (!err && spec->flags & CMAP_SA_F_PARALLEL)
		err = parallelize(sa, spec->sequence, extack);
	if (err) {
		if (extack && !extack->_msg)
			NL_SET_ERR_MSG(extack, "the kernel's crypto API refused the key");
		unmake(sa);
		return ERR_PTR(err);
	}
	if (spec->dir == CMAP_DIR_IN)
		cmap_replay_resume(&sa->replay, spec->sequence);
	else
		atomic64_set(&sa->sequence, spec->sequence);
	return sa;
}

/* From now on it is what the rule's packets use, and first those that wait. */
static void use(struct cmap_sa *sa, struct cmap_rule *rule)
{
	struct cmap_entry *entry = rcu_dereference_protected(rule->entry,
							     lockdep_is_held(&sa->cn->lock));

	cmap_main_changed(sa->cn);
	cmap_tunnel_carrier(sa->cn, entry->map);
	rcu_read_lock();
	cmap_out_release(sa->cn, rule);
	rcu_read_unlock();
}

static void enable(struct cmap_sa *sa)
{
	WRITE_ONCE(sa->order, ++sa->cn->sa_order);
	set_bit(CMAP_SA_ENABLED, &sa->flags);
}

/* The AH SA that @spec names, for @sa of @rule. */
static int bundle(struct cmap_sa *sa, const struct cmap_rule *rule, const struct cmap_sa_spec *spec,
		  struct netlink_ext_ack *extack)
{
	struct cmap_sa_key key = spec->key;
	struct cmap_sa *ah;

	key.proto = IPPROTO_AH;
	key.spi = spec->ah_spi;
	ah = cmap_sa_find(sa->cn, &key);
	if (!ah || test_bit(CMAP_SA_LARVAL, &ah->flags)) {
		NL_SET_ERR_MSG(extack, "there is no AH SA with AH_SPI and this destination");
		return -ENOENT;
	}
	if (!(ah->wire_flags & CMAP_SA_F_BUNDLE)) {
		NL_SET_ERR_MSG(extack, "the AH SA of AH_SPI was not added with the flag BUNDLE");
		return -EINVAL;
	}
	if (ah->inner) {
		NL_SET_ERR_MSG(extack, "another ESP SA is in the AH SA of AH_SPI");
		return -EBUSY;
	}
	if (ah->dir != sa->dir || memcmp(&ah->saddr, &sa->saddr, sizeof(sa->saddr)) ||
	    ah->mode != sa->mode || !cmap_acl_equal(&ah->selector, &sa->selector) ||
	    rcu_access_pointer(ah->rule) != rule) {
		NL_SET_ERR_MSG(extack,
			       "the AH SA of AH_SPI has another entry, direction, source, mode or proxies");
		return -EINVAL;
	}
	cmap_sa_hold(ah);
	sa->bundle = ah;
	return 0;
}

static int add(struct cmap_sa *sa, const struct cmap_sa_spec *spec,
	       struct netlink_ext_ack *extack)
{
	struct cmap_net *cn = sa->cn;
	struct cmap_rule *rule;
	struct cmap_sa *old;
	int err;

	if (cn->dying) {
		NL_SET_ERR_MSG(extack, "the network namespace is going away");
		return -ENODEV;
	}
	rule = rule_for(cn, spec, extack);
	if (!rule)
		return -ENOENT;
	old = cmap_sa_find(cn, &spec->key);
	if (old && !(spec->dir == CMAP_DIR_IN && test_bit(CMAP_SA_LARVAL, &old->flags))) {
		NL_SET_ERR_MSG(extack, "an SA with this SPI, protocol and destination exists");
		return -EEXIST;
	}
	err = old ? 0 : check_limit(cn, extack);
	if (err)
		return err;
	err = spec->ah_spi ? bundle(sa, rule, spec, extack) : 0;
	if (err)
		return err;
	err = cmap_main_use(cn);
	if (err) {
		NL_SET_ERR_MSG(extack, "could not register the netfilter hooks");
		return err;
	}
	rcu_assign_pointer(sa->rule, rule);
	/* Before a packet can find it: it pays from the lifetime at once. */
	cmap_expire_start(sa, spec->soft_seconds, spec->hard_seconds);
	err = publish(sa, old);
	if (old) {
		cmap_sa_hold(old);
		cmap_sa_kill(old, NULL);
	}
	if (!err) {
		err = cmap_seat_take(sa, 0, rule);
		if (err)
			unpublish(sa);
	}
	if (err) {
		cmap_main_unuse(cn);
		if (old)
			cmap_sa_put(old);
		NL_SET_ERR_MSG(extack, "the table of SAs has no room");
		return err;
	}
	if (sa->bundle)
		sa->bundle->inner = sa;
	if (cmap_sa_standby(sa) && !(spec->flags & CMAP_SA_F_STANDBY))
		enable(sa);
	cn->sa_count++;
	cmap_netlink_sa_event(sa, CMAP_CMD_EV_SA_NEW, NULL);
	if (test_bit(CMAP_SA_ENABLED, &sa->flags))
		use(sa, rule);
	if (old) {
		cmap_early_move(old, sa);
		cmap_sa_put(old);
	}
	if (sa->bundle) {
		clear_bit(CMAP_SA_EARLY, &sa->bundle->flags);
		cmap_early_release(sa->bundle);
	}
	if (!test_bit(CMAP_SA_EARLY, &sa->flags))
		cmap_early_release(sa);
	return 0;
}

int cmap_sa_new(struct cmap_net *cn, const struct cmap_sa_spec *spec,
		struct netlink_ext_ack *extack)
{
	struct cmap_sa *sa = make(cn, spec, extack);
	int err;

	if (IS_ERR(sa))
		return PTR_ERR(sa);
	mutex_lock(&cn->lock);
	err = add(sa, spec, extack);
	if (err) {
		/* Packets and its work may have seen it. */
		set_bit(CMAP_SA_DEAD, &sa->flags);
		cmap_expire_stop(sa);
		call_rcu(&sa->rcu, leave_tables);
	}
	mutex_unlock(&cn->lock);
	return err;
}

static int not_found(struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "there is no SA with this SPI, protocol and destination");
	return -ENOENT;
}

int cmap_sa_enable(struct cmap_net *cn, const struct cmap_sa_key *key,
		   struct netlink_ext_ack *extack)
{
	struct cmap_sa *sa;
	int err = 0;

	mutex_lock(&cn->lock);
	sa = cmap_sa_find(cn, key);
	if (!sa || test_bit(CMAP_SA_LARVAL, &sa->flags)) {
		err = not_found(extack);
	} else if (sa->dir != CMAP_DIR_OUT) {
		NL_SET_ERR_MSG(extack, "only an outbound SA can be enabled");
		err = -EINVAL;
	} else if (sa->wire_flags & CMAP_SA_F_BUNDLE) {
		NL_SET_ERR_MSG(extack, "an AH SA of a bundle is enabled with its ESP SA");
		err = -EINVAL;
	} else if (cmap_sa_standby(sa)) {
		enable(sa);
		use(sa, rcu_dereference_protected(sa->rule, lockdep_is_held(&cn->lock)));
	}
	mutex_unlock(&cn->lock);
	return err;
}

int cmap_sa_move(struct cmap_net *cn, const struct cmap_sa_key *key, __be16 sport, __be16 dport,
		 struct netlink_ext_ack *extack)
{
	struct cmap_sa *sa;
	int err = 0;

	mutex_lock(&cn->lock);
	sa = cmap_sa_find(cn, key);
	if (!sa || test_bit(CMAP_SA_LARVAL, &sa->flags)) {
		err = not_found(extack);
	} else if (!sa->encap) {
		NL_SET_ERR_MSG(extack, "this SA is not UDP-encapsulated");
		err = -EINVAL;
	} else {
		WRITE_ONCE(sa->encap_sport, sport);
		WRITE_ONCE(sa->encap_dport, dport);
	}
	mutex_unlock(&cn->lock);
	return err;
}

int cmap_sa_del(struct cmap_net *cn, const struct cmap_sa_key *key,
		struct netlink_ext_ack *extack)
{
	struct cmap_sa *sa;
	int err = 0;

	mutex_lock(&cn->lock);
	sa = cmap_sa_find(cn, key);
	if (sa)
		cmap_sa_kill(sa, "deleted");
	else
		err = not_found(extack);
	mutex_unlock(&cn->lock);
	return err;
}

static int reserve(struct cmap_sa *sa, struct netlink_ext_ack *extack)
{
	struct cmap_net *cn = sa->cn;
	unsigned int tries;
	int err;
	u32 spi;

	if (cn->dying) {
		NL_SET_ERR_MSG(extack, "the network namespace is going away");
		return -ENODEV;
	}
	err = check_limit(cn, extack);
	if (err)
		return err;
	for (tries = 0; tries < 64; tries++) {
		spi = get_random_u32();
		sa->key.spi = cpu_to_be32(spi);
		if (spi >= CMAP_SPI_MIN && !cmap_sa_find(cn, &sa->key))
			return publish(sa, NULL);
	}
	NL_SET_ERR_MSG(extack, "no free SPI was found");
	return -ENOSPC;
}

int cmap_sa_spi_alloc(struct cmap_net *cn, struct cmap_sa_key *key,
		      struct netlink_ext_ack *extack)
{
	struct cmap_sa *sa = alloc(cn, key);
	int err;

	if (!sa)
		return -ENOMEM;
	sa->dir = CMAP_DIR_IN;
	set_bit(CMAP_SA_LARVAL, &sa->flags);
	set_bit(CMAP_SA_EARLY, &sa->flags);
	mutex_lock(&cn->lock);
	err = reserve(sa, extack);
	if (!err) {
		cmap_expire_start(sa, 0, 0);
		*key = sa->key;
	}
	mutex_unlock(&cn->lock);
	if (err)
		unmake(sa);
	return err;
}

bool cmap_sa_fits(const struct cmap_sa *sa, const struct cmap_filter *filter)
{
	const struct cmap_rule *rule;
	const struct cmap_entry *entry;

	if (filter->family &&
	    (filter->family != sa->key.family ||
	     memcmp(cmap_sa_peer(sa), &filter->peer, sizeof(filter->peer))))
		return false;
	if (!filter->map)
		return true;
	rule = rcu_dereference_protected(sa->rule, lockdep_is_held(&sa->cn->lock));
	if (!rule)
		return false;
	entry = rcu_dereference_protected(rule->entry, lockdep_is_held(&sa->cn->lock));
	return !strcmp(entry->map->name, filter->map);
}

unsigned int cmap_sa_flush(struct cmap_net *cn, const struct cmap_filter *filter)
{
	struct cmap_sa *sa, *next;
	unsigned int count = 0;

	mutex_lock(&cn->lock);
	list_for_each_entry_safe(sa, next, &cn->sa_list, list) {
		if (!cmap_sa_fits(sa, filter))
			continue;
		count += !test_bit(CMAP_SA_LARVAL, &sa->flags);
		/* It goes with its ESP SA, which stands behind it and might be @next. */
		if (!sa->inner)
			cmap_sa_kill(sa, "flushed");
	}
	mutex_unlock(&cn->lock);
	return count;
}

int cmap_sa_net_init(struct cmap_net *cn)
{
	int err;

	INIT_LIST_HEAD(&cn->sa_list);
	err = cmap_seat_net_init(cn);
	if (err)
		return err;
	err = rhashtable_init(&cn->sas, &sa_params);
	if (err)
		cmap_seat_net_exit(cn);
	return err;
}

void cmap_sa_net_exit(struct cmap_net *cn)
{
	rhashtable_destroy(&cn->sas);
	cmap_seat_net_exit(cn);
}
