// SPDX-License-Identifier: GPL-2.0-only
/*
 * The SAs of a rule: a packet's 5-tuple comes in, the outbound SA that carries
 * it goes out, however many SAs the rule has (one per host pair, perhaps).
 *
 * SAs sit in a table by rule and proxy networks. A rule knows which pairs of
 * prefix lengths its SAs have: there are few. For each of them the packet's
 * addresses are cut to those lengths and looked up.
 *
 * All changes are made under cmap_net.lock.
 */
#include <linux/slab.h>
#include "cryptomap.h"

/**
 * struct cmap_shapes - the pairs of prefix lengths of a rule's SAs
 * @rcu: freed after a grace period
 * @count: of @shape
 * @shape: a pair that no SA has any more stays, without users
 */
struct cmap_shapes {
	struct rcu_head rcu;
	unsigned int count;
	struct {
		u8 local;
		u8 remote;
		unsigned int users;
	} shape[];
};

static const struct rhashtable_params seat_params = {
	.key_len = sizeof(struct cmap_seat_key),
	.key_offset = offsetof(struct cmap_seat, key),
	.head_offset = offsetof(struct cmap_seat, hash),
	.automatic_shrinking = true,
};

static struct cmap_shapes *shapes_of(const struct cmap_rule *rule)
{
	return rcu_dereference_protected(rule->shapes, lockdep_is_held(&rule->cn->lock));
}

/* One SA more or less with these lengths: false: they are new to the rule. */
static bool count_shape(const struct cmap_rule *rule, u8 local, u8 remote, int more)
{
	struct cmap_shapes *shapes = shapes_of(rule);
	unsigned int i;

	for (i = 0; shapes && i < shapes->count; i++) {
		if (shapes->shape[i].local != local || shapes->shape[i].remote != remote)
			continue;
		WRITE_ONCE(shapes->shape[i].users, shapes->shape[i].users + more);
		return true;
	}
	return false;
}

static int add_shape(struct cmap_rule *rule, u8 local, u8 remote)
{
	struct cmap_shapes *old = shapes_of(rule), *shapes;
	unsigned int count = old ? old->count : 0;

	shapes = kmalloc(struct_size(shapes, shape, count + 1), GFP_KERNEL);
	if (!shapes)
		return -ENOMEM;
	if (old)
		memcpy(shapes->shape, old->shape, count * sizeof(*old->shape));
	shapes->shape[count].local = local;
	shapes->shape[count].remote = remote;
	shapes->shape[count].users = 1;
	shapes->count = count + 1;
	rcu_assign_pointer(rule->shapes, shapes);
	kfree_rcu(old, rcu);
	return 0;
}

int cmap_seat_take(struct cmap_sa *sa, unsigned int which, struct cmap_rule *rule)
{
	const struct cmap_selector *s = &sa->selector;
	struct cmap_seat *seat = &sa->seat[which];
	int err = 0;

	lockdep_assert_held(&sa->cn->lock);
	seat->sa = sa;
	seat->key = (struct cmap_seat_key){
		.rule = rule, .local = s->local.addr, .remote = s->remote.addr,
		.local_prefix = s->local.prefix, .remote_prefix = s->remote.prefix,
	};
	if (!cmap_sa_selectable(sa)) {
		list_add(&seat->node, &rule->others);
		return 0;
	}
	if (!count_shape(rule, s->local.prefix, s->remote.prefix, 1))
		err = add_shape(rule, s->local.prefix, s->remote.prefix);
	if (err)
		return err;
	err = rhltable_insert(&sa->cn->seats, &seat->hash, seat_params);
	if (err)
		count_shape(rule, s->local.prefix, s->remote.prefix, -1);
	else
		list_add(&seat->node, &rule->sas);
	return err;
}

void cmap_seat_leave(struct cmap_sa *sa, unsigned int which)
{
	struct cmap_seat *seat = &sa->seat[which];

	lockdep_assert_held(&sa->cn->lock);
	list_del(&seat->node);
	if (!cmap_sa_selectable(sa))
		return;
	rhltable_remove(&sa->cn->seats, &seat->hash, seat_params);
	count_shape(seat->key.rule, seat->key.local_prefix, seat->key.remote_prefix, -1);
}

void cmap_seat_rule_free(struct cmap_rule *rule)
{
	kfree(rcu_dereference_raw(rule->shapes));
}

/* The better one of two: of those that fit, the one that was enabled last */
static struct cmap_sa *better(struct cmap_sa *best, struct cmap_sa *sa,
			      const struct cmap_flow *flow)
{
	if (test_bit(CMAP_SA_ENABLED, &sa->flags) &&
	    (!best || READ_ONCE(sa->order) > READ_ONCE(best->order)) &&
	    cmap_acl_match(&sa->selector, flow, true))
		return sa;
	return best;
}

struct cmap_sa *cmap_sa_select(const struct cmap_rule *rule, const struct cmap_flow *flow)
{
	const struct cmap_shapes *shapes = rcu_dereference(rule->shapes);
	struct cmap_seat_key key = { .rule = (struct cmap_rule *)rule };
	struct rhlist_head *list, *pos;
	struct cmap_sa *best = NULL;
	struct cmap_seat *seat;
	unsigned int i;

	for (i = 0; shapes && i < shapes->count; i++) {
		if (!READ_ONCE(shapes->shape[i].users))
			continue;
		key.local_prefix = shapes->shape[i].local;
		key.remote_prefix = shapes->shape[i].remote;
		cmap_addr_cut(flow->family, key.local_prefix, &flow->saddr, &key.local);
		cmap_addr_cut(flow->family, key.remote_prefix, &flow->daddr, &key.remote);
		list = rhltable_lookup(&rule->cn->seats, &key, seat_params);
		rhl_for_each_entry_rcu(seat, pos, list, hash)
			best = better(best, seat->sa, flow);
	}
	return best;
}

int cmap_seat_net_init(struct cmap_net *cn)
{
	return rhltable_init(&cn->seats, &seat_params);
}

void cmap_seat_net_exit(struct cmap_net *cn)
{
	rhltable_destroy(&cn->seats);
}
