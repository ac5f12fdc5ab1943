// SPDX-License-Identifier: GPL-2.0-only
/*
 * The genetlink family: requests come in, are checked as the uapi header says,
 * and go on to map.c and sa.c in the module's own structures. The answers are
 * written by dump.c, the events by event.c.
 */
#include <net/genetlink.h>
#include <linux/ctype.h>
#include <linux/slab.h>
#include "cryptomap.h"
#include "netlink.h"

/* --- reading attributes --- */

static const char * const missing[CMAP_A_MAX + 1] = {
	[CMAP_A_MAP_NAME] = "MAP_NAME is missing",
	[CMAP_A_SEQ] = "SEQ is missing",
	[CMAP_A_RULES] = "RULES is missing",
	[CMAP_A_IFINDEX] = "IFINDEX is missing",
	[CMAP_A_DIR] = "DIR is missing",
	[CMAP_A_PROTO] = "PROTO is missing",
	[CMAP_A_SPI] = "SPI is missing",
	[CMAP_A_SRC] = "SRC is missing",
	[CMAP_A_DST] = "DST is missing",
	[CMAP_A_LOCAL_PROXY] = "LOCAL_PROXY is missing",
	[CMAP_A_REMOTE_PROXY] = "REMOTE_PROXY is missing",
	[CMAP_A_CIPHER] = "CIPHER is missing",
};

/* No text may be built at run time: kernels before 6.2 keep a pointer to it. */
static int refuse(struct netlink_ext_ack *extack, const struct nlattr *attr, const char *text)
{
	if (extack) {
		extack->_msg = text;
		extack->bad_attr = attr;
	}
	return -EINVAL;
}

/* No attribute of one level twice, but @repeats (0: none) */
static int no_duplicates(const struct nlattr *head, int len, int repeats,
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
			return refuse(extack, attr, "an attribute is given twice");
		seen |= BIT_ULL(nla_type(attr));
	}
	return 0;
}

static int check_name(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	const char *c = nla_data(attr);

	if (!*c)
		return refuse(extack, attr, "MAP_NAME is empty");
	if (strlen(c) + 1 != nla_len(attr))
		return refuse(extack, attr, "MAP_NAME goes on behind its end");
	for (; *c; c++)
		if (!isascii(*c) || !isgraph(*c))
			return refuse(extack, attr,
				      "MAP_NAME has a blank or a character that can't be printed");
	return 0;
}

/* What the core checks for families whose flags are only its own */
static int check_header(const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	const struct genlmsghdr *head = nlmsg_data(nlh);
	u16 flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO;

	if (head->cmd == CMAP_CMD_ENTRY_SET)
		flags |= NLM_F_REPLACE | NLM_F_EXCL | NLM_F_CREATE;
	else if ((nlh->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP)
		flags |= NLM_F_DUMP;
	if (nlh->nlmsg_flags & ~flags)
		return refuse(extack, NULL, "a flag of the message header that the command has not");
	if (head->reserved)
		return refuse(extack, NULL, "the header's reserved field must be 0");
	if (head->version != CMAP_GENL_VERSION)
		return refuse(extack, NULL, "the family's version is 1");
	return 0;
}

/* What all requests have in common: the header, no duplicates, a good name */
static int check(const struct nlmsghdr *nlh, struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	int err = check_header(nlh, extack);

	if (!err)
		err = no_duplicates(nlmsg_attrdata(nlh, GENL_HDRLEN),
				    nlmsg_attrlen(nlh, GENL_HDRLEN), CMAP_A_PEER, extack);
	if (!err && attrs[CMAP_A_MAP_NAME])
		err = check_name(attrs[CMAP_A_MAP_NAME], extack);
	return err;
}

/* @needs: attributes it must have; 0 ends the list */
static int begin(struct genl_info *info, const u8 *needs)
{
	int err = check(info->nlhdr, info->attrs, info->extack);

	for (; !err && *needs; needs++) {
		if (info->attrs[*needs])
			continue;
		info->extack->miss_type = *needs;
		err = refuse(info->extack, NULL, missing[*needs]);
	}
	return err;
}

/* @family: AF_UNSPEC: the first address of the request decides. */
static int get_addr(const struct nlattr *attr, u8 *family, union cmap_addr *addr,
		    struct netlink_ext_ack *extack)
{
	memset(addr, 0, sizeof(*addr));
	if (nla_len(attr) == sizeof(struct in6_addr))
		return refuse(extack, attr, "only IPv4 (4-byte) addresses are supported");
	if (nla_len(attr) != sizeof(__be32))
		return refuse(extack, attr, "an address has 4 bytes (IPv4)");
	*family = AF_INET;
	addr->ip = nla_get_in_addr(attr);
	return 0;
}

/* An address of a host, not of nobody or of many. */
static int get_host(const struct nlattr *attr, u8 *family, union cmap_addr *addr,
		    struct netlink_ext_ack *extack)
{
	int err = get_addr(attr, family, addr, extack);

	if (!err && (ipv4_is_zeronet(addr->ip) || ipv4_is_multicast(addr->ip) ||
		     ipv4_is_lbcast(addr->ip)))
		err = refuse(extack, attr, "not the address of a host");
	return err;
}

static bool has_ports(u8 protocol)
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
		return refuse(extack, nest, "PORT_LO and PORT_HI go together");
	if (!has_ports(protocol))
		return refuse(extack, lo, "ports need protocol tcp, udp, sctp, dccp or udplite");
	proxy->port_lo = nla_get_u16(lo);
	proxy->port_hi = nla_get_u16(hi);
	if (proxy->port_lo > proxy->port_hi)
		return refuse(extack, hi, "PORT_HI is less than PORT_LO");
	if (!proxy->port_hi)
		return refuse(extack, hi, "port 0 alone can't be selected; leave ports out for any");
	/* All ports are any port, also for fragments and for the comparison of selectors. */
	if (!proxy->port_lo && proxy->port_hi == U16_MAX)
		proxy->port_hi = 0;
	return 0;
}

static int get_proxy(const struct nlattr *nest, u8 *family, u8 *protocol, struct cmap_proxy *proxy,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CMAP_PROXY_A_MAX + 1];
	int err;

	err = nla_parse_nested(tb, CMAP_PROXY_A_MAX, nest, cmap_policy_proxy, extack);
	if (!err)
		err = no_duplicates(nla_data(nest), nla_len(nest), 0, extack);
	if (err)
		return err;
	if (!tb[CMAP_PROXY_A_ADDR] || !tb[CMAP_PROXY_A_PREFIX])
		return refuse(extack, nest, "a proxy needs ADDR and PREFIX");
	err = get_addr(tb[CMAP_PROXY_A_ADDR], family, &proxy->addr, extack);
	if (err)
		return err;
	proxy->prefix = nla_get_u8(tb[CMAP_PROXY_A_PREFIX]);
	if (proxy->prefix > 32)
		return refuse(extack, tb[CMAP_PROXY_A_PREFIX], "PREFIX is at most 32 for IPv4");
	if (proxy->prefix < 32 && (ntohl(proxy->addr.ip) & (~0U >> proxy->prefix)))
		return refuse(extack, tb[CMAP_PROXY_A_ADDR], "ADDR has host bits set beyond PREFIX");
	*protocol = tb[CMAP_PROXY_A_PROTOCOL] ? nla_get_u8(tb[CMAP_PROXY_A_PROTOCOL]) : 0;
	return get_ports(tb, nest, *protocol, proxy, extack);
}

static int get_selector(const struct nlattr *local, const struct nlattr *remote,
			struct cmap_selector *selector, struct netlink_ext_ack *extack)
{
	u8 protocol;
	int err;

	memset(selector, 0, sizeof(*selector));
	err = get_proxy(local, &selector->family, &selector->protocol, &selector->local, extack);
	if (!err)
		err = get_proxy(remote, &selector->family, &protocol, &selector->remote, extack);
	if (!err && protocol != selector->protocol)
		err = refuse(extack, remote, "both proxies must have the same PROTOCOL");
	return err;
}

static int get_key(struct genl_info *info, struct cmap_sa_key *key)
{
	u8 family;
	int err;

	memset(key, 0, sizeof(*key));
	err = get_host(info->attrs[CMAP_A_DST], &family, &key->daddr, info->extack);
	if (err)
		return err;
	key->family = family;
	key->proto = nla_get_u8(info->attrs[CMAP_A_PROTO]);
	if (!info->attrs[CMAP_A_SPI])
		return 0;
	key->spi = nla_get_be32(info->attrs[CMAP_A_SPI]);
	if (ntohl(key->spi) < CMAP_SPI_MIN)
		return refuse(info->extack, info->attrs[CMAP_A_SPI],
			      "SPIs below 256 are reserved (RFC 4303 2.1)");
	return 0;
}

/* --- entries, maps, links --- */

static int get_rules(const struct nlattr *nest, struct cmap_entry_spec *spec,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CMAP_RULE_A_MAX + 1];
	const struct nlattr *attr;
	int rem, err;

	nla_for_each_nested(attr, nest, rem) {
		err = nla_parse_nested(tb, CMAP_RULE_A_MAX, attr, cmap_policy_rule, extack);
		if (!err)
			err = no_duplicates(nla_data(attr), nla_len(attr), 0, extack);
		if (err)
			return err;
		if (!tb[CMAP_RULE_A_ACTION] || !tb[CMAP_RULE_A_LOCAL] || !tb[CMAP_RULE_A_REMOTE])
			return refuse(extack, attr, "a rule needs ACTION, LOCAL and REMOTE");
		err = get_selector(tb[CMAP_RULE_A_LOCAL], tb[CMAP_RULE_A_REMOTE],
				   &spec->rule[spec->rules].selector, extack);
		if (err)
			return err;
		spec->rule[spec->rules++].action = nla_get_u8(tb[CMAP_RULE_A_ACTION]);
	}
	return 0;
}

static int count_rules(const struct nlattr *nest, unsigned int *count,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int rem;

	*count = 0;
	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != CMAP_A_RULE || !(attr->nla_type & NLA_F_NESTED))
			return refuse(extack, attr, "RULES holds nested RULE attributes only");
		if (++*count > CMAP_RULES_MAX)
			return refuse(extack, attr, "an entry has at most 512 rules");
	}
	if (rem)
		return refuse(extack, nest, "bytes are left over behind the last RULE");
	return 0;
}

static int get_peers(struct genl_info *info, struct cmap_entry_spec *spec)
{
	const struct nlattr *attr;
	int rem, err;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != CMAP_A_PEER)
			continue;
		if (spec->peers == CMAP_PEERS_MAX)
			return refuse(info->extack, attr, "an entry has at most 16 peers");
		err = get_host(attr, &spec->family, &spec->peer[spec->peers++], info->extack);
		if (err)
			return err;
	}
	return 0;
}

static int entry_set(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = { CMAP_A_MAP_NAME, CMAP_A_SEQ, CMAP_A_RULES, 0 };
	struct cmap_entry_spec *spec;
	unsigned int rules;
	int err;

	err = begin(info, needs);
	if (!err)
		err = count_rules(info->attrs[CMAP_A_RULES], &rules, info->extack);
	if (err)
		return err;
	spec = kvzalloc(struct_size(spec, rule, rules), GFP_KERNEL);
	if (!spec)
		return -ENOMEM;
	spec->name = nla_data(info->attrs[CMAP_A_MAP_NAME]);
	spec->seq = nla_get_u32(info->attrs[CMAP_A_SEQ]);
	spec->family = AF_INET;
	spec->hold = info->attrs[CMAP_A_HOLD] ? nla_get_u32(info->attrs[CMAP_A_HOLD]) :
						CMAP_HOLD_DEFAULT;
	err = get_peers(info, spec);
	if (!err && info->attrs[CMAP_A_LOCAL_ADDR]) {
		spec->has_local = true;
		err = get_host(info->attrs[CMAP_A_LOCAL_ADDR], &spec->family, &spec->local,
			       info->extack);
	}
	if (!err)
		err = get_rules(info->attrs[CMAP_A_RULES], spec, info->extack);
	if (!err)
		err = cmap_map_entry_set(cmap_net(genl_info_net(info)), spec,
					 !(info->nlhdr->nlmsg_flags & NLM_F_REPLACE) ||
					 (info->nlhdr->nlmsg_flags & NLM_F_CREATE),
					 info->nlhdr->nlmsg_flags & NLM_F_REPLACE, info->extack);
	kvfree(spec);
	return err;
}

static int entry_del(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = { CMAP_A_MAP_NAME, CMAP_A_SEQ, 0 };

	return begin(info, needs) ?:
	       cmap_map_entry_del(cmap_net(genl_info_net(info)),
				  nla_data(info->attrs[CMAP_A_MAP_NAME]),
				  nla_get_u32(info->attrs[CMAP_A_SEQ]), info->extack);
}

static int map_del(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = { CMAP_A_MAP_NAME, 0 };

	return begin(info, needs) ?:
	       cmap_map_del(cmap_net(genl_info_net(info)),
			    nla_data(info->attrs[CMAP_A_MAP_NAME]), info->extack);
}

static int link_set(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = { CMAP_A_IFINDEX, CMAP_A_MAP_NAME, 0 };

	return begin(info, needs) ?:
	       cmap_map_link_set(cmap_net(genl_info_net(info)),
				 nla_get_u32(info->attrs[CMAP_A_IFINDEX]),
				 nla_data(info->attrs[CMAP_A_MAP_NAME]), info->extack);
}

static int link_del(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = { CMAP_A_IFINDEX, 0 };

	return begin(info, needs) ?:
	       cmap_map_link_del(cmap_net(genl_info_net(info)),
				 nla_get_u32(info->attrs[CMAP_A_IFINDEX]), info->extack);
}

/* --- SAs --- */

static int spi_alloc(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = { CMAP_A_PROTO, CMAP_A_DST, 0 };
	struct cmap_sa_key key;
	int err;

	err = begin(info, needs);
	if (!err)
		err = get_key(info, &key);
	if (!err)
		err = cmap_sa_spi_alloc(cmap_net(genl_info_net(info)), &key, info->extack);
	return err ?: cmap_dump_reply_key(info, &key);
}

static u32 get_u32(const struct nlattr *attr, u32 otherwise)
{
	return attr ? nla_get_u32(attr) : otherwise;
}

static u64 get_u64(const struct nlattr *attr)
{
	return attr ? nla_get_u64(attr) : 0;
}

static int get_lifetimes(struct genl_info *info, struct cmap_sa_spec *spec)
{
	struct nlattr **a = info->attrs;

	spec->soft_seconds = get_u32(a[CMAP_A_LIFE_SOFT_SECONDS], 0);
	spec->hard_seconds = get_u32(a[CMAP_A_LIFE_HARD_SECONDS], 0);
	spec->soft_bytes = get_u64(a[CMAP_A_LIFE_SOFT_BYTES]);
	spec->hard_bytes = get_u64(a[CMAP_A_LIFE_HARD_BYTES]);
	if (a[CMAP_A_LIFE_SOFT_SECONDS] && spec->soft_seconds >= (spec->hard_seconds ?: 1))
		return refuse(info->extack, a[CMAP_A_LIFE_SOFT_SECONDS],
			      "LIFE_SOFT_SECONDS must be less than LIFE_HARD_SECONDS");
	if (spec->hard_seconds > INT_MAX / HZ)
		return refuse(info->extack, a[CMAP_A_LIFE_HARD_SECONDS],
			      "LIFE_HARD_SECONDS is too large for this kernel's timers");
	if (a[CMAP_A_LIFE_SOFT_BYTES] && spec->soft_bytes >= (spec->hard_bytes ?: 1))
		return refuse(info->extack, a[CMAP_A_LIFE_SOFT_BYTES],
			      "LIFE_SOFT_BYTES must be less than LIFE_HARD_BYTES");
	return 0;
}

static int get_replay(struct genl_info *info, struct cmap_sa_spec *spec)
{
	const struct nlattr *attr = info->attrs[CMAP_A_REPLAY_WINDOW];

	spec->replay_window = get_u32(attr, CMAP_REPLAY_MIN);
	if (attr && spec->dir == CMAP_DIR_OUT)
		return refuse(info->extack, attr, "REPLAY_WINDOW is for inbound SAs");
	if (spec->replay_window &&
	    (spec->replay_window < CMAP_REPLAY_MIN || spec->replay_window % 64))
		return refuse(info->extack, attr,
			      "REPLAY_WINDOW is 0 (off), or 64 to 4096 in steps of 64");
	if (spec->auth == CMAP_AUTH_NONE && spec->replay_window) {
		if (attr)
			return refuse(info->extack, attr,
				      "without authentication there is no replay protection");
		spec->replay_window = 0;
	}
	return 0;
}

static int get_keys(struct genl_info *info, struct cmap_sa_spec *spec)
{
	const struct nlattr *cipher = info->attrs[CMAP_A_CIPHER_KEY];
	const struct nlattr *auth = info->attrs[CMAP_A_AUTH_KEY];
	const char *fault;

	if (cipher) {
		spec->cipher_key = nla_data(cipher);
		spec->cipher_key_len = nla_len(cipher);
		fault = cmap_esp_cipher_key_fault(spec->cipher, spec->cipher_key_len);
		if (fault)
			return refuse(info->extack, cipher, fault);
	}
	if (auth) {
		spec->auth_key = nla_data(auth);
		spec->auth_key_len = nla_len(auth);
		fault = cmap_esp_auth_key_fault(spec->auth, spec->auth_key_len);
		if (fault)
			return refuse(info->extack, auth, fault);
	}
	return 0;
}

static int get_algorithms(struct genl_info *info, struct cmap_sa_spec *spec)
{
	struct nlattr **a = info->attrs;

	spec->cipher = nla_get_u16(a[CMAP_A_CIPHER]);
	spec->auth = a[CMAP_A_AUTH] ? nla_get_u16(a[CMAP_A_AUTH]) : CMAP_AUTH_NONE;
	if (!a[CMAP_A_CIPHER_KEY] != (spec->cipher == CMAP_CIPHER_NULL))
		return refuse(info->extack, a[CMAP_A_CIPHER_KEY] ?: a[CMAP_A_CIPHER],
			      a[CMAP_A_CIPHER_KEY] ? "the NULL cipher has no key" :
						     "CIPHER_KEY is missing");
	if (!a[CMAP_A_AUTH_KEY] != (spec->auth == CMAP_AUTH_NONE))
		return refuse(info->extack, a[CMAP_A_AUTH_KEY] ?: a[CMAP_A_AUTH],
			      a[CMAP_A_AUTH_KEY] ? "AUTH_KEY without an AUTH that has a key" :
						   "AUTH_KEY is missing");
	if (spec->cipher == CMAP_CIPHER_NULL && spec->auth == CMAP_AUTH_NONE)
		return refuse(info->extack, a[CMAP_A_CIPHER],
			      "NULL cipher and no authentication: nothing would be protected");
	return get_keys(info, spec);
}

static int get_sa(struct genl_info *info, struct cmap_sa_spec *spec)
{
	struct nlattr **a = info->attrs;
	u8 family;
	int err;

	memset(spec, 0, sizeof(*spec));
	spec->dir = nla_get_u8(a[CMAP_A_DIR]);
	spec->map = nla_data(a[CMAP_A_MAP_NAME]);
	spec->seq = nla_get_u32(a[CMAP_A_SEQ]);
	spec->flags = get_u32(a[CMAP_A_SA_FLAGS], 0);
	spec->conn_id = get_u32(a[CMAP_A_CONN_ID], 0);
	if ((spec->flags & CMAP_SA_F_STANDBY) && spec->dir != CMAP_DIR_OUT)
		return refuse(info->extack, a[CMAP_A_SA_FLAGS], "only outbound SAs can stand by");
	err = get_key(info, &spec->key);
	if (!err)
		err = get_host(a[CMAP_A_SRC], &family, &spec->saddr, info->extack);
	if (!err && spec->saddr.ip == spec->key.daddr.ip)
		err = refuse(info->extack, a[CMAP_A_SRC], "SRC and DST are the same address");
	if (!err)
		err = get_selector(a[CMAP_A_LOCAL_PROXY], a[CMAP_A_REMOTE_PROXY], &spec->selector,
				   info->extack);
	if (!err)
		err = get_algorithms(info, spec);
	if (!err)
		err = get_replay(info, spec);
	if (!err)
		err = get_lifetimes(info, spec);
	return err;
}

/* All of them: a request that gives a key twice is refused with both in it. */
static void wipe_keys(const struct nlmsghdr *nlh)
{
	struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem)
		if (nla_type(attr) == CMAP_A_CIPHER_KEY || nla_type(attr) == CMAP_A_AUTH_KEY)
			memzero_explicit(nla_data(attr), nla_len(attr));
}

static int sa_new(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = {
		CMAP_A_DIR, CMAP_A_PROTO, CMAP_A_SPI, CMAP_A_SRC, CMAP_A_DST, CMAP_A_MAP_NAME,
		CMAP_A_SEQ, CMAP_A_LOCAL_PROXY, CMAP_A_REMOTE_PROXY, CMAP_A_CIPHER, 0
	};
	struct cmap_sa_spec spec;
	int err;

	err = begin(info, needs);
	if (!err)
		err = get_sa(info, &spec);
	if (!err)
		err = cmap_sa_new(cmap_net(genl_info_net(info)), &spec, info->extack);
	wipe_keys(info->nlhdr);
	return err;
}

static const u8 sa_key_needs[] = { CMAP_A_PROTO, CMAP_A_SPI, CMAP_A_DST, 0 };

static int sa_enable(struct sk_buff *skb, struct genl_info *info)
{
	struct cmap_sa_key key;

	return begin(info, sa_key_needs) ?: get_key(info, &key) ?:
	       cmap_sa_enable(cmap_net(genl_info_net(info)), &key, info->extack);
}

static int sa_del(struct sk_buff *skb, struct genl_info *info)
{
	struct cmap_sa_key key;

	return begin(info, sa_key_needs) ?: get_key(info, &key) ?:
	       cmap_sa_del(cmap_net(genl_info_net(info)), &key, info->extack);
}

static int sa_get(struct sk_buff *skb, struct genl_info *info)
{
	struct cmap_sa_key key;

	if (info->attrs[CMAP_A_MAP_NAME] || info->attrs[CMAP_A_PEER_ADDR])
		return refuse(info->extack,
			      info->attrs[CMAP_A_MAP_NAME] ?: info->attrs[CMAP_A_PEER_ADDR],
			      "MAP_NAME and PEER_ADDR narrow a dump (NLM_F_DUMP) only");
	return begin(info, sa_key_needs) ?: get_key(info, &key) ?: cmap_dump_reply_sa(info, &key);
}

static int sa_flush(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = { 0 };
	const struct nlattr *map = info->attrs[CMAP_A_MAP_NAME];
	const struct nlattr *peer = info->attrs[CMAP_A_PEER_ADDR];
	union cmap_addr addr;
	u8 family;
	int err;

	err = begin(info, needs);
	if (!err && peer)
		err = get_host(peer, &family, &addr, info->extack);
	if (err)
		return err;
	return cmap_dump_reply_count(info, cmap_sa_flush(cmap_net(genl_info_net(info)),
							 map ? nla_data(map) : NULL,
							 peer ? &addr : NULL));
}

static int stats_get(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = { 0 };

	return begin(info, needs) ?: cmap_dump_reply_stats(info);
}

int cmap_netlink_dump(struct netlink_callback *cb, struct cmap_filter *filter)
{
	struct nlattr **attrs = cmap_compat_dump_attrs(cb);
	const struct nlattr *peer = attrs[CMAP_A_PEER_ADDR];
	u8 family;
	int err;

	filter->map = attrs[CMAP_A_MAP_NAME] ? nla_data(attrs[CMAP_A_MAP_NAME]) : NULL;
	filter->has_peer = peer;
	err = check(cb->nlh, attrs, cb->extack);
	if (!err && peer)
		err = get_host(peer, &family, &filter->peer, cb->extack);
	if (!err && (attrs[CMAP_A_SPI] || attrs[CMAP_A_PROTO] || attrs[CMAP_A_DST]))
		err = refuse(cb->extack,
			     attrs[CMAP_A_SPI] ?: attrs[CMAP_A_PROTO] ?: attrs[CMAP_A_DST],
			     "a dump is narrowed by MAP_NAME and PEER_ADDR only");
	return err;
}

/* --- the family --- */

#define DO(c, f, p)							\
	{ .cmd = (c), .doit = (f), .policy = (p), .maxattr = CMAP_A_MAX,	\
	  .flags = GENL_UNS_ADMIN_PERM }
#define DUMP(c, f, p)							\
	{ .cmd = (c), .dumpit = (f), .policy = (p), .maxattr = CMAP_A_MAX,	\
	  .flags = GENL_UNS_ADMIN_PERM }

static const struct genl_ops ops[] = {
	DO(CMAP_CMD_ENTRY_SET, entry_set, cmap_policy_entry_set),
	DO(CMAP_CMD_ENTRY_DEL, entry_del, cmap_policy_entry),
	DUMP(CMAP_CMD_ENTRY_GET, cmap_dump_entries, cmap_policy_map),
	DO(CMAP_CMD_MAP_DEL, map_del, cmap_policy_map),
	DO(CMAP_CMD_LINK_SET, link_set, cmap_policy_link_set),
	DO(CMAP_CMD_LINK_DEL, link_del, cmap_policy_link),
	DUMP(CMAP_CMD_LINK_GET, cmap_dump_links, cmap_policy_none),
	DO(CMAP_CMD_SPI_ALLOC, spi_alloc, cmap_policy_spi_alloc),
	DO(CMAP_CMD_SA_NEW, sa_new, cmap_policy_sa_new),
	DO(CMAP_CMD_SA_ENABLE, sa_enable, cmap_policy_sa_key),
	DO(CMAP_CMD_SA_DEL, sa_del, cmap_policy_sa_key),
	{
		.cmd = CMAP_CMD_SA_GET,
		.doit = sa_get,
		.dumpit = cmap_dump_sas,
		.policy = cmap_policy_sa_get,
		.maxattr = CMAP_A_MAX,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	DO(CMAP_CMD_SA_FLUSH, sa_flush, cmap_policy_sa_flush),
	DO(CMAP_CMD_STATS_GET, stats_get, cmap_policy_none),
};

/* Events name addresses and SPIs of others' traffic: for administrators only. */
static const struct genl_multicast_group groups[] = {
	{ .name = CMAP_MCGRP_EVENTS, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

struct genl_family cmap_genl_family __ro_after_init = {
	.name = CMAP_GENL_NAME,
	.version = CMAP_GENL_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	/* The core would refuse NLM_F_REPLACE and NLM_F_CREATE; begin() does the rest of its check. */
	.resv_start_op = __CMAP_CMD_LAST,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

int __init cmap_netlink_init(void)
{
	return genl_register_family(&cmap_genl_family);
}

void cmap_netlink_exit(void)
{
	genl_unregister_family(&cmap_genl_family);
}
