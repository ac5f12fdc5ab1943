/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's control socket, from the client's side: one JSON object per
 * line each way (ikemgr/control.h tells the requests).
 */
#ifndef TOOLS_CTL_H
#define TOOLS_CTL_H

#include <jansson.h>
#include <signal.h>
#include <stddef.h>

/** struct ctl - a connection; what was read beyond the last line waits in @buf */
struct ctl {
	int fd;
	char *buf;
	size_t length, room;
	volatile sig_atomic_t stopped;	/* by ctl_stop() */
};

/** ctl_open() - connect to the ikemgr of this network namespace. CMAP_OK, or CMAP_REFUSED after having said why not. */
int ctl_open(struct ctl *c);
void ctl_close(struct ctl *c);

/** ctl_stop() - make ctl_receive() return NULL without a word; may be called from a signal handler. */
void ctl_stop(struct ctl *c);

/** ctl_send() - send @request (the reference is taken). As ctl_open(). */
int ctl_send(struct ctl *c, json_t *request);

/** ctl_receive() - the next object; NULL when the daemon is gone, after having said so. */
json_t *ctl_receive(struct ctl *c);

/**
 * ctl_ask() - connect, one request, its data, close
 * @request: the reference is taken
 * @data: NULL, or gets the reply's data, a new reference
 *
 * CMAP_OK, or CMAP_REFUSED after having printed the daemon's text.
 */
int ctl_ask(json_t *request, json_t **data);

/** ctl_reply() - wait for the reply to a request that was sent; as ctl_ask(). */
int ctl_reply(struct ctl *c, json_t **data);

#endif
