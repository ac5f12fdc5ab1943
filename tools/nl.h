/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's genetlink family, from the client's side. Enters: requests
 * built with libnl. Leaves: replies as JSON objects (decode.h), or the
 * kernel's own text on standard error.
 */
#ifndef TOOLS_NL_H
#define TOOLS_NL_H

#include <jansson.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include <linux/cryptomap.h>

#include "addr.h"
#include "args.h"

struct nlc {
	struct nl_sock *sock;
	int family;
};

/** nlc_open() - connect to the family of this network namespace. CMAP_OK, or CMAP_REFUSED after having said why not. */
int nlc_open(struct nlc *n);
void nlc_close(struct nlc *n);

/** nlc_request() - a request with its head; @flags besides NLM_F_REQUEST, e.g. NLM_F_DUMP. Ends the program without memory. */
struct nl_msg *nlc_request(const struct nlc *n, enum cmap_cmd cmd, int flags);

/**
 * nlc_talk() - send @msg, wipe and free it, and collect what comes back
 * @replies: NULL, or an array that gets one object per reply
 *
 * CMAP_OK, or CMAP_REFUSED after having printed the kernel's text.
 */
int nlc_talk(struct nlc *n, struct nl_msg *msg, json_t *replies);

/** nlc_shared() - a connection that stays open for the next request; NULL after having said why there is none. */
struct nlc *nlc_shared(void);

/** nlc_ask() - one request made by @fill (may be NULL), on the shared connection. As nlc_talk(). */
int nlc_ask(enum cmap_cmd cmd, int flags, void (*fill)(struct nl_msg *msg, const void *arg), const void *arg,
	    json_t *replies);

/** nlc_end() - close the shared connection. */
void nlc_end(void);

/** nlc_join() - listen to a multicast group of the family, CMAP_MCGRP_EVENTS or _DROPS, from now on. As nlc_talk(). */
int nlc_join(struct nlc *n, const char *group);

/** nlc_listen() - call @fn for each event of the groups joined until it returns false. As nlc_talk(). */
int nlc_listen(struct nlc *n, bool (*fn)(void *arg, json_t *event), void *arg);

/** nlc_put_addr() - an address attribute, 4 or 16 bytes. */
void nlc_put_addr(struct nl_msg *msg, int attr, const struct addr *a);

/** nlc_put_proxy() - a nest of enum cmap_proxy_attr. */
void nlc_put_proxy(struct nl_msg *msg, int attr, const struct args_proxy *p);

#endif
