// SPDX-License-Identifier: GPL-2.0-only
/*
 * PACKET OUT: every packet that leaves a bound interface comes in, after
 * source NAT (POST_ROUTING, last but one); it leaves in clear, or as ESP to
 * the peer, or waits for an SA, or is dropped and counted.
 *
 *	cmap_out_hook	which rule protects it? none: in clear
 *	cmap_main_tail	the hooks behind ours see it (conntrack confirms it)
 *	protect		no SA: ask for one, wait
 *	fragment.c	too big: cut up or refuse; a train: segment
 *	cmap_out_train	number the packets
 *	protect_one	outer.c: headers around it; esp.c or ah.c
 *	cmap_out_done	a bundle's AH; count and send
 *
 * Never encrypted: what was encrypted here before (marked in IPCB, which no
 * sender can write to), IKE between this host and a peer, and what IPv6 says
 * to its link.
 *
 * One packet allocates nothing if it is linear, its own and has room; writes
 * nothing shared but the SA's sequence number; and takes no reference, because
 * it stays in one RCU read-side section from the look-up to its sending.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter_bridge.h>
#include <linux/udp.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include "cryptomap.h"
#include "flow.h"
#include "mss.h"
#include "out.h"
#include "trace_cmap.h"
#include "tunnel.h"

#define IKE_PORT	500
#define IKE_NATT_PORT	4500

#define DEPTH_MAX	4	/* encapsulations on top of each other */

/**
 * struct out_cb - what cmap_out_done() needs, in skb->cb while esp.c has it
 * @bytes: length of the inner packet
 * @depth: parallel SAs: encapsulations that it was in
 */
struct out_cb {
	unsigned int bytes;
	unsigned int depth;
};

static DEFINE_PER_CPU(unsigned int, depth);

static struct out_cb *cb_of(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct out_cb) > sizeof(skb->cb));
	return (struct out_cb *)skb->cb;
}

static void count_drop(const struct cmap_passage *p, struct sk_buff *skb, enum cmap_drop reason)
{
	cmap_drop_count(&(struct cmap_dropped){ .cn = p->cn, .link = p->link, .rule = p->rule,
						.sa = p->sa, .skb = skb, .flow = p->flow }, reason);
	if (skb)
		cmap_tunnel_dropped(skb->dev);
}

void cmap_out_drop(const struct cmap_passage *p, struct sk_buff *skb, enum cmap_drop reason)
{
	count_drop(p, skb, reason);
	kfree_skb(skb);
}

/* ------------------------------------------------------------------------- */
/* Protection                                                                 */

/* The outer DF bit: as IOS's "crypto ipsec df-bit"; what is encrypted whole is cut up. */
static bool outer_df(const struct cmap_passage *p, const struct sk_buff *skb)
{
	if (unlikely(skb->len > p->room))
		return false;
	if (likely(p->sa->df == CMAP_DF_COPY))
		return cmap_out_is_ipv6(skb) || ip_hdr(skb)->frag_off & htons(IP_DF);
	return p->sa->df == CMAP_DF_SET;
}

/* @from: ESP: where the payload is, or NULL. @at: bytes of payload; AH: offset of its header */
static int seal(struct cmap_sa *sa, struct sk_buff *skb, struct sk_buff *from, unsigned int at,
		u8 next_header, u64 number)
{
	if (likely(sa->key.proto == IPPROTO_ESP))
		return cmap_esp_seal(sa, skb, from, at, next_header, number);
	return cmap_ah_seal(sa, skb, at, next_header, number);
}

static int seal_job(struct cmap_job *job)
{
	return seal(job->sa, job->skb, job->from, job->at, job->next_header, job->number);
}

/* It goes on as deep in encapsulations as it was: one that is led back to us must come to an end. */
static void sealed(struct cmap_sa *sa, struct sk_buff *skb, int err)
{
	unsigned int before = __this_cpu_read(depth);

	__this_cpu_write(depth, cb_of(skb)->depth);
	cmap_out_done(sa, skb, err);
	__this_cpu_write(depth, before);
}

/* As seal(), on any CPU; the packet's number is what the SA's line says. */
static noinline int seal_parallel(const struct cmap_passage *p, struct sk_buff *skb,
				  struct sk_buff *from, unsigned int at, u8 next_header)
{
	struct cmap_job job = { .work = seal_job, .done = sealed, .sa = p->sa, .skb = skb,
				.from = from, .at = at, .next_header = next_header };
	unsigned int bytes = cb_of(skb)->bytes;
	int err;

	cb_of(skb)->depth = __this_cpu_read(depth);
	err = cmap_parallel_submit(&job);
	if (err == -EINPROGRESS)
		trace_cmap_out(p->sa, p->flow, bytes, job.number);
	return err;
}

/* One packet; consumed. @id: outer identification */
static void protect_one(const struct cmap_passage *p, struct sk_buff *skb, u64 number, u16 id)
{
	struct cmap_sa *sa = p->sa;
	unsigned int bytes = skb->len;
	struct sk_buff *to, *from;
	struct cmap_split split;
	unsigned int at;
	int err;

	if (unlikely(!cmap_outer_split(sa, skb, &split))) {
		cmap_out_drop(p, skb, CMAP_DROP_NO_LOCAL);
		return;
	}
	to = cmap_outer_wrap(p, skb, &split, id, outer_df(p, skb), &from);
	if (unlikely(!to)) {
		cmap_out_drop(p, skb, CMAP_DROP_NOMEM);
		return;
	}
	cb_of(to)->bytes = bytes;
	if (likely(sa->key.proto == IPPROTO_ESP)) {
		__skb_pull(to, cmap_outer_esp(sa, to));
		at = bytes - split.front;
	} else {
		at = skb_transport_offset(to);
	}
	if (unlikely(sa->parallel)) {
		err = seal_parallel(p, to, from, at, split.protocol);
	} else {
		trace_cmap_out(sa, p->flow, bytes, number);
		err = seal(sa, to, from, at, split.protocol, number);
	}
	if (err != -EINPROGRESS)
		cmap_out_done(sa, to, err);
}

/* Put the AH of a bundle around a finished ESP packet. */
static enum cmap_drop bundle(struct cmap_sa *ah, struct sk_buff *skb, unsigned int bytes)
{
	u64 number = atomic64_inc_return(&ah->sequence);

	if (unlikely(!cmap_expire_sequence(ah, number)))
		return CMAP_DROP_SEQ_OVERFLOW;
	if (unlikely(!cmap_expire_account(ah, bytes)))
		return CMAP_DROP_SA_EXPIRED;
	if (unlikely(cmap_ah_seal(ah, skb, skb_transport_offset(skb), IPPROTO_ESP, number)))
		return CMAP_DROP_CRYPTO;
	cmap_sa_count(ah, 1, bytes);
	return CMAP_DROP_UNSPEC;
}

static void send_ipv4(struct cmap_sa *sa, struct sk_buff *skb)
{
	skb->protocol = htons(ETH_P_IP);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	IPCB(skb)->flags = IPSKB_XFRM_TRANSFORMED;
	ip_local_out(sa->cn->net, NULL, skb);
}

static void send_ipv6(struct cmap_sa *sa, struct sk_buff *skb)
{
	skb->protocol = htons(ETH_P_IPV6);
	if (sa->encap)
		udp6_set_csum(false, skb, &sa->saddr.ip6, &sa->key.daddr.ip6,
			      skb->len - skb_transport_offset(skb));
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	IP6CB(skb)->flags = IP6SKB_XFRM_TRANSFORMED;
	/* What was encrypted whole though it was too big may be cut up. */
	skb->ignore_df = 1;
	ip6_local_out(sa->cn->net, NULL, skb);
}

/* Caller: RCU, bottom halves off. */
void cmap_out_done(struct cmap_sa *sa, struct sk_buff *skb, int err)
{
	struct cmap_passage p = { .cn = sa->cn, .rule = rcu_dereference(sa->rule), .sa = sa };
	unsigned int bytes = cb_of(skb)->bytes;
	enum cmap_drop reason;

	if (unlikely(err)) {
		cmap_out_drop(&p, skb, err == -ENOMEM ? CMAP_DROP_NOMEM : CMAP_DROP_CRYPTO);
		return;
	}
	__skb_push(skb, -skb_network_offset(skb));
	p.dst = cmap_outer_route(sa, skb->dev);
	if (unlikely(!p.dst)) {
		cmap_out_drop(&p, skb, CMAP_DROP_NO_ROUTE);
		return;
	}
	if (unlikely(sa->bundle)) {
		reason = bundle(sa->bundle, skb, bytes);
		if (reason) {
			cmap_out_drop(&p, skb, reason);
			return;
		}
	}
	skb_scrub_packet(skb, false);
	skb_dst_set_noref(skb, p.dst);
	cmap_sa_count(sa, 1, bytes);
	cmap_tunnel_sent(skb->dev, bytes);
	skb->encapsulation = 0;
	/* One SA, one flow: on several queues its packets would overtake each other. */
	skb_clear_hash(skb);
	if (sa->key.family == AF_INET6)
		send_ipv6(sa, skb);
	else
		send_ipv4(sa, skb);
}

/* Identifications for @packets outer headers without DF */
static u16 identify(const struct cmap_passage *p, unsigned int packets)
{
	struct iphdr outer = { .saddr = p->sa->saddr.ip, .daddr = p->sa->key.daddr.ip,
			       .protocol = p->sa->key.proto };

	__ip_select_ident(p->cn->net, &outer, packets);
	return ntohs(outer.id);
}

void cmap_out_train(const struct cmap_passage *p, struct sk_buff *list, unsigned int packets,
		    unsigned int bytes)
{
	u64 last = atomic64_add_return(packets, &p->sa->sequence);
	u64 number = last - packets + 1;
	struct sk_buff *skb, *next;
	enum cmap_drop reason = 0;
	u16 id = 0;

	if (unlikely(!cmap_expire_sequence(p->sa, last)))
		reason = CMAP_DROP_SEQ_OVERFLOW;
	else if (unlikely(!cmap_expire_account(p->sa, bytes)))
		reason = CMAP_DROP_SA_EXPIRED;
	if (p->sa->key.family == AF_INET && p->sa->mode == CMAP_MODE_TUNNEL && !outer_df(p, list))
		id = identify(p, packets);
	skb_list_walk_safe(list, skb, next) {
		skb_mark_not_on_list(skb);
		if (unlikely(reason))
			cmap_out_drop(p, skb, reason);
		else
			protect_one(p, skb, number++, id++);
	}
}

/* ------------------------------------------------------------------------- */
/* The decision                                                               */

static void hold(const struct cmap_passage *p, struct sk_buff *skb, const struct cmap_flow *flow)
{
	cmap_netlink_acquire(p->rule, skb_dst(skb)->dev->ifindex, flow);
	if (!cmap_hold_push(&p->rule->hold, skb)) {
		cmap_out_drop(p, skb, CMAP_DROP_NO_SA);
		return;
	}
	/* An SA that was enabled since our look-up has released the queue without us. */
	if (cmap_sa_select(p->rule, flow))
		cmap_out_release(p->cn, p->rule);
}

/* Transport mode protects what its two ends say to each other (RFC 4301 4.1). */
static bool between_ends(const struct cmap_sa *sa, const struct cmap_flow *flow)
{
	return flow->family == sa->key.family &&
	       !memcmp(&flow->saddr, &sa->saddr, sizeof(flow->saddr)) &&
	       !memcmp(&flow->daddr, &sa->key.daddr, sizeof(flow->daddr));
}

static void protect(struct cmap_passage *p, struct sk_buff *skb, const struct cmap_flow *flow)
{
	p->flow = flow;
	if (unlikely(!p->sa)) {
		hold(p, skb, flow);
		return;
	}
	if (unlikely(p->sa->mode == CMAP_MODE_TRANSPORT && !between_ends(p->sa, flow))) {
		cmap_out_drop(p, skb, CMAP_DROP_NO_LOCAL);
		return;
	}
	p->dst = cmap_outer_route(p->sa, skb_dst(skb)->dev);
	if (unlikely(!p->dst)) {
		cmap_out_drop(p, skb, CMAP_DROP_NO_ROUTE);
		return;
	}
	/* The way to a tunnel's peer is not through the tunnel. */
	if (unlikely(p->dst->dev == skb->dev && cmap_is_tunnel(skb->dev))) {
		cmap_out_drop(p, skb, CMAP_DROP_LOOP);
		return;
	}
	if (cmap_mss_wanted(p->cn))
		cmap_mss_protected(p, skb);
	cmap_fragment_send(p, skb);
}

static bool has_sa(const struct sk_buff *skb, const void *rule)
{
	struct cmap_flow flow;

	return cmap_flow_dissect(skb, skb_network_offset(skb), &flow) &&
	       cmap_sa_select(rule, &flow);
}

/*
 * Packets that waited: they have been through the hooks already. Those of other
 * flows, which the SA is not for, go on waiting.
 */
void cmap_out_release(struct cmap_net *cn, struct cmap_rule *rule)
{
	struct sk_buff_head list;
	struct cmap_flow flow;
	struct sk_buff *skb;

	__skb_queue_head_init(&list);
	cmap_hold_take(&rule->hold, &list, has_sa, rule);
	local_bh_disable();
	while ((skb = __skb_dequeue(&list))) {
		struct cmap_passage p = { .cn = cn, .rule = rule };

		cmap_flow_dissect(skb, skb_network_offset(skb), &flow);
		p.sa = cmap_sa_select(rule, &flow);
		protect(&p, skb, &flow);
	}
	local_bh_enable();
}

/* Our manager's own packets to a peer */
static bool is_ike(struct sk_buff *skb, const struct cmap_link *link, const struct cmap_flow *flow)
{
	return flow->protocol == IPPROTO_UDP && flow->ports &&
	       (flow->sport == IKE_PORT || flow->sport == IKE_NATT_PORT) &&
	       cmap_out_is_local(skb) && cmap_flow_is_peer(link, flow->family, &flow->daddr);
}

/* What goes in clear by its nature */
static bool exempt(struct sk_buff *skb, const struct cmap_link *link, const struct cmap_flow *flow)
{
	return is_ike(skb, link, flow) ||
	       (flow->family == AF_INET6 && flow->protocol == IPPROTO_ICMPV6 &&
		cmap_flow_is_link_talk(skb, skb_network_offset(skb)));
}

/* Was it encrypted here before? */
static bool is_ours(struct sk_buff *skb)
{
	return cmap_out_is_ipv6(skb) ? IP6CB(skb)->flags & IP6SKB_XFRM_TRANSFORMED :
				       IPCB(skb)->flags & IPSKB_XFRM_TRANSFORMED;
}

static bool is_bridged(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	return nf_bridge_get_physoutdev(skb);
#else
	return false;
#endif
}

/* Which rule of @p->link protects this packet? RCU, bottom halves off. Fills @p and @flow if true. */
static bool decide(struct cmap_passage *p, struct sk_buff *skb, const struct net_device *out,
		   struct cmap_flow *flow)
{
	struct cmap_match match;

	/* What goes to a tunnel device comes again, to cmap_out_tunnel(). */
	if (is_ours(skb) || cmap_is_tunnel(out))
		return false;
	/* A bridge port's packet: routed ones have their own pass. */
	if (is_bridged(skb))
		return false;
	if (!cmap_flow_dissect(skb, skb_network_offset(skb), flow) || exempt(skb, p->link, flow))
		return false;
	cmap_flow_lookup(p->cn, p->link, flow, false, &match);
	p->rule = match.rule;
	p->sa = match.sa;
	if (!match.rule && cmap_mss_wanted(p->cn))
		cmap_mss_clear(p->link, skb);
	return match.rule;
}

/* Where a packet goes on that a hook behind ours gave to user space and got back. */
static int resume(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	const struct net_device *out = skb_dst(skb)->dev;
	struct cmap_passage p = { .cn = cmap_net(net) };
	struct cmap_flow flow;

	local_bh_disable();
	rcu_read_lock();
	p.link = cmap_map_link(p.cn, out->ifindex);
	if (p.link && decide(&p, skb, out, &flow))
		protect(&p, skb, &flow);
	else
		cmap_out_drop(&p, skb, CMAP_DROP_TEARDOWN);
	rcu_read_unlock();
	local_bh_enable();
	return 0;
}

/* A packet for a bound interface */
static noinline unsigned int bound(struct cmap_net *cn, struct cmap_link *link, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	struct cmap_passage p = { .cn = cn, .link = link };
	unsigned int verdict = NF_ACCEPT;
	struct cmap_flow flow;

	local_bh_disable();
	if (!decide(&p, skb, state->out, &flow))
		goto out;
	cmap_map_matched(p.rule, 1);
	verdict = NF_STOLEN;
	if (unlikely(__this_cpu_inc_return(depth) > DEPTH_MAX))
		cmap_out_drop(&p, skb, CMAP_DROP_LOOP);
	else if (cmap_main_tail(skb, state, cmap_out_hook, resume))
		protect(&p, skb, &flow);
	__this_cpu_dec(depth);
out:
	local_bh_enable();
	return verdict;
}

unsigned int cmap_out_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct cmap_net *cn = cmap_net(state->net);
	struct cmap_link *link = cmap_map_link(cn, state->out->ifindex);

	return link ? bound(cn, link, skb, state) : NF_ACCEPT;
}

/* Nothing goes by a tunnel in clear, whatever it is. */
bool cmap_out_tunnel(struct sk_buff *skb)
{
	struct cmap_net *cn = cmap_net(dev_net(skb->dev));
	struct cmap_match match = {};
	struct cmap_flow flow;
	struct cmap_passage p = {
		.cn = cn,
		.link = cmap_map_link(cn, skb->dev->ifindex),
	};

	if (likely(p.link && cmap_flow_dissect(skb, 0, &flow)))
		cmap_flow_lookup(cn, p.link, &flow, false, &match);
	if (unlikely(!match.rule)) {
		count_drop(&p, skb, CMAP_DROP_NOT_PERMITTED);
		return false;
	}
	p.rule = match.rule;
	p.sa = match.sa;
	cmap_map_matched(p.rule, 1);
	if (unlikely(__this_cpu_inc_return(depth) > DEPTH_MAX))
		cmap_out_drop(&p, skb, CMAP_DROP_LOOP);
	else
		protect(&p, skb, &flow);
	__this_cpu_dec(depth);
	return true;
}

int cmap_out_net_init(struct cmap_net *cn)
{
	return cmap_flow_init(cn);
}

void cmap_out_net_exit(struct cmap_net *cn)
{
	cmap_flow_exit(cn);
}
