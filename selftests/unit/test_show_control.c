/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control socket over a real UNIX socket: requests, refusals, many lines
 * at once, long lines, slow readers, event streams. The instance behind it is
 * a real one, with a kernel whose two rules and one interface are made up.
 */
#include <errno.h>
#include <jansson.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "config/model.h"
#include "control.h"
#include "event.h"
#include "ike.h"
#include "tap.h"

static uv_loop_t loop;
static struct event_hub *hub;
static struct ike ike;
static struct control *control;
static char name[64];

/* --- the kernel --- */

static uint64_t packets = 7;
static int kernel_error;

static struct proxy net(const char *text, uint8_t length)
{
	struct proxy p = { .prefix = length };

	addr_parse(text, &p.addr);
	return p;
}

static int rule_dump(void *ctx, const char *map, void (*fn)(void *arg, const struct kernel_rule_info *rule), void *arg)
{
	struct kernel_rule_info r = { .map = "VPN", .seq = 10, .permit = true };

	(void)ctx;
	if (kernel_error || (map && strcmp(map, "VPN")))
		return kernel_error;
	r.local = net("10.1.0.0", 24);
	r.remote = net("10.2.0.0", 24);
	r.stats.out_packets = packets;
	r.stats.out_errors = 2;
	r.out_drops.count = 1;
	r.out_drops.drop[0].packets = 2;
	strcpy(r.out_drops.drop[0].name, "no-sa");
	fn(arg, &r);
	r.index = 1;
	r.permit = false;
	fn(arg, &r);
	return 0;
}

static const char *kernel_text(void *ctx)
{
	(void)ctx;
	return "the module is gone";
}

static const struct kernel_ops ops = { .rule_dump = rule_dump, .error = kernel_text };

/* --- clients --- */

static int client(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	memcpy(sun.sun_path + 1, name, strlen(name));
	if (connect(fd, (struct sockaddr *)&sun, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name))))
		printf("# connect: %s\n", strerror(errno));
	return fd;
}

static void turn(void)
{
	uv_run(&loop, UV_RUN_NOWAIT);
}

/* Send all; the loop turns while the socket is full. */
static void put(int fd, const char *text, size_t length)
{
	for (int tries = 0; length && tries < 100000; tries++) {
		ssize_t n = send(fd, text, length, MSG_NOSIGNAL);

		if (n > 0) {
			text += n;
			length -= (size_t)n;
		}
		turn();
	}
}

/* The next line as JSON; NULL: the connection ended, or nothing came. */
static json_t *get(int fd)
{
	static char line[1 << 20];
	size_t at = 0;

	for (int tries = 0; tries < 2000 && at < sizeof(line); ) {
		ssize_t n = recv(fd, line + at, 1, 0);

		if (!n)
			return NULL;
		if (n < 0) {
			tries++;
			turn();
		} else if (line[at++] == '\n') {
			return json_loadb(line, at, 0, NULL);
		}
	}
	return NULL;
}

static json_t *ask(int fd, const char *request)
{
	put(fd, request, strlen(request));
	put(fd, "\n", 1);
	return get(fd);
}

static void refused(int fd, const char *request, const char *text)
{
	json_t *reply = ask(fd, request);
	const char *error = json_string_value(json_object_get(reply, "error"));

	ok(json_is_false(json_object_get(reply, "ok")) && error && strstr(error, text), "refused: %.60s: \"%s\"", request,
	   text);
	if (!error || !strstr(error, text))
		printf("# got %s\n", error ? error : "no error");
	json_decref(reply);
}

static json_t *data(int fd, const char *request)
{
	json_t *reply = ask(fd, request), *d = json_incref(json_object_get(reply, "data"));

	if (!json_is_true(json_object_get(reply, "ok"))) {
		printf("# %s: %s\n", request, json_string_value(json_object_get(reply, "error")));
		json_decref(d);
		d = NULL;
	}
	json_decref(reply);
	return d;
}

/* --- tests --- */

static void refusals(void)
{
	int fd = client();

	refused(fd, "hello", "no JSON object on one line");
	refused(fd, "[]", "a string \"cmd\"");
	refused(fd, "{}", "a string \"cmd\"");
	refused(fd, "{\"cmd\":7}", "a string \"cmd\"");
	refused(fd, "{\"cmd\":\"show\"}", "unknown request \"show\"; known are \"show isakmp sa\"");
	refused(fd, "{\"cmd\":\"show isakmp sa\",\"x\":1}", "has no argument \"x\"");
	refused(fd, "{\"cmd\":\"show ipsec sa\",\"peer\":\"1.2.3\"}", "must be a string with an IP address");
	refused(fd, "{\"cmd\":\"show ipsec sa\",\"map\":7}", "must be a string");
	refused(fd, "{\"cmd\":\"clear isakmp\",\"conn_id\":0}", "must be a number from 1");
	refused(fd, "{\"cmd\":\"clear isakmp\",\"conn_id\":1005}", "no ISAKMP SA with conn-id 1005");
	refused(fd, "{\"cmd\":\"clear sa\",\"counters\":1}", "must be true or false");
	refused(fd, "{\"cmd\":\"debug\"}", "needs \"subsystems\"");
	refused(fd, "{\"cmd\":\"debug\",\"subsystems\":[\"kmi\"]}", "must be an array of");
	refused(fd, "{\"cmd\":\"debug\",\"subsystems\":[]}", "needs \"subsystems\"");
	refused(fd, "{\"cmd\":\"x\",\"cmd\":\"y\"}", "no JSON object on one line");
	refused(fd, "{\"cmd\":\"\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9"
		"\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9x\\u00e9\\u00e9\"}", "");
	close(fd);
}

static void tables(void)
{
	json_t *d, *ident;
	int fd = client();

	d = data(fd, "{\"cmd\":\"show isakmp sa\"}");
	ok(json_is_array(d) && !json_array_size(d), "no IKE SA: an empty array");
	json_decref(d);

	d = data(fd, "{\"cmd\":\"show call admission\"}");
	ok(json_integer_value(json_object_get(d, "max_negotiating")) == IKE_HALF_OPEN_MAX &&
	   !json_integer_value(json_object_get(json_object_get(d, "incoming"), "requests")), "call admission: the limit, nothing counted");
	json_decref(d);

	d = data(fd, "{\"cmd\":\"show ipsec sa\"}");
	ident = json_array_get(json_object_get(json_array_get(d, 0), "idents"), 0);
	ok(json_array_size(d) == 1 && json_array_size(json_object_get(json_array_get(d, 0), "idents")) == 1,
	   "one interface with one permit rule; the deny rule is none");
	ok(json_integer_value(json_object_get(ident, "out_packets")) == 7 &&
	   json_integer_value(json_object_get(ident, "send_errors")) == 2, "the rule's counters");
	ok(json_integer_value(json_object_get(json_object_get(ident, "out_drops"), "no-sa")) == 2 &&
	   !json_object_size(json_object_get(ident, "in_drops")), "its errors by their reasons");
	ok(!strcmp("255.255.255.0", json_string_value(json_object_get(json_object_get(ident, "local_proxy"), "mask"))),
	   "the mask of a prefix length");
	json_decref(d);

	d = data(fd, "{\"cmd\":\"show ipsec sa\",\"interface\":\"eth9\"}");
	ok(d && !json_array_size(d), "a filter that nothing fits");
	json_decref(d);
	d = data(fd, "{\"cmd\":\"show ipsec sa\",\"peer\":\"203.0.113.77\"}");
	ok(d && !json_array_size(d), "no interface of a peer that no rule has");
	json_decref(d);

	json_decref(data(fd, "{\"cmd\":\"clear sa\",\"counters\":true}"));
	packets = 12;
	d = data(fd, "{\"cmd\":\"show ipsec sa\",\"map\":\"VPN\"}");
	ident = json_array_get(json_object_get(json_array_get(d, 0), "idents"), 0);
	ok(json_integer_value(json_object_get(ident, "out_packets")) == 5 &&
	   !json_integer_value(json_object_get(ident, "send_errors")), "counters count from the last clear");
	ok(!json_object_size(json_object_get(ident, "out_drops")), "the reasons, too");
	json_decref(d);

	kernel_error = -ENODEV;
	refused(fd, "{\"cmd\":\"show ipsec sa\"}", "can't be read: the module is gone");
	kernel_error = 0;
	d = data(fd, "{\"cmd\":\"clear session\"}");
	ok(d && !json_integer_value(json_object_get(d, "count")), "clear session with nothing to clear");
	json_decref(d);
	close(fd);
}

static void lines(void)
{
	static const char *const one = "{\"cmd\":\"show isakmp sa\"}\n{\"cmd\":\"show isakmp sa\"}\n{\"cmd\":\"nonsense\"}\n";
	static char big[CONTROL_LINE_MAX + 100];
	json_t *reply;
	int fd = client(), good = 0;

	put(fd, one, strlen(one));
	for (int i = 0; i < 3; i++) {
		reply = get(fd);
		good += json_is_true(json_object_get(reply, "ok")) ? 1 : reply ? 10 : 0;
		json_decref(reply);
	}
	ok(good == 12, "three requests in one write get three replies in order");
	put(fd, "{\"cmd\":\"show is", 15);
	put(fd, "akmp sa\"}\n", 10);
	reply = get(fd);
	ok(json_is_true(json_object_get(reply, "ok")), "a request in two writes");
	json_decref(reply);

	memset(big, 'x', sizeof(big));
	put(fd, big, CONTROL_LINE_MAX);
	reply = get(fd);
	ok(json_is_false(json_object_get(reply, "ok")) &&
	   strstr(json_string_value(json_object_get(reply, "error")), "too long"), "a line that does not end is refused");
	json_decref(reply);
	reply = get(fd);
	ok(!reply, "and the connection ends");
	json_decref(reply);
	close(fd);

	fd = client();
	put(fd, one, strlen(one));
	shutdown(fd, SHUT_WR);
	good = 0;
	for (int i = 0; i < 3; i++) {
		reply = get(fd);
		good += reply != NULL;
		json_decref(reply);
	}
	ok(good == 3, "a client that only sends and then listens gets its replies");
	close(fd);
	fd = client();
	put(fd, "{\"cmd\":", 7);
	close(fd);
	for (int i = 0; i < 10; i++)
		turn();
	ok(1, "a client that goes in the middle of a line");
}

/* Requests without reading: the daemon stops reading, and answers all once the client reads. */
static void slow(void)
{
	const char *req = "{\"cmd\":\"nonsense\"}\n";
	int fd = client(), sent = 0, got = 0;
	json_t *reply;

	for (int idle = 0; idle < 50 && sent < 200000; ) {
		ssize_t n = send(fd, req, strlen(req), MSG_NOSIGNAL);

		if (n == (ssize_t)strlen(req))
			sent++;
		else if (n > 0)
			put(fd, req + n, strlen(req) - (size_t)n), sent++;
		else
			idle++;
		turn();
	}
	ok(sent < 200000, "a client that does not read is not read from without end (%d requests)", sent);
	while (got < sent && (reply = get(fd))) {
		got++;
		json_decref(reply);
	}
	ok(got == sent, "all are answered once it reads");
	close(fd);
}

static void emit(const char *text)
{
	struct event ev = { .type = EV_SYSLOG, .syslog.text = text };

	event_emit(hub, &ev);
}

static void stream(void)
{
	struct event key = { .type = EV_KEY_ENGINE }, node = { .type = EV_NODE_NEW };
	char text[1024];
	int fd = client(), other = client(), lost = 0, got = 0;
	json_t *reply;

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	json_decref(data(fd, "{\"cmd\":\"debug\",\"subsystems\":[\"ipsec\"]}"));
	event_emit(hub, &node);
	event_emit(hub, &key);
	emit("%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON");
	reply = get(fd);
	ok(reply && !strcmp(json_string_value(json_object_get(reply, "type")), "key-engine"),
	   "debug ipsec: events of isakmp alone do not come");
	json_decref(reply);
	reply = get(fd);
	ok(reply && !strcmp(json_string_value(json_object_get(reply, "type")), "syslog"), "syslog lines come to both");
	json_decref(reply);
	put(fd, "{\"cmd\":\"show isakmp sa\"}\n", 25);

	for (int i = 0; i < 20000; i++) {
		emit(text);
		if (!(i % 100))
			turn();
	}
	reply = data(other, "{\"cmd\":\"show isakmp sa\"}");
	ok(reply != NULL, "others are served while a debugging client is slow");
	json_decref(reply);
	while (!lost && (reply = get(fd))) {
		if (!strcmp(json_string_value(json_object_get(reply, "type")), "lost"))
			lost = (int)json_integer_value(json_object_get(reply, "count"));
		else
			got++;
		json_decref(reply);
	}
	ok(lost > 0 && got + lost == 20000, "what it lost is counted (%d of 20000), and nothing else is missing", lost);
	close(fd);
	for (int i = 0; i < 10; i++)
		turn();
	emit("after it went");
	ok(1, "an event after the client went");
	close(other);
}

static void many(void)
{
	int fd[CONTROL_CLIENTS_MAX + 1];
	json_t *reply;

	for (int i = 0; i <= CONTROL_CLIENTS_MAX; i++) {
		fd[i] = client();
		turn();
	}
	reply = get(fd[CONTROL_CLIENTS_MAX]);
	ok(json_is_false(json_object_get(reply, "ok")), "one connection too many is told so");
	json_decref(reply);
	reply = data(fd[0], "{\"cmd\":\"show isakmp sa\"}");
	ok(reply != NULL, "the first is served");
	json_decref(reply);
	for (int i = 0; i <= CONTROL_CLIENTS_MAX; i++)
		close(fd[i]);
	for (int i = 0; i < 10; i++)
		turn();
}

int main(void)
{
	static const struct config config;
	struct ike_world world = { .kernel = &ops };
	struct ike_binding binding = { .name = "FastEthernet4", .ifname = "eth1", .ifindex = 2, .map = "VPN", .mtu = 1500 };
	char error[CONTROL_ERROR];

	snprintf(name, sizeof(name), "ikemgr-test-%d", getpid());
	addr_parse("192.0.2.1", &binding.local);
	uv_loop_init(&loop);
	hub = event_hub_new();
	ike_init(&ike, &loop, hub, &world);
	ike.config = &config;
	ike_bindings(&ike, &binding, 1);
	control = control_open_at(&ike, name, error);
	if (!ok(control != NULL, "the control socket opens"))
		return 1;
	ok(!control_open_at(&ike, name, error) && strstr(error, "another ikemgr"), "a second daemon is told of the first");
	refusals();
	tables();
	lines();
	slow();
	stream();
	many();
	control_close(control);
	ike_fini(&ike);
	uv_run(&loop, UV_RUN_DEFAULT);
	ok(!uv_loop_close(&loop), "nothing is left in the loop");
	event_hub_free(hub);
	return done_testing();
}
