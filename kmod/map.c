// SPDX-License-Identifier: GPL-2.0-only
/*
 * Crypto maps: ordered entries with ordered access lists, and their bindings
 * to interfaces. Userspace's wishes come in; what packets are looked up in
 * goes out.
 *
 * Look-up: entries in ascending sequence; in an entry the first rule that
 * matches decides: permit protects, deny goes on to the next entry, as does an
 * entry in which nothing matches. Nothing at all: in clear.
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include "cryptomap.h"
#include "tunnel.h"

/* --- look-up --- */

static struct hlist_head *bucket(const struct cmap_net *cn, int ifindex)
{
	return (struct hlist_head *)&cn->links[ifindex % ARRAY_SIZE(cn->links)];
}

struct cmap_link *cmap_map_link(const struct cmap_net *cn, int ifindex)
{
	struct cmap_link *link;

	hlist_for_each_entry_rcu(link, bucket(cn, ifindex), node,
				 lockdep_is_held(&cn->lock))
		if (link->ifindex == ifindex)
			return link;
	return NULL;
}

static struct cmap_rule *lookup(const struct cmap_link *link, const struct cmap_flow *flow,
				bool (*match)(const struct cmap_selector *s,
					      const struct cmap_flow *flow, bool permit))
{
	const struct cmap_map *map = rcu_dereference(link->map);
	const struct cmap_entry *entry;
	struct cmap_rule *rule;
	unsigned int i;

	list_for_each_entry_rcu(entry, &map->entries, node) {
		for (i = 0; i < entry->rules; i++) {
			rule = entry->rule[i];
			if (!match(&rule->selector, flow, rule->action == CMAP_RULE_PERMIT))
				continue;
			if (rule->action == CMAP_RULE_PERMIT)
				return rule;
			cmap_map_matched(rule, 1);
			break;
		}
	}
	return NULL;
}

struct cmap_rule *cmap_map_lookup(const struct cmap_link *link, const struct cmap_flow *flow)
{
	return lookup(link, flow, cmap_acl_match);
}

struct cmap_rule *cmap_map_lookup_mirrored(const struct cmap_link *link,
					   const struct cmap_flow *flow)
{
	return lookup(link, flow, cmap_acl_match_mirrored);
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
	cmap_hold_init(&rule->hold, hold, held_dropped);
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
	struct cmap_entry *entry;

	list_for_each_entry(entry, &map->entries, node)
		if (entry->seq == seq)
			return entry;
	return NULL;
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
		list_add_rcu(&sa->seat[!sa->seated].node, cmap_sa_seats(to, sa));
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
		list_del_rcu(&sa->seat[sa->seated].node);
		sa->seated = !sa->seated;
		rule = rcu_dereference_protected(sa->rule, lockdep_is_held(&cn->lock));
		rcu_read_lock();
		if (test_bit(CMAP_SA_ENABLED, &sa->flags))
			cmap_out_release(cn, rule, sa);
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
	cn->map_changes++;
	cmap_main_changed(cn);
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
	list_add_tail(&map->node, &cn->maps);
	return map;
}

static void map_free(struct cmap_map *map)
{
	list_del(&map->node);
	kfree_rcu(map, rcu);
}

static void insert(struct cmap_net *cn, struct cmap_map *map, struct cmap_entry *entry)
{
	struct list_head *before = &map->entries;
	struct cmap_entry *other;

	list_for_each_entry(other, &map->entries, node) {
		if (other->seq > entry->seq)
			break;
		before = &other->node;
	}
	entry->map = map;
	own_rules(entry);
	list_add_rcu(&entry->node, before);
	cn->map_changes++;
	cmap_main_changed(cn);
}

static int entry_set(struct cmap_net *cn, const struct cmap_entry_spec *spec, bool create,
		     bool may_replace, struct netlink_ext_ack *extack)
{
	struct cmap_map *map = cmap_map_find(cn, spec->name);
	struct cmap_entry *old = map ? cmap_map_entry(map, spec->seq) : NULL;
	struct cmap_entry *entry;

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
	entry = entry_new(cn, spec, old);
	if (!entry)
		return -ENOMEM;
	if (old) {
		replace(cn, old, entry);
		return 0;
	}
	if (!map)
		map = map_new(cn, spec->name);
	if (!map) {
		rules_put(entry);
		kvfree(entry);
		return -ENOMEM;
	}
	insert(cn, map, entry);
	return 0;
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
	cn->map_changes++;
	cmap_main_changed(cn);
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

static struct cmap_map *link_map(struct cmap_net *cn, const struct cmap_link *link)
{
	return rcu_dereference_protected(link->map, lockdep_is_held(&cn->lock));
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
			if (link_map(cn, link) == map)
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

/* --- bindings --- */

static void link_free(struct rcu_head *rcu)
{
	struct cmap_link *link = container_of(rcu, struct cmap_link, rcu);

	free_percpu(link->drops);
	kfree(link);
}

static void link_remove(struct cmap_net *cn, struct cmap_link *link)
{
	struct cmap_map *map = link_map(cn, link);

	hlist_del_rcu(&link->node);
	cn->map_changes++;
	cmap_main_changed(cn);
	cmap_tunnel_unbind(cn, map, link->dev);
	if (!--map->links && list_empty(&map->entries))
		map_free(map);
	cmap_netlink_link(cn, link->ifindex, link->dev->name, NULL);
	call_rcu(&link->rcu, link_free);
	cmap_main_unuse(cn);
}

static struct cmap_link *link_new(struct net_device *dev)
{
	struct cmap_link *link = kzalloc(sizeof(*link), GFP_KERNEL);
	int cpu;

	if (!link)
		return NULL;
	link->drops = alloc_percpu(struct cmap_drops);
	if (!link->drops) {
		kfree(link);
		return NULL;
	}
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(link->drops, cpu)->syncp);
	link->dev = dev;
	link->ifindex = dev->ifindex;
	return link;
}

static int link_set(struct cmap_net *cn, struct net_device *dev, const char *name,
		    struct netlink_ext_ack *extack)
{
	struct cmap_map *map = cmap_map_find(cn, name), *was;
	struct cmap_link *link = cmap_map_link(cn, dev->ifindex);
	int err;

	if (!map) {
		NL_SET_ERR_MSG(extack, "there is no such crypto map");
		return -ENOENT;
	}
	was = link ? link_map(cn, link) : NULL;
	if (was == map)
		return 0;
	if (!cmap_tunnel_may_bind(cn, map, dev)) {
		NL_SET_ERR_MSG(extack, "a tunnel device has its crypto map for itself");
		return -EBUSY;
	}
	if (link) {
		map->links++;
		rcu_assign_pointer(link->map, map);
		cmap_main_changed(cn);
		cmap_tunnel_unbind(cn, was, dev);
		if (!--was->links && list_empty(&was->entries))
			map_free(was);
	} else {
		link = link_new(dev);
		if (!link)
			return -ENOMEM;
		err = cn->dying ? -ENODEV : cmap_main_use(cn);
		if (err) {
			link_free(&link->rcu);
			NL_SET_ERR_MSG(extack, "could not register the netfilter hooks");
			return err;
		}
		map->links++;
		rcu_assign_pointer(link->map, map);
		hlist_add_head_rcu(&link->node, bucket(cn, dev->ifindex));
		cmap_main_changed(cn);
	}
	cmap_tunnel_bind(cn, map, dev);
	cn->map_changes++;
	cmap_netlink_link(cn, dev->ifindex, dev->name, map->name);
	return 0;
}

int cmap_map_link_set(struct cmap_net *cn, int ifindex, const char *name,
		      struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	int err = -ENODEV;

	/* The RTNL keeps the device from going away between the look-up and the notifier. */
	rtnl_lock();
	mutex_lock(&cn->lock);
	dev = __dev_get_by_index(cn->net, ifindex);
	if (dev && dev->reg_state == NETREG_REGISTERED)
		err = link_set(cn, dev, name, extack);
	else
		NL_SET_ERR_MSG(extack, "there is no interface with this index");
	mutex_unlock(&cn->lock);
	rtnl_unlock();
	return err;
}

int cmap_map_link_del(struct cmap_net *cn, int ifindex, struct netlink_ext_ack *extack)
{
	struct cmap_link *link;

	mutex_lock(&cn->lock);
	link = cmap_map_link(cn, ifindex);
	if (link)
		link_remove(cn, link);
	else
		NL_SET_ERR_MSG(extack, "no crypto map is bound to this interface");
	mutex_unlock(&cn->lock);
	return link ? 0 : -ENOENT;
}

int cmap_map_netdev(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct cmap_net *cn = cmap_net(dev_net(dev));
	struct cmap_link *link;

	if (event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	mutex_lock(&cn->lock);
	link = cmap_map_link(cn, dev->ifindex);
	if (link)
		link_remove(cn, link);
	mutex_unlock(&cn->lock);
	cmap_in_dev_gone(dev);
	return NOTIFY_DONE;
}

void cmap_map_flush(struct cmap_net *cn)
{
	static const struct cmap_filter all = {};
	struct cmap_map *map, *next;
	struct cmap_link *link;
	struct hlist_node *tmp;
	unsigned int i;

	mutex_lock(&cn->lock);
	cn->dying = true;
	for (i = 0; i < ARRAY_SIZE(cn->links); i++)
		hlist_for_each_entry_safe(link, tmp, &cn->links[i], node)
			link_remove(cn, link);
	list_for_each_entry_safe(map, next, &cn->maps, node)
		map_remove(cn, map);
	mutex_unlock(&cn->lock);
	/* What is left are reservations of SPIs. */
	cmap_sa_flush(cn, &all);
}
