// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the family tells unasked: events to the multicast groups of the
 * namespace. Most come from packets, so they are limited: one per rule and
 * second, or one of a kind per namespace and second; ring.c limits drops.
 */
#include <linux/jhash.h>
#include <net/genetlink.h>
#include "cryptomap.h"
#include "netlink.h"
#include "trace_cmap.h"

static struct sk_buff *message_new(u8 cmd, gfp_t gfp, void **head)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, gfp);

	if (skb)
		*head = genlmsg_put(skb, 0, 0, &cmap_genl_family, 0, cmd);
	return skb;
}

static void message_send(struct cmap_net *cn, enum cmap_group group, struct sk_buff *skb,
			 void *head, int err, gfp_t gfp)
{
	if (err) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, head);
	genlmsg_multicast_netns(&cmap_genl_family, cn->net, skb, 0, group, gfp);
}

static struct sk_buff *event_new(struct cmap_net *cn, u8 cmd, gfp_t gfp, void **head)
{
	if (!genl_has_listeners(&cmap_genl_family, cn->net, CMAP_GROUP_EVENTS))
		return NULL;
	return message_new(cmd, gfp, head);
}

static void event_send(struct cmap_net *cn, struct sk_buff *skb, void *head, int err, gfp_t gfp)
{
	message_send(cn, CMAP_GROUP_EVENTS, skb, head, err, gfp);
}

/* Once a second: whoever moves the mark sends. */
static bool due(unsigned long *mark)
{
	unsigned long next = READ_ONCE(*mark);

	if (time_before(jiffies, next) && time_after(next, jiffies - HZ))
		return false;
	return cmpxchg(mark, next, jiffies + HZ) == next;
}

static int put_rule_name(struct sk_buff *skb, const struct cmap_rule *rule)
{
	const struct cmap_entry *entry = rcu_dereference(rule->entry);

	return nla_put_string(skb, CMAP_A_MAP_NAME, entry->map->name) ?:
	       nla_put_u32(skb, CMAP_A_SEQ, entry->seq);
}

static int put_peers(struct sk_buff *skb, const struct cmap_rule *rule)
{
	const struct cmap_entry *entry = rcu_dereference(rule->entry);
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < entry->peers; i++)
		err = cmap_dump_put_addr(skb, CMAP_A_PEER, entry->family, &entry->peer[i]);
	return err;
}

/*
 * Once a second for the two addresses of @flow. What shares a slot with others
 * may be asked for more often; acquire_allowed() bounds that.
 */
static bool due_for_hosts(struct cmap_rule *rule, const struct cmap_flow *flow)
{
	const union cmap_addr key[2] = { flow->saddr, flow->daddr };
	u32 hash = jhash2((const u32 *)key, sizeof(key) / 4, (u32)(uintptr_t)rule);
	struct cmap_asked *asked = &rule->cn->asked[hash % ARRAY_SIZE(rule->cn->asked)];

	if (READ_ONCE(asked->hash) == hash)
		return due(&asked->next);
	WRITE_ONCE(asked->hash, hash);
	WRITE_ONCE(asked->next, jiffies + HZ);
	return true;
}

/* All rules together: so many in a second, and no more. */
static bool acquire_allowed(struct cmap_net *cn)
{
	if (due(&cn->event_next[CMAP_SLOT_ACQUIRE]))
		atomic_set(&cn->acquires_left, CMAP_ACQUIRES_MAX);
	return atomic_dec_if_positive(&cn->acquires_left) >= 0;
}

/* What SAs are asked for: the rule's networks, or one pair of hosts in them */
static struct cmap_selector wanted(const struct cmap_rule *rule, const struct cmap_flow *flow,
				   bool per_host)
{
	struct cmap_selector s = rule->selector;

	if (per_host) {
		s.local.addr = flow->saddr;
		s.remote.addr = flow->daddr;
		s.local.prefix = flow->family == AF_INET ? 32 : 128;
		s.remote.prefix = s.local.prefix;
	}
	return s;
}

void cmap_netlink_acquire(struct cmap_rule *rule, int ifindex, const struct cmap_flow *flow)
{
	bool per_host = rcu_dereference(rule->entry)->flags & CMAP_ENTRY_F_PER_HOST;
	struct cmap_selector selector = wanted(rule, flow, per_host);
	struct sk_buff *skb;
	void *head;
	int err;

	if (!(per_host ? due_for_hosts(rule, flow) : due(&rule->acquire_next)) ||
	    !acquire_allowed(rule->cn))
		return;
	trace_cmap_acquire(rule, ifindex, flow);
	skb = event_new(rule->cn, CMAP_CMD_EV_ACQUIRE, GFP_ATOMIC, &head);
	if (!skb)
		return;
	err = put_rule_name(skb, rule) ?:
	      nla_put_u32(skb, CMAP_A_RULE_INDEX, READ_ONCE(rule->index)) ?:
	      nla_put_u32(skb, CMAP_A_IFINDEX, ifindex) ?:
	      put_peers(skb, rule) ?:
	      cmap_dump_put_proxies(skb, CMAP_A_LOCAL_PROXY, CMAP_A_REMOTE_PROXY, &selector) ?:
	      cmap_dump_put_flow(skb, flow);
	event_send(rule->cn, skb, head, err, GFP_ATOMIC);
}

void cmap_netlink_sa_event(struct cmap_sa *sa, u8 cmd, const char *reason)
{
	struct sk_buff *skb;
	void *head;
	int err;

	lockdep_assert_held(&sa->cn->lock);
	trace_cmap_sa(sa, cmd);
	skb = event_new(sa->cn, cmd, GFP_KERNEL, &head);
	if (!skb)
		return;
	err = cmap_dump_put_sa(skb, sa);
	if (!err && reason)
		err = nla_put_string(skb, CMAP_A_REASON, reason);
	event_send(sa->cn, skb, head, err, GFP_KERNEL);
}

void cmap_netlink_sa_used(struct cmap_sa *sa)
{
	struct sk_buff *skb;
	void *head;
	int err;

	skb = event_new(sa->cn, CMAP_CMD_EV_SA_USED, GFP_ATOMIC, &head);
	if (!skb)
		return;
	err = cmap_dump_put_key(skb, &sa->key) ?:
	      cmap_dump_put_addr(skb, CMAP_A_SRC, sa->key.family, &sa->saddr) ?:
	      nla_put_u32(skb, CMAP_A_CONN_ID, sa->conn_id);
	event_send(sa->cn, skb, head, err, GFP_ATOMIC);
}

void cmap_netlink_invalid_spi(struct cmap_net *cn, u8 family, const union cmap_addr *saddr,
			      const union cmap_addr *daddr, __be32 spi, u8 proto, int ifindex)
{
	struct sk_buff *skb;
	void *head;
	int err;

	if (!due(&cn->event_next[CMAP_SLOT_INVALID_SPI]))
		return;
	skb = event_new(cn, CMAP_CMD_EV_INVALID_SPI, GFP_ATOMIC, &head);
	if (!skb)
		return;
	err = nla_put_u8(skb, CMAP_A_PROTO, proto) ?:
	      nla_put_be32(skb, CMAP_A_SPI, spi) ?:
	      cmap_dump_put_addr(skb, CMAP_A_SRC, family, saddr) ?:
	      cmap_dump_put_addr(skb, CMAP_A_DST, family, daddr) ?:
	      nla_put_u32(skb, CMAP_A_IFINDEX, ifindex);
	event_send(cn, skb, head, err, GFP_ATOMIC);
}

void cmap_netlink_not_ipsec(struct cmap_rule *rule, int ifindex, const struct cmap_flow *flow)
{
	struct cmap_net *cn = rule->cn;
	struct sk_buff *skb;
	void *head;
	int err;

	if (!due(&cn->event_next[CMAP_SLOT_NOT_IPSEC]))
		return;
	skb = event_new(cn, CMAP_CMD_EV_NOT_IPSEC, GFP_ATOMIC, &head);
	if (!skb)
		return;
	err = put_rule_name(skb, rule) ?:
	      nla_put_u32(skb, CMAP_A_IFINDEX, ifindex) ?:
	      cmap_dump_put_flow(skb, flow);
	event_send(cn, skb, head, err, GFP_ATOMIC);
}

void cmap_netlink_drop(struct cmap_sa *sa, enum cmap_drop reason, u64 number,
		       const struct cmap_flow *flow)
{
	struct cmap_net *cn = sa->cn;
	struct sk_buff *skb;
	void *head;
	int err;

	if (!due(&cn->event_next[CMAP_SLOT_DROP]))
		return;
	skb = event_new(cn, CMAP_CMD_EV_DROP, GFP_ATOMIC, &head);
	if (!skb)
		return;
	err = cmap_dump_put_key(skb, &sa->key) ?:
	      cmap_dump_put_addr(skb, CMAP_A_SRC, sa->key.family, &sa->saddr) ?:
	      nla_put_u32(skb, CMAP_A_CONN_ID, sa->conn_id) ?:
	      cmap_dump_put_reason(skb, reason) ?:
	      nla_put_u64_64bit(skb, CMAP_A_SEQ_NUMBER, number, CMAP_A_PAD);
	if (!err && flow)
		err = cmap_dump_put_flow(skb, flow);
	event_send(cn, skb, head, err, GFP_ATOMIC);
}

void cmap_netlink_peer_moved(struct cmap_sa *sa, const union cmap_addr *saddr, __be16 sport,
			     __be16 dport)
{
	struct cmap_net *cn = sa->cn;
	struct sk_buff *skb;
	void *head;
	int err;

	if (!due(&sa->moved_next))
		return;
	skb = event_new(cn, CMAP_CMD_EV_PEER_MOVED, GFP_ATOMIC, &head);
	if (!skb)
		return;
	err = cmap_dump_put_key(skb, &sa->key) ?:
	      cmap_dump_put_addr(skb, CMAP_A_SRC, sa->key.family, saddr) ?:
	      nla_put_u32(skb, CMAP_A_CONN_ID, sa->conn_id) ?:
	      nla_put_u16(skb, CMAP_A_ENCAP_SPORT, ntohs(sport)) ?:
	      nla_put_u16(skb, CMAP_A_ENCAP_DPORT, ntohs(dport));
	event_send(cn, skb, head, err, GFP_ATOMIC);
}

bool cmap_netlink_wants_drops(struct cmap_net *cn)
{
	return genl_has_listeners(&cmap_genl_family, cn->net, CMAP_GROUP_DROPS);
}

void cmap_netlink_dropped(struct cmap_net *cn, const struct cmap_drop_record *rec, u64 left_out)
{
	struct sk_buff *skb;
	void *head;

	skb = message_new(CMAP_CMD_EV_DROPPED, GFP_ATOMIC, &head);
	if (skb)
		message_send(cn, CMAP_GROUP_DROPS, skb, head,
			     cmap_dump_put_dropped(skb, rec, left_out), GFP_ATOMIC);
}

void cmap_netlink_link(struct cmap_net *cn, int ifindex, const char *ifname, const char *map)
{
	struct sk_buff *skb;
	void *head;
	int err;

	skb = event_new(cn, CMAP_CMD_EV_LINK, GFP_KERNEL, &head);
	if (!skb)
		return;
	err = nla_put_u32(skb, CMAP_A_IFINDEX, ifindex) ?:
	      nla_put_string(skb, CMAP_A_IFNAME, ifname);
	if (!err && map)
		err = nla_put_string(skb, CMAP_A_MAP_NAME, map);
	event_send(cn, skb, head, err, GFP_KERNEL);
}
