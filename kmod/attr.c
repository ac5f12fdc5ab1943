// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes of a request, read: bytes of user space come in, addresses,
 * proxies and keys of the module come out, or a refusal that says what is
 * wrong and where.
 */
#include <net/genetlink.h>
#include <net/ipv6.h>
#include "cryptomap.h"
#include "netlink.h"

/* No text may be built at run time: kernels before 6.2 keep a pointer to it. */
int cmap_attr_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr, const char *text)
{
	if (extack) {
		extack->_msg = text;
		extack->bad_attr = attr;
	}
	return -EINVAL;
}

int cmap_attr_no_duplicates(const struct nlattr *head, int len, int repeats,
			 struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	u64 seen = 0;
	int rem;

	BUILD_BUG_ON(CMAP_A_MAX >= 64);
	nla_for_each_attr(attr, head, len, rem) {
		if (nla_type(attr) >= 64 || nla_type(attr) == repeats)
			continue;
		if (seen & BIT_ULL(nla_type(attr)))
			return cmap_attr_refuse(extack, attr, "an attribute is given twice");
		seen |= BIT_ULL(nla_type(attr));
	}
	return 0;
}

int cmap_attr_addr(const struct nlattr *attr, u8 *family, union cmap_addr *addr,
		   struct netlink_ext_ack *extack)
{
	u8 is;

	memset(addr, 0, sizeof(*addr));
	if (nla_len(attr) == sizeof(struct in6_addr))
		is = AF_INET6;
	else if (nla_len(attr) == sizeof(__be32))
		is = AF_INET;
	else
		return cmap_attr_refuse(extack, attr, "an address has 4 bytes (IPv4) or 16 bytes (IPv6)");
	if (*family && *family != is)
		return cmap_attr_refuse(extack, attr, "IPv4 and IPv6 addresses where one family is needed");
	*family = is;
	nla_memcpy(addr, attr, sizeof(*addr));
	return 0;
}

static bool is_host(u8 family, const union cmap_addr *addr)
{
	if (family == AF_INET)
		return !ipv4_is_zeronet(addr->ip) && !ipv4_is_multicast(addr->ip) &&
		       !ipv4_is_lbcast(addr->ip);
	return !ipv6_addr_any(&addr->ip6) && !ipv6_addr_is_multicast(&addr->ip6) &&
	       !ipv6_addr_v4mapped(&addr->ip6);
}

int cmap_attr_host(const struct nlattr *attr, u8 *family, union cmap_addr *addr,
		   struct netlink_ext_ack *extack)
{
	int err = cmap_attr_addr(attr, family, addr, extack);

	if (!err && !is_host(*family, addr))
		err = cmap_attr_refuse(extack, attr, "not the address of a host");
	/* It names a host only together with an interface. */
	if (!err && *family == AF_INET6 && ipv6_addr_type(&addr->ip6) & IPV6_ADDR_LINKLOCAL)
		err = cmap_attr_refuse(extack, attr, "a link-local address can't be an end of a tunnel");
	return err;
}

bool cmap_attr_has_ports(u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
	case IPPROTO_UDPLITE:
		return true;
	}
	return false;
}

static int get_ports(struct nlattr **tb, const struct nlattr *nest, u8 protocol,
		     struct cmap_proxy *proxy, struct netlink_ext_ack *extack)
{
	const struct nlattr *lo = tb[CMAP_PROXY_A_PORT_LO], *hi = tb[CMAP_PROXY_A_PORT_HI];

	if (!lo && !hi)
		return 0;
	if (!lo || !hi)
		return cmap_attr_refuse(extack, nest, "PORT_LO and PORT_HI go together");
	if (!cmap_attr_has_ports(protocol))
		return cmap_attr_refuse(extack, lo, "ports need protocol tcp, udp, sctp, dccp or udplite");
	proxy->port_lo = nla_get_u16(lo);
	proxy->port_hi = nla_get_u16(hi);
	if (proxy->port_lo > proxy->port_hi)
		return cmap_attr_refuse(extack, hi, "PORT_HI is less than PORT_LO");
	if (!proxy->port_hi)
		return cmap_attr_refuse(extack, hi, "port 0 alone can't be selected; leave ports out for any");
	/* All ports are any port, also for fragments and for the comparison of selectors. */
	if (!proxy->port_lo && proxy->port_hi == U16_MAX)
		proxy->port_hi = 0;
	return 0;
}

static bool host_bits(u8 family, const struct cmap_proxy *proxy)
{
	struct in6_addr net;

	if (family == AF_INET)
		return proxy->prefix < 32 && (ntohl(proxy->addr.ip) & (~0U >> proxy->prefix));
	ipv6_addr_prefix(&net, &proxy->addr.ip6, proxy->prefix);
	return !ipv6_addr_equal(&net, &proxy->addr.ip6);
}

static int get_proxy(const struct nlattr *nest, u8 *family, u8 *protocol, struct cmap_proxy *proxy,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CMAP_PROXY_A_MAX + 1];
	int err;

	err = nla_parse_nested(tb, CMAP_PROXY_A_MAX, nest, cmap_policy_proxy, extack);
	if (!err)
		err = cmap_attr_no_duplicates(nla_data(nest), nla_len(nest), 0, extack);
	if (err)
		return err;
	if (!tb[CMAP_PROXY_A_ADDR] || !tb[CMAP_PROXY_A_PREFIX])
		return cmap_attr_refuse(extack, nest, "a proxy needs ADDR and PREFIX");
	err = cmap_attr_addr(tb[CMAP_PROXY_A_ADDR], family, &proxy->addr, extack);
	if (err)
		return err;
	proxy->prefix = nla_get_u8(tb[CMAP_PROXY_A_PREFIX]);
	if (*family == AF_INET && proxy->prefix > 32)
		return cmap_attr_refuse(extack, tb[CMAP_PROXY_A_PREFIX], "PREFIX is at most 32 for IPv4");
	if (host_bits(*family, proxy))
		return cmap_attr_refuse(extack, tb[CMAP_PROXY_A_ADDR], "ADDR has host bits set beyond PREFIX");
	*protocol = tb[CMAP_PROXY_A_PROTOCOL] ? nla_get_u8(tb[CMAP_PROXY_A_PROTOCOL]) : 0;
	return get_ports(tb, nest, *protocol, proxy, extack);
}

int cmap_attr_selector(const struct nlattr *local, const struct nlattr *remote,
		       struct cmap_selector *selector, struct netlink_ext_ack *extack)
{
	u8 protocol;
	int err;

	memset(selector, 0, sizeof(*selector));
	err = get_proxy(local, &selector->family, &selector->protocol, &selector->local, extack);
	if (!err)
		err = get_proxy(remote, &selector->family, &protocol, &selector->remote, extack);
	if (!err && protocol != selector->protocol)
		err = cmap_attr_refuse(extack, remote, "both proxies must have the same PROTOCOL");
	return err;
}

int cmap_attr_spi(const struct nlattr *attr, __be32 *spi, struct netlink_ext_ack *extack)
{
	*spi = nla_get_be32(attr);
	if (ntohl(*spi) < CMAP_SPI_MIN)
		return cmap_attr_refuse(extack, attr, "SPIs below 256 are reserved (RFC 4303 2.1)");
	return 0;
}

int cmap_attr_key(struct genl_info *info, struct cmap_sa_key *key)
{
	u8 family = AF_UNSPEC;
	int err;

	memset(key, 0, sizeof(*key));
	err = cmap_attr_host(info->attrs[CMAP_A_DST], &family, &key->daddr, info->extack);
	key->family = family;
	key->proto = nla_get_u8(info->attrs[CMAP_A_PROTO]);
	if (!err && info->attrs[CMAP_A_SPI])
		err = cmap_attr_spi(info->attrs[CMAP_A_SPI], &key->spi, info->extack);
	return err;
}

int cmap_attr_filter(struct nlattr **attrs, struct cmap_filter *filter,
		     struct netlink_ext_ack *extack)
{
	memset(filter, 0, sizeof(*filter));
	if (attrs[CMAP_A_MAP_NAME])
		filter->map = nla_data(attrs[CMAP_A_MAP_NAME]);
	if (!attrs[CMAP_A_PEER_ADDR])
		return 0;
	return cmap_attr_host(attrs[CMAP_A_PEER_ADDR], &filter->family, &filter->peer, extack);
}
