// SPDX-License-Identifier: GPL-2.0-only
/*
 * PACKET OUT: every packet that leaves a bound interface comes in, after
 * source NAT (POST_ROUTING, last but one); it leaves in clear, or as ESP to
 * the peer, or waits for an SA, or is dropped and counted.
 *
 *	cmap_out_hook	which rule protects it? none: in clear
 *	cmap_main_tail	the hooks behind ours see it (conntrack confirms it)
 *	protect		no SA: ask for one, wait; too big: fragment or refuse
 *	train		segment, number the segments
 *	encapsulate	room for the headers, the outer header, esp.c
 *	cmap_out_done	count and send
 *
 * Never encrypted: what was encrypted here before (marked in IPCB, which no
 * sender can write to) and IKE between this host and a peer.
 *
 * One packet allocates nothing if it is linear, its own and has room; writes
 * nothing shared but the SA's sequence number; and takes no reference, because
 * it stays in one RCU read-side section from the look-up to its sending.
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <linux/udp.h>
#include <net/dst.h>
#include <net/gso.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include "cryptomap.h"
#include "flow.h"

#define IKE_PORT	500
#define IKE_NATT_PORT	4500

#define DEPTH_MAX	4	/* encapsulations on top of each other */

/**
 * struct passage - one packet's, or one GSO train's, way out
 * @cn: the namespace
 * @link: NULL once the packet has waited: its interface may be another by now
 * @rule: what protects it
 * @sa: and with what; NULL: nothing yet
 * @dst: route to the peer; not referenced
 * @mtu: largest inner packet
 */
struct passage {
	struct cmap_net *cn;
	struct cmap_link *link;
	struct cmap_rule *rule;
	struct cmap_sa *sa;
	struct dst_entry *dst;
	unsigned int mtu;
};

/**
 * struct out_cb - what cmap_out_done() needs, in skb->cb while esp.c has it
 * @bytes: length of the inner packet
 */
struct out_cb {
	unsigned int bytes;
};

/* The passage whose packet ip_do_fragment() is cutting up; bottom halves off. */
static DEFINE_PER_CPU(const struct passage *, fragmenting);
static DEFINE_PER_CPU(unsigned int, depth);

static struct out_cb *cb_of(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct out_cb) > sizeof(skb->cb));
	return (struct out_cb *)skb->cb;
}

static void drop(const struct passage *p, struct sk_buff *skb, enum cmap_drop reason)
{
	cmap_drop_count(&(struct cmap_dropped){ .cn = p->cn, .link = p->link, .rule = p->rule,
						.sa = p->sa, .skb = skb }, reason);
	kfree_skb(skb);
}

/* ------------------------------------------------------------------------- */
/* The route to the peer                                                      */

static struct dst_entry *lookup_route(const struct cmap_sa *sa, const struct net_device *out)
{
	struct flowi4 fl4 = {
		.daddr = sa->key.daddr.ip,
		.saddr = sa->saddr.ip,
		.flowi4_proto = IPPROTO_ESP,
		.flowi4_oif = l3mdev_master_ifindex_rcu(out),
	};
	struct rtable *rt = __ip_route_output_key(sa->cn->net, &fl4);

	return IS_ERR(rt) ? NULL : &rt->dst;
}

/*
 * The SA owns one reference to its route; packets use it under RCU without
 * one. A stale route is replaced by whoever sees it first.
 */
static struct dst_entry *route(struct cmap_sa *sa, const struct net_device *out)
{
	struct dst_entry *old = rcu_dereference(sa->route);
	struct dst_entry *dst;

	if (likely(old && dst_check(old, 0)))
		return old;
	dst = lookup_route(sa, out);
	if (!dst)
		return NULL;
	if (cmpxchg((__force struct dst_entry **)&sa->route, old, dst) == old) {
		dst_release(old);
		return dst;
	}
	/* Somebody else was faster; theirs is as new as ours, which lives on in this section. */
	dst_release(dst);
	return dst;
}

void cmap_out_forget(struct cmap_sa *sa)
{
	dst_release(rcu_replace_pointer(sa->route, NULL, true));
}

/* ------------------------------------------------------------------------- */
/* Encapsulation                                                              */

/* RFC 4301 5.1.2.1; TOS and ECN: RFC 6040 4.1, normal mode: copied */
static void write_outer(const struct passage *p, struct sk_buff *skb, u8 tos, __be16 df)
{
	struct iphdr *iph = ip_hdr(skb);

	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = tos;
	iph->frag_off = df;
	iph->ttl = ip4_dst_hoplimit(p->dst);
	iph->protocol = IPPROTO_ESP;
	iph->saddr = p->sa->saddr.ip;
	iph->daddr = p->sa->key.daddr.ip;
	iph->id = 0;
}

static bool fits_in_place(const struct sk_buff *skb, unsigned int head, unsigned int tail)
{
	return !skb_is_nonlinear(skb) && !skb_cloned(skb) && !skb_shared(skb) &&
	       skb_headroom(skb) >= head && skb_tailroom(skb) >= tail;
}

/* The socket goes on waiting for its bytes to leave (TSQ), with what it was charged. */
static void move_owner(struct sk_buff *to, struct sk_buff *from)
{
	to->sk = from->sk;
	to->destructor = from->destructor;
	to->truesize = from->truesize;
	from->sk = NULL;
	from->destructor = NULL;
}

/* A fresh linear skb with @head bytes of room in front, space for @len, and @tail behind. */
static struct sk_buff *fresh(struct sk_buff *skb, unsigned int head, unsigned int tail)
{
	struct sk_buff *to = alloc_skb(head + skb->len + tail, GFP_ATOMIC);

	if (!to)
		return NULL;
	skb_dst_drop(skb);
	skb_reserve(to, head);
	skb_copy_header(to, skb);
	skb_unset_mac_header(to);
	if (skb->sk)
		move_owner(to, skb);
	return to;
}

/* Copy @from's packet to @at with the checksum it still lacks. */
static int copy_and_checksum(struct sk_buff *from, u8 *at)
{
	unsigned int start = skb_checksum_start_offset(from);
	__sum16 *sum;

	if (skb_csum_is_sctp(from) || start > skb_headlen(from)) {
		int err = skb_csum_hwoffload_help(from, 0);

		return err ?: skb_copy_bits(from, 0, at, from->len);
	}
	skb_copy_and_csum_dev(from, at);
	/* 0 would say "no checksum" in UDP; in TCP both mean the same */
	sum = (__sum16 *)(at + start + from->csum_offset);
	if (!*sum)
		*sum = CSUM_MANGLED_0;
	return 0;
}

/*
 * Make room around the inner packet. In place where the skb allows it, else
 * a fresh one, with the inner packet copied there (*from is NULL) or left for
 * the cipher to fetch (*from is the old skb).
 */
static struct sk_buff *make_room(struct sk_buff *skb, unsigned int head, unsigned int reserve,
				 unsigned int tail, struct sk_buff **from)
{
	unsigned int len = skb->len;
	struct sk_buff *to;

	*from = NULL;
	if (fits_in_place(skb, head + reserve, tail)) {
		if (skb->ip_summed == CHECKSUM_PARTIAL && skb_csum_hwoffload_help(skb, 0))
			return NULL;
		__skb_push(skb, head);
		__skb_put(skb, tail);
		return skb;
	}
	to = fresh(skb, reserve, head + tail);
	if (!to)
		return NULL;
	__skb_put(to, head + len + tail);
	if (skb->ip_summed != CHECKSUM_PARTIAL) {
		*from = skb;
		return to;
	}
	if (copy_and_checksum(skb, to->data + head)) {
		kfree_skb(to);
		return NULL;
	}
	consume_skb(skb);
	return to;
}

/* One inner packet that fits; consumed. @id: outer identification */
static void encapsulate(const struct passage *p, struct sk_buff *skb, u32 number, u16 id)
{
	const struct cmap_esp *esp = &p->sa->esp;
	unsigned int inner = skb->len;
	unsigned int head = sizeof(struct iphdr) + cmap_esp_head(esp);
	__be16 df = ip_hdr(skb)->frag_off & htons(IP_DF);
	u8 tos = ip_hdr(skb)->tos;
	struct sk_buff *to, *from;
	int err;

	to = make_room(skb, head, LL_RESERVED_SPACE(p->dst->dev), cmap_esp_tail(esp, inner), &from);
	if (!to) {
		drop(p, skb, CMAP_DROP_NOMEM);
		return;
	}
	skb_reset_network_header(to);
	write_outer(p, to, tos, df);
	ip_hdr(to)->id = df ? 0 : htons(id);
	to->ip_summed = CHECKSUM_NONE;
	cb_of(to)->bytes = inner;
	__skb_pull(to, sizeof(struct iphdr));
	skb_reset_transport_header(to);
	err = cmap_esp_seal(p->sa, to, from, inner, IPPROTO_IPIP, number);
	if (err != -EINPROGRESS)
		cmap_out_done(p->sa, to, err);
}

/* Caller: RCU, bottom halves off. */
void cmap_out_done(struct cmap_sa *sa, struct sk_buff *skb, int err)
{
	struct passage p = { .cn = sa->cn, .rule = rcu_dereference(sa->rule), .sa = sa };

	if (unlikely(err)) {
		drop(&p, skb, err == -ENOMEM ? CMAP_DROP_NOMEM : CMAP_DROP_CRYPTO);
		return;
	}
	p.dst = route(sa, skb->dev);
	if (unlikely(!p.dst)) {
		drop(&p, skb, CMAP_DROP_NO_ROUTE);
		return;
	}
	skb_scrub_packet(skb, false);
	skb_dst_set_noref(skb, p.dst);
	cmap_sa_count(sa, 1, cb_of(skb)->bytes);

	__skb_push(skb, sizeof(struct iphdr));
	skb->protocol = htons(ETH_P_IP);
	skb->encapsulation = 0;
	/* One SA, one flow: on several queues its packets would overtake each other. */
	skb_clear_hash(skb);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	IPCB(skb)->flags = IPSKB_XFRM_TRANSFORMED;
	ip_local_out(sa->cn->net, NULL, skb);
}

/* Number the packets of @list (one, or a train's segments) and send each. */
static void train(const struct passage *p, struct sk_buff *list, unsigned int packets,
		  unsigned int bytes)
{
	u64 last = atomic64_add_return(packets, &p->sa->sequence);
	u32 number = last - packets + 1;
	struct sk_buff *skb, *next;
	enum cmap_drop reason = 0;
	u16 id = 0;

	if (unlikely(!cmap_expire_sequence(p->sa, last)))
		reason = CMAP_DROP_SEQ_OVERFLOW;
	else if (unlikely(!cmap_expire_account(p->sa, bytes)))
		reason = CMAP_DROP_SA_EXPIRED;
	if (!(ip_hdr(list)->frag_off & htons(IP_DF))) {
		struct iphdr outer = { .saddr = p->sa->saddr.ip, .daddr = p->sa->key.daddr.ip,
				       .protocol = IPPROTO_ESP };

		__ip_select_ident(p->cn->net, &outer, packets);
		id = ntohs(outer.id);
	}
	skb_list_walk_safe(list, skb, next) {
		skb_mark_not_on_list(skb);
		if (unlikely(reason))
			drop(p, skb, reason);
		else
			encapsulate(p, skb, number++, id++);
	}
}

/* ------------------------------------------------------------------------- */
/* Size                                                                       */

static bool fits(const struct sk_buff *skb, unsigned int mtu)
{
	return skb_is_gso(skb) ? skb_gso_validate_network_len(skb, mtu) : skb->len <= mtu;
}

static bool is_local(struct sk_buff *skb)
{
	return !(IPCB(skb)->flags & IPSKB_FORWARDED);
}

/* As ip_fragment(): what was put together from fragments with DF may be cut up again. */
static bool may_fragment(const struct passage *p, struct sk_buff *skb)
{
	if (!(ip_hdr(skb)->frag_off & htons(IP_DF)))
		return true;
	return skb->ignore_df && IPCB(skb)->frag_max_size <= p->mtu;
}

/* RFC 4301 8.2.1: the sender learns what fits before encapsulation. */
static void refuse_too_big(const struct passage *p, struct sk_buff *skb)
{
	if (is_local(skb))
		skb_dst_update_pmtu_no_confirm(skb, p->mtu);
	icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(p->mtu));
	drop(p, skb, CMAP_DROP_FRAG_NEEDED);
}

static int fragment_done(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	const struct passage *p = this_cpu_read(fragmenting);

	train(p, skb, 1, skb->len);
	/* The next fragment is still in ip_do_fragment()'s hands, and ours: a packet
	 * on the way out may have brought us here for another one.
	 */
	this_cpu_write(fragmenting, p);
	return 0;
}

static void fragment(const struct passage *p, struct sk_buff *skb)
{
	const struct passage *outer = this_cpu_read(fragmenting);

	/* ip_do_fragment() takes the smaller of this and the route's MTU. */
	if (!IPCB(skb)->frag_max_size || IPCB(skb)->frag_max_size > p->mtu)
		IPCB(skb)->frag_max_size = p->mtu;
	this_cpu_write(fragmenting, p);
	if (ip_do_fragment(p->cn->net, skb->sk, skb, fragment_done))
		cmap_drop_count(&(struct cmap_dropped){ .cn = p->cn, .link = p->link,
							.rule = p->rule, .sa = p->sa },
				CMAP_DROP_NOMEM);
	this_cpu_write(fragmenting, outer);
}

static void single(const struct passage *p, struct sk_buff *skb)
{
	if (likely(skb->len <= p->mtu))
		train(p, skb, 1, skb->len);
	else
		fragment(p, skb);
}

/* A GSO train: the segments get the headroom here, once, and come out linear with checksums. */
static void segment(const struct passage *p, struct sk_buff *skb)
{
	unsigned int head = sizeof(struct iphdr) + cmap_esp_head(&p->sa->esp) +
			    LL_RESERVED_SPACE(p->dst->dev);
	bool fit = fits(skb, p->mtu);
	unsigned int packets = 0, bytes = 0;
	struct sk_buff *list, *seg, *next;

	if (skb_cow_head(skb, head)) {
		drop(p, skb, CMAP_DROP_NOMEM);
		return;
	}
	list = skb_gso_segment(skb, 0);
	if (IS_ERR(list)) {
		drop(p, skb, CMAP_DROP_NOMEM);
		return;
	}
	if (!list) {
		/* Only its sizes looked like a train's. */
		skb_gso_reset(skb);
		single(p, skb);
		return;
	}
	consume_skb(skb);
	if (fit) {
		skb_list_walk_safe(list, seg, next) {
			packets++;
			bytes += seg->len;
		}
		train(p, list, packets, bytes);
		return;
	}
	skb_list_walk_safe(list, seg, next) {
		skb_mark_not_on_list(seg);
		single(p, seg);
	}
}

/* ------------------------------------------------------------------------- */
/* The decision                                                               */

/* Largest inner packet that fits into the route to the peer. */
static unsigned int inner_mtu(const struct cmap_sa *sa, const struct dst_entry *dst)
{
	return cmap_esp_room(&sa->esp, dst_mtu(dst) - sizeof(struct iphdr));
}

static void hold(const struct passage *p, struct sk_buff *skb, const struct cmap_flow *flow)
{
	struct cmap_sa *sa;

	cmap_netlink_acquire(p->rule, skb_dst(skb)->dev->ifindex, flow);
	if (!cmap_hold_push(&p->rule->hold, skb)) {
		drop(p, skb, CMAP_DROP_NO_SA);
		return;
	}
	/* An SA that was enabled since our look-up has released the queue without us. */
	sa = cmap_sa_select(p->rule, flow);
	if (sa)
		cmap_out_release(p->cn, p->rule, sa);
}

static void protect(struct passage *p, struct sk_buff *skb, const struct cmap_flow *flow)
{
	if (unlikely(!p->sa)) {
		hold(p, skb, flow);
		return;
	}
	p->dst = route(p->sa, skb_dst(skb)->dev);
	if (unlikely(!p->dst)) {
		drop(p, skb, CMAP_DROP_NO_ROUTE);
		return;
	}
	p->mtu = inner_mtu(p->sa, p->dst);
	if (unlikely(!fits(skb, p->mtu)) && !may_fragment(p, skb))
		refuse_too_big(p, skb);
	else if (skb_is_gso(skb))
		segment(p, skb);
	else
		single(p, skb);
}

/* Packets that waited: they have been through the hooks already. */
void cmap_out_release(struct cmap_net *cn, struct cmap_rule *rule, struct cmap_sa *sa)
{
	struct sk_buff_head list;
	struct cmap_flow flow;
	struct sk_buff *skb;

	__skb_queue_head_init(&list);
	cmap_hold_take(&rule->hold, &list);
	local_bh_disable();
	while ((skb = __skb_dequeue(&list))) {
		struct passage p = { .cn = cn, .rule = rule, .sa = sa };

		if (cmap_flow_dissect(skb, skb_network_offset(skb), &flow))
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
	       is_local(skb) && cmap_flow_is_peer(link, flow->family, &flow->daddr);
}

static bool is_bridged(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	return nf_bridge_get_physoutdev(skb);
#else
	return false;
#endif
}

/* Which rule protects this packet? RCU, bottom halves off. Fills @p and @flow if true. */
static bool decide(struct cmap_net *cn, struct sk_buff *skb, const struct net_device *out,
		   struct passage *p, struct cmap_flow *flow)
{
	struct cmap_match match;

	p->cn = cn;
	p->link = cmap_map_link(cn, out->ifindex);
	if (!p->link || IPCB(skb)->flags & IPSKB_XFRM_TRANSFORMED)
		return false;
	/* A bridge port's packet: routed ones have their own pass. */
	if (is_bridged(skb))
		return false;
	if (!cmap_flow_dissect(skb, skb_network_offset(skb), flow) || is_ike(skb, p->link, flow))
		return false;
	cmap_flow_lookup(cn, p->link, flow, false, &match);
	p->rule = match.rule;
	p->sa = match.sa;
	return match.rule;
}

/* Where a packet goes on that a hook behind ours gave to user space and got back. */
static int resume(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct cmap_net *cn = cmap_net(net);
	struct cmap_flow flow;
	struct passage p = {};

	local_bh_disable();
	rcu_read_lock();
	if (decide(cn, skb, skb_dst(skb)->dev, &p, &flow))
		protect(&p, skb, &flow);
	else
		drop(&p, skb, CMAP_DROP_TEARDOWN);
	rcu_read_unlock();
	local_bh_enable();
	return 0;
}

unsigned int cmap_out_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct cmap_net *cn = cmap_net(state->net);
	unsigned int verdict = NF_ACCEPT;
	struct cmap_flow flow;
	struct passage p = {};

	if (state->pf != NFPROTO_IPV4)
		return NF_ACCEPT;
	local_bh_disable();
	if (!decide(cn, skb, state->out, &p, &flow))
		goto out;
	cmap_map_matched(p.rule, 1);
	verdict = NF_STOLEN;
	if (unlikely(__this_cpu_inc_return(depth) > DEPTH_MAX))
		drop(&p, skb, CMAP_DROP_LOOP);
	else if (cmap_main_tail(skb, state, cmap_out_hook, resume))
		protect(&p, skb, &flow);
	__this_cpu_dec(depth);
out:
	local_bh_enable();
	return verdict;
}

int cmap_out_net_init(struct cmap_net *cn)
{
	return cmap_flow_init(cn);
}

void cmap_out_net_exit(struct cmap_net *cn)
{
	cmap_flow_exit(cn);
}
