/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One wildcard socket for each family and port, with the address that a datagram came
 * to (see udp.h): an address that comes later needs no new socket, and every
 * answer leaves from the address that was asked.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "udp.h"
#include "wire.h"

#define DATAGRAM_MAX	65536
#define MARKER_LEN	4	/* RFC 3948 2.2: zeros, where ESP has its SPI */
#define BATCH		64	/* datagrams per wakeup: others get their turn under a flood */

static const uint16_t ports[] = { ISAKMP_PORT, ISAKMP_NATT_PORT };

#define PORTS (sizeof(ports) / sizeof(ports[0]))

enum { FOUR, SIX, FAMILIES };

/* struct endpoint - one socket; @poll NULL: there is no such family here */
struct endpoint {
	struct udp *udp;
	uint16_t port;
	int fd;
	uv_poll_t *poll;
};

struct udp {
	struct endpoint endpoint[FAMILIES * PORTS];	/* those of port 500 first */
	unsigned int open;
	udp_fn fn;
	void *arg;
	uint8_t buffer[DATAGRAM_MAX];
};

union socket_address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

union packet_info {
	struct in_pktinfo four;
	struct in6_pktinfo six;
};

static struct addr addr_v6(const struct in6_addr *in)
{
	struct addr a = { .length = 16 };

	memcpy(a.bytes, in, 16);
	return a;
}

/* The address that the datagram came to. */
static struct addr destination(struct msghdr *msg)
{
	struct addr local = { 0 };
	union packet_info info;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&info.four, CMSG_DATA(c), sizeof(info.four));
			local = addr_v4(info.four.ipi_addr);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&info.six, CMSG_DATA(c), sizeof(info.six));
			local = addr_v6(&info.six.ipi6_addr);
		}
	}
	return local;
}

/* An IKE message, behind the marker that stands before it on port 4500. Keepalives and what is neither are none. */
static bool unmark(const struct endpoint *e, const uint8_t **data, size_t *len)
{
	static const uint8_t marker[MARKER_LEN];

	if (e->port == ISAKMP_PORT)
		return true;
	if (*len < MARKER_LEN || memcmp(*data, marker, MARKER_LEN))
		return false;
	*data += MARKER_LEN;
	*len -= MARKER_LEN;
	return true;
}

static bool receive(struct endpoint *e)
{
	char control[CMSG_SPACE(sizeof(union packet_info)) + 64];
	struct udp *u = e->udp;
	union socket_address from = { 0 };
	struct iovec iov = { u->buffer, sizeof(u->buffer) };
	struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control, .msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(e->fd, &msg, MSG_DONTWAIT);
	const uint8_t *data = u->buffer;
	size_t length = len < 0 ? 0 : (size_t)len;
	struct addr local, remote;
	uint16_t port;

	if (len < 0)
		return errno == EINTR || errno == ECONNREFUSED;
	local = destination(&msg);
	if (from.any.sa_family == AF_INET6) {
		remote = addr_v6(&from.six.sin6_addr);
		port = ntohs(from.six.sin6_port);
	} else {
		remote = addr_v4(from.four.sin_addr);
		port = ntohs(from.four.sin_port);
	}
	if (local.length && local.length == remote.length && unmark(e, &data, &length))
		u->fn(u->arg, &local, e->port, &remote, port, data, length);
	return true;
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct endpoint *e = poll->data;
	unsigned int i;

	(void)status;
	(void)events;
	for (i = 0; i < BATCH && receive(e); i++)
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

static bool set(int fd, int level, int option, int value)
{
	return !setsockopt(fd, level, option, &value, sizeof(value));
}

static int open_four(uint16_t port, char *error)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || !set(fd, IPPROTO_IP, IP_PKTINFO, 1) || !set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT) ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)))
		return fail(fd, port, error);
	return fd;
}

/* A host without IPv6 has no such peers: -1 then, as for an error, but with *@absent. */
static int open_six(uint16_t port, char *error, bool *absent)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	*absent = fd < 0 && errno == EAFNOSUPPORT;
	if (*absent)
		return -1;
	if (fd < 0 || !set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) || !set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) ||
	    !set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT) || bind(fd, (struct sockaddr *)&any, sizeof(any)))
		return fail(fd, port, error);
	return fd;
}

static void poll_closed(uv_handle_t *handle)
{
	struct endpoint *e = handle->data;
	struct udp *u = e->udp;

	close(e->fd);
	free(handle);
	if (!--u->open)
		free(u);
}

static bool watch(struct endpoint *e, uv_loop_t *loop, int fd)
{
	e->poll = malloc(sizeof(*e->poll));
	if (!e->poll) {
		close(fd);
		return false;
	}
	e->fd = fd;
	uv_poll_init(loop, e->poll, fd);
	e->poll->data = e;
	uv_poll_start(e->poll, UV_READABLE, readable);
	e->udp->open++;
	return true;
}

/* One port of one family. False: why is in @error. */
static bool open_endpoint(struct udp *u, uv_loop_t *loop, unsigned int family, unsigned int port, char *error)
{
	struct endpoint *e = &u->endpoint[port * FAMILIES + family];
	bool absent = false;
	int fd;

	e->udp = u;
	e->port = ports[port];
	fd = family == SIX ? open_six(e->port, error, &absent) : open_four(e->port, error);
	if (fd < 0)
		return absent;
	if (watch(e, loop, fd))
		return true;
	snprintf(error, 256, "out of memory");
	return false;
}

struct udp *udp_open(uv_loop_t *loop, udp_fn fn, void *arg, char *error)
{
	struct udp *u = calloc(1, sizeof(*u));
	unsigned int family, port;

	if (!u) {
		snprintf(error, 256, "out of memory");
		return NULL;
	}
	u->fn = fn;
	u->arg = arg;
	for (port = 0; port < PORTS; port++) {
		for (family = 0; family < FAMILIES; family++) {
			if (open_endpoint(u, loop, family, port, error))
				continue;
			udp_close(u);
			return NULL;
		}
	}
	return u;
}

static socklen_t to_address(union socket_address *to, const struct addr *remote, uint16_t port)
{
	if (remote->length == 4) {
		to->four = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = addr_in(remote) };
		return sizeof(to->four);
	}
	to->six = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(port) };
	memcpy(&to->six.sin6_addr, remote->bytes, 16);
	return sizeof(to->six);
}

/* The source address, as control data of @msg. */
static void from_address(struct msghdr *msg, const struct addr *local)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	union packet_info info = { 0 };
	bool six = local->length == 16;
	size_t size = six ? sizeof(info.six) : sizeof(info.four);

	if (six)
		memcpy(&info.six.ipi6_addr, local->bytes, 16);
	else
		info.four.ipi_spec_dst = addr_in(local);
	c->cmsg_level = six ? IPPROTO_IPV6 : IPPROTO_IP;
	c->cmsg_type = six ? IPV6_PKTINFO : IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(c), &info, size);
	msg->msg_controllen = CMSG_SPACE(size);
}

void udp_send(void *ctx, const struct addr *local, uint16_t local_port, const struct addr *remote, uint16_t remote_port,
	      const void *data, size_t len)
{
	char control[CMSG_SPACE(sizeof(union packet_info))] __attribute__((aligned(sizeof(struct cmsghdr)))) = { 0 };
	static const uint8_t marker[MARKER_LEN];
	const struct udp *u = ctx;
	/* a keepalive has none, or it would be a message */
	bool natt = local_port == ISAKMP_NATT_PORT, marked = natt && len > 1;
	const struct endpoint *e = &u->endpoint[natt * FAMILIES + (remote->length == 16 ? SIX : FOUR)];
	union socket_address to;
	struct iovec iov[] = { { (void *)(uintptr_t)marker, marked ? MARKER_LEN : 0 }, { (void *)(uintptr_t)data, len } };
	struct msghdr msg = { .msg_name = &to, .msg_iov = iov, .msg_iovlen = 2, .msg_control = control,
			      .msg_controllen = sizeof(control) };

	if (!e->poll || local->length != remote->length)
		return;
	msg.msg_namelen = to_address(&to, remote, remote_port);
	from_address(&msg, local);
	/* lost, like a datagram on the way: the schedule repeats it */
	if (sendmsg(e->fd, &msg, MSG_DONTWAIT) < 0)
		return;
}

void udp_close(struct udp *u)
{
	struct endpoint *e;
	unsigned int i;

	if (u && !u->open) {
		free(u);
		return;
	}
	for (i = 0; u && i < FAMILIES * PORTS; i++) {
		e = &u->endpoint[i];
		if (!e->poll)
			continue;
		uv_poll_stop(e->poll);
		uv_close((uv_handle_t *)e->poll, poll_closed);
	}
}
