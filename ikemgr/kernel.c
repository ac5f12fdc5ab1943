/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cryptomap generic-netlink family, and nobody else knows it: requests in
 * the daemon's types become messages, replies and events become structs.
 */
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "kernel.h"
#include "kernel_get.h"

#define REQUEST_MAX	4096		/* bytes of a request: the largest is that for an SA, some 500 */
#define ENTRY_MAX	(256 * 1024)	/* of one for an entry, with its list */

struct kernel {
	struct nl_sock *requests, *listener;
	int family;
	uv_poll_t *poll;
	struct kernel_events events;
	void *arg;
	char error[KERNEL_ERROR];
};

/* what one request collects: a function for each reply, and how it ended */
struct transaction {
	struct kernel *k;
	void (*reply)(struct transaction *t, struct nlattr **attrs);
	void *out;
	void *fn;
	int status;		/* 1: under way */
};

/* --- attributes out --- */

static int put_addr(struct nl_msg *msg, int type, const struct addr *a)
{
	return nla_put(msg, type, a->length, a->bytes);
}

static int put_proxy(struct nl_msg *msg, int type, const struct proxy *p)
{
	struct nlattr *nest = nla_nest_start(msg, type);

	if (!nest || put_addr(msg, CMAP_PROXY_A_ADDR, &p->addr) ||
	    nla_put_u8(msg, CMAP_PROXY_A_PREFIX, p->prefix) || nla_put_u8(msg, CMAP_PROXY_A_PROTOCOL, p->protocol))
		return -1;
	if ((p->port_lo || p->port_hi) && (nla_put_u16(msg, CMAP_PROXY_A_PORT_LO, p->port_lo) ||
					   nla_put_u16(msg, CMAP_PROXY_A_PORT_HI, p->port_hi)))
		return -1;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_rule(struct nl_msg *msg, const struct kernel_rule *r)
{
	struct nlattr *nest = nla_nest_start(msg, CMAP_A_RULE);

	if (!nest || nla_put_u8(msg, CMAP_RULE_A_ACTION, r->permit ? CMAP_RULE_PERMIT : CMAP_RULE_DENY) ||
	    put_proxy(msg, CMAP_RULE_A_LOCAL, &r->local) || put_proxy(msg, CMAP_RULE_A_REMOTE, &r->remote))
		return -1;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_sa_id(struct nl_msg *msg, uint8_t proto, uint32_t spi, const struct addr *dst)
{
	return nla_put_u8(msg, CMAP_A_PROTO, proto) || nla_put_u32(msg, CMAP_A_SPI, htonl(spi)) ||
	       put_addr(msg, CMAP_A_DST, dst);
}

/* --- transactions --- */

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[CMAP_A_MAX + 1];
	struct transaction *t = arg;

	if (t->reply && !genlmsg_parse(nlmsg_hdr(msg), 0, tb, CMAP_A_MAX, NULL))
		t->reply(t, tb);
	return NL_OK;
}

static int on_end(struct nl_msg *msg, void *arg)
{
	struct transaction *t = arg;

	(void)msg;
	t->status = 0;
	return NL_STOP;
}

/* The extended ACK's text follows the echoed request (capped to its header, or whole). */
static void extack(struct kernel *k, struct nlmsgerr *err)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)((char *)err - NLMSG_HDRLEN);
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	size_t skip = sizeof(*err);
	int left;

	snprintf(k->error, sizeof(k->error), "%s", strerror(-err->error));
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(err->msg.nlmsg_len) - NLMSG_HDRLEN;
	left = (int)nlh->nlmsg_len - NLMSG_HDRLEN - (int)skip;
	if (left <= 0 || nla_parse(tb, NLMSGERR_ATTR_MAX, (struct nlattr *)((char *)err + skip), left, NULL))
		return;
	if (tb[NLMSGERR_ATTR_MSG])
		kernel_get_text(tb[NLMSGERR_ATTR_MSG], k->error, sizeof(k->error));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct transaction *t = arg;

	(void)from;
	extack(t->k, err);
	t->status = err->error;
	return NL_STOP;
}

/* A request of at most @size bytes. (All that is allocated is cleared: a large one costs more than the rest of a request.) */
static struct nl_msg *begin_sized(struct kernel *k, uint8_t cmd, int flags, size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(size);

	k->error[0] = '\0';
	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, k->family, 0, flags, cmd, CMAP_GENL_VERSION)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

static struct nl_msg *begin(struct kernel *k, uint8_t cmd, int flags)
{
	return begin_sized(k, cmd, flags, REQUEST_MAX);
}

/* Send @msg (freed here, wiped: it may hold keys) and wait for the answer. */
static int transact(struct kernel *k, struct nl_msg *msg, bool failed, struct transaction *t)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_CUSTOM);
	int err;

	t->k = k;
	t->status = 1;
	if (!msg || !cb || failed) {
		snprintf(k->error, sizeof(k->error), "request does not fit a message");
		t->status = -ENOMEM;
		goto out;
	}
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, t);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_end, t);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_end, t);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, t);
	err = nl_send_auto(k->requests, msg);
	while (err >= 0 && t->status > 0)
		err = nl_recvmsgs(k->requests, cb);
	if (t->status > 0) {
		snprintf(k->error, sizeof(k->error), "netlink: %s", nl_geterror(err));
		t->status = -EIO;
	}
out:
	if (msg) {
		crypto_wipe(nlmsg_data(nlmsg_hdr(msg)), (size_t)nlmsg_datalen(nlmsg_hdr(msg)));
		nlmsg_free(msg);
	}
	nl_cb_put(cb);
	return t->status;
}

static int entry_set(void *ctx, const struct kernel_entry *e, bool replace)
{
	struct nl_msg *msg = begin_sized(ctx, CMAP_CMD_ENTRY_SET, NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL),
					 ENTRY_MAX);
	struct transaction t = { 0 };
	struct nlattr *rules;
	bool bad = !msg;
	unsigned int i;

	bad = bad || nla_put_string(msg, CMAP_A_MAP_NAME, e->map) || nla_put_u32(msg, CMAP_A_SEQ, e->seq);
	for (i = 0; !bad && i < e->peer_count; i++)
		bad = put_addr(msg, CMAP_A_PEER, &e->peers[i]);
	if (!bad && e->local.length)
		bad = put_addr(msg, CMAP_A_LOCAL_ADDR, &e->local);
	bad = bad || nla_put_u32(msg, CMAP_A_HOLD, e->hold);
	if (!bad && e->per_host)
		bad = nla_put_u32(msg, CMAP_A_ENTRY_FLAGS, CMAP_ENTRY_F_PER_HOST);
	rules = bad ? NULL : nla_nest_start(msg, CMAP_A_RULES);
	bad = bad || !rules;
	for (i = 0; !bad && i < e->rule_count; i++)
		bad = put_rule(msg, &e->rules[i]);
	/* one attribute holds 64 KiB: a longer list is refused here, by transact() */
	bad = bad || nla_nest_end(msg, rules) < 0;
	return transact(ctx, msg, bad, &t);
}

static int entry_del(void *ctx, const char *map, uint32_t seq)
{
	struct nl_msg *msg = begin(ctx, CMAP_CMD_ENTRY_DEL, 0);
	struct transaction t = { 0 };
	bool bad = !msg || nla_put_string(msg, CMAP_A_MAP_NAME, map) || nla_put_u32(msg, CMAP_A_SEQ, seq);

	return transact(ctx, msg, bad, &t);
}

static int map_del(void *ctx, const char *map)
{
	struct nl_msg *msg = begin(ctx, CMAP_CMD_MAP_DEL, 0);
	struct transaction t = { 0 };
	bool bad = !msg || nla_put_string(msg, CMAP_A_MAP_NAME, map);

	return transact(ctx, msg, bad, &t);
}

static int link_set(void *ctx, uint32_t ifindex, const char *map, uint16_t mss, uint16_t mss6)
{
	struct nl_msg *msg = begin(ctx, CMAP_CMD_LINK_SET, 0);
	struct transaction t = { 0 };
	bool bad = !msg || nla_put_u32(msg, CMAP_A_IFINDEX, ifindex) || nla_put_string(msg, CMAP_A_MAP_NAME, map) ||
		   (mss && nla_put_u16(msg, CMAP_A_TCP_MSS, mss)) || (mss6 && nla_put_u16(msg, CMAP_A_TCP_MSS6, mss6));

	return transact(ctx, msg, bad, &t);
}

static int link_del(void *ctx, uint32_t ifindex)
{
	struct nl_msg *msg = begin(ctx, CMAP_CMD_LINK_DEL, 0);
	struct transaction t = { 0 };
	bool bad = !msg || nla_put_u32(msg, CMAP_A_IFINDEX, ifindex);

	return transact(ctx, msg, bad, &t);
}

static void link_reply(struct transaction *t, struct nlattr **tb)
{
	void (*fn)(void *arg, const struct kernel_link *link) = t->fn;
	struct kernel_link link = { .ifindex = kernel_get_u32(tb[CMAP_A_IFINDEX]) };

	kernel_get_text(tb[CMAP_A_IFNAME], link.ifname, sizeof(link.ifname));
	kernel_get_text(tb[CMAP_A_MAP_NAME], link.map, sizeof(link.map));
	link.mss = kernel_get_u16(tb[CMAP_A_TCP_MSS]);
	link.mss6 = kernel_get_u16(tb[CMAP_A_TCP_MSS6]);
	kernel_get_drops(tb[CMAP_A_DROPS], &link.drops);
	fn(t->out, &link);
}

static int link_dump(void *ctx, void (*fn)(void *arg, const struct kernel_link *link), void *arg)
{
	struct nl_msg *msg = begin(ctx, CMAP_CMD_LINK_GET, NLM_F_DUMP);
	struct transaction t = { .reply = link_reply, .out = arg, .fn = fn };

	return transact(ctx, msg, !msg, &t);
}

static void rule_reply(struct transaction *t, struct nlattr **tb)
{
	void (*fn)(void *arg, const struct kernel_rule_info *rule) = t->fn;
	struct nlattr *one, *r[CMAP_RULE_A_MAX + 1];
	struct kernel_rule_info info = { .seq = kernel_get_u32(tb[CMAP_A_SEQ]), .index = kernel_get_u32(tb[CMAP_A_RULE_INDEX]) };
	int left;

	kernel_get_text(tb[CMAP_A_MAP_NAME], info.map, sizeof(info.map));
	if (!tb[CMAP_A_RULES])
		return;
	nla_for_each_nested(one, tb[CMAP_A_RULES], left) {
		if (nla_parse_nested(r, CMAP_RULE_A_MAX, one, NULL))
			continue;
		info.permit = kernel_get_u8(r[CMAP_RULE_A_ACTION]) == CMAP_RULE_PERMIT;
		kernel_get_proxy(r[CMAP_RULE_A_LOCAL], &info.local);
		kernel_get_proxy(r[CMAP_RULE_A_REMOTE], &info.remote);
		kernel_get_stats(r[CMAP_RULE_A_STATS], &info.stats);
		kernel_get_drops(r[CMAP_RULE_A_OUT_DROPS], &info.out_drops);
		kernel_get_drops(r[CMAP_RULE_A_IN_DROPS], &info.in_drops);
		info.matches = kernel_get_u64(r[CMAP_RULE_A_MATCHES]);
		fn(t->out, &info);
		info.index++;
	}
}

static int rule_dump(void *ctx, const char *map, void (*fn)(void *arg, const struct kernel_rule_info *rule),
		     void *arg)
{
	struct nl_msg *msg = begin(ctx, CMAP_CMD_ENTRY_GET, NLM_F_DUMP);
	struct transaction t = { .reply = rule_reply, .out = arg, .fn = fn };
	bool bad = !msg || (map && nla_put_string(msg, CMAP_A_MAP_NAME, map));

	return transact(ctx, msg, bad, &t);
}

static void spi_reply(struct transaction *t, struct nlattr **tb)
{
	*(uint32_t *)t->out = ntohl(kernel_get_u32(tb[CMAP_A_SPI]));
}

static int spi_alloc(void *ctx, uint8_t proto, const struct addr *dst, uint32_t *spi)
{
	struct nl_msg *msg = begin(ctx, CMAP_CMD_SPI_ALLOC, 0);
	struct transaction t = { .reply = spi_reply, .out = spi };
	bool bad = !msg || nla_put_u8(msg, CMAP_A_PROTO, proto) || put_addr(msg, CMAP_A_DST, dst);

	return transact(ctx, msg, bad, &t);
}

static bool put_lifetimes(struct nl_msg *msg, const struct kernel_sa *sa)
{
	if (sa->soft_seconds && nla_put_u32(msg, CMAP_A_LIFE_SOFT_SECONDS, sa->soft_seconds))
		return true;
	if (sa->hard_seconds && nla_put_u32(msg, CMAP_A_LIFE_HARD_SECONDS, sa->hard_seconds))
		return true;
	if (sa->soft_bytes && nla_put_u64(msg, CMAP_A_LIFE_SOFT_BYTES, sa->soft_bytes))
		return true;
	return sa->hard_bytes && nla_put_u64(msg, CMAP_A_LIFE_HARD_BYTES, sa->hard_bytes);
}

static bool put_keys(struct nl_msg *msg, const struct kernel_sa *sa)
{
	if (sa->proto == IPPROTO_ESP && nla_put_u16(msg, CMAP_A_CIPHER, (uint16_t)sa->cipher))
		return true;
	if (sa->cipher_key_len && nla_put(msg, CMAP_A_CIPHER_KEY, (int)sa->cipher_key_len, sa->cipher_key))
		return true;
	return sa->auth != CMAP_AUTH_NONE && (nla_put_u16(msg, CMAP_A_AUTH, (uint16_t)sa->auth) ||
					      nla_put(msg, CMAP_A_AUTH_KEY, (int)sa->auth_key_len, sa->auth_key));
}

/* What differs from a plain SA in tunnel mode. */
static bool put_options(struct nl_msg *msg, const struct kernel_sa *sa)
{
	uint32_t flags = (sa->standby ? CMAP_SA_F_STANDBY : 0) | (sa->bundled ? CMAP_SA_F_BUNDLE : 0) |
			 (sa->fragment_after && !sa->inbound ? CMAP_SA_F_FRAGMENT_AFTER : 0) |
			 (sa->parallel ? CMAP_SA_F_PARALLEL : 0) | (sa->esn ? CMAP_SA_F_ESN : 0);

	if (sa->inbound && sa->replay_window != UINT32_MAX && nla_put_u32(msg, CMAP_A_REPLAY_WINDOW, sa->replay_window))
		return true;
	if (!sa->inbound && sa->dst.length == 4 && sa->df != CMAP_DF_COPY && nla_put_u8(msg, CMAP_A_DF, (uint8_t)sa->df))
		return true;
	if (sa->mode != CMAP_MODE_TUNNEL && nla_put_u8(msg, CMAP_A_MODE, (uint8_t)sa->mode))
		return true;
	if (sa->ah_spi && nla_put_u32(msg, CMAP_A_AH_SPI, htonl(sa->ah_spi)))
		return true;
	if (sa->encap_sport && (nla_put_u16(msg, CMAP_A_ENCAP_SPORT, sa->encap_sport) ||
				nla_put_u16(msg, CMAP_A_ENCAP_DPORT, sa->encap_dport)))
		return true;
	if (sa->idle_seconds && nla_put_u32(msg, CMAP_A_IDLE_SECONDS, sa->idle_seconds))
		return true;
	return flags && nla_put_u32(msg, CMAP_A_SA_FLAGS, flags);
}

static int sa_new_request(void *ctx, const struct kernel_sa *sa)
{
	struct nl_msg *msg = begin(ctx, CMAP_CMD_SA_NEW, 0);
	struct transaction t = { 0 };
	bool bad = !msg || nla_put_u8(msg, CMAP_A_DIR, sa->inbound ? CMAP_DIR_IN : CMAP_DIR_OUT) ||
		   put_sa_id(msg, sa->proto, sa->spi, &sa->dst) || put_addr(msg, CMAP_A_SRC, &sa->src) ||
		   nla_put_string(msg, CMAP_A_MAP_NAME, sa->map) || nla_put_u32(msg, CMAP_A_SEQ, sa->seq) ||
		   put_proxy(msg, CMAP_A_LOCAL_PROXY, &sa->local) || put_proxy(msg, CMAP_A_REMOTE_PROXY, &sa->remote) ||
		   put_keys(msg, sa) || put_options(msg, sa) || put_lifetimes(msg, sa) ||
		   nla_put_u32(msg, CMAP_A_CONN_ID, sa->conn_id);

	return transact(ctx, msg, bad, &t);
}

static int sa_request(void *ctx, uint8_t cmd, uint8_t proto, uint32_t spi, const struct addr *dst,
		      struct transaction *t)
{
	struct nl_msg *msg = begin(ctx, cmd, 0);

	return transact(ctx, msg, !msg || put_sa_id(msg, proto, spi, dst), t);
}

static int sa_enable(void *ctx, uint8_t proto, uint32_t spi, const struct addr *dst)
{
	struct transaction t = { 0 };

	return sa_request(ctx, CMAP_CMD_SA_ENABLE, proto, spi, dst, &t);
}

static int sa_move(void *ctx, uint8_t proto, uint32_t spi, const struct addr *dst, uint16_t sport, uint16_t dport)
{
	struct nl_msg *msg = begin(ctx, CMAP_CMD_SA_MOVE, 0);
	struct transaction t = { 0 };

	return transact(ctx, msg, !msg || put_sa_id(msg, proto, spi, dst) ||
			nla_put_u16(msg, CMAP_A_ENCAP_SPORT, sport) || nla_put_u16(msg, CMAP_A_ENCAP_DPORT, dport), &t);
}

static int sa_del(void *ctx, uint8_t proto, uint32_t spi, const struct addr *dst)
{
	struct transaction t = { 0 };

	return sa_request(ctx, CMAP_CMD_SA_DEL, proto, spi, dst, &t);
}

static void sa_reply(struct transaction *t, struct nlattr **tb)
{
	kernel_get_sa(tb, t->out);
}

static int sa_get(void *ctx, uint8_t proto, uint32_t spi, const struct addr *dst, struct kernel_sa_info *info)
{
	struct transaction t = { .reply = sa_reply, .out = info };

	return sa_request(ctx, CMAP_CMD_SA_GET, proto, spi, dst, &t);
}

static void sa_dump_reply(struct transaction *t, struct nlattr **tb)
{
	void (*fn)(void *arg, const struct kernel_sa_info *sa) = t->fn;
	struct kernel_sa_info sa;

	kernel_get_sa(tb, &sa);
	fn(t->out, &sa);
}

static bool put_filter(struct nl_msg *msg, const char *map, const struct addr *peer)
{
	return (map && nla_put_string(msg, CMAP_A_MAP_NAME, map)) || (peer && put_addr(msg, CMAP_A_PEER_ADDR, peer));
}

static int sa_dump(void *ctx, const char *map, const struct addr *peer,
		   void (*fn)(void *arg, const struct kernel_sa_info *sa), void *arg)
{
	struct nl_msg *msg = begin(ctx, CMAP_CMD_SA_GET, NLM_F_DUMP);
	struct transaction t = { .reply = sa_dump_reply, .out = arg, .fn = fn };

	return transact(ctx, msg, !msg || put_filter(msg, map, peer), &t);
}

static void count_reply(struct transaction *t, struct nlattr **tb)
{
	*(uint32_t *)t->out = kernel_get_u32(tb[CMAP_A_COUNT]);
}

static int sa_flush(void *ctx, const char *map, const struct addr *peer, uint32_t *count)
{
	struct nl_msg *msg = begin(ctx, CMAP_CMD_SA_FLUSH, 0);
	struct transaction t = { .reply = count_reply, .out = count };

	return transact(ctx, msg, !msg || put_filter(msg, map, peer), &t);
}

static const char *error_text(void *ctx)
{
	return ((struct kernel *)ctx)->error;
}

const struct kernel_ops kernel_ops_genl = {
	.entry_set = entry_set, .entry_del = entry_del, .map_del = map_del,
	.link_set = link_set, .link_del = link_del, .link_dump = link_dump, .rule_dump = rule_dump,
	.spi_alloc = spi_alloc, .sa_new = sa_new_request, .sa_enable = sa_enable, .sa_move = sa_move,
	.sa_del = sa_del, .sa_get = sa_get, .sa_dump = sa_dump, .sa_flush = sa_flush, .error = error_text,
};

/* --- events --- */

static void event_acquire(struct kernel *k, struct nlattr **tb)
{
	struct kernel_acquire acq = { .seq = kernel_get_u32(tb[CMAP_A_SEQ]), .rule_index = kernel_get_u32(tb[CMAP_A_RULE_INDEX]),
				      .ifindex = kernel_get_u32(tb[CMAP_A_IFINDEX]) };

	kernel_get_text(tb[CMAP_A_MAP_NAME], acq.map, sizeof(acq.map));
	kernel_get_proxy(tb[CMAP_A_LOCAL_PROXY], &acq.local);
	kernel_get_proxy(tb[CMAP_A_REMOTE_PROXY], &acq.remote);
	kernel_get_flow(tb[CMAP_A_FLOW], &acq.flow);
	if (k->events.acquire)
		k->events.acquire(k->arg, &acq);
}

static void event_sa(struct kernel *k, struct nlattr **tb, void (*fn)(void *arg, const struct kernel_sa_info *sa))
{
	struct kernel_sa_info sa;

	kernel_get_sa(tb, &sa);
	if (fn)
		fn(k->arg, &sa);
}

static void event_packet(struct kernel *k, uint8_t cmd, struct nlattr **tb)
{
	struct nlattr *d[CMAP_DROP_A_MAX + 1] = { NULL };
	uint32_t spi = ntohl(kernel_get_u32(tb[CMAP_A_SPI]));
	uint8_t proto = kernel_get_u8(tb[CMAP_A_PROTO]);
	struct kernel_flow flow;
	struct addr src, dst;
	char name[64] = "";

	kernel_get_addr(tb[CMAP_A_SRC], &src);
	kernel_get_addr(tb[CMAP_A_DST], &dst);
	kernel_get_flow(tb[CMAP_A_FLOW], &flow);
	if (tb[CMAP_A_DROP])
		nla_parse_nested(d, CMAP_DROP_A_MAX, tb[CMAP_A_DROP], NULL);
	kernel_get_text(cmd == CMAP_CMD_EV_DROP ? d[CMAP_DROP_A_NAME] : tb[CMAP_A_MAP_NAME], name, sizeof(name));
	if (cmd == CMAP_CMD_EV_SA_USED && k->events.used)
		k->events.used(k->arg, proto, spi, &dst);
	else if (cmd == CMAP_CMD_EV_PEER_MOVED && k->events.moved)
		k->events.moved(k->arg, proto, spi, &src, kernel_get_u16(tb[CMAP_A_ENCAP_SPORT]));
	else if (cmd == CMAP_CMD_EV_INVALID_SPI && k->events.invalid_spi)
		k->events.invalid_spi(k->arg, proto, spi, &src, &dst, kernel_get_u32(tb[CMAP_A_IFINDEX]));
	else if (cmd == CMAP_CMD_EV_NOT_IPSEC && k->events.not_ipsec)
		k->events.not_ipsec(k->arg, name, kernel_get_u32(tb[CMAP_A_SEQ]), kernel_get_u32(tb[CMAP_A_IFINDEX]), &flow);
	else if (cmd == CMAP_CMD_EV_DROP && k->events.drop)
		k->events.drop(k->arg, spi, &src, &dst, kernel_get_u32(tb[CMAP_A_CONN_ID]), name,
			       kernel_get_u64(tb[CMAP_A_SEQ_NUMBER]), tb[CMAP_A_FLOW] ? &flow : NULL);
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct genlmsghdr *gnlh = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[CMAP_A_MAX + 1];
	char ifname[32], map[CMAP_NAME_MAX + 1];
	struct kernel *k = arg;

	if (nlmsg_hdr(msg)->nlmsg_type != k->family || genlmsg_parse(nlmsg_hdr(msg), 0, tb, CMAP_A_MAX, NULL))
		return NL_OK;
	switch (gnlh->cmd) {
	case CMAP_CMD_EV_ACQUIRE:
		event_acquire(k, tb);
		break;
	case CMAP_CMD_EV_SOFT_EXPIRE:
		event_sa(k, tb, k->events.soft_expire);
		break;
	case CMAP_CMD_EV_HARD_EXPIRE:
		event_sa(k, tb, k->events.hard_expire);
		break;
	case CMAP_CMD_EV_SA_DEL:
		event_sa(k, tb, k->events.sa_deleted);
		break;
	case CMAP_CMD_EV_IDLE:
		event_sa(k, tb, k->events.idle);
		break;
	case CMAP_CMD_EV_LINK:
		kernel_get_text(tb[CMAP_A_IFNAME], ifname, sizeof(ifname));
		kernel_get_text(tb[CMAP_A_MAP_NAME], map, sizeof(map));
		if (k->events.link)
			k->events.link(k->arg, kernel_get_u32(tb[CMAP_A_IFINDEX]), ifname, map);
		break;
	default:
		event_packet(k, gnlh->cmd, tb);
	}
	return NL_OK;
}

/* A full socket buffer loses events (ENOBUFS): the kernel asks again for what it still wants. */
static void readable(uv_poll_t *poll, int status, int events)
{
	struct kernel *k = poll->data;

	(void)status;
	(void)events;
	while (!nl_recvmsgs_default(k->listener))
		;
}

static void poll_closed(uv_handle_t *handle)
{
	free(handle);
}

static struct nl_sock *open_socket(void)
{
	struct nl_sock *sock = nl_socket_alloc();
	int one = 1;

	if (!sock)
		return NULL;
	if (genl_connect(sock)) {
		nl_socket_free(sock);
		return NULL;
	}
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	nl_socket_set_msg_buf_size(sock, 64 * 1024);
	return sock;
}

static int listen_events(struct kernel *k, uv_loop_t *loop, char *error)
{
	int group = genl_ctrl_resolve_grp(k->listener, CMAP_GENL_NAME, CMAP_MCGRP_EVENTS);
	int err;

	if (group < 0) {
		snprintf(error, KERNEL_ERROR, "cryptomap has no event group: module and ikemgr differ in version");
		return -1;
	}
	nl_socket_disable_seq_check(k->listener);
	nl_socket_set_buffer_size(k->listener, 1 << 20, 0);
	nl_socket_modify_cb(k->listener, NL_CB_VALID, NL_CB_CUSTOM, on_event, k);
	err = nl_socket_add_membership(k->listener, group);
	if (err) {
		snprintf(error, KERNEL_ERROR, "cannot listen to the kernel's events: %s%s", nl_geterror(err),
			 err == -NLE_PERM ? ": ikemgr needs CAP_NET_ADMIN in this network namespace" : "");
		return -1;
	}
	nl_socket_set_nonblocking(k->listener);
	k->poll = malloc(sizeof(*k->poll));
	if (!k->poll)
		return -1;
	uv_poll_init(loop, k->poll, nl_socket_get_fd(k->listener));
	k->poll->data = k;
	uv_poll_start(k->poll, UV_READABLE, readable);
	return 0;
}

/* One harmless dump tells a missing capability before anything is programmed. */
static int probe(struct kernel *k, char *error)
{
	struct nl_msg *msg = begin(k, CMAP_CMD_STATS_GET, 0);
	struct transaction t = { 0 };
	int err = transact(k, msg, !msg, &t);

	if (!err)
		return 0;
	if (err == -EPERM)
		snprintf(error, KERNEL_ERROR, "no permission: ikemgr needs CAP_NET_ADMIN in this network namespace");
	else
		snprintf(error, KERNEL_ERROR, "cryptomap kernel module refuses requests: %.160s", k->error);
	return -1;
}

struct kernel *kernel_open(uv_loop_t *loop, const struct kernel_events *events, void *arg, char *error)
{
	struct kernel *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	snprintf(error, KERNEL_ERROR, "cannot open a netlink socket: %s", strerror(errno));
	k->events = *events;
	k->arg = arg;
	k->requests = open_socket();
	k->listener = open_socket();
	if (!k->requests || !k->listener)
		goto fail;
	k->family = genl_ctrl_resolve(k->requests, CMAP_GENL_NAME);
	if (k->family < 0) {
		snprintf(error, KERNEL_ERROR, "cryptomap kernel module is not loaded: modprobe cryptomap");
		goto fail;
	}
	if (probe(k, error) || listen_events(k, loop, error))
		goto fail;
	return k;
fail:
	kernel_close(k);
	return NULL;
}

void kernel_close(struct kernel *k)
{
	if (!k)
		return;
	if (k->poll) {
		uv_poll_stop(k->poll);
		uv_close((uv_handle_t *)k->poll, poll_closed);
	}
	nl_socket_free(k->requests);
	nl_socket_free(k->listener);
	free(k);
}
