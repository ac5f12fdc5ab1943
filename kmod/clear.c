// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything that arrives in clear comes by (PRE_ROUTING), and is dropped
 * where a rule of the interface demands protection; what we have decrypted
 * ourselves (deliver.c's mark) passes.
 */
#include <linux/etherdevice.h>
#include <linux/inetdevice.h>
#include <linux/netfilter_bridge.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include "cryptomap.h"
#include "deliver.h"
#include "flow.h"
#include "mss.h"
#include "natt.h"
#include "pmtu.h"

#define IKE_PORT	500

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
	if (flow->family == AF_INET)
		return inet_addr_type_dev_table(state->net, state->in, flow->daddr.ip) == RTN_LOCAL;
	return ipv6_chk_addr(state->net, &flow->daddr.ip6, state->in, 0);
}

/*
 * ESP and AH to us, whatever the rules say: that is what comes in most where a
 * map is bound, and is soon told.
 */
static bool is_ipsec(const struct nf_hook_state *state, const struct sk_buff *skb)
{
	u8 protocol = state->pf == NFPROTO_IPV4 ? ip_hdr(skb)->protocol : ipv6_hdr(skb)->nexthdr;
	const struct net_device *dev;

	if (protocol != IPPROTO_ESP && protocol != IPPROTO_AH)
		return false;
	if (state->pf == NFPROTO_IPV6)
		return ipv6_chk_addr(state->net, &ipv6_hdr(skb)->daddr, state->in, 0);
	/* In which VRF an address is it does not say. */
	dev = __ip_dev_find(state->net, ip_hdr(skb)->daddr, false);
	return dev && l3mdev_master_dev_rcu(dev) == l3mdev_master_dev_rcu(state->in);
}

/* What comes in clear by its nature: IPsec and IKE to us, and what is about our IPsec or about the link itself */
static bool exempt(struct sk_buff *skb, const struct nf_hook_state *state,
		   const struct cmap_link *link, const struct cmap_flow *flow)
{
	switch (flow->protocol) {
	case IPPROTO_ESP:
	case IPPROTO_AH:
		return is_local(state, flow);
	case IPPROTO_UDP:
		if (flow->ports && flow->dport != IKE_PORT && flow->dport != CMAP_NATT_PORT)
			return false;
		/* The end of a long IKE message has no ports, but a peer's address. */
		return (flow->ports || cmap_flow_is_peer(link, flow->family, &flow->saddr)) &&
		       is_local(state, flow);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return (flow->family == AF_INET6 && cmap_flow_is_link_talk(skb, 0)) ||
		       (is_local(state, flow) &&
			cmap_pmtu_is_about_us(cmap_net(state->net), skb, flow->family));
	default:
		return false;
	}
}

static bool has_ports(const struct cmap_rule *rule)
{
	return rule->selector.local.port_hi || rule->selector.remote.port_hi;
}

static bool is_fragment(const struct sk_buff *skb, u8 family)
{
	unsigned int offset = 0;

	if (family == AF_INET)
		return ip_is_fragment(ip_hdr(skb));
	return ipv6_ext_hdr(ipv6_hdr(skb)->nexthdr) &&
	       ipv6_find_hdr(skb, &offset, NEXTHDR_FRAGMENT, NULL, NULL) == NEXTHDR_FRAGMENT;
}

/* Does a rule of @link demand that it be protected? */
static noinline unsigned int ask(struct cmap_link *link, struct sk_buff *skb,
				 const struct nf_hook_state *state, bool early)
{
	struct cmap_net *cn = cmap_net(state->net);
	struct cmap_match match;
	struct cmap_flow flow;

	if (!cmap_flow_dissect(skb, skb_network_offset(skb), &flow))
		return NF_ACCEPT;
	local_bh_disable();
	cmap_flow_lookup(cn, link, &flow, true, &match);
	local_bh_enable();
	if (likely(!match.rule) || (early && has_ports(match.rule)) ||
	    exempt(skb, state, link, &flow))
		return NF_ACCEPT;
	cmap_drop_count(&(struct cmap_dropped){ .cn = cn, .in = true, .link = link,
						.rule = match.rule, .skb = skb },
			CMAP_DROP_NOT_IPSEC);
	cmap_netlink_not_ipsec(match.rule, link->ifindex, &flow);
	return NF_DROP;
}

/*
 * Registered twice: in front of reassembly for fragments (priv set), behind it
 * for whole packets and for fragments that nobody has put together. A rule
 * with ports can only be asked when it is whole.
 */
unsigned int cmap_clear_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct cmap_net *cn = cmap_net(state->net);
	bool early = priv;
	struct cmap_link *link;

	if (early && (!is_fragment(skb, state->pf) || cmap_deliver_marked(skb)))
		return NF_ACCEPT;
	if (!early && cmap_mss_wanted(cn) && !only_bridged(skb))
		cmap_mss_in(cn, skb, state->in);
	if (!early && cmap_deliver_marked(skb)) {
		skb_dst_drop(skb);
		return NF_ACCEPT;
	}
	link = cmap_map_link(cn, state->in->ifindex);
	if (!link || is_ipsec(state, skb) || only_bridged(skb))
		return NF_ACCEPT;
	return ask(link, skb, state, early);
}
