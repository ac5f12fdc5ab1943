/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control socket's server: connections, lines, and bounded queues. What a
 * request means is in control_request.c.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "control.h"
#include "control_request.h"
#include "event.h"
#include "ike.h"

#define BACKLOG		16
#define REPLIES_MAX	(1u << 20)	/* bytes a client leaves unread before its requests wait */
#define EVENTS_MAX	(4u << 20)	/* ... before a debugging client loses events */

struct client {
	TAILQ_ENTRY(client) link;
	struct control *control;
	uv_pipe_t pipe;
	char *line;		/* CONTROL_LINE_MAX bytes */
	size_t length;
	bool ending;		/* closes when what is queued is written */
	bool waiting;		/* reading is stopped until what is queued is written */
	struct event_subscription *subscription;
	unsigned int subsystems;
	uint64_t lost;
};

struct control {
	struct ike *ike;
	uv_pipe_t server;
	TAILQ_HEAD(, client) clients;
	unsigned int client_count;
	unsigned int handles;	/* not yet closed: the server's and the clients' */
	struct control_state state;
};

static void process(struct client *cl);
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf);

/* --- ends --- */

static void release(struct control *c)
{
	if (--c->handles)
		return;
	control_state_free(&c->state);
	free(c);
}

static void on_client_closed(uv_handle_t *handle)
{
	struct client *cl = handle->data;
	struct control *c = cl->control;

	free(cl->line);
	free(cl);
	release(c);
}

static void client_close(struct client *cl)
{
	if (uv_is_closing((uv_handle_t *)&cl->pipe))
		return;
	if (cl->subscription)
		event_unsubscribe(cl->control->ike->hub, cl->subscription);
	cl->subscription = NULL;
	TAILQ_REMOVE(&cl->control->clients, cl, link);
	cl->control->client_count--;
	uv_close((uv_handle_t *)&cl->pipe, on_client_closed);
}

static void client_end(struct client *cl)
{
	cl->ending = true;
	uv_read_stop((uv_stream_t *)&cl->pipe);
	if (!uv_stream_get_write_queue_size((uv_stream_t *)&cl->pipe))
		client_close(cl);
}

/* --- writing --- */

struct write {
	uv_write_t req;
	char *text;
};

static void lost_tell(struct client *cl);

static void on_written(uv_write_t *req, int status)
{
	struct write *w = (struct write *)req;
	struct client *cl = req->data;
	size_t queued = uv_stream_get_write_queue_size((uv_stream_t *)&cl->pipe);

	free(w->text);
	free(w);
	if (uv_is_closing((uv_handle_t *)&cl->pipe))
		return;
	if (status < 0 || (cl->ending && !queued)) {
		client_close(cl);
		return;
	}
	if (cl->lost && queued < EVENTS_MAX / 2)
		lost_tell(cl);
	if (cl->waiting && queued < REPLIES_MAX / 2) {
		cl->waiting = false;
		process(cl);
		if (!cl->waiting && !cl->ending && !uv_is_closing((uv_handle_t *)&cl->pipe))
			uv_read_start((uv_stream_t *)&cl->pipe, on_alloc, on_read);
	}
}

/* Queue one line; the client ends without memory for it. */
static void client_write(struct client *cl, const json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	struct write *w = calloc(1, sizeof(*w));
	uv_buf_t bufs[2];

	if (!text || !w)
		goto failed;
	w->text = text;
	w->req.data = cl;
	bufs[0] = uv_buf_init(text, (unsigned int)strlen(text));
	bufs[1] = uv_buf_init("\n", 1);
	if (!uv_write(&w->req, (uv_stream_t *)&cl->pipe, bufs, 2, on_written))
		return;
failed:
	free(text);
	free(w);
	client_close(cl);
}

static void client_error(struct client *cl, const char *text)
{
	json_t *reply = json_pack("{s:b, s:s}", "ok", 0, "error", text);

	client_write(cl, reply);
	json_decref(reply);
}

/* --- events --- */

static void lost_tell(struct client *cl)
{
	json_t *json = json_pack("{s:s, s:I}", "type", "lost", "count", (json_int_t)cl->lost);

	cl->lost = 0;
	client_write(cl, json);
	json_decref(json);
}

static void on_event(void *arg, const struct event *ev, json_t *json)
{
	struct client *cl = arg;

	if (!(control_subsystems(ev->type) & cl->subsystems))
		return;
	if (cl->lost || uv_stream_get_write_queue_size((uv_stream_t *)&cl->pipe) > EVENTS_MAX)
		cl->lost++;
	else
		client_write(cl, json);
}

static void client_subscribe(struct client *cl, unsigned int subsystems)
{
	cl->subsystems = subsystems;
	cl->subscription = event_subscribe(cl->control->ike->hub, on_event, cl);
	if (!cl->subscription)
		client_close(cl);
}

/* --- reading --- */

static void request(struct client *cl, const char *line, size_t length)
{
	struct control_reply reply;

	control_request(&cl->control->state, line, length, &reply);
	client_write(cl, reply.json);
	json_decref(reply.json);
	if (reply.subsystems && !uv_is_closing((uv_handle_t *)&cl->pipe))
		client_subscribe(cl, reply.subsystems);
}

/* Every whole line in the buffer, as long as the client reads its replies. */
static void process(struct client *cl)
{
	uv_stream_t *stream = (uv_stream_t *)&cl->pipe;
	size_t at = 0;

	while (at < cl->length && !cl->subscription && !cl->ending && !uv_is_closing((uv_handle_t *)stream)) {
		char *end = memchr(cl->line + at, '\n', cl->length - at);

		if (!end)
			break;
		if (uv_stream_get_write_queue_size(stream) > REPLIES_MAX) {
			cl->waiting = true;
			uv_read_stop(stream);
			break;
		}
		request(cl, cl->line + at, (size_t)(end - (cl->line + at)));
		at = (size_t)(end + 1 - cl->line);
	}
	memmove(cl->line, cl->line + at, cl->length - at);
	cl->length -= at;
	if (cl->subscription)
		cl->length = 0;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct client *cl = handle->data;

	(void)suggested;
	*buf = uv_buf_init(cl->line + cl->length, (unsigned int)(CONTROL_LINE_MAX - cl->length));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct client *cl = stream->data;

	(void)buf;
	if (n < 0) {
		/* what was asked before the end is still answered */
		client_end(cl);
		return;
	}
	cl->length += (size_t)n;
	process(cl);
	if (cl->length < CONTROL_LINE_MAX || cl->waiting || cl->ending || uv_is_closing((uv_handle_t *)stream))
		return;
	client_error(cl, "the request is too long: one line of at most 65535 bytes is needed");
	client_end(cl);
}

/* --- connections --- */

/* Of the daemon's own group, which is root's only where the daemon is root */
static bool colleague(int fd, const struct ucred *cred)
{
	gid_t groups[64], own = getegid();
	socklen_t length = sizeof(groups);
	size_t i;

	if (!own)
		return false;
	if (cred->gid == own)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &length))
		return false;
	for (i = 0; i < length / sizeof(groups[0]); i++) {
		if (groups[i] == own)
			return true;
	}
	return false;
}

/* NULL: served; else why not */
static const char *refusal(struct control *c, uv_pipe_t *pipe)
{
	struct ucred cred;
	socklen_t length = sizeof(cred);
	uv_os_fd_t fd;

	if (uv_fileno((uv_handle_t *)pipe, &fd) || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &length))
		return "who you are can't be told";
	if (cred.uid && cred.uid != geteuid() && !colleague(fd, &cred))
		return "not permitted: this needs root, or the daemon's group";
	if (c->client_count > CONTROL_CLIENTS_MAX)
		return "too many connections";
	return NULL;
}

static void on_connection(uv_stream_t *server, int status)
{
	struct control *c = server->data;
	struct client *cl = status < 0 ? NULL : calloc(1, sizeof(*cl));
	const char *no;

	if (!cl)
		return;
	cl->control = c;
	cl->pipe.data = cl;
	cl->line = malloc(CONTROL_LINE_MAX);
	if (!cl->line || uv_pipe_init(server->loop, &cl->pipe, 0)) {
		free(cl->line);
		free(cl);
		return;
	}
	c->handles++;
	c->client_count++;
	TAILQ_INSERT_TAIL(&c->clients, cl, link);
	if (uv_accept(server, (uv_stream_t *)&cl->pipe)) {
		client_close(cl);
		return;
	}
	no = refusal(c, &cl->pipe);
	if (no) {
		client_error(cl, no);
		client_end(cl);
	} else if (uv_read_start((uv_stream_t *)&cl->pipe, on_alloc, on_read)) {
		client_close(cl);
	}
}

/* A listening socket of the abstract name; -1 with @error. */
static int listener(const char *name, char *error)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t length = strlen(name);
	int fd;

	if (length + 1 > sizeof(sun.sun_path)) {
		snprintf(error, CONTROL_ERROR, "control socket: the name is too long");
		return -1;
	}
	memcpy(sun.sun_path + 1, name, length);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && !bind(fd, (struct sockaddr *)&sun,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)))
		return fd;
	if (errno == EADDRINUSE)
		snprintf(error, CONTROL_ERROR, "another ikemgr runs in this network namespace (its control socket is there)");
	else
		snprintf(error, CONTROL_ERROR, "control socket: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static void on_server_closed(uv_handle_t *handle)
{
	release(handle->data);
}

struct control *control_open_at(struct ike *ike, const char *name, char *error)
{
	struct control *c = calloc(1, sizeof(*c));
	int fd, rc;

	if (!c) {
		snprintf(error, CONTROL_ERROR, "control socket: out of memory");
		return NULL;
	}
	c->ike = ike;
	TAILQ_INIT(&c->clients);
	control_state_init(&c->state, ike);
	fd = listener(name, error);
	if (fd < 0 || uv_pipe_init(ike->loop, &c->server, 0)) {
		if (fd >= 0)
			close(fd);
		free(c);
		return NULL;
	}
	c->handles = 1;
	c->server.data = c;
	rc = uv_pipe_open(&c->server, fd);
	if (rc)
		close(fd);
	else
		rc = uv_listen((uv_stream_t *)&c->server, BACKLOG, on_connection);
	if (!rc)
		return c;
	snprintf(error, CONTROL_ERROR, "control socket: %s", uv_strerror(rc));
	uv_close((uv_handle_t *)&c->server, on_server_closed);
	return NULL;
}

struct control *control_open(struct ike *ike, char *error)
{
	return control_open_at(ike, CONTROL_SOCKET, error);
}

void control_close(struct control *c)
{
	struct client *cl, *next;

	if (!c)
		return;
	for (cl = TAILQ_FIRST(&c->clients); cl; cl = next) {
		next = TAILQ_NEXT(cl, link);
		client_close(cl);
	}
	uv_close((uv_handle_t *)&c->server, on_server_closed);
}
