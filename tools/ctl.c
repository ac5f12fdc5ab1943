/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Client of the daemon's control socket; ctl.h tells the use.
 */
#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cmap.h"
#include "control.h"
#include "ctl.h"
#include "privileges.h"

/* An abstract name is anybody's who takes it first. Started by systemd, the daemon has never been root. */
static bool trusted(int fd)
{
	const struct passwd *user;
	struct ucred cred;
	socklen_t length = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &length))
		return false;
	if (!cred.uid || cred.uid == geteuid())
		return true;
	user = getpwnam(PRIVILEGES_USER);
	return user && user->pw_uid == cred.uid;
}

int ctl_open(struct ctl *c)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "\0" CONTROL_SOCKET };
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof(CONTROL_SOCKET));

	memset(c, 0, sizeof(*c));
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd >= 0 && !connect(c->fd, (struct sockaddr *)&name, length)) {
		if (trusted(c->fd))
			return CMAP_OK;
		fputs("cmap: ikemgr's control socket belongs to a user who is neither root nor ikemgr: this is not our ikemgr\n", stderr);
	} else if (errno == ECONNREFUSED || errno == ENOENT) {
		fputs("cmap: ikemgr is not running in this network namespace\n", stderr);
	} else {
		fprintf(stderr, "cmap: ikemgr's control socket: %s\n", strerror(errno));
	}
	ctl_close(c);
	return CMAP_REFUSED;
}

void ctl_close(struct ctl *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	free(c->buf);
	c->buf = NULL;
}

void ctl_stop(struct ctl *c)
{
	c->stopped = 1;
	shutdown(c->fd, SHUT_RDWR);
}

static int send_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t n = send(fd, data, length, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		length -= (size_t)n;
	}
	return 0;
}

int ctl_send(struct ctl *c, json_t *request)
{
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	int rc = CMAP_OK;

	json_decref(request);
	if (!text) {
		fputs("cmap: out of memory\n", stderr);
		return CMAP_REFUSED;
	}
	/* who is refused is told so, and not read: then the answer is there already */
	if ((send_all(c->fd, text, strlen(text)) || send_all(c->fd, "\n", 1)) && errno != EPIPE) {
		fprintf(stderr, "cmap: ikemgr's control socket: %s\n", strerror(errno));
		rc = CMAP_REFUSED;
	}
	free(text);
	return rc;
}

/* Read more into the buffer; 0 at the end, -1 on errors. */
static ssize_t fill(struct ctl *c)
{
	ssize_t n;

	if (c->room - c->length < 4096) {
		char *more = realloc(c->buf, c->room * 2 + 16384);

		if (!more)
			return -1;
		c->buf = more;
		c->room = c->room * 2 + 16384;
	}
	do
		n = read(c->fd, c->buf + c->length, c->room - c->length);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		c->length += (size_t)n;
	return n;
}

json_t *ctl_receive(struct ctl *c)
{
	json_error_t error;
	size_t seen = 0;
	json_t *o;
	char *end;

	while (!(end = c->length > seen ? memchr(c->buf + seen, '\n', c->length - seen) : NULL)) {
		ssize_t n;

		seen = c->length;
		n = fill(c);
		if (n > 0)
			continue;
		if (c->stopped)
			return NULL;
		if (n < 0 && errno != ECONNRESET)
			fprintf(stderr, "cmap: ikemgr's control socket: %s\n", strerror(errno));
		else
			fputs("cmap: ikemgr has ended or closed the connection\n", stderr);
		return NULL;
	}
	o = json_loadb(c->buf, (size_t)(end - c->buf), 0, &error);
	if (!o)
		fprintf(stderr, "cmap: ikemgr sent what is no JSON: %s\n", error.text);
	c->length -= (size_t)(end + 1 - c->buf);
	memmove(c->buf, end + 1, c->length);
	return o;
}

int ctl_reply(struct ctl *c, json_t **data)
{
	json_t *reply = ctl_receive(c);
	const char *error;

	if (!reply)
		return CMAP_REFUSED;
	if (json_is_true(json_object_get(reply, "ok"))) {
		if (data)
			*data = json_incref(json_object_get(reply, "data"));
		json_decref(reply);
		return CMAP_OK;
	}
	error = json_string_value(json_object_get(reply, "error"));
	fprintf(stderr, "cmap: %s\n", error ? error : "ikemgr refuses and does not say why");
	json_decref(reply);
	return CMAP_REFUSED;
}

int ctl_ask(json_t *request, json_t **data)
{
	struct ctl c;
	int rc = ctl_open(&c);

	if (rc) {
		json_decref(request);
		return rc;
	}
	rc = ctl_send(&c, request);
	if (!rc)
		rc = ctl_reply(&c, data);
	ctl_close(&c);
	return rc;
}
