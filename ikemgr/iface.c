/* SPDX-License-Identifier: GPL-2.0-only */
/* Interfaces by rtnetlink: see iface.h. */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdlib.h>

#include "iface.h"
#include "timer.h"

#define MADE "made by ikemgr"	/* the alias of such a link */
#define BURST_MS 50	/* a new interface brings several messages */

struct iface_watch {
	struct nl_sock *sock;
	uv_poll_t *poll;
	struct timer burst;
	uv_loop_t *loop;
	void (*changed)(void *arg);
	void *arg;
};

static struct nl_sock *route_socket(void)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (sock && nl_connect(sock, NETLINK_ROUTE)) {
		nl_socket_free(sock);
		sock = NULL;
	}
	return sock;
}

static int on_link(struct nl_msg *msg, void *arg)
{
	struct ifinfomsg *info = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[IFLA_MAX + 1];
	struct iface *out = arg;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(*info), tb, IFLA_MAX, NULL))
		return NL_OK;
	out->ifindex = (uint32_t)info->ifi_index;
	if (tb[IFLA_IFNAME])
		nla_strlcpy(out->ifname, tb[IFLA_IFNAME], sizeof(out->ifname));
	if (tb[IFLA_MTU])
		out->mtu = nla_get_u32(tb[IFLA_MTU]);
	if (tb[IFLA_LINK])
		out->below = nla_get_u32(tb[IFLA_LINK]);
	return NL_OK;
}

bool iface_find(const char *name, struct iface *out)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nl_sock *sock = route_socket();
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETLINK, 0);

	memset(out, 0, sizeof(*out));
	if (sock && msg && !nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) &&
	    !nla_put_string(msg, IFLA_ALT_IFNAME, name)) {
		nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_link, out);
		/* the answer, or the error that there is none, is one message; then the ACK */
		if (nl_send_auto(sock, msg) >= 0)
			nl_recvmsgs_default(sock);
	}
	nlmsg_free(msg);
	nl_socket_free(sock);
	return out->ifindex;
}

struct address_search {
	uint32_t ifindex;
	int family;
	const struct addr *preferred;
	struct addr *out;
	bool preferred_found;
};

static int on_address(struct nl_msg *msg, void *arg)
{
	struct ifaddrmsg *info = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[IFA_MAX + 1];
	struct address_search *s = arg;
	struct addr a = { .length = info->ifa_family == AF_INET6 ? 16 : 4 };
	struct nlattr *own;
	uint32_t flags = info->ifa_flags;

	if (info->ifa_index != s->ifindex || info->ifa_family != s->family || s->preferred_found ||
	    nlmsg_parse(nlmsg_hdr(msg), sizeof(*info), tb, IFA_MAX, NULL))
		return NL_OK;
	own = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	if (!own || nla_len(own) < a.length)
		return NL_OK;
	memcpy(a.bytes, nla_data(own), a.length);
	if (tb[IFA_FLAGS])
		flags = nla_get_u32(tb[IFA_FLAGS]);
	if (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
		return NL_OK;
	if (s->preferred->length && addr_equal(&a, s->preferred))
		s->preferred_found = true;
	else if (s->out->length || flags & (IFA_F_SECONDARY | IFA_F_DEPRECATED) || info->ifa_scope != RT_SCOPE_UNIVERSE)
		return NL_OK;
	*s->out = a;
	return NL_OK;
}

bool iface_address(uint32_t ifindex, int family, const struct addr *preferred, struct addr *out)
{
	struct address_search s = { .ifindex = ifindex, .family = family, .preferred = preferred, .out = out };
	struct ifaddrmsg info = { .ifa_family = (unsigned char)family };
	struct nl_sock *sock = route_socket();

	memset(out, 0, sizeof(*out));
	if (!sock)
		return false;
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_address, &s);
	if (nl_send_simple(sock, RTM_GETADDR, NLM_F_DUMP, &info, sizeof(info)) >= 0)
		nl_recvmsgs_default(sock);
	nl_socket_free(sock);
	return out->length;
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
	return err == -NLE_EXIST ? -EEXIST : err == -NLE_OPNOTSUPP ? -EOPNOTSUPP : err == -NLE_PERM ? -EPERM : -EINVAL;
}

/* A kernel takes an alias only for a link that is there. */
static void mark_made(const char *ifname)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_SETLINK, 0);

	request(msg, !msg || nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) || nla_put_string(msg, IFLA_IFNAME, ifname) ||
			     nla_put(msg, IFLA_IFALIAS, strlen(MADE), MADE));
}

int iface_create(const char *ifname, const char *kind, uint32_t mtu, uint32_t below)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *link;
	int err;
	bool bad = !msg || nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) || nla_put_string(msg, IFLA_IFNAME, ifname) ||
		   (mtu && nla_put_u32(msg, IFLA_MTU, mtu)) || (below && nla_put_u32(msg, IFLA_LINK, below));

	link = bad ? NULL : nla_nest_start(msg, IFLA_LINKINFO);
	bad = !link || nla_put_string(msg, IFLA_INFO_KIND, kind);
	if (!bad)
		nla_nest_end(msg, link);
	err = request(msg, bad);
	if (!err)
		mark_made(ifname);
	return err;
}

struct made_search {
	const char *kind;
	void (*each)(void *arg, uint32_t ifindex);
	void *arg;
};

static int on_made(struct nl_msg *msg, void *arg)
{
	struct ifinfomsg *info = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[IFLA_MAX + 1], *link[IFLA_INFO_MAX + 1];
	const struct made_search *s = arg;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(*info), tb, IFLA_MAX, NULL) || !tb[IFLA_IFALIAS] || !tb[IFLA_LINKINFO] ||
	    nla_strcmp(tb[IFLA_IFALIAS], MADE) || nla_parse_nested(link, IFLA_INFO_MAX, tb[IFLA_LINKINFO], NULL) ||
	    !link[IFLA_INFO_KIND] || nla_strcmp(link[IFLA_INFO_KIND], s->kind))
		return NL_OK;
	s->each(s->arg, (uint32_t)info->ifi_index);
	return NL_OK;
}

void iface_made(const char *kind, void (*each)(void *arg, uint32_t ifindex), void *arg)
{
	struct made_search s = { .kind = kind, .each = each, .arg = arg };
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nl_sock *sock = route_socket();

	if (!sock)
		return;
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_made, &s);
	if (nl_send_simple(sock, RTM_GETLINK, NLM_F_DUMP, &info, sizeof(info)) >= 0)
		nl_recvmsgs_default(sock);
	nl_socket_free(sock);
}

void iface_delete(uint32_t ifindex)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = (int)ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_DELLINK, 0);

	request(msg, !msg || nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO));
}

int iface_add_address(uint32_t ifindex, const struct addr *addr, uint8_t prefix)
{
	struct ifaddrmsg info = { .ifa_family = addr->length == 16 ? AF_INET6 : AF_INET, .ifa_prefixlen = prefix,
				  .ifa_index = ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	bool bad = !msg || nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) ||
		   nla_put(msg, IFA_LOCAL, addr->length, addr->bytes) || nla_put(msg, IFA_ADDRESS, addr->length, addr->bytes);
	int err = request(msg, bad);

	return err == -EEXIST ? 0 : err;
}

#define ADDRESSES_MAX 64

struct address_list {
	uint32_t ifindex;
	struct iface_prefix addr[ADDRESSES_MAX];
	size_t count;
};

static int on_listed(struct nl_msg *msg, void *arg)
{
	struct ifaddrmsg *info = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[IFA_MAX + 1], *own;
	struct address_list *l = arg;
	struct iface_prefix *p;

	if (info->ifa_index != l->ifindex || l->count == ADDRESSES_MAX ||
	    nlmsg_parse(nlmsg_hdr(msg), sizeof(*info), tb, IFA_MAX, NULL))
		return NL_OK;
	p = &l->addr[l->count];
	memset(p, 0, sizeof(*p));
	p->addr.length = info->ifa_family == AF_INET6 ? 16 : 4;
	p->prefix = info->ifa_prefixlen;
	own = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	if (!own || nla_len(own) < p->addr.length)
		return NL_OK;
	memcpy(p->addr.bytes, nla_data(own), p->addr.length);
	l->count++;
	return NL_OK;
}

static void remove_address(uint32_t ifindex, const struct iface_prefix *p)
{
	struct ifaddrmsg info = { .ifa_family = p->addr.length == 16 ? AF_INET6 : AF_INET, .ifa_prefixlen = p->prefix,
				  .ifa_index = ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_DELADDR, 0);

	request(msg, !msg || nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) ||
			     nla_put(msg, IFA_LOCAL, p->addr.length, p->addr.bytes));
}

static bool link_local(const struct addr *a)
{
	return a->length == 16 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

static bool is_kept(const struct iface_prefix *p, const struct iface_prefix *keep, size_t count)
{
	bool any_link_local = false;
	size_t i;

	for (i = 0; i < count; i++) {
		if (keep[i].prefix == p->prefix && addr_equal(&keep[i].addr, &p->addr))
			return true;
		any_link_local = any_link_local || link_local(&keep[i].addr);
	}
	return link_local(&p->addr) && !any_link_local;
}

void iface_only_addresses(uint32_t ifindex, const struct iface_prefix *keep, size_t count)
{
	struct address_list l = { .ifindex = ifindex };
	struct ifaddrmsg info = { .ifa_family = AF_UNSPEC };
	struct nl_sock *sock = route_socket();
	size_t i;

	if (!sock)
		return;
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_listed, &l);
	if (nl_send_simple(sock, RTM_GETADDR, NLM_F_DUMP, &info, sizeof(info)) >= 0)
		nl_recvmsgs_default(sock);
	nl_socket_free(sock);
	for (i = 0; i < l.count; i++) {
		if (!is_kept(&l.addr[i], keep, count))
			remove_address(ifindex, &l.addr[i]);
	}
}

int iface_set_mtu(uint32_t ifindex, uint32_t mtu)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = (int)ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_SETLINK, 0);

	return request(msg, !msg || nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) || nla_put_u32(msg, IFLA_MTU, mtu));
}

int iface_set_below(uint32_t ifindex, const char *kind, uint32_t below)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = (int)ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);
	bool bad = !msg || nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) || nla_put_u32(msg, IFLA_LINK, below);
	struct nlattr *link = bad ? NULL : nla_nest_start(msg, IFLA_LINKINFO), *data;

	bad = !link || nla_put_string(msg, IFLA_INFO_KIND, kind);
	/* without data of its kind, if only none, the kernel does not ask that */
	data = bad ? NULL : nla_nest_start(msg, IFLA_INFO_DATA);
	if (!data)
		return request(msg, true);
	nla_nest_end_keep_empty(msg, data);
	nla_nest_end(msg, link);
	return request(msg, false);
}

static void settled(void *arg)
{
	struct iface_watch *w = arg;

	w->changed(w->arg);
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct iface_watch *w = poll->data;

	(void)status;
	(void)events;
	while (!nl_recvmsgs_default(w->sock))
		;
	if (!timer_running(&w->burst))
		timer_start(&w->burst, w->loop, BURST_MS, settled, w);
}

static int ignore(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

struct iface_watch *iface_watch_new(uv_loop_t *loop, void (*changed)(void *arg), void *arg)
{
	struct iface_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->loop = loop;
	w->changed = changed;
	w->arg = arg;
	w->sock = route_socket();
	w->poll = malloc(sizeof(*w->poll));
	if (!w->sock || !w->poll || nl_socket_add_memberships(w->sock, RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
								     RTNLGRP_IPV6_IFADDR, 0)) {
		nl_socket_free(w->sock);
		free(w->poll);
		free(w);
		return NULL;
	}
	nl_socket_disable_seq_check(w->sock);
	nl_socket_modify_cb(w->sock, NL_CB_VALID, NL_CB_CUSTOM, ignore, NULL);
	nl_socket_set_nonblocking(w->sock);
	uv_poll_init(loop, w->poll, nl_socket_get_fd(w->sock));
	w->poll->data = w;
	uv_poll_start(w->poll, UV_READABLE, readable);
	return w;
}

static void poll_closed(uv_handle_t *handle)
{
	free(handle);
}

void iface_watch_free(struct iface_watch *w)
{
	if (!w)
		return;
	timer_stop(&w->burst);
	uv_poll_stop(w->poll);
	uv_close((uv_handle_t *)w->poll, poll_closed);
	nl_socket_free(w->sock);
	free(w);
}
