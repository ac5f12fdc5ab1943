// SPDX-License-Identifier: GPL-2.0-only
/*
 * TRACE: what would become of a packet? A 5-tuple and a length come in; out
 * comes the way that the packet would take, step by step, up to the verdict.
 * Nothing is sent, counted or asked for.
 *
 *	entrance	it came in by a bound interface: was it to be protected?
 *	find_route	the interface that it leaves by
 *	find_rule	the interface's map, the first line that covers it
 *	judge_sa	the SA of that line, the route to the peer
 *	judge_size	what fits, as fragment.c has it
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/genetlink.h>
#include <net/ip6_route.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include "cryptomap.h"
#include "flow.h"
#include "netlink.h"
#include "out.h"
#include "tunnel.h"

#define IKE_PORT	500
#define IKE_NATT_PORT	4500

/**
 * struct question - a packet
 * @flow: its 5-tuple
 * @len: from its IP header on; 0: any that fits
 * @df: it must not be cut up
 * @in: the interface by which it comes in; NULL: this host sends it
 */
struct question {
	struct cmap_flow flow;
	u32 len;
	bool df;
	struct net_device *in;
};

/**
 * struct answer - the packet's way, as far as it goes
 * @dst: its own route; a reference is held
 * @rule: the line that protects it; RCU
 * @entry: which has that line; RCU
 * @sa: RCU
 * @map: of the interface that decided; RCU
 * @path: MTU of the way to the peer
 * @mtu: the largest packet that is protected without being refused or cut up
 */
struct answer {
	struct dst_entry *dst;
	const struct cmap_map *map;
	struct cmap_rule *rule;
	const struct cmap_entry *entry;
	struct cmap_sa *sa;
	unsigned int path;
	unsigned int mtu;
};

/* --- the packet's own route --- */

static struct dst_entry *output_ipv4(struct net *net, const struct cmap_flow *flow)
{
	struct flowi4 fl4 = {
		.daddr = flow->daddr.ip,
		.saddr = flow->saddr.ip,
		.flowi4_proto = flow->protocol,
		.fl4_sport = htons(flow->sport),
		.fl4_dport = htons(flow->dport),
		/* A packet of somebody behind us is asked about without its way in, too. */
		.flowi4_flags = FLOWI_FLAG_ANYSRC,
	};
	struct rtable *rt = __ip_route_output_key(net, &fl4);

	return IS_ERR(rt) ? NULL : &rt->dst;
}

/* The stack looks at a packet's header for its way in. */
static struct sk_buff *header_ipv4(const struct question *q)
{
	struct sk_buff *skb = alloc_skb(sizeof(struct iphdr) + 2 * sizeof(__be16), GFP_ATOMIC);
	struct iphdr *iph;
	__be16 *ports;

	if (!skb)
		return NULL;
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	iph = skb_put_zero(skb, sizeof(*iph));
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->protocol = q->flow.protocol;
	iph->saddr = q->flow.saddr.ip;
	iph->daddr = q->flow.daddr.ip;
	skb_set_transport_header(skb, sizeof(*iph));
	ports = skb_put(skb, 2 * sizeof(*ports));
	ports[0] = htons(q->flow.sport);
	ports[1] = htons(q->flow.dport);
	skb->protocol = htons(ETH_P_IP);
	skb->dev = q->in;
	return skb;
}

static struct dst_entry *input_ipv4(const struct question *q)
{
	struct sk_buff *skb = header_ipv4(q);
	struct dst_entry *dst = NULL;

	if (!skb)
		return NULL;
	if (!ip_route_input(skb, q->flow.daddr.ip, q->flow.saddr.ip, inet_dsfield_to_dscp(0),
			    q->in) &&
	    skb_rtable(skb)->rt_type != RTN_UNREACHABLE)
		dst = dst_clone(skb_dst(skb));
	kfree_skb(skb);
	return dst;
}

static struct dst_entry *route_ipv6(struct net *net, const struct question *q)
{
	struct flowi6 fl6 = {
		.daddr = q->flow.daddr.ip6,
		.saddr = q->flow.saddr.ip6,
		.flowi6_proto = q->flow.protocol,
		.fl6_sport = htons(q->flow.sport),
		.fl6_dport = htons(q->flow.dport),
	};
	struct dst_entry *dst;

	if (q->in) {
		fl6.flowi6_iif = q->in->ifindex;
		dst = ip6_route_input_lookup(net, q->in, &fl6, NULL, RT6_LOOKUP_F_HAS_SADDR);
	} else {
		dst = ip6_route_output(net, NULL, &fl6);
	}
	if (!dst->error)
		return dst;
	dst_release(dst);
	return NULL;
}

static struct dst_entry *find_route(struct net *net, const struct question *q)
{
	if (q->flow.family == AF_INET6)
		return route_ipv6(net, q);
	return q->in ? input_ipv4(q) : output_ipv4(net, &q->flow);
}

/* Is it for this host itself? */
static bool is_for_us(const struct question *q, const struct dst_entry *dst)
{
	if (!q->in || !dst)
		return false;
	if (q->flow.family == AF_INET6)
		return dst_rt6_info(dst)->rt6i_flags & RTF_LOCAL;
	return container_of(dst, struct rtable, dst)->rt_type == RTN_LOCAL;
}

/* --- maps --- */

/* As cmap_map_lookup(), but the lines are not told that they were asked. */
static void find_rule(struct answer *a, const struct cmap_link *link, const struct cmap_flow *flow,
		      bool (*match)(const struct cmap_selector *s, const struct cmap_flow *flow,
				    bool permit))
{
	const struct cmap_entry *entry;
	struct cmap_rule *rule;
	unsigned int i;

	a->map = rcu_dereference(link->map);
	list_for_each_entry_rcu(entry, &a->map->entries, node) {
		for (i = 0; i < entry->rules; i++) {
			rule = entry->rule[i];
			if (!match(&rule->selector, flow, rule->action == CMAP_RULE_PERMIT))
				continue;
			if (rule->action == CMAP_RULE_DENY)
				break;
			a->rule = rule;
			a->entry = entry;
			return;
		}
	}
}

static bool is_ike(const struct cmap_flow *flow, u16 port)
{
	return flow->protocol == IPPROTO_UDP && flow->ports &&
	       (port == IKE_PORT || port == IKE_NATT_PORT);
}

/* What comes in clear by its nature: IPsec and IKE to us */
static bool exempt_in(const struct question *q, const struct answer *a)
{
	return is_for_us(q, a->dst) &&
	       (q->flow.protocol == IPPROTO_ESP || q->flow.protocol == IPPROTO_AH ||
		is_ike(&q->flow, q->flow.dport));
}

/* Was it to come in protected? */
static bool entrance(struct cmap_net *cn, const struct question *q, struct answer *a)
{
	const struct cmap_link *link = q->in ? cmap_map_link(cn, q->in->ifindex) : NULL;

	if (!link || exempt_in(q, a))
		return true;
	find_rule(a, link, &q->flow, cmap_acl_match_mirrored);
	if (a->rule)
		return false;
	a->map = NULL;
	return true;
}

/* --- the SA --- */

static bool between_ends(const struct cmap_sa *sa, const struct cmap_flow *flow)
{
	return flow->family == sa->key.family &&
	       !memcmp(&flow->saddr, &sa->saddr, sizeof(flow->saddr)) &&
	       !memcmp(&flow->daddr, &sa->key.daddr, sizeof(flow->daddr));
}

/* Encrypt it whole, though it is too big? As fragment.c */
static bool fragment_after(const struct cmap_sa *sa, bool may)
{
	if (sa->mode == CMAP_MODE_TRANSPORT)
		return may;
	if (!(sa->wire_flags & CMAP_SA_F_FRAGMENT_AFTER))
		return false;
	if (sa->df == CMAP_DF_CLEAR)
		return true;
	return (sa->df == CMAP_DF_COPY || sa->key.family == AF_INET6) && may;
}

static bool may_fragment(const struct question *q, const struct cmap_sa *sa)
{
	/* IPv6: the sender alone (RFC 8200 4.5). */
	if (q->flow.family == AF_INET6)
		return !q->in && !q->df;
	return !q->df || (sa->df == CMAP_DF_CLEAR && sa->mode == CMAP_MODE_TUNNEL);
}

static enum cmap_verdict judge_size(const struct question *q, struct answer *a)
{
	bool ipv6 = q->flow.family == AF_INET6, may = may_fragment(q, a->sa);
	unsigned int front = 0;

	if (a->sa->mode == CMAP_MODE_TRANSPORT)
		front = ipv6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	a->mtu = max_t(unsigned int, cmap_outer_room(a->sa, front, a->path),
		       ipv6 ? IPV6_MIN_MTU : IPV4_MIN_MTU);
	if (q->len <= a->mtu)
		return CMAP_VERDICT_PROTECT;
	if (fragment_after(a->sa, may))
		return CMAP_VERDICT_FRAGMENT;
	return may && a->sa->mode == CMAP_MODE_TUNNEL ? CMAP_VERDICT_FRAGMENT :
							CMAP_VERDICT_TOO_BIG;
}

static enum cmap_verdict judge_sa(const struct question *q, struct answer *a)
{
	const struct dst_entry *dst;

	a->sa = cmap_sa_select(a->rule, &q->flow);
	if (!a->sa)
		return CMAP_VERDICT_WAIT;
	if (a->sa->mode == CMAP_MODE_TRANSPORT && !between_ends(a->sa, &q->flow))
		return CMAP_VERDICT_NOT_BETWEEN;
	dst = cmap_outer_route(a->sa, a->dst->dev);
	if (!dst)
		return CMAP_VERDICT_NO_PEER_ROUTE;
	if (dst->dev == a->dst->dev && cmap_is_tunnel(dst->dev))
		return CMAP_VERDICT_LOOP;
	a->path = dst_mtu(dst);
	return judge_size(q, a);
}

/* RCU, bottom halves off */
static enum cmap_verdict judge(struct cmap_net *cn, const struct question *q, struct answer *a)
{
	const struct cmap_link *link;
	bool tunnel;

	a->dst = find_route(cn->net, q);
	if (!entrance(cn, q, a))
		return CMAP_VERDICT_NOT_IPSEC;
	if (!a->dst)
		return CMAP_VERDICT_NO_ROUTE;
	if (is_for_us(q, a->dst))
		return CMAP_VERDICT_LOCAL;
	tunnel = cmap_is_tunnel(a->dst->dev);
	link = cmap_map_link(cn, a->dst->dev->ifindex);
	if (!link)
		return tunnel ? CMAP_VERDICT_NOT_PERMITTED : CMAP_VERDICT_CLEAR;
	a->map = rcu_dereference(link->map);
	if (tunnel && !netif_carrier_ok(a->dst->dev))
		return CMAP_VERDICT_NO_CARRIER;
	if (!tunnel && !q->in && is_ike(&q->flow, q->flow.sport) &&
	    cmap_flow_is_peer(link, q->flow.family, &q->flow.daddr))
		return CMAP_VERDICT_EXEMPT;
	find_rule(a, link, &q->flow, cmap_acl_match);
	if (a->rule)
		return judge_sa(q, a);
	return tunnel ? CMAP_VERDICT_NOT_PERMITTED : CMAP_VERDICT_CLEAR;
}

/* --- question and answer as netlink has them --- */

static int get_flow(const struct nlattr *nest, struct cmap_flow *flow,
		    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CMAP_FLOW_A_MAX + 1];
	u8 family = AF_UNSPEC;
	int err;

	memset(flow, 0, sizeof(*flow));
	err = nla_parse_nested(tb, CMAP_FLOW_A_MAX, nest, cmap_policy_flow, extack);
	if (!err)
		err = cmap_attr_no_duplicates(nla_data(nest), nla_len(nest), 0, extack);
	if (err)
		return err;
	if (!tb[CMAP_FLOW_A_SRC] || !tb[CMAP_FLOW_A_DST])
		return cmap_attr_refuse(extack, nest, "a flow needs SRC and DST");
	err = cmap_attr_addr(tb[CMAP_FLOW_A_SRC], &family, &flow->saddr, extack) ?:
	      cmap_attr_addr(tb[CMAP_FLOW_A_DST], &family, &flow->daddr, extack);
	if (err)
		return err;
	flow->family = family;
	flow->protocol = tb[CMAP_FLOW_A_PROTOCOL] ? nla_get_u8(tb[CMAP_FLOW_A_PROTOCOL]) : 0;
	if (!tb[CMAP_FLOW_A_SPORT] != !tb[CMAP_FLOW_A_DPORT])
		return cmap_attr_refuse(extack, nest, "SPORT and DPORT go together");
	flow->ports = tb[CMAP_FLOW_A_SPORT];
	if (flow->ports && !cmap_attr_has_ports(flow->protocol))
		return cmap_attr_refuse(extack, tb[CMAP_FLOW_A_SPORT],
					"ports need protocol tcp, udp, sctp, dccp or udplite");
	if (flow->ports) {
		flow->sport = nla_get_u16(tb[CMAP_FLOW_A_SPORT]);
		flow->dport = nla_get_u16(tb[CMAP_FLOW_A_DPORT]);
	}
	return 0;
}

static int put_gateway(struct sk_buff *skb, const struct dst_entry *dst, u8 family)
{
	const struct rtable *rt;

	if (family == AF_INET6) {
		const struct rt6_info *rt6 = dst_rt6_info(dst);

		return rt6->rt6i_flags & RTF_GATEWAY ?
		       nla_put_in6_addr(skb, CMAP_A_GATEWAY, &rt6->rt6i_gateway) : 0;
	}
	rt = container_of(dst, struct rtable, dst);
	if (rt->rt_gw_family == AF_INET)
		return nla_put_in_addr(skb, CMAP_A_GATEWAY, rt->rt_gw4);
	return rt->rt_gw_family == AF_INET6 ?
	       nla_put_in6_addr(skb, CMAP_A_GATEWAY, &rt->rt_gw6) : 0;
}

static int put_rule(struct sk_buff *skb, const struct answer *a)
{
	unsigned int i;
	int err;

	err = nla_put_u32(skb, CMAP_A_SEQ, a->entry->seq) ?:
	      nla_put_u32(skb, CMAP_A_HOLD, a->entry->hold) ?:
	      nla_put_u32(skb, CMAP_A_RULE_INDEX, READ_ONCE(a->rule->index)) ?:
	      cmap_dump_put_proxies(skb, CMAP_A_LOCAL_PROXY, CMAP_A_REMOTE_PROXY,
				    &a->rule->selector);
	for (i = 0; !err && i < a->entry->peers; i++)
		err = cmap_dump_put_addr(skb, CMAP_A_PEER, a->entry->family, &a->entry->peer[i]);
	return err;
}

static int put_sa(struct sk_buff *skb, const struct answer *a)
{
	const struct cmap_sa *sa = a->sa;
	u32 left;
	int err;

	err = cmap_dump_put_key(skb, &sa->key) ?:
	      cmap_dump_put_addr(skb, CMAP_A_SRC, sa->key.family, &sa->saddr) ?:
	      nla_put_u32(skb, CMAP_A_CONN_ID, sa->conn_id) ?:
	      nla_put_u16(skb, CMAP_A_CIPHER, sa->cipher) ?:
	      nla_put_u16(skb, CMAP_A_AUTH, sa->auth) ?:
	      nla_put_u8(skb, CMAP_A_MODE, sa->mode);
	if (!err && cmap_expire_left_seconds(sa, &left))
		err = nla_put_u32(skb, CMAP_A_LEFT_SECONDS, left);
	if (!err && a->path)
		err = nla_put_u32(skb, CMAP_A_PATH_MTU, a->path) ?:
		      nla_put_u32(skb, CMAP_A_INNER_MTU, a->mtu);
	return err;
}

static int put_answer(struct sk_buff *skb, const struct question *q, const struct answer *a,
		      enum cmap_verdict verdict)
{
	int err = nla_put_u32(skb, CMAP_A_VERDICT, verdict);

	/* What does not come in has no way out. */
	if (!err && a->dst && verdict != CMAP_VERDICT_NOT_IPSEC)
		err = nla_put_u32(skb, CMAP_A_IFINDEX, a->dst->dev->ifindex) ?:
		      nla_put_string(skb, CMAP_A_IFNAME, a->dst->dev->name) ?:
		      put_gateway(skb, a->dst, q->flow.family);
	if (!err && verdict == CMAP_VERDICT_NOT_IPSEC)
		err = nla_put_u32(skb, CMAP_A_IFINDEX, q->in->ifindex) ?:
		      nla_put_string(skb, CMAP_A_IFNAME, q->in->name);
	if (!err && a->map)
		err = nla_put_string(skb, CMAP_A_MAP_NAME, a->map->name);
	if (!err && a->rule)
		err = put_rule(skb, a);
	if (!err && a->sa)
		err = put_sa(skb, a);
	return err;
}

static int answer(struct cmap_net *cn, struct question *q, u32 ifindex, struct sk_buff *skb,
		  struct netlink_ext_ack *extack)
{
	struct answer a = {};
	int err;

	local_bh_disable();
	rcu_read_lock();
	q->in = ifindex ? dev_get_by_index_rcu(cn->net, ifindex) : NULL;
	if (ifindex && !q->in) {
		NL_SET_ERR_MSG(extack, "there is no such interface");
		err = -ENODEV;
	} else {
		err = put_answer(skb, q, &a, judge(cn, q, &a));
	}
	dst_release(a.dst);
	rcu_read_unlock();
	local_bh_enable();
	return err;
}

int cmap_netlink_trace(struct sk_buff *request, struct genl_info *info)
{
	static const u8 needs[] = { CMAP_A_FLOW, 0 };
	struct nlattr **attrs = info->attrs;
	struct question q = {};
	struct sk_buff *skb;
	u32 ifindex = 0;
	void *head;
	int err;

	err = cmap_netlink_begin(info, needs) ?:
	      get_flow(attrs[CMAP_A_FLOW], &q.flow, info->extack);
	if (err)
		return err;
	if (attrs[CMAP_A_LEN])
		q.len = nla_get_u32(attrs[CMAP_A_LEN]);
	q.df = attrs[CMAP_A_DF] && nla_get_u8(attrs[CMAP_A_DF]) == CMAP_DF_SET;
	if (attrs[CMAP_A_IFINDEX])
		ifindex = nla_get_u32(attrs[CMAP_A_IFINDEX]);
	skb = cmap_dump_reply_new(info, &head);
	if (!skb)
		return -ENOMEM;
	return cmap_dump_reply_send(info, skb, head,
				    answer(cmap_net(genl_info_net(info)), &q, ifindex, skb,
					   info->extack));
}
