/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes by rtnetlink: see netroute.h. Ours have protocol ROUTE_PROTOCOL, and stand in the main table. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "netroute.h"

static struct nl_sock *route_socket(void)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (sock && nl_connect(sock, NETLINK_ROUTE)) {
		nl_socket_free(sock);
		sock = NULL;
	}
	return sock;
}

static unsigned char family(const struct addr *a)
{
	return a->length == 16 ? AF_INET6 : AF_INET;
}

/* Send @msg and wait for its ACK; frees it. 0, or a negative errno. */
static int request(struct nl_msg *msg, bool bad)
{
	struct nl_sock *sock = bad ? NULL : route_socket();
	int err = -NLE_NOMEM;

	if (sock)
		err = nl_send_auto(sock, msg);
	if (sock && err >= 0)
		err = nl_wait_for_ack(sock);
	nlmsg_free(msg);
	nl_socket_free(sock);
	if (err >= 0)
		return 0;
	return err == -NLE_EXIST ? -EEXIST : err == -NLE_PERM ? -EPERM : err == -NLE_OBJ_NOTFOUND ? -ESRCH : -EINVAL;
}

static int change(int type, int flags, const struct route *r)
{
	struct rtmsg head = { .rtm_family = family(&r->net), .rtm_dst_len = r->prefix, .rtm_table = RT_TABLE_MAIN,
			      .rtm_protocol = ROUTE_PROTOCOL, .rtm_type = RTN_UNICAST,
			      .rtm_scope = r->gateway.length ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK };
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);
	bool bad = !msg || nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO) ||
		   nla_put(msg, RTA_DST, r->net.length, r->net.bytes) || nla_put_u32(msg, RTA_PRIORITY, r->metric) ||
		   nla_put_u32(msg, RTA_OIF, r->ifindex) ||
		   (r->gateway.length && nla_put(msg, RTA_GATEWAY, r->gateway.length, r->gateway.bytes));

	return request(msg, bad);
}

static int add(void *ctx, const struct route *route)
{
	(void)ctx;
	return change(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route);
}

static int del(void *ctx, const struct route *route)
{
	(void)ctx;
	return change(RTM_DELROUTE, 0, route);
}

static void get_addr(const struct nlattr *a, struct addr *out)
{
	int len = a ? nla_len(a) : 0;

	*out = (struct addr){ 0 };
	if (len != 4 && len != 16)
		return;
	out->length = (uint8_t)len;
	memcpy(out->bytes, nla_data(a), (size_t)len);
}

/* --- the way to a peer --- */

struct way {
	uint32_t ifindex;
	struct addr gateway;
	bool found;
};

static int on_way(struct nl_msg *msg, void *arg)
{
	const struct rtmsg *head = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[RTA_MAX + 1];
	struct way *way = arg;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(*head), tb, RTA_MAX, NULL) || head->rtm_type != RTN_UNICAST || !tb[RTA_OIF])
		return NL_OK;
	way->found = nla_get_u32(tb[RTA_OIF]) == way->ifindex;
	get_addr(tb[RTA_GATEWAY], &way->gateway);
	return NL_OK;
}

static bool via(void *ctx, const struct addr *to, uint32_t ifindex, struct addr *gateway)
{
	struct rtmsg head = { .rtm_family = family(to), .rtm_dst_len = (unsigned char)(to->length * 8) };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, 0);
	struct way way = { .ifindex = ifindex };
	struct nl_sock *sock = route_socket();

	(void)ctx;
	if (sock && msg && !nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO) &&
	    !nla_put(msg, RTA_DST, to->length, to->bytes) && !nla_put_u32(msg, RTA_OIF, ifindex)) {
		nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_way, &way);
		/* the answer, or the error that there is none, is one message; then the ACK */
		if (nl_send_auto(sock, msg) >= 0)
			nl_recvmsgs_default(sock);
	}
	nlmsg_free(msg);
	nl_socket_free(sock);
	*gateway = way.gateway.length ? way.gateway : *to;
	return way.found;
}

/* --- ours --- */

struct search {
	void (*fn)(void *arg, const struct route *route);
	void *arg;
};

static int on_route(struct nl_msg *msg, void *arg)
{
	const struct rtmsg *head = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[RTA_MAX + 1];
	const struct search *s = arg;
	struct route r = { .prefix = head->rtm_dst_len };

	if (head->rtm_protocol != ROUTE_PROTOCOL || nlmsg_parse(nlmsg_hdr(msg), sizeof(*head), tb, RTA_MAX, NULL) || !tb[RTA_OIF] ||
	    (tb[RTA_TABLE] ? nla_get_u32(tb[RTA_TABLE]) : head->rtm_table) != RT_TABLE_MAIN)
		return NL_OK;
	get_addr(tb[RTA_DST], &r.net);
	if (!r.net.length)
		r.net.length = head->rtm_family == AF_INET6 ? 16 : 4;
	get_addr(tb[RTA_GATEWAY], &r.gateway);
	r.ifindex = nla_get_u32(tb[RTA_OIF]);
	r.metric = tb[RTA_PRIORITY] ? nla_get_u32(tb[RTA_PRIORITY]) : 0;
	s->fn(s->arg, &r);
	return NL_OK;
}

static void dump_family(unsigned char af, struct search *s)
{
	struct rtmsg head = { .rtm_family = af };
	struct nl_sock *sock = route_socket();

	if (!sock)
		return;
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_route, s);
	if (nl_send_simple(sock, RTM_GETROUTE, NLM_F_DUMP, &head, sizeof(head)) >= 0)
		nl_recvmsgs_default(sock);
	nl_socket_free(sock);
}

static void dump(void *ctx, void (*fn)(void *arg, const struct route *route), void *arg)
{
	struct search s = { .fn = fn, .arg = arg };

	(void)ctx;
	dump_family(AF_INET, &s);
	dump_family(AF_INET6, &s);
}

const struct route_ops netroute_ops = { .add = add, .del = del, .via = via, .dump = dump };
