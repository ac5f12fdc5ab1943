// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the family tells: replies and dumps. Structures of the module come in,
 * netlink messages as the uapi header describes them go out. Keys never do.
 */
#include <crypto/hash.h>
#include <net/genetlink.h>
#include <net/sock.h>
#include "cryptomap.h"
#include "netlink.h"
#include "tunnel.h"
#include "ring.h"

/* --- parts --- */

int cmap_dump_put_addr(struct sk_buff *skb, int type, u8 family, const union cmap_addr *addr)
{
	return nla_put(skb, type, family == AF_INET ? sizeof(addr->ip) : sizeof(addr->ip6), addr);
}

static int put_proxy(struct sk_buff *skb, int type, u8 family, u8 protocol,
		     const struct cmap_proxy *proxy)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest ||
	    cmap_dump_put_addr(skb, CMAP_PROXY_A_ADDR, family, &proxy->addr) ||
	    nla_put_u8(skb, CMAP_PROXY_A_PREFIX, proxy->prefix) ||
	    nla_put_u8(skb, CMAP_PROXY_A_PROTOCOL, protocol))
		return -EMSGSIZE;
	if ((proxy->port_lo || proxy->port_hi) &&
	    (nla_put_u16(skb, CMAP_PROXY_A_PORT_LO, proxy->port_lo) ||
	     nla_put_u16(skb, CMAP_PROXY_A_PORT_HI, proxy->port_hi)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int cmap_dump_put_proxies(struct sk_buff *skb, int local, int remote,
			  const struct cmap_selector *s)
{
	return put_proxy(skb, local, s->family, s->protocol, &s->local) ?:
	       put_proxy(skb, remote, s->family, s->protocol, &s->remote);
}

int cmap_dump_put_flow(struct sk_buff *skb, const struct cmap_flow *flow)
{
	struct nlattr *nest = nla_nest_start(skb, CMAP_A_FLOW);

	if (!nest ||
	    cmap_dump_put_addr(skb, CMAP_FLOW_A_SRC, flow->family, &flow->saddr) ||
	    cmap_dump_put_addr(skb, CMAP_FLOW_A_DST, flow->family, &flow->daddr) ||
	    nla_put_u8(skb, CMAP_FLOW_A_PROTOCOL, flow->protocol))
		return -EMSGSIZE;
	if (flow->ports && (nla_put_u16(skb, CMAP_FLOW_A_SPORT, flow->sport) ||
			    nla_put_u16(skb, CMAP_FLOW_A_DPORT, flow->dport)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_drop(struct sk_buff *skb, enum cmap_drop reason, u64 packets)
{
	struct nlattr *nest = nla_nest_start(skb, CMAP_A_DROP);

	if (!nest ||
	    nla_put_u32(skb, CMAP_DROP_A_REASON, reason) ||
	    nla_put_string(skb, CMAP_DROP_A_NAME, cmap_drop_name(reason)) ||
	    nla_put_u64_64bit(skb, CMAP_DROP_A_PACKETS, packets, CMAP_DROP_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int cmap_dump_put_reason(struct sk_buff *skb, enum cmap_drop reason)
{
	struct nlattr *nest = nla_nest_start(skb, CMAP_A_DROP);

	if (!nest || nla_put_u32(skb, CMAP_DROP_A_REASON, reason) ||
	    nla_put_string(skb, CMAP_DROP_A_NAME, cmap_drop_name(reason)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_drops(struct sk_buff *skb, int type, const u64 *count)
{
	struct nlattr *nest = nla_nest_start(skb, type);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 1; i <= CMAP_DROP_MAX; i++)
		if (count[i] && put_drop(skb, i, count[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_stat(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, CMAP_STATS_A_PAD);
}

static int put_totals(struct sk_buff *skb, const struct cmap_totals *t)
{
	return put_stat(skb, CMAP_STATS_A_OUT_PACKETS, t->out_packets) ?:
	       put_stat(skb, CMAP_STATS_A_OUT_BYTES, t->out_bytes) ?:
	       put_stat(skb, CMAP_STATS_A_IN_PACKETS, t->in_packets) ?:
	       put_stat(skb, CMAP_STATS_A_IN_BYTES, t->in_bytes) ?:
	       put_stat(skb, CMAP_STATS_A_OUT_ERRORS, t->out_errors) ?:
	       put_stat(skb, CMAP_STATS_A_IN_ERRORS, t->in_errors);
}

/* --- SAs --- */

int cmap_dump_put_key(struct sk_buff *skb, const struct cmap_sa_key *key)
{
	return nla_put_u8(skb, CMAP_A_PROTO, key->proto) ?:
	       nla_put_be32(skb, CMAP_A_SPI, key->spi) ?:
	       cmap_dump_put_addr(skb, CMAP_A_DST, key->family, &key->daddr);
}

static int put_sa_stats(struct sk_buff *skb, const struct cmap_sa *sa, const u64 *drops)
{
	struct nlattr *nest = nla_nest_start(skb, CMAP_A_SA_STATS);
	struct cmap_totals t = {};
	unsigned int i;
	u64 errors = 0;
	int err;

	if (!nest)
		return -EMSGSIZE;
	for (i = 1; i <= CMAP_DROP_MAX; i++)
		errors += drops[i];
	if (sa->dir == CMAP_DIR_OUT) {
		cmap_sa_totals(sa, &t.out_packets, &t.out_bytes);
		t.out_errors = errors;
		err = put_stat(skb, CMAP_STATS_A_OUT_SEQUENCE, atomic64_read(&sa->sequence));
	} else {
		cmap_sa_totals(sa, &t.in_packets, &t.in_bytes);
		t.in_errors = errors;
		err = put_stat(skb, CMAP_STATS_A_IN_SEQUENCE, READ_ONCE(sa->replay.top));
	}
	err = err ?: put_totals(skb, &t);
	nla_nest_end(skb, nest);
	return err;
}

static int put_lifetimes(struct sk_buff *skb, const struct cmap_sa *sa)
{
	u32 seconds;
	u64 bytes;
	int err = nla_put_u32(skb, CMAP_A_AGE_SECONDS, (jiffies - sa->born) / HZ);

	if (!err && sa->has_soft)
		err = nla_put_u32(skb, CMAP_A_LIFE_SOFT_SECONDS, (sa->soft_at - sa->born) / HZ);
	if (!err && sa->has_hard)
		err = nla_put_u32(skb, CMAP_A_LIFE_HARD_SECONDS, (sa->hard_at - sa->born) / HZ);
	if (!err && cmap_expire_left_seconds(sa, &seconds))
		err = nla_put_u32(skb, CMAP_A_LEFT_SECONDS, seconds);
	if (!err && sa->soft_bytes)
		err = nla_put_u64_64bit(skb, CMAP_A_LIFE_SOFT_BYTES, sa->soft_bytes, CMAP_A_PAD);
	if (!err && sa->hard_bytes)
		err = nla_put_u64_64bit(skb, CMAP_A_LIFE_HARD_BYTES, sa->hard_bytes, CMAP_A_PAD);
	if (!err && cmap_expire_left_bytes(sa, &bytes))
		err = nla_put_u64_64bit(skb, CMAP_A_LEFT_BYTES, bytes, CMAP_A_PAD);
	if (!err && sa->idle_seconds)
		err = nla_put_u32(skb, CMAP_A_IDLE_SECONDS, sa->idle_seconds);
	return err;
}

static int put_owner(struct sk_buff *skb, const struct cmap_sa *sa)
{
	const struct cmap_rule *rule =
		rcu_dereference_protected(sa->rule, lockdep_is_held(&sa->cn->lock));
	const struct cmap_entry *entry =
		rcu_dereference_protected(rule->entry, lockdep_is_held(&sa->cn->lock));

	return nla_put_string(skb, CMAP_A_MAP_NAME, entry->map->name) ?:
	       nla_put_u32(skb, CMAP_A_SEQ, entry->seq);
}

static const char *driver(const struct cmap_sa *sa)
{
	return sa->ah.mac ? crypto_shash_driver_name(sa->ah.mac) : sa->esp.driver;
}

static int put_algorithms(struct sk_buff *skb, const struct cmap_sa *sa)
{
	int err = nla_put_u16(skb, CMAP_A_AUTH, sa->auth);

	if (!err && sa->key.proto == IPPROTO_ESP)
		err = nla_put_u16(skb, CMAP_A_CIPHER, sa->cipher);
	if (!err && cmap_cipher_combined(sa->cipher))
		err = nla_put_u8(skb, CMAP_A_ICV_LEN, sa->esp.icv_len);
	if (!err)
		err = nla_put_string(skb, CMAP_A_DRIVER, driver(sa));
	return err;
}

/* What its packets look like */
static int put_form(struct sk_buff *skb, const struct cmap_sa *sa)
{
	u32 flags = sa->wire_flags;
	int err;

	if (cmap_sa_standby(sa))
		flags |= CMAP_SA_F_STANDBY;
	err = nla_put_u8(skb, CMAP_A_MODE, sa->mode) ?:
	      nla_put_u32(skb, CMAP_A_SA_FLAGS, flags);
	if (!err && sa->dir == CMAP_DIR_IN)
		err = nla_put_u32(skb, CMAP_A_REPLAY_WINDOW, sa->replay_window);
	if (!err && sa->dir == CMAP_DIR_OUT && sa->key.family == AF_INET &&
	    !(flags & CMAP_SA_F_BUNDLE))
		err = nla_put_u8(skb, CMAP_A_DF, sa->df);
	if (!err && sa->encap)
		err = nla_put_u16(skb, CMAP_A_ENCAP_SPORT, ntohs(READ_ONCE(sa->encap_sport))) ?:
		      nla_put_u16(skb, CMAP_A_ENCAP_DPORT, ntohs(READ_ONCE(sa->encap_dport)));
	if (!err && sa->bundle)
		err = nla_put_be32(skb, CMAP_A_AH_SPI, sa->bundle->key.spi);
	return err;
}

int cmap_dump_put_sa(struct sk_buff *skb, const struct cmap_sa *sa)
{
	u64 drops[CMAP_DROP_MAX + 1];
	unsigned int i;

	for (i = 0; i <= CMAP_DROP_MAX; i++)
		drops[i] = atomic64_read(&sa->drops[i]);
	return nla_put_u8(skb, CMAP_A_DIR, sa->dir) ?:
	       cmap_dump_put_key(skb, &sa->key) ?:
	       cmap_dump_put_addr(skb, CMAP_A_SRC, sa->key.family, &sa->saddr) ?:
	       put_owner(skb, sa) ?:
	       cmap_dump_put_proxies(skb, CMAP_A_LOCAL_PROXY, CMAP_A_REMOTE_PROXY, &sa->selector) ?:
	       put_algorithms(skb, sa) ?:
	       put_form(skb, sa) ?:
	       nla_put_u32(skb, CMAP_A_CONN_ID, sa->conn_id) ?:
	       put_lifetimes(skb, sa) ?:
	       put_sa_stats(skb, sa, drops) ?:
	       put_drops(skb, CMAP_A_DROPS, drops);
}

static int dump_sa(struct sk_buff *skb, struct netlink_callback *cb, const struct cmap_sa *sa)
{
	void *head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				 &cmap_genl_family, NLM_F_MULTI, CMAP_CMD_SA_GET);

	if (!head)
		return -EMSGSIZE;
	if (cmap_dump_put_sa(skb, sa)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

/* SAs are listed in order of their ids: what comes and goes meanwhile disturbs nobody. cb->args[0]: the last told */
int cmap_dump_sas(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cmap_net *cn = cmap_net(sock_net(skb->sk));
	struct cmap_filter filter;
	struct cmap_sa *sa;
	int err;

	err = cmap_netlink_dump(cb, &filter);
	if (err)
		return err;
	mutex_lock(&cn->lock);
	list_for_each_entry(sa, &cn->sa_list, list) {
		if (sa->id <= cb->args[0] || test_bit(CMAP_SA_LARVAL, &sa->flags) ||
		    !cmap_sa_fits(sa, &filter))
			continue;
		if (dump_sa(skb, cb, sa))
			break;
		cb->args[0] = sa->id;
	}
	mutex_unlock(&cn->lock);
	return skb->len;
}

/* --- the last drops --- */

static int put_dropped_ipsec(struct sk_buff *skb, const struct cmap_drop_record *rec)
{
	int err = 0;

	if (rec->key.proto)
		err = cmap_dump_put_key(skb, &rec->key) ?:
		      cmap_dump_put_addr(skb, CMAP_A_SRC, rec->key.family, &rec->saddr);
	if (!err && rec->number)
		err = nla_put_u64_64bit(skb, CMAP_A_SEQ_NUMBER, rec->number, CMAP_A_PAD);
	return err;
}

int cmap_dump_put_dropped(struct sk_buff *skb, const struct cmap_drop_record *rec, u64 left_out)
{
	int err;

	err = nla_put_u64_64bit(skb, CMAP_A_TIME_NS, rec->time, CMAP_A_PAD) ?:
	      cmap_dump_put_reason(skb, rec->reason) ?:
	      nla_put_u8(skb, CMAP_A_DIR, rec->in ? CMAP_DIR_IN : CMAP_DIR_OUT);
	if (!err && rec->ifindex)
		err = nla_put_u32(skb, CMAP_A_IFINDEX, rec->ifindex);
	if (!err && rec->map[0])
		err = nla_put_string(skb, CMAP_A_MAP_NAME, rec->map);
	if (!err && rec->seq)
		err = nla_put_u32(skb, CMAP_A_SEQ, rec->seq);
	if (!err)
		err = put_dropped_ipsec(skb, rec);
	if (!err && rec->flow.family)
		err = cmap_dump_put_flow(skb, &rec->flow);
	if (!err && rec->len)
		err = nla_put_u32(skb, CMAP_A_LEN, rec->len);
	if (!err && left_out)
		err = nla_put_u64_64bit(skb, CMAP_A_DROPPED, left_out, CMAP_A_PAD);
	return err;
}

/* --- entries --- */

static int put_rule_drops(struct sk_buff *skb, int type, const atomic64_t *drops)
{
	u64 count[CMAP_DROP_MAX + 1];
	unsigned int i;

	for (i = 0; i <= CMAP_DROP_MAX; i++)
		count[i] = atomic64_read(&drops[i]);
	return put_drops(skb, type, count);
}

static int put_rule(struct sk_buff *skb, const struct cmap_rule *rule)
{
	struct nlattr *nest = nla_nest_start(skb, CMAP_A_RULE), *stats;
	struct cmap_totals totals;
	u64 matches;

	if (!nest)
		return -EMSGSIZE;
	cmap_map_rule_totals(rule, &totals, &matches);
	if (nla_put_u8(skb, CMAP_RULE_A_ACTION, rule->action) ||
	    cmap_dump_put_proxies(skb, CMAP_RULE_A_LOCAL, CMAP_RULE_A_REMOTE, &rule->selector) ||
	    nla_put_u64_64bit(skb, CMAP_RULE_A_MATCHES, matches, 0))
		goto cancel;
	if (rule->action == CMAP_RULE_PERMIT) {
		stats = nla_nest_start(skb, CMAP_RULE_A_STATS);
		if (!stats || put_totals(skb, &totals) ||
		    put_stat(skb, CMAP_STATS_A_HELD, skb_queue_len_lockless(&rule->hold.queue)))
			goto cancel;
		nla_nest_end(skb, stats);
		if (put_rule_drops(skb, CMAP_RULE_A_OUT_DROPS, rule->drops[CMAP_DIR_OUT]) ||
		    put_rule_drops(skb, CMAP_RULE_A_IN_DROPS, rule->drops[CMAP_DIR_IN]))
			goto cancel;
	}
	nla_nest_end(skb, nest);
	return 0;

cancel:
	nla_nest_cancel(skb, nest);
	return -EMSGSIZE;
}

static int put_entry(struct sk_buff *skb, const struct cmap_entry *entry)
{
	unsigned int i;

	if (nla_put_u32(skb, CMAP_A_SEQ, entry->seq) ||
	    nla_put_u32(skb, CMAP_A_HOLD, entry->hold) ||
	    nla_put_u32(skb, CMAP_A_ENTRY_FLAGS, entry->flags))
		return -EMSGSIZE;
	for (i = 0; i < entry->peers; i++)
		if (cmap_dump_put_addr(skb, CMAP_A_PEER, entry->family, &entry->peer[i]))
			return -EMSGSIZE;
	if (!entry->has_local)
		return 0;
	return cmap_dump_put_addr(skb, CMAP_A_LOCAL_ADDR, entry->family, &entry->local);
}

/* One message: the entry, and as many of its rules from *@from on as there is room for. */
static int dump_entry(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct cmap_map *map, const struct cmap_entry *entry, unsigned int *from)
{
	unsigned int i = *from;
	struct nlattr *rules;
	void *head;

	head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &cmap_genl_family, NLM_F_MULTI, CMAP_CMD_ENTRY_GET);
	if (!head)
		return -EMSGSIZE;
	if (nla_put_string(skb, CMAP_A_MAP_NAME, map->name))
		goto cancel;
	if (entry) {
		if (put_entry(skb, entry) || nla_put_u32(skb, CMAP_A_RULE_INDEX, i))
			goto cancel;
		rules = nla_nest_start(skb, CMAP_A_RULES);
		if (!rules)
			goto cancel;
		while (i < entry->rules && !put_rule(skb, entry->rule[i]))
			i++;
		if (i == *from && entry->rules)
			goto cancel;
		nla_nest_end(skb, rules);
		*from = i;
	}
	genlmsg_end(skb, head);
	return entry && i < entry->rules ? -EMSGSIZE : 0;

cancel:
	genlmsg_cancel(skb, head);
	return -EMSGSIZE;
}

/*
 * Where a dump of entries goes on. Maps are listed in order of their ids, and
 * entries in order of their numbers: what comes and goes meanwhile disturbs
 * nobody. An entry that was replaced in the middle of its rules is told anew.
 */
struct progress {
	unsigned long map;	/* id */
	unsigned long seq;	/* of the next entry; 0: nothing of the map was told */
	unsigned long entry;	/* id of that entry, if some of its rules were told */
	unsigned long rules;	/* and how many */
};

static int dump_map(struct sk_buff *skb, struct netlink_callback *cb, const struct cmap_map *map,
		    struct progress *at)
{
	const struct cmap_entry *entry;
	unsigned int rules;
	int err = 0;

	if (list_empty(&map->entries) && !at->seq)
		err = dump_entry(skb, cb, map, NULL, &rules);
	list_for_each_entry(entry, &map->entries, node) {
		if (entry->seq < at->seq)
			continue;
		rules = entry->id == at->entry ? at->rules : 0;
		err = dump_entry(skb, cb, map, entry, &rules);
		if (err) {
			at->seq = entry->seq;
			at->entry = entry->id;
			at->rules = rules;
			break;
		}
		at->seq = entry->seq + 1;
	}
	return err;
}

int cmap_dump_entries(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cmap_net *cn = cmap_net(sock_net(skb->sk));
	struct progress *at = (struct progress *)cb->args;
	const struct cmap_map *map;
	struct cmap_filter filter;
	int err;

	BUILD_BUG_ON(sizeof(*at) > sizeof(cb->args));
	err = cmap_netlink_dump(cb, &filter);
	if (err)
		return err;
	mutex_lock(&cn->lock);
	list_for_each_entry(map, &cn->maps, node) {
		if (map->id < at->map || (filter.map && strcmp(map->name, filter.map)))
			continue;
		if (map->id > at->map)
			*at = (struct progress){ .map = map->id };
		if (dump_map(skb, cb, map, at))
			goto out;
		at->map++;
		at->seq = 0;
	}
out:
	mutex_unlock(&cn->lock);
	return skb->len;
}

/* --- links --- */

static int dump_link(struct sk_buff *skb, struct netlink_callback *cb, struct cmap_net *cn,
		     const struct cmap_link *link)
{
	const struct cmap_map *map =
		rcu_dereference_protected(link->map, lockdep_is_held(&cn->lock));
	u64 drops[CMAP_DROP_MAX + 1];
	void *head;

	head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &cmap_genl_family, NLM_F_MULTI, CMAP_CMD_LINK_GET);
	if (!head)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, head);
	cmap_drop_sum(link->drops, drops);
	if (nla_put_u32(skb, CMAP_A_IFINDEX, link->ifindex) ||
	    nla_put_string(skb, CMAP_A_IFNAME, link->dev->name) ||
	    nla_put_string(skb, CMAP_A_MAP_NAME, map->name) ||
	    (cmap_is_tunnel(link->dev) &&
	     nla_put_u8(skb, CMAP_A_CARRIER, netif_carrier_ok(link->dev))) ||
	    (link->mss.ipv4 && nla_put_u16(skb, CMAP_A_TCP_MSS, link->mss.ipv4)) ||
	    (link->mss.ipv6 && nla_put_u16(skb, CMAP_A_TCP_MSS6, link->mss.ipv6)) ||
	    put_drops(skb, CMAP_A_DROPS, drops)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

/* cb->args[0]: links told */
int cmap_dump_links(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cmap_net *cn = cmap_net(sock_net(skb->sk));
	const struct cmap_link *link;
	struct cmap_filter filter;
	long told = 0;
	unsigned int i;
	int err;

	err = cmap_netlink_dump(cb, &filter);
	if (err)
		return err;
	mutex_lock(&cn->lock);
	cb->seq = cn->map_changes;
	for (i = 0; i < ARRAY_SIZE(cn->links); i++) {
		hlist_for_each_entry(link, &cn->links[i], node) {
			if (told++ < cb->args[0])
				continue;
			if (dump_link(skb, cb, cn, link))
				goto out;
			cb->args[0] = told;
		}
	}
out:
	mutex_unlock(&cn->lock);
	return skb->len;
}

/* --- single replies --- */

struct sk_buff *cmap_dump_reply_new(struct genl_info *info, void **head)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (skb)
		*head = genlmsg_put_reply(skb, info, &cmap_genl_family, 0, info->genlhdr->cmd);
	return skb;
}

int cmap_dump_reply_send(struct genl_info *info, struct sk_buff *skb, void *head, int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

int cmap_dump_reply_key(struct genl_info *info, const struct cmap_sa_key *key)
{
	struct sk_buff *skb;
	void *head;

	skb = cmap_dump_reply_new(info, &head);
	return skb ? cmap_dump_reply_send(info, skb, head, cmap_dump_put_key(skb, key)) : -ENOMEM;
}

int cmap_dump_reply_sa(struct genl_info *info, const struct cmap_sa_key *key)
{
	struct cmap_net *cn = cmap_net(genl_info_net(info));
	struct cmap_sa *sa;
	struct sk_buff *skb;
	void *head;
	int err;

	skb = cmap_dump_reply_new(info, &head);
	if (!skb)
		return -ENOMEM;
	mutex_lock(&cn->lock);
	sa = cmap_sa_find(cn, key);
	if (sa && !test_bit(CMAP_SA_LARVAL, &sa->flags)) {
		err = cmap_dump_put_sa(skb, sa);
	} else {
		NL_SET_ERR_MSG(info->extack,
			       "there is no SA with this SPI, protocol and destination");
		err = -ENOENT;
	}
	mutex_unlock(&cn->lock);
	return cmap_dump_reply_send(info, skb, head, err);
}

int cmap_dump_reply_count(struct genl_info *info, unsigned int count)
{
	struct sk_buff *skb;
	void *head;

	skb = cmap_dump_reply_new(info, &head);
	if (!skb)
		return -ENOMEM;
	return cmap_dump_reply_send(info, skb, head, nla_put_u32(skb, CMAP_A_COUNT, count));
}

int cmap_dump_reply_stats(struct genl_info *info)
{
	struct cmap_net *cn = cmap_net(genl_info_net(info));
	u64 drops[CMAP_DROP_MAX + 1];
	struct sk_buff *skb;
	void *head;

	skb = cmap_dump_reply_new(info, &head);
	if (!skb)
		return -ENOMEM;
	cmap_drop_sum(cn->drops, drops);
	return cmap_dump_reply_send(info, skb, head,
			  put_drops(skb, CMAP_A_DROPS, drops) ?:
			  nla_put_u32(skb, CMAP_A_SA_COUNT, READ_ONCE(cn->sa_count)) ?:
			  nla_put_u64_64bit(skb, CMAP_A_KEEPALIVES, atomic64_read(&cn->keepalives),
					    CMAP_A_PAD) ?:
			  nla_put_u64_64bit(skb, CMAP_A_PATH_MTUS, atomic64_read(&cn->path_mtus),
					    CMAP_A_PAD));
}
