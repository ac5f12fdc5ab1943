// SPDX-License-Identifier: GPL-2.0-only
/*
 * Crypto maps: ordered entries with ordered access lists. Userspace's wishes
 * come in; what packets are looked up in goes out.
 *
 * How packets are looked up in it tells lookup.c.
 */
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include "cryptomap.h"
#include "index.h"
#include "tunnel.h"

#define INDEX_DELAY	(HZ / 10)

static unsigned int max_entries = CMAP_ENTRIES_DEFAULT;
module_param(max_entries, uint, 0644);
MODULE_PARM_DESC(max_entries, "Most crypto map entries of a network namespace");

static unsigned int max_rules = CMAP_NET_RULES_DEFAULT;
module_param(max_rules, uint, 0644);
MODULE_PARM_DESC(max_rules, "Most access list lines of a network namespace");

/*
 * An entry came or went: the old index is void, packets walk until there is a
 * new one. It is made by a work a little later, so that ten thousand new
 * entries don't make ten thousand of them.
 */
static void changed(struct cmap_net *cn, struct cmap_map *map)
{
	cmap_index_retire(rcu_replace_pointer(map->index, NULL, lockdep_is_held(&cn->lock)));
	cn->map_changes++;
	cmap_main_changed(cn);
	queue_delayed_work(cmap_wq, &cn->index_work, INDEX_DELAY);
}

/* --- rules --- */

static void held_dropped(struct cmap_hold *hold, struct sk_buff *skb, enum cmap_drop reason)
{
	struct cmap_rule *rule = container_of(hold, struct cmap_rule, hold);

	cmap_drop_count(&(struct cmap_dropped){ .cn = rule->cn, .rule = rule, .skb = skb }, reason);
	cmap_tunnel_dropped(skb->dev);
}

static struct cmap_rule *rule_new(struct cmap_net *cn, const struct cmap_selector *selector,
				  u8 action, u32 hold)
{
	struct cmap_rule *rule = kzalloc(sizeof(*rule), GFP_KERNEL);
	int cpu;

	if (!rule)
		return NULL;
	rule->stats = alloc_percpu(struct cmap_stats);
	if (!rule->stats) {
		kfree(rule);
		return NULL;
	}
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(rule->stats, cpu)->syncp);
	rule->selector = *selector;
	rule->action = action;
	rule->cn = cn;
	rule->acquire_next = jiffies;
	INIT_LIST_HEAD(&rule->sas);
	INIT_LIST_HEAD(&rule->others);
	cmap_hold_init(&rule->hold, &cn->held, hold, held_dropped);
	cn->rules++;
	return rule;
}

static void rule_free(struct rcu_head *rcu)
{
	struct cmap_rule *rule = container_of(rcu, struct cmap_rule, rcu);

	/* A packet that found the rule before it was unpublished may have been held since.
	 * Its entry may be gone by now.
	 */
	RCU_INIT_POINTER(rule->entry, NULL);
	cmap_hold_purge(&rule->hold, CMAP_DROP_TEARDOWN);
	cmap_seat_rule_free(rule);
	free_percpu(rule->stats);
	kfree(rule);
}

static void kill_all(struct list_head *sas)
{
	struct cmap_seat *seat;

	/* The two of a bundle go at once, so that the next one may be gone too. */
	while ((seat = list_first_entry_or_null(sas, struct cmap_seat, node)))
		cmap_sa_kill(seat->sa, "its crypto map entry is gone");
}

/* The last entry let go of it: SAs die with it. */
static void rule_put(struct cmap_rule *rule)
{
	if (--rule->users)
		return;
	kill_all(&rule->sas);
	kill_all(&rule->others);
	cmap_hold_purge(&rule->hold, CMAP_DROP_TEARDOWN);
	rule->cn->rules--;
	call_rcu(&rule->rcu, rule_free);
}

void cmap_map_count_sa(struct cmap_totals *totals, const struct cmap_sa *sa)
{
	u64 packets, bytes;

	/* What an AH SA of a bundle carries its ESP SA carries too. */
	if (sa->wire_flags & CMAP_SA_F_BUNDLE)
		return;
	cmap_sa_totals(sa, &packets, &bytes);
	if (sa->dir == CMAP_DIR_OUT) {
		totals->out_packets += packets;
		totals->out_bytes += bytes;
	} else {
		totals->in_packets += packets;
		totals->in_bytes += bytes;
	}
}

void cmap_map_rule_totals(const struct cmap_rule *rule, struct cmap_totals *totals, u64 *matches)
{
	const struct cmap_seat *seat;
	unsigned int start, i;
	u64 m;
	int cpu;

	lockdep_assert_held(&rule->cn->lock);
	*totals = rule->past;
	list_for_each_entry(seat, &rule->sas, node)
		cmap_map_count_sa(totals, seat->sa);
	list_for_each_entry(seat, &rule->others, node)
		cmap_map_count_sa(totals, seat->sa);
	for (i = 1; i <= CMAP_DROP_MAX; i++) {
		totals->out_errors += atomic64_read(&rule->drops[CMAP_DIR_OUT][i]);
		totals->in_errors += atomic64_read(&rule->drops[CMAP_DIR_IN][i]);
	}
	*matches = 0;
	for_each_possible_cpu(cpu) {
		const struct cmap_stats *stats = per_cpu_ptr(rule->stats, cpu);

		do {
			start = u64_stats_fetch_begin(&stats->syncp);
			m = u64_stats_read(&stats->matches);
		} while (u64_stats_fetch_retry(&stats->syncp, start));
		*matches += m;
	}
}

/* --- entries --- */

struct cmap_map *cmap_map_find(const struct cmap_net *cn, const char *name)
{
	struct cmap_map *map;

	lockdep_assert_held(&cn->lock);
	list_for_each_entry(map, &cn->maps, node)
		if (!strcmp(map->name, name))
			return map;
	return NULL;
}

struct cmap_entry *cmap_map_entry(const struct cmap_map *map, u32 seq)
{
	return xa_load((struct xarray *)&map->by_seq, seq);
}

static struct cmap_rule *rule_of(const struct cmap_entry *entry, const struct cmap_selector *s,
				 u8 action)
{
	unsigned int i;

	for (i = 0; i < entry->rules; i++)
		if (entry->rule[i]->action == action &&
		    cmap_acl_equal(&entry->rule[i]->selector, s))
			return entry->rule[i];
	return NULL;
}

static void rules_put(struct cmap_entry *entry)
{
	while (entry->rules)
		rule_put(entry->rule[--entry->rules]);
}

/* An entry as @spec says; lines that @old has too are shared with it. */
static struct cmap_entry *entry_new(struct cmap_net *cn, const struct cmap_entry_spec *spec,
				    const struct cmap_entry *old)
{
	struct cmap_entry *entry = kvzalloc(struct_size(entry, rule, spec->rules), GFP_KERNEL);
	struct cmap_rule *rule;
	unsigned int i;

	if (!entry)
		return NULL;
	entry->id = ++cn->entry_sequence;
	entry->seq = spec->seq;
	entry->hold = spec->hold;
	entry->flags = spec->flags;
	entry->family = spec->family;
	entry->has_local = spec->has_local;
	entry->local = spec->local;
	entry->peers = spec->peers;
	memcpy(entry->peer, spec->peer, sizeof(entry->peer));
	for (i = 0; i < spec->rules; i++) {
		rule = old ? rule_of(old, &spec->rule[i].selector, spec->rule[i].action) : NULL;
		/* A line that stands there twice is shared once; the second never decides. */
		if (rule && rule_of(entry, &spec->rule[i].selector, spec->rule[i].action))
			rule = NULL;
		if (!rule)
			rule = rule_new(cn, &spec->rule[i].selector, spec->rule[i].action,
					spec->hold);
		if (!rule) {
			rules_put(entry);
			kvfree(entry);
			return NULL;
		}
		rule->users++;
		entry->rule[entry->rules++] = rule;
	}
	return entry;
}

static void own_rules(struct cmap_entry *entry)
{
	struct cmap_rule *rule;
	unsigned int i;

	for (i = 0; i < entry->rules; i++) {
		rule = entry->rule[i];
		rule->index = i;
		rcu_assign_pointer(rule->entry, entry);
		spin_lock_bh(&rule->hold.queue.lock);
		rule->hold.max = entry->hold;
		spin_unlock_bh(&rule->hold.queue.lock);
	}
}

static struct cmap_rule *permit_for(const struct cmap_entry *entry, const struct cmap_sa *sa)
{
	unsigned int i;

	for (i = 0; i < entry->rules; i++)
		if (entry->rule[i]->action == CMAP_RULE_PERMIT &&
		    cmap_acl_contains(&entry->rule[i]->selector, &sa->selector))
			return entry->rule[i];
	return NULL;
}

/* SAs of a rule that ends and fit a line of the new entry take their second seat there. */
static bool seat_again(const struct cmap_entry *entry, const struct list_head *sas)
{
	struct cmap_seat *seat;
	struct cmap_rule *to;
	struct cmap_sa *sa;
	bool any = false;

	list_for_each_entry(seat, sas, node) {
		sa = seat->sa;
		to = permit_for(entry, sa);
		if (!to)
			continue;
		/* Without memory it stays, and goes with its rule. */
		if (cmap_seat_take(sa, !sa->seated, to))
			continue;
		rcu_assign_pointer(sa->rule, to);
		set_bit(CMAP_SA_MOVING, &sa->flags);
		any = true;
	}
	return any;
}

static bool seat_all_again(const struct cmap_entry *old, const struct cmap_entry *entry)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < old->rules; i++) {
		if (old->rule[i]->users > 1)
			continue;
		any |= seat_again(entry, &old->rule[i]->sas);
		any |= seat_again(entry, &old->rule[i]->others);
	}
	return any;
}

/* Once the new entry is published, the SAs that moved there leave their first seat. */
static void leave_seats(struct cmap_net *cn)
{
	struct cmap_rule *rule;
	struct cmap_sa *sa;

	list_for_each_entry(sa, &cn->sa_list, list) {
		if (!test_and_clear_bit(CMAP_SA_MOVING, &sa->flags))
			continue;
		cmap_seat_leave(sa, sa->seated);
		sa->seated = !sa->seated;
		rule = rcu_dereference_protected(sa->rule, lockdep_is_held(&cn->lock));
		rcu_read_lock();
		if (test_bit(CMAP_SA_ENABLED, &sa->flags))
			cmap_out_release(cn, rule);
		rcu_read_unlock();
	}
	/* A packet may still stand on a seat that was left: the next move must not take it yet. */
	synchronize_rcu();
}

static void entry_free(struct cmap_entry *entry)
{
	rules_put(entry);
	kvfree_rcu(entry, rcu);
}

static void replace(struct cmap_net *cn, struct cmap_entry *old, struct cmap_entry *entry)
{
	bool moving;

	entry->map = old->map;
	own_rules(entry);
	moving = seat_all_again(old, entry);
	list_replace_rcu(&old->node, &entry->node);
	/* In the place of another: needs no memory. */
	xa_store(&old->map->by_seq, entry->seq, entry, GFP_KERNEL);
	changed(cn, old->map);
	if (moving)
		leave_seats(cn);
	entry_free(old);
	cmap_main_changed(cn);
}

static struct cmap_map *map_new(struct cmap_net *cn, const char *name)
{
	struct cmap_map *map = kzalloc(sizeof(*map), GFP_KERNEL);

	if (!map)
		return NULL;
	strscpy(map->name, name, sizeof(map->name));
	INIT_LIST_HEAD(&map->entries);
	xa_init(&map->by_seq);
	map->id = ++cn->map_sequence;
	list_add_tail(&map->node, &cn->maps);
	return map;
}

static void map_free(struct cmap_map *map)
{
	list_del(&map->node);
	cmap_index_retire(rcu_replace_pointer(map->index, NULL, true));
	kfree_rcu(map, rcu);
}

static int insert(struct cmap_net *cn, struct cmap_map *map, struct cmap_entry *entry)
{
	unsigned long after = entry->seq + 1;
	struct cmap_entry *next = xa_find(&map->by_seq, &after, CMAP_SEQ_MAX, XA_PRESENT);
	int err = xa_insert(&map->by_seq, entry->seq, entry, GFP_KERNEL);

	if (err)
		return err;
	entry->map = map;
	own_rules(entry);
	list_add_tail_rcu(&entry->node, next ? &next->node : &map->entries);
	cn->entries++;
	changed(cn, map);
	return 0;
}

int cmap_refuse_limit(struct cmap_net *cn, struct netlink_ext_ack *extack, const char *what,
		      const char *param, unsigned int limit)
{
	snprintf(cn->text, sizeof(cn->text),
		 "a network namespace has at most %u %s (module parameter %s)", limit, what, param);
	if (extack)
		extack->_msg = cn->text;
	return -ENOSPC;
}

static int check_limits(struct cmap_net *cn, const struct cmap_entry_spec *spec,
			const struct cmap_entry *old, struct netlink_ext_ack *extack)
{
	unsigned int entries = READ_ONCE(max_entries), rules = READ_ONCE(max_rules);

	if (!old && cn->entries >= entries)
		return cmap_refuse_limit(cn, extack, "crypto map entries", "max_entries", entries);
	if (cn->rules - (old ? old->rules : 0) + spec->rules > rules)
		return cmap_refuse_limit(cn, extack, "access list lines", "max_rules", rules);
	return 0;
}

static int entry_set(struct cmap_net *cn, const struct cmap_entry_spec *spec, bool create,
		     bool may_replace, struct netlink_ext_ack *extack)
{
	struct cmap_map *map = cmap_map_find(cn, spec->name);
	struct cmap_entry *old = map ? cmap_map_entry(map, spec->seq) : NULL;
	struct cmap_entry *entry;
	int err;

	if (cn->dying) {
		NL_SET_ERR_MSG(extack, "the network namespace is going away");
		return -ENODEV;
	}
	if (old && !may_replace) {
		NL_SET_ERR_MSG(extack, "the crypto map entry exists (NLM_F_REPLACE replaces it)");
		return -EEXIST;
	}
	if (!old && !create) {
		NL_SET_ERR_MSG(extack, "there is no such crypto map entry (NLM_F_CREATE makes one)");
		return -ENOENT;
	}
	err = check_limits(cn, spec, old, extack);
	if (err)
		return err;
	entry = entry_new(cn, spec, old);
	if (!entry)
		return -ENOMEM;
	if (old) {
		replace(cn, old, entry);
		return 0;
	}
	if (!map)
		map = map_new(cn, spec->name);
	err = map ? insert(cn, map, entry) : -ENOMEM;
	if (err) {
		rules_put(entry);
		kvfree(entry);
		if (map && list_empty(&map->entries) && !map->links)
			map_free(map);
	}
	return err;
}

int cmap_map_entry_set(struct cmap_net *cn, const struct cmap_entry_spec *spec, bool create,
		       bool replace, struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&cn->lock);
	err = entry_set(cn, spec, create, replace, extack);
	mutex_unlock(&cn->lock);
	return err;
}

static void entry_remove(struct cmap_net *cn, struct cmap_entry *entry)
{
	list_del_rcu(&entry->node);
	xa_erase(&entry->map->by_seq, entry->seq);
	cn->entries--;
	changed(cn, entry->map);
	entry_free(entry);
}

int cmap_map_entry_del(struct cmap_net *cn, const char *name, u32 seq,
		       struct netlink_ext_ack *extack)
{
	struct cmap_entry *entry = NULL;
	struct cmap_map *map;

	mutex_lock(&cn->lock);
	map = cmap_map_find(cn, name);
	if (map)
		entry = cmap_map_entry(map, seq);
	if (entry) {
		entry_remove(cn, entry);
		if (list_empty(&map->entries) && !map->links)
			map_free(map);
	} else {
		NL_SET_ERR_MSG(extack, "there is no such crypto map entry");
	}
	mutex_unlock(&cn->lock);
	return entry ? 0 : -ENOENT;
}

static void map_remove(struct cmap_net *cn, struct cmap_map *map)
{
	struct cmap_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &map->entries, node)
		entry_remove(cn, entry);
	map_free(map);
}

static int refuse_bound(struct cmap_net *cn, const struct cmap_map *map,
			struct netlink_ext_ack *extack)
{
	const struct cmap_link *link;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cn->links); i++)
		hlist_for_each_entry(link, &cn->links[i], node)
			if (rcu_access_pointer(link->map) == map)
				snprintf(cn->text, sizeof(cn->text),
					 "the crypto map is bound to interface %s", link->dev->name);
	if (extack)
		extack->_msg = cn->text;
	return -EBUSY;
}

int cmap_map_del(struct cmap_net *cn, const char *name, struct netlink_ext_ack *extack)
{
	struct cmap_map *map;
	int err = 0;

	mutex_lock(&cn->lock);
	map = cmap_map_find(cn, name);
	if (!map) {
		NL_SET_ERR_MSG(extack, "there is no such crypto map");
		err = -ENOENT;
	} else if (map->links) {
		err = refuse_bound(cn, map, extack);
	} else {
		map_remove(cn, map);
	}
	mutex_unlock(&cn->lock);
	return err;
}

void cmap_map_unbind(struct cmap_net *cn, struct cmap_map *map)
{
	lockdep_assert_held(&cn->lock);
	if (!--map->links && list_empty(&map->entries))
		map_free(map);
}

void cmap_map_remove_all(struct cmap_net *cn)
{
	struct cmap_map *map, *next;

	lockdep_assert_held(&cn->lock);
	list_for_each_entry_safe(map, next, &cn->maps, node)
		map_remove(cn, map);
}

void cmap_map_net_init(struct cmap_net *cn)
{
	INIT_LIST_HEAD(&cn->maps);
	INIT_DELAYED_WORK(&cn->index_work, cmap_lookup_work);
}

void cmap_map_net_exit(struct cmap_net *cn)
{
	cancel_delayed_work_sync(&cn->index_work);
}
