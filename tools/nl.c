/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests to the module and its answers. Errors come as extended ACKs: the
 * kernel's own text is printed, with the errno's words where it gave none.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>

#include "decode.h"
#include "nl.h"

/* what the callbacks of one exchange share */
struct talk {
	json_t *replies;
	bool (*event)(void *arg, json_t *event);
	void *event_arg;
	int error;		/* errno of the refusal */
	bool done;
	char text[256];		/* the kernel's words for it */
};

static void say(int error, const char *text)
{
	if (error == EPERM && !text[0])
		fputs("cmap: not permitted: this needs root (CAP_NET_ADMIN)\n", stderr);
	else if (text[0])
		fprintf(stderr, "cmap: %s\n", text);
	else
		fprintf(stderr, "cmap: the kernel refuses: %s\n", strerror(error));
}

/* NLMSGERR_ATTR_MSG of an extended ACK whose attributes begin at @head. */
static void ack_text(struct talk *t, void *head, int length)
{
	struct nlattr *msg = length > 0 ? nla_find(head, length, NLMSGERR_ATTR_MSG) : NULL;

	if (msg)
		snprintf(t->text, sizeof(t->text), "%.*s", nla_len(msg), (char *)nla_data(msg));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct nlmsghdr *head = (struct nlmsghdr *)((char *)err - NLMSG_HDRLEN);
	size_t skip = sizeof(*err);
	struct talk *t = arg;

	(void)from;
	t->error = -err->error;
	t->done = true;
	if (!(head->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(err->msg.nlmsg_len) - NLMSG_HDRLEN;
	if (head->nlmsg_flags & NLM_F_ACK_TLVS && head->nlmsg_len >= NLMSG_HDRLEN + skip)
		ack_text(t, (char *)err + skip, (int)(head->nlmsg_len - NLMSG_HDRLEN - skip));
	return NL_STOP;
}

/* A dump that fails half-way tells so in its NLMSG_DONE, which libnl does not look into. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *head = nlmsg_hdr(msg);
	struct talk *t = arg;
	int error = 0;

	if (nlmsg_datalen(head) >= (int)sizeof(error))
		memcpy(&error, nlmsg_data(head), sizeof(error));
	if (error < 0) {
		t->error = -error;
		if (head->nlmsg_flags & NLM_F_ACK_TLVS)
			ack_text(t, (char *)nlmsg_data(head) + NLMSG_ALIGN(sizeof(error)),
				 nlmsg_datalen(head) - (int)NLMSG_ALIGN(sizeof(error)));
	}
	t->done = true;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	(void)msg;
	((struct talk *)arg)->done = true;
	return NL_STOP;
}

/* Events carry no request's number. */
static int any_sequence(struct nl_msg *msg, void *arg)
{
	(void)msg, (void)arg;
	return NL_OK;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct genlmsghdr *head = nlmsg_data(nlmsg_hdr(msg));
	json_t *reply = decode_message(genlmsg_attrdata(head, 0), genlmsg_attrlen(head, 0));
	const char *name = decode_event_name(head->cmd);
	struct talk *t = arg;

	if (!reply) {
		fputs("cmap: the kernel sent a message that makes no sense\n", stderr);
		return NL_OK;
	}
	if (t->event) {
		if (name && !json_object_set_new(reply, "event", json_string(name)) &&
		    !t->event(t->event_arg, reply))
			t->done = true;
	} else if (t->replies) {
		json_array_append(t->replies, reply);
	}
	json_decref(reply);
	return NL_OK;
}

int nlc_open(struct nlc *n)
{
	int one = 1;

	n->sock = nl_socket_alloc();
	if (!n->sock || genl_connect(n->sock) < 0) {
		fputs("cmap: no generic netlink socket\n", stderr);
		goto failed;
	}
	/* Strict dumps: a filter that the kernel does not know is refused, not passed over. */
	setsockopt(nl_socket_get_fd(n->sock), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	/* Capped: an ACK does not carry the request's keys back. */
	setsockopt(nl_socket_get_fd(n->sock), SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	setsockopt(nl_socket_get_fd(n->sock), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	n->family = genl_ctrl_resolve(n->sock, CMAP_GENL_NAME);
	if (n->family >= 0)
		return CMAP_OK;
	fputs("cmap: the cryptomap kernel module is not loaded (modprobe cryptomap)\n", stderr);
failed:
	nlc_close(n);
	return CMAP_REFUSED;
}

void nlc_close(struct nlc *n)
{
	if (n->sock)
		nl_socket_free(n->sock);
	n->sock = NULL;
}

struct nl_msg *nlc_request(const struct nlc *n, enum cmap_cmd cmd, int flags)
{
	/* room for an entry with CMAP_RULES_MAX rules */
	struct nl_msg *msg = nlmsg_alloc_size(1 << 20);

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, n->family, 0, flags, (uint8_t)cmd,
				 CMAP_GENL_VERSION)) {
		fputs("cmap: out of memory\n", stderr);
		exit(CMAP_REFUSED);
	}
	return msg;
}

static int receive(struct nlc *n, struct talk *t)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int rc = 0;

	if (!cb)
		return -NLE_NOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, t);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, t);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, t);
	if (t->event)
		nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_sequence, NULL);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, t);
	while (!t->done && rc >= 0)
		rc = nl_recvmsgs(n->sock, cb);
	nl_cb_put(cb);
	return t->done ? 0 : rc;
}

int nlc_talk(struct nlc *n, struct nl_msg *msg, json_t *replies)
{
	struct talk t = { .replies = replies };
	int rc = nl_send_auto(n->sock, msg);

	explicit_bzero(nlmsg_data(nlmsg_hdr(msg)), (size_t)nlmsg_datalen(nlmsg_hdr(msg)));
	nlmsg_free(msg);
	if (rc >= 0)
		rc = receive(n, &t);
	if (rc < 0) {
		fprintf(stderr, "cmap: talking to the kernel: %s\n", nl_geterror(rc));
		return CMAP_REFUSED;
	}
	if (t.error) {
		say(t.error, t.text);
		return CMAP_REFUSED;
	}
	return CMAP_OK;
}

static struct nlc shared;	/* a batch has many requests */

struct nlc *nlc_shared(void)
{
	return shared.sock || !nlc_open(&shared) ? &shared : NULL;
}

int nlc_ask(enum cmap_cmd cmd, int flags, void (*fill)(struct nl_msg *msg, const void *arg), const void *arg,
	    json_t *replies)
{
	struct nlc *n = nlc_shared();
	struct nl_msg *msg;

	if (!n)
		return CMAP_REFUSED;
	msg = nlc_request(n, cmd, flags);
	if (fill)
		fill(msg, arg);
	return nlc_talk(n, msg, replies);
}

void nlc_end(void)
{
	nlc_close(&shared);
}

int nlc_join(struct nlc *n, const char *group)
{
	int rc = genl_ctrl_resolve_grp(n->sock, CMAP_GENL_NAME, group);

	if (rc >= 0)
		rc = nl_socket_add_membership(n->sock, rc);
	if (rc < 0) {
		if (rc == -NLE_PERM)
			say(EPERM, "");
		else
			fprintf(stderr, "cmap: the module's events: %s\n", nl_geterror(rc));
		return CMAP_REFUSED;
	}
	nl_socket_set_buffer_size(n->sock, 1 << 20, 0);
	return CMAP_OK;
}

int nlc_listen(struct nlc *n, bool (*fn)(void *arg, json_t *event), void *arg)
{
	struct talk t = { .event = fn, .event_arg = arg };
	int rc;

	for (;;) {
		rc = receive(n, &t);
		if (rc != -NLE_NOMEM && rc != -NLE_AGAIN)
			break;
		/* ENOBUFS: events came faster than they were read */
		fputs("cmap: events were lost: the reader is too slow\n", stderr);
	}
	if (rc < 0) {
		fprintf(stderr, "cmap: the module's events: %s\n", nl_geterror(rc));
		return CMAP_REFUSED;
	}
	return CMAP_OK;
}

void nlc_put_addr(struct nl_msg *msg, int attr, const struct addr *a)
{
	nla_put(msg, attr, a->length, a->bytes);
}

void nlc_put_proxy(struct nl_msg *msg, int attr, const struct args_proxy *p)
{
	struct nlattr *nest = nla_nest_start(msg, attr);

	nlc_put_addr(msg, CMAP_PROXY_A_ADDR, &p->addr);
	nla_put_u8(msg, CMAP_PROXY_A_PREFIX, p->prefix);
	nla_put_u8(msg, CMAP_PROXY_A_PROTOCOL, p->protocol);
	if (p->port_hi) {
		nla_put_u16(msg, CMAP_PROXY_A_PORT_LO, p->port_lo);
		nla_put_u16(msg, CMAP_PROXY_A_PORT_HI, p->port_hi);
	}
	nla_nest_end(msg, nest);
}
