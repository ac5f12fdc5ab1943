/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One wildcard socket with IP_PKTINFO (see udp.h): an address that comes later
 * needs no new socket, and every answer leaves from the address that was asked.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "udp.h"

#define DATAGRAM_MAX	65536
#define BATCH		64	/* datagrams per wakeup: others get their turn under a flood */

struct udp {
	int fd;
	uv_poll_t *poll;
	udp_fn fn;
	void *arg;
	uint8_t buffer[DATAGRAM_MAX];
};

static bool receive(struct udp *u)
{
	char control[CMSG_SPACE(sizeof(struct in_pktinfo)) + 64];
	struct sockaddr_in from;
	struct iovec iov = { u->buffer, sizeof(u->buffer) };
	struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control, .msg_controllen = sizeof(control) };
	struct addr local = { 0 }, remote;
	ssize_t len = recvmsg(u->fd, &msg, MSG_DONTWAIT);
	struct in_pktinfo info;
	struct cmsghdr *c;

	if (len < 0)
		return errno == EINTR || errno == ECONNREFUSED;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		local = addr_v4(info.ipi_addr);
	}
	if (!local.length || msg.msg_namelen < sizeof(from))
		return true;
	remote = addr_v4(from.sin_addr);
	u->fn(u->arg, &local, &remote, ntohs(from.sin_port), u->buffer, (size_t)len);
	return true;
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct udp *u = poll->data;
	unsigned int i;

	(void)status;
	(void)events;
	for (i = 0; i < BATCH && receive(u); i++)
		;
}

static int fail(int fd, uint16_t port, char *error)
{
	if (errno == EADDRINUSE)
		snprintf(error, 256, "UDP port %u is in use: another IKE daemon owns it in this network namespace", port);
	else
		snprintf(error, 256, "UDP port %u cannot be opened: %s", port, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static int open_socket(uint16_t port, char *error)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;
	int discover = IP_PMTUDISC_DONT;

	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)) ||
	    setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &discover, sizeof(discover)) ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)))
		return fail(fd, port, error);
	return fd;
}

struct udp *udp_open(uv_loop_t *loop, uint16_t port, udp_fn fn, void *arg, char *error)
{
	int fd = open_socket(port, error);
	struct udp *u;

	if (fd < 0)
		return NULL;
	u = calloc(1, sizeof(*u));
	if (u)
		u->poll = malloc(sizeof(*u->poll));
	if (!u || !u->poll) {
		snprintf(error, 256, "out of memory");
		free(u);
		close(fd);
		return NULL;
	}
	u->fd = fd;
	u->fn = fn;
	u->arg = arg;
	uv_poll_init(loop, u->poll, fd);
	u->poll->data = u;
	uv_poll_start(u->poll, UV_READABLE, readable);
	return u;
}

void udp_send(void *ctx, const struct addr *local, const struct addr *remote, uint16_t remote_port, const void *data,
	      size_t len)
{
	char control[CMSG_SPACE(sizeof(struct in_pktinfo))] = { 0 };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(remote_port), .sin_addr = addr_in(remote) };
	struct in_pktinfo info = { .ipi_spec_dst = addr_in(local) };
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr msg = { .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	const struct udp *u = ctx;

	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	/* lost, like a datagram on the way: the schedule repeats it */
	if (sendmsg(u->fd, &msg, MSG_DONTWAIT) < 0)
		return;
}

static void poll_closed(uv_handle_t *handle)
{
	struct udp *u = handle->data;

	close(u->fd);
	free(u);
	free(handle);
}

void udp_close(struct udp *u)
{
	if (!u)
		return;
	uv_poll_stop(u->poll);
	uv_close((uv_handle_t *)u->poll, poll_closed);
}
