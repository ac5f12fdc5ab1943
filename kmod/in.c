// SPDX-License-Identifier: GPL-2.0-only
/*
 * PACKET IN: what is addressed to us as ESP comes in (LOCAL_IN, after the
 * filter and reassembly), and leaves as the inner packet, received on the same
 * interface; everything that arrives in clear on a bound interface comes by
 * (PRE_ROUTING) and is dropped where a rule demands protection.
 *
 *	cmap_in_hook	SPI → SA; the hooks behind ours
 *	receive		outer source, lengths, replay (a first look), esp.c
 *	cmap_in_done	authentic: replay (for good), padding, inner header,
 *			identity, ECN, deliver
 *
 * An SPI that we don't have is dropped and counted on a bound interface;
 * elsewhere it may belong to XFRM and goes on.
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/route.h>
#include "cryptomap.h"
#include "deliver.h"
#include "flow.h"
#include "tunnel.h"

#define IKE_PORT	500
#define IKE_NATT_PORT	4500

static struct ip_esp_hdr *esp_header(const struct sk_buff *skb)
{
	return (struct ip_esp_hdr *)skb->data;
}

static u32 number_of(const struct sk_buff *skb)
{
	return ntohl(esp_header(skb)->seq_no);
}

/* ------------------------------------------------------------------------- */
/* Refusals                                                                   */

/* Where the packet came in; a VRF's device takes the place of its member's in skb->dev. */
static struct cmap_link *link_of(const struct cmap_net *cn, struct sk_buff *skb)
{
	return cmap_map_link(cn, IPCB(skb)->iif ?: skb->dev->ifindex);
}

/* @flow: the inner packet's, NULL if it is not known */
static void refuse(struct cmap_sa *sa, struct sk_buff *skb, enum cmap_drop reason, u32 number,
		   const struct cmap_flow *flow)
{
	cmap_drop_count(&(struct cmap_dropped){ .cn = sa->cn, .in = true, .sa = sa, .skb = skb,
						.link = link_of(sa->cn, skb), .flow = flow,
						.number = number }, reason);
	cmap_netlink_drop(sa, reason, number, flow);
	kfree_skb(skb);
}

/* ------------------------------------------------------------------------- */
/* After decryption                                                           */

/*
 * Check the trailer (RFC 4303 2.4) and cut it off.
 * @payload: bytes of padded payload from @data on; becomes those without padding
 */
static enum cmap_drop strip_trailer(const u8 *data, unsigned int *payload, u8 *next_header)
{
	unsigned int padding = data[*payload - 2];
	unsigned int i;

	*next_header = data[*payload - 1];
	*payload -= 2;
	if (padding > *payload)
		return CMAP_DROP_BAD_PADDING;
	*payload -= padding;
	for (i = 0; i < padding; i++)
		if (data[*payload + i] != i + 1)
			return CMAP_DROP_BAD_PADDING;
	return CMAP_DROP_UNSPEC;
}

/* The inner packet must be whole; what follows it hides its length (RFC 4303 2.7). */
static enum cmap_drop check_inner(struct sk_buff *skb)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	unsigned int len;

	if (skb->len < sizeof(*iph) || iph->version != 4 || iph->ihl < 5)
		return CMAP_DROP_BAD_INNER;
	len = ntohs(iph->tot_len);
	if (len < iph->ihl * 4 || len > skb->len || ip_fast_csum((const u8 *)iph, iph->ihl))
		return CMAP_DROP_BAD_INNER;
	return pskb_trim(skb, len) ? CMAP_DROP_NOMEM : CMAP_DROP_UNSPEC;
}

/* RFC 6040 4.2; @tos is the outer header's */
static enum cmap_drop decapsulate_ecn(struct sk_buff *skb, u8 tos)
{
	return INET_ECN_decapsulate(skb, tos, ip_hdr(skb)->tos) > 1 ? CMAP_DROP_ECN :
								     CMAP_DROP_UNSPEC;
}

/* Take everything off that belongs to the outer packet. */
static void scrub(struct cmap_sa *sa, struct sk_buff *skb)
{
	if (likely(!cmap_tunnel_enter(sa, skb)))
		skb_mac_header_rebuild(skb);
	skb_scrub_packet(skb, false);
	skb->encapsulation = 0;
	skb->csum_level = 0;
	/* What was authenticated was not damaged on the way. */
	skb->ip_summed = sa->esp.mac ? CHECKSUM_UNNECESSARY : CHECKSUM_NONE;
	skb_clear_hash(skb);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
}

/* From the decrypted ESP packet to the inner one, skb->data at its header. */
static enum cmap_drop unwrap(struct cmap_sa *sa, struct sk_buff *skb)
{
	const struct cmap_esp *esp = &sa->esp;
	unsigned int payload = skb->len - cmap_esp_head(esp) - esp->icv_len;
	u8 tos = ip_hdr(skb)->tos;
	enum cmap_drop reason;
	u8 next_header;

	reason = strip_trailer(skb->data + cmap_esp_head(esp), &payload, &next_header);
	if (reason)
		return reason;
	if (next_header != IPPROTO_IPIP)
		return CMAP_DROP_BAD_NEXT_HEADER;
	__skb_pull(skb, cmap_esp_head(esp));
	__skb_trim(skb, payload);
	reason = check_inner(skb);
	if (reason)
		return reason;
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, ip_hdr(skb)->ihl * 4);
	skb->protocol = htons(ETH_P_IP);
	return decapsulate_ecn(skb, tos);
}

/* RFC 4303 2.6: next header "none" is a dummy packet, thrown away without a word. */
static bool is_dummy(const struct cmap_sa *sa, const struct sk_buff *skb)
{
	return skb->data[skb->len - sa->esp.icv_len - 1] == IPPROTO_NONE;
}

/* Caller: RCU, bottom halves off. skb->data at the ESP header. */
void cmap_in_done(struct cmap_sa *sa, struct sk_buff *skb, int err)
{
	enum cmap_drop reason = CMAP_DROP_UNSPEC;
	u32 number = number_of(skb);
	struct net_device *dev;
	struct cmap_flow flow;
	unsigned int inner;

	if (err == -EBADMSG)
		reason = CMAP_DROP_BAD_ICV;
	else if (err == -ENOMEM)
		reason = CMAP_DROP_NOMEM;
	else if (err)
		reason = CMAP_DROP_CRYPTO;
	else if (sa->esp.mac)
		reason = cmap_replay_advance(&sa->replay, number);
	if (unlikely(reason)) {
		refuse(sa, skb, reason, number, NULL);
		return;
	}
	if (unlikely(!test_bit(CMAP_SA_USED, &sa->flags)) &&
	    !test_and_set_bit(CMAP_SA_USED, &sa->flags))
		cmap_netlink_sa_used(sa);
	if (unlikely(is_dummy(sa, skb))) {
		consume_skb(skb);
		return;
	}
	reason = unwrap(sa, skb);
	if (unlikely(reason)) {
		refuse(sa, skb, reason, number, NULL);
		return;
	}
	if (!cmap_flow_dissect(skb, 0, &flow))
		reason = CMAP_DROP_BAD_INNER;
	else if (!cmap_acl_match_mirrored(&sa->selector, &flow, true))
		reason = CMAP_DROP_IDENTITY;
	else if (!cmap_expire_account(sa, skb->len))
		reason = CMAP_DROP_SA_EXPIRED;
	if (unlikely(reason)) {
		refuse(sa, skb, reason, number, &flow);
		return;
	}
	inner = skb->len;
	scrub(sa, skb);
	dev = skb->dev;
	if (likely(cmap_deliver(skb))) {
		cmap_sa_count(sa, 1, inner);
		cmap_tunnel_received(dev, inner);
	} else {
		refuse(sa, skb, CMAP_DROP_NOMEM, number, &flow);
	}
}

/* ------------------------------------------------------------------------- */
/* Before decryption                                                          */

static enum cmap_drop check_outer(struct cmap_sa *sa, struct sk_buff *skb)
{
	const struct cmap_esp *esp = &sa->esp;
	unsigned int fixed = cmap_esp_head(esp) + esp->icv_len;

	if (ip_hdr(skb)->saddr != sa->saddr.ip)
		return CMAP_DROP_WRONG_SOURCE;
	if (skb->len <= fixed || !pskb_may_pull(skb, cmap_esp_head(esp)))
		return CMAP_DROP_TRUNCATED;
	if ((skb->len - fixed) % esp->align)
		return CMAP_DROP_BAD_LENGTH;
	if (!esp->mac)
		return CMAP_DROP_UNSPEC;
	return cmap_replay_check(&sa->replay, number_of(skb));
}

/* skb->data at the ESP header */
static void receive(struct cmap_sa *sa, struct sk_buff *skb)
{
	enum cmap_drop reason;
	int err;

	skb_dst_drop(skb);
	nf_reset_ct(skb);
	reason = check_outer(sa, skb);
	if (unlikely(reason)) {
		refuse(sa, skb, reason, number_of(skb), NULL);
		return;
	}
	err = cmap_esp_open(sa, &skb, number_of(skb));
	if (err != -EINPROGRESS)
		cmap_in_done(sa, skb, err);
}

static struct cmap_sa *find_sa(struct cmap_net *cn, const struct sk_buff *skb)
{
	const struct ip_esp_hdr *esph = (const void *)(skb->data + ip_hdrlen(skb));
	union cmap_addr daddr = {};

	daddr.ip = ip_hdr(skb)->daddr;
	return cmap_sa_lookup(cn, AF_INET, &daddr, esph->spi, IPPROTO_ESP);
}

/* ESP that no SA of ours is for: dropped on a bound interface, else somebody else's. */
static unsigned int refuse_unknown(struct cmap_net *cn, struct sk_buff *skb, bool truncated)
{
	const struct ip_esp_hdr *esph = (const void *)(skb->data + ip_hdrlen(skb));
	struct cmap_link *link = link_of(cn, skb);
	union cmap_addr saddr = {}, daddr = {};

	if (!link)
		return NF_ACCEPT;
	if (truncated) {
		cmap_drop_count(&(struct cmap_dropped){ .cn = cn, .in = true, .link = link,
							.skb = skb }, CMAP_DROP_TRUNCATED);
		return NF_DROP;
	}
	saddr.ip = ip_hdr(skb)->saddr;
	daddr.ip = ip_hdr(skb)->daddr;
	cmap_drop_count(&(struct cmap_dropped){ .cn = cn, .in = true, .link = link, .skb = skb },
			CMAP_DROP_INVALID_SPI);
	cmap_netlink_invalid_spi(cn, AF_INET, &saddr, &daddr, esph->spi, IPPROTO_ESP,
				 link->ifindex);
	return NF_DROP;
}

/* Where a packet goes on that a hook behind ours gave to user space and got back. */
static int resume(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct cmap_net *cn = cmap_net(net);
	struct cmap_sa *sa;

	local_bh_disable();
	rcu_read_lock();
	sa = find_sa(cn, skb);
	if (sa) {
		__skb_pull(skb, ip_hdrlen(skb));
		receive(sa, skb);
	} else {
		cmap_drop_count(&(struct cmap_dropped){ .cn = cn, .in = true, .skb = skb,
							.link = link_of(cn, skb) },
				CMAP_DROP_TEARDOWN);
		kfree_skb(skb);
	}
	rcu_read_unlock();
	local_bh_enable();
	return 0;
}

unsigned int cmap_in_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct cmap_net *cn = cmap_net(state->net);
	struct cmap_sa *sa;

	if (state->pf != NFPROTO_IPV4 || ip_hdr(skb)->protocol != IPPROTO_ESP)
		return NF_ACCEPT;
	if (!pskb_may_pull(skb, ip_hdrlen(skb) + sizeof(struct ip_esp_hdr)))
		return refuse_unknown(cn, skb, true);
	sa = find_sa(cn, skb);
	if (unlikely(!sa))
		return refuse_unknown(cn, skb, false);
	local_bh_disable();
	if (cmap_main_tail(skb, state, cmap_in_hook, resume)) {
		__skb_pull(skb, ip_hdrlen(skb));
		receive(sa, skb);
	}
	local_bh_enable();
	return NF_STOLEN;
}

/* ------------------------------------------------------------------------- */
/* Clear packets                                                              */

/* A frame that only passes a bridge is not addressed to this host's IP. */
static bool only_bridged(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	return nf_bridge_info_exists(skb) && skb_mac_header_was_set(skb) &&
	       !ether_addr_equal(eth_hdr(skb)->h_dest, skb->dev->dev_addr);
#else
	return false;
#endif
}

static bool is_local(const struct nf_hook_state *state, const struct cmap_flow *flow)
{
	return inet_addr_type_dev_table(state->net, state->in, flow->daddr.ip) == RTN_LOCAL;
}

/* What comes in clear by its nature: IPsec and IKE to us */
static bool exempt(const struct nf_hook_state *state, const struct cmap_link *link,
		   const struct cmap_flow *flow)
{
	switch (flow->protocol) {
	case IPPROTO_ESP:
	case IPPROTO_AH:
		return is_local(state, flow);
	case IPPROTO_UDP:
		if (flow->ports && flow->dport != IKE_PORT && flow->dport != IKE_NATT_PORT)
			return false;
		/* The end of a long IKE message has no ports, but a peer's address. */
		return (flow->ports || cmap_flow_is_peer(link, flow->family, &flow->saddr)) &&
		       is_local(state, flow);
	default:
		return false;
	}
}

static bool has_ports(const struct cmap_rule *rule)
{
	return rule->selector.local.port_hi || rule->selector.remote.port_hi;
}

/*
 * Registered twice: in front of reassembly for fragments (priv set), behind it
 * for whole packets and for fragments that nobody has put together. A rule
 * with ports can only be asked when it is whole.
 */
unsigned int cmap_in_clear_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct cmap_net *cn = cmap_net(state->net);
	bool early = priv;
	struct cmap_match match;
	struct cmap_flow flow;
	struct cmap_link *link;

	if (state->pf != NFPROTO_IPV4)
		return NF_ACCEPT;
	if (early && (!ip_is_fragment(ip_hdr(skb)) || cmap_deliver_marked(skb)))
		return NF_ACCEPT;
	if (!early && cmap_deliver_marked(skb)) {
		skb_dst_drop(skb);
		return NF_ACCEPT;
	}
	link = cmap_map_link(cn, state->in->ifindex);
	if (!link || only_bridged(skb) ||
	    !cmap_flow_dissect(skb, skb_network_offset(skb), &flow))
		return NF_ACCEPT;
	local_bh_disable();
	cmap_flow_lookup(cn, link, &flow, true, &match);
	local_bh_enable();
	if (likely(!match.rule) || (early && has_ports(match.rule)) || exempt(state, link, &flow))
		return NF_ACCEPT;
	cmap_drop_count(&(struct cmap_dropped){ .cn = cn, .in = true, .link = link,
						.rule = match.rule, .skb = skb },
			CMAP_DROP_NOT_IPSEC);
	cmap_netlink_not_ipsec(match.rule, link->ifindex, &flow);
	return NF_DROP;
}

/* ------------------------------------------------------------------------- */

void cmap_in_dev_gone(struct net_device *dev)
{
	cmap_deliver_flush(dev);
}

int cmap_in_init(void)
{
	return cmap_deliver_init();
}

void cmap_in_exit(void)
{
	cmap_deliver_exit();
}
