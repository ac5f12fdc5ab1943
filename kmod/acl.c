// SPDX-License-Identifier: GPL-2.0-only
/*
 * Selectors, alone: a selector and a packet's 5-tuple, or two selectors, come
 * in; whether they fit goes out. No state, no locks.
 *
 * A later fragment has no ports. As on a router, a permit with ports fits it
 * by addresses and protocol alone, a deny with ports doesn't: what might
 * belong to a protected flow is protected.
 */
#ifdef __KERNEL__
#include <net/ipv6.h>
#endif
#include "selector.h"

static bool has_ports(const struct cmap_proxy *proxy)
{
	return proxy->port_lo || proxy->port_hi;
}

static inline bool ipv4_match(__be32 addr, __be32 net, u8 len)
{
	return !len || !((addr ^ net) & htonl(~0U << (32 - len)));
}

static bool prefix_match(u8 family, const union cmap_addr *addr, const union cmap_addr *net, u8 len)
{
	if (family == AF_INET)
		return ipv4_match(addr->ip, net->ip, len);
	return ipv6_prefix_equal(&addr->ip6, &net->ip6, len);
}

static bool ports_match(const struct cmap_proxy *proxy, const struct cmap_flow *flow, u16 port,
			bool permit)
{
	if (!has_ports(proxy))
		return true;
	if (!flow->ports)
		return flow->fragment && permit;
	return port >= proxy->port_lo && port <= proxy->port_hi;
}

static bool match(const struct cmap_selector *s, const struct cmap_flow *flow, bool permit,
		  const union cmap_addr *local, u16 lport, const union cmap_addr *remote, u16 rport)
{
	return s->family == flow->family &&
	       (!s->protocol || s->protocol == flow->protocol) &&
	       prefix_match(s->family, local, &s->local.addr, s->local.prefix) &&
	       prefix_match(s->family, remote, &s->remote.addr, s->remote.prefix) &&
	       ports_match(&s->local, flow, lport, permit) &&
	       ports_match(&s->remote, flow, rport, permit);
}

bool cmap_acl_match(const struct cmap_selector *s, const struct cmap_flow *flow, bool permit)
{
	return match(s, flow, permit, &flow->saddr, flow->sport, &flow->daddr, flow->dport);
}

bool cmap_acl_match_mirrored(const struct cmap_selector *s, const struct cmap_flow *flow,
			     bool permit)
{
	return match(s, flow, permit, &flow->daddr, flow->dport, &flow->saddr, flow->sport);
}

bool cmap_acl_match_addresses(const struct cmap_selector *s, __be32 local, __be32 remote)
{
	return s->family == AF_INET && !s->protocol && !has_ports(&s->local) &&
	       !has_ports(&s->remote) && ipv4_match(local, s->local.addr.ip, s->local.prefix) &&
	       ipv4_match(remote, s->remote.addr.ip, s->remote.prefix);
}

static bool proxy_contains(u8 family, const struct cmap_proxy *outer, const struct cmap_proxy *inner)
{
	if (inner->prefix < outer->prefix ||
	    !prefix_match(family, &inner->addr, &outer->addr, outer->prefix))
		return false;
	return !has_ports(outer) ||
	       (has_ports(inner) && inner->port_lo >= outer->port_lo &&
		inner->port_hi <= outer->port_hi);
}

bool cmap_acl_contains(const struct cmap_selector *outer, const struct cmap_selector *inner)
{
	return outer->family == inner->family &&
	       (!outer->protocol || outer->protocol == inner->protocol) &&
	       proxy_contains(outer->family, &outer->local, &inner->local) &&
	       proxy_contains(outer->family, &outer->remote, &inner->remote);
}

bool cmap_acl_equal(const struct cmap_selector *a, const struct cmap_selector *b)
{
	return a->protocol == b->protocol && cmap_acl_contains(a, b) && cmap_acl_contains(b, a);
}
