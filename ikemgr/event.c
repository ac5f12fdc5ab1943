/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hub of the event stream: see event.h. A table per type says which
 * members it has; one walk over it makes the JSON.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>
#include <syslog.h>
#include <time.h>

#include "event.h"
#include "event_member.h"
#include "event_record.h"

#define LOG_RATE	10	/* lines a second of one kind */
#define LOG_KINDS	16

#define M(json, knd, mem) { json, knd, offsetof(struct event, mem), 0 }
#define MC(json, knd, mem, cnt) { json, knd, offsetof(struct event, mem), offsetof(struct event, cnt) }
#define MEMBERS(id, ...) static const struct event_member id[] = { __VA_ARGS__, { NULL, STRING, 0, 0 } }

MEMBERS(request, M("map", STRING, request.map), M("seq", U32, request.seq),
	M("local_proxy", PROXY, request.local_proxy), M("remote_proxy", PROXY, request.remote_proxy),
	M("protocol", STRING, request.protocol), M("transform", STRING, request.transform),
	M("mode", STRING, request.mode), M("life_seconds", U32, request.life_seconds),
	M("life_kilobytes", U64, request.life_kilobytes), M("keysize", UINT, request.keysize),
	M("count", UINT, request.count));
MEMBERS(request_attached, M("why", STRING, request_attached.why));
MEMBERS(request_failed, M("why", STRING, request_failed.why));
MEMBERS(route, M("added", BOOL, route.added), M("net", STRING, route.net), M("mask", STRING, route.mask),
	M("via", STRING, route.via), M("tag", U32, route.tag), M("distance", UINT, route.distance));
MEMBERS(rekey, M("map", STRING, rekey.map), M("seq", U32, rekey.seq), M("spi", U32, rekey.spi),
	M("reason", STRING, rekey.reason), M("skipped", BOOL, rekey.skipped), M("why", STRING, rekey.why));
MEMBERS(sa_created, M("new_peer", BOOL, sa_created.new_peer), M("refcount", UINT, sa_created.refcount),
	M("profile", STRING, sa_created.profile), M("aggressive", BOOL, sa_created.aggressive));
MEMBERS(psk, M("found", BOOL, psk.found), M("context", STRING, psk.context), M("keyring", STRING, psk.keyring),
	M("host", STRING, psk.host), M("profiles", STRING, psk.profiles));
MEMBERS(vendor_out, M("name", STRING, vendor_out.name));
MEMBERS(state_change, M("node", BOOL, state_change.node), M("input", STRING, state_change.input),
	M("old", STRING, state_change.old_state), M("new", STRING, state_change.new_state),
	M("illegal", BOOL, state_change.illegal));
MEMBERS(begin, M("mode", STRING, begin.mode));
MEMBERS(packet, M("exchange", STRING, packet.exchange), M("length", UINT, packet.length),
	M("encrypted", BOOL, packet.encrypted), M("retransmit", BOOL, packet.retransmit),
	MC("payloads", PAYLOADS, packet.payloads, packet.payload_count));
MEMBERS(packet_dropped, M("reason", DROP, packet_dropped.reason), M("detail", STRING, packet_dropped.detail),
	M("length", UINT, packet_dropped.length));
MEMBERS(payload, M("payload", STRING, payload.payload));
MEMBERS(vendor_in, M("kind", STRING, vendor_in.kind), M("name", STRING, vendor_in.name),
	MC("data", BYTES, vendor_in.data, vendor_in.length), M("major", UINT, vendor_in.major));
MEMBERS(policy_check, M("transform", UINT, policy_check.transform), M("priority", UINT, policy_check.priority),
	MC("attrs", ATTRS, policy_check.attrs, policy_check.attr_count),
	M("acceptable", BOOL, policy_check.acceptable), M("reason", STRING, policy_check.reason),
	M("next_payload", UINT, policy_check.next_payload));
MEMBERS(lifetime, M("actual_life", U32, lifetime.actual_life), M("offered", U32, lifetime.offered),
	M("returned", U32, lifetime.returned), M("vpi", BOOL, lifetime.vpi));
MEMBERS(no_policy, M("text", STRING, no_policy.text));
MEMBERS(not_offered, M("attribute", STRING, not_offered.attribute));
MEMBERS(id, M("own", BOOL, id.own), M("next_payload", UINT, id.next_payload), M("id_type", UINT, id.id_type),
	M("id_name", STRING, id.id_name), M("address", STRING, id.address), M("protocol", UINT, id.protocol),
	M("port", UINT, id.port), M("length", UINT, id.length), M("profile", STRING, id.profile));
MEMBERS(identity_refused, M("why", STRING, identity_refused.why), M("profile", STRING, identity_refused.profile),
	M("id_name", STRING, identity_refused.id_name), M("identity", STRING, identity_refused.identity));
MEMBERS(initial_contact, M("own", BOOL, initial_contact.own), M("deleted", UINT, initial_contact.deleted));
MEMBERS(nat_d, M("payload_type", UINT, nat_d.type), M("mine", BOOL, nat_d.mine), M("here", BOOL, nat_d.here),
	M("there", BOOL, nat_d.there));
MEMBERS(auth, M("ok", BOOL, auth.ok), M("method", STRING, auth.method));
MEMBERS(sa_delete, M("reason", STRING, sa_delete.reason), M("paranoid", BOOL, sa_delete.paranoid));
MEMBERS(peer_unlocked, M("refcount", UINT, peer_unlocked.refcount));
MEMBERS(retransmit, M("phase", UINT, retransmit.phase), M("attempt", UINT, retransmit.attempt),
	M("of", UINT, retransmit.of));
MEMBERS(duplicate, M("phase", UINT, duplicate.phase), M("resent", BOOL, duplicate.resent),
	M("ms", UINT, duplicate.ms));
MEMBERS(malformed, M("payload", STRING, malformed.payload), M("reason", STRING, malformed.reason),
	M("attempt", UINT, malformed.attempt), M("of", UINT, malformed.of));
MEMBERS(node_delete, M("error", BOOL, node_delete.error), M("reason", STRING, node_delete.reason));
MEMBERS(notify, M("number", UINT, notify.number), M("name", STRING, notify.name),
	M("protocol", UINT, notify.protocol), M("spi", U32, notify.spi),
	M("authenticated", BOOL, notify.authenticated), MC("data", BYTES, notify.data, notify.length));
MEMBERS(del, M("protocol", UINT, del.protocol), MC("spis", SPIS, del.spis, del.spi_count));
MEMBERS(fragment, M("id", UINT, fragment.id), M("number", UINT, fragment.number), M("last", BOOL, fragment.last),
	M("length", UINT, fragment.length));
MEMBERS(dpd_timer, M("what", STRING, dpd_timer.what));
MEMBERS(dpd, M("name", STRING, dpd.name), M("sequence", U32, dpd.sequence));
MEMBERS(spi, M("spi", U32, spi.spi), M("initiator", BOOL, spi.initiator));
MEMBERS(proposal, M("number", UINT, proposal.number), M("transform", UINT, proposal.transform),
	M("name", STRING, proposal.name), MC("attrs", ATTRS, proposal.attrs, proposal.attr_count),
	M("first", BOOL, proposal.first));
MEMBERS(proxy_match, M("local_proxy", PROXY, proxy_match.local_proxy),
	M("remote_proxy", PROXY, proxy_match.remote_proxy), M("matched", BOOL, proxy_match.matched),
	M("installed", BOOL, proxy_match.installed), M("other_profile", BOOL, proxy_match.other_profile));
MEMBERS(proposal_refused, M("reason", STRING, proposal_refused.reason), M("error", UINT, proposal_refused.error),
	M("offered", STRING, proposal_refused.offered), M("text", STRING, proposal_refused.text));
MEMBERS(map_found, M("map", STRING, map_found.map), M("seq", U32, map_found.seq));
MEMBERS(child, M("inbound", BOOL, child.inbound), M("dest", CHARS, child.dest), M("spi", U32, child.spi),
	M("transform", STRING, child.transform), M("sa_conn_id", U32, child.sa_conn_id),
	M("life_kilobytes", U64, child.life_kilobytes), M("life_seconds", U32, child.life_seconds),
	M("map", STRING, child.map), M("seq", U32, child.seq), M("local_proxy", PROXY, child.local_proxy),
	M("remote_proxy", PROXY, child.remote_proxy), M("reason", STRING, child.reason));
MEMBERS(syslog_line, M("text", STRING, syslog.text));
MEMBERS(daemon_line, M("level", STRING, daemon.level), M("text", STRING, daemon.text));
static const struct event_member none[] = { { NULL, STRING, 0, 0 } };

static const struct { const char *name; const struct event_member *members; } types[EV_MAX] = {
	[EV_SA_REQUEST] = { "sa-request", request },
	[EV_REQUEST_TIMER] = { "request-timer", request },
	[EV_REQUEST_ATTACHED] = { "request-attached", request_attached },
	[EV_REQUEST_FAILED] = { "request-failed", request_failed },
	[EV_ROUTE] = { "route", route },
	[EV_REKEY] = { "rekey", rekey },
	[EV_SA_CREATED] = { "sa-created", sa_created },
	[EV_PSK] = { "psk", psk },
	[EV_VENDOR_OUT] = { "vendor-out", vendor_out },
	[EV_STATE] = { "state", state_change },
	[EV_BEGIN] = { "begin", begin },
	[EV_PACKET_OUT] = { "packet-out", packet },
	[EV_PACKET_IN] = { "packet-in", packet },
	[EV_FRAGMENT_IN] = { "fragment-in", fragment },
	[EV_FRAGMENT_OUT] = { "fragment-out", fragment },
	[EV_PACKET_DROPPED] = { "packet-dropped", packet_dropped },
	[EV_PAYLOAD] = { "payload", payload },
	[EV_VENDOR_IN] = { "vendor-in", vendor_in },
	[EV_POLICY_CHECK] = { "policy-check", policy_check },
	[EV_LIFETIME] = { "lifetime", lifetime },
	[EV_NO_POLICY] = { "no-policy", no_policy },
	[EV_NOT_OFFERED] = { "not-offered", not_offered },
	[EV_ID] = { "id", id },
	[EV_IDENTITY_REFUSED] = { "identity-refused", identity_refused },
	[EV_INITIAL_CONTACT] = { "initial-contact", initial_contact },
	[EV_NAT_D] = { "nat-d", nat_d },
	[EV_PORT_FLOATED] = { "port-floated", none },
	[EV_UDP_ENC] = { "udp-enc", none },
	[EV_AUTH] = { "auth", auth },
	[EV_PEER_INSERTED] = { "peer-inserted", none },
	[EV_SA_DELETE] = { "sa-delete", sa_delete },
	[EV_PEER_UNLOCKED] = { "peer-unlocked", peer_unlocked },
	[EV_SA_PURGED] = { "sa-purged", none },
	[EV_RETRANSMIT] = { "retransmit", retransmit },
	[EV_DUPLICATE] = { "duplicate", duplicate },
	[EV_MALFORMED] = { "malformed", malformed },
	[EV_NODE_NEW] = { "node-new", none },
	[EV_NODE_DELETE] = { "node-delete", node_delete },
	[EV_NODE_PURGED] = { "node-purged", none },
	[EV_NOTIFY_IN] = { "notify-in", notify },
	[EV_NOTIFY_OUT] = { "notify-out", notify },
	[EV_DELETE_IN] = { "delete-in", del },
	[EV_DELETE_OUT] = { "delete-out", del },
	[EV_DPD] = { "dpd", dpd_timer },
	[EV_DPD_IN] = { "dpd-in", dpd },
	[EV_SPI] = { "spi", spi },
	[EV_PROPOSAL] = { "proposal", proposal },
	[EV_VALIDATE] = { "validate", request },
	[EV_PROXY_MATCH] = { "proxy-match", proxy_match },
	[EV_PROPOSAL_REFUSED] = { "proposal-refused", proposal_refused },
	[EV_PHASE2_REFUSED] = { "phase2-refused", none },
	[EV_SPI_DELETED] = { "spi-deleted", spi },
	[EV_KEY_ENGINE] = { "key-engine", none },
	[EV_MAP_FOUND] = { "map-found", map_found },
	[EV_CHILD_CREATED] = { "child-created", child },
	[EV_OUTBOUND_CURRENT] = { "outbound-current", spi },
	[EV_OUTBOUND_ENABLED] = { "outbound-enabled", spi },
	[EV_CHILD_DELETE_IN] = { "child-delete-in", spi },
	[EV_CHILD_DELETED] = { "child-deleted", child },
	[EV_DELETE_IGNORED] = { "delete-ignored", spi },
	[EV_SYSLOG] = { "syslog", syslog_line },
	[EV_DAEMON] = { "daemon", daemon_line },
};

static const char *const drops[DROP_REASON_MAX] = {
	[DROP_SHORT] = "short", [DROP_MALFORMED] = "malformed", [DROP_VERSION] = "version",
	[DROP_UNKNOWN_COOKIES] = "unknown-cookies", [DROP_ZERO_COOKIE] = "zero-cookie",
	[DROP_WRONG_PEER] = "wrong-peer", [DROP_NOT_ENCRYPTED] = "not-encrypted",
	[DROP_ENCRYPTED] = "encrypted", [DROP_UNSUPPORTED] = "unsupported",
	[DROP_UNEXPECTED] = "unexpected", [DROP_MISSING_PAYLOAD] = "missing-payload",
	[DROP_EXTRA_PAYLOAD] = "extra-payload", [DROP_BAD_HASH] = "bad-hash",
	[DROP_BAD_VALUE] = "bad-value", [DROP_REPLAY] = "replay", [DROP_BUSY] = "busy", [DROP_FRAGMENT] = "fragment",
	[DROP_LIMIT] = "limit", [DROP_NO_CONFIG] = "no-config",
	[DROP_NOT_AUTHENTICATED] = "not-authenticated",
};

struct event_subscription {
	TAILQ_ENTRY(event_subscription) link;
	event_fn fn;
	void *arg;
	bool gone;
};

struct event_hub {
	TAILQ_HEAD(, event_subscription) subscribers;
	struct event_records *records;
	unsigned int emitting;
	bool to_syslog, to_stderr;
	struct log_kind {
		char name[48];		/* "%CRYPTO-4-IKMP_NO_SA" */
		time_t second;
		unsigned int lines;	/* in it */
	} kinds[LOG_KINDS];
};

const char *event_type_name(enum event_type type)
{
	return type > EV_NONE && type < EV_MAX ? types[type].name : NULL;
}

const char *event_drop_name(enum event_drop reason)
{
	return reason < DROP_REASON_MAX ? drops[reason] : "unknown";
}

const struct event_member *event_members(enum event_type type)
{
	return types[type].members;
}

static json_t *text(const char *s)
{
	json_t *json = s ? json_string(s) : NULL;

	/* a peer's bytes need not be UTF-8: then each foreign byte becomes '?' */
	if (s && !json) {
		char copy[512];
		size_t i;

		for (i = 0; s[i] && i < sizeof(copy) - 1; i++)
			copy[i] = (unsigned char)s[i] < 0x80 ? s[i] : '?';
		copy[i] = '\0';
		json = json_string(copy);
	}
	return json;
}

static json_t *hex(const uint8_t *data, size_t length)
{
	char out[2 * 128 + 1];
	size_t i;

	if (!data)
		return json_string("");
	for (i = 0; i < length && i < 128; i++)
		snprintf(out + 2 * i, 3, "%02x", data[i]);
	out[2 * i] = '\0';
	return json_string(out);
}

static json_t *proxy(const struct event_proxy *p)
{
	return json_pack("{s:s, s:s, s:i, s:i, s:i}", "addr", p->addr, "mask", p->mask, "prefix", (int)p->prefix,
			 "protocol", (int)p->protocol, "port", (int)p->port);
}

static json_t *attributes(const struct event_attr *attr, unsigned int count)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < count && i < EVENT_ATTRS; i++) {
		json_t *a = json_pack("{s:i, s:b, s:I}", "type", (int)attr[i].type, "basic", (int)attr[i].basic,
				      "value", (json_int_t)attr[i].value);

		if (attr[i].name)
			json_object_set_new(a, "name", text(attr[i].name));
		if (attr[i].text)
			json_object_set_new(a, "text", text(attr[i].text));
		if (!attr[i].basic)
			json_object_set_new(a, "raw", hex(attr[i].raw, attr[i].raw_length));
		json_array_append_new(list, a);
	}
	return list;
}

static json_t *strings(const char *const *names, unsigned int count)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < count && i < EVENT_PAYLOADS; i++)
		json_array_append_new(list, text(names[i]));
	return list;
}

static json_t *numbers(const uint32_t *number, unsigned int count)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < count && i < EVENT_SPIS; i++)
		json_array_append_new(list, json_integer(number[i]));
	return list;
}

static json_t *value(const struct event *ev, const struct event_member *m)
{
	const char *at = (const char *)ev + m->offset, *count = (const char *)ev + m->count;

	switch (m->kind) {
	case STRING:
		return text(*(const char *const *)at);
	case CHARS:
		return text(at);
	case BOOL:
		return json_boolean(*(const bool *)at);
	case UINT:
		return json_integer(*(const unsigned int *)at);
	case U32:
		return json_integer(*(const uint32_t *)at);
	case U64:
		return json_integer((json_int_t)*(const uint64_t *)at);
	case PROXY:
		return proxy((const struct event_proxy *)at);
	case ATTRS:
		return attributes((const struct event_attr *)at, *(const unsigned int *)count);
	case BYTES:
		return hex(*(const uint8_t *const *)at, *(const size_t *)count);
	case PAYLOADS:
		return strings((const char *const *)at, *(const unsigned int *)count);
	case SPIS:
		return numbers((const uint32_t *)at, *(const unsigned int *)count);
	case DROP:
		return json_string(event_drop_name(*(const enum event_drop *)at));
	}
	return NULL;
}

static void head(json_t *json, const struct event *ev)
{
	char line[300];
	const char role[2] = { ev->role, '\0' };
	json_t *list;
	unsigned int i;

	if (ev->peer[0]) {
		json_object_set_new(json, "local", json_string(ev->local));
		json_object_set_new(json, "local_port", json_integer(ev->local_port));
		json_object_set_new(json, "peer", json_string(ev->peer));
		json_object_set_new(json, "peer_port", json_integer(ev->peer_port));
		json_object_set_new(json, "conn_id", json_integer(ev->conn_id));
		json_object_set_new(json, "msgid", json_integer(ev->msgid));
		json_object_set_new(json, "sa", json_integer(ev->sa));
		json_object_set_new(json, "peer_handle", json_integer(ev->peer_handle));
		if (ev->role)
			json_object_set_new(json, "role", json_string(role));
		if (ev->state)
			json_object_set_new(json, "state", json_string(ev->state));
	}
	if (!ev->line_count)
		return;
	list = json_array();
	for (i = 0; i < ev->line_count && i < EVENT_LINES; i++) {
		snprintf(line, sizeof(line), "%s:%u", ev->lines[i].file ? ev->lines[i].file : "?", ev->lines[i].line);
		json_array_append_new(list, text(line));
	}
	json_object_set_new(json, "lines", list);
}

json_t *event_to_json(const struct event *ev, double now)
{
	const struct event_member *m;
	json_t *json;

	if (ev->type <= EV_NONE || ev->type >= EV_MAX)
		return NULL;
	json = json_pack("{s:s, s:f}", "type", types[ev->type].name, "time", now);
	if (!json)
		return NULL;
	head(json, ev);
	for (m = types[ev->type].members; m->name; m++) {
		json_t *v = value(ev, m);

		if (v)
			json_object_set_new(json, m->name, v);
	}
	return json;
}

struct event_hub *event_hub_new(void)
{
	struct event_hub *hub = calloc(1, sizeof(*hub));

	if (!hub)
		return NULL;
	TAILQ_INIT(&hub->subscribers);
	hub->records = event_records_new();
	if (!hub->records) {
		free(hub);
		return NULL;
	}
	return hub;
}

void event_hub_free(struct event_hub *hub)
{
	struct event_subscription *s;

	if (!hub)
		return;
	while ((s = TAILQ_FIRST(&hub->subscribers))) {
		TAILQ_REMOVE(&hub->subscribers, s, link);
		free(s);
	}
	event_records_free(hub->records);
	free(hub);
}

void event_hub_syslog(struct event_hub *hub, bool to_syslog, bool to_stderr)
{
	hub->to_syslog = to_syslog;
	hub->to_stderr = to_stderr;
}

struct event_subscription *event_subscribe(struct event_hub *hub, event_fn fn, void *arg)
{
	struct event_subscription *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->fn = fn;
	s->arg = arg;
	TAILQ_INSERT_TAIL(&hub->subscribers, s, link);
	return s;
}

/* Gone subscribers are freed only outside of event_emit()'s walk over the list. */
static void sweep(struct event_hub *hub)
{
	struct event_subscription *s, *next;

	for (s = TAILQ_FIRST(&hub->subscribers); s; s = next) {
		next = TAILQ_NEXT(s, link);
		if (s->gone) {
			TAILQ_REMOVE(&hub->subscribers, s, link);
			free(s);
		}
	}
}

void event_unsubscribe(struct event_hub *hub, struct event_subscription *sub)
{
	sub->gone = true;
	if (!hub->emitting)
		sweep(hub);
}

json_t *event_record(const struct event_hub *hub, const char *peer)
{
	return event_records_json(hub->records, peer);
}

static void log_line(const struct event_hub *hub, int severity, const char *line)
{
	if (hub->to_syslog)
		syslog(severity, "%s", line);
	if (hub->to_stderr)
		fprintf(stderr, "%s\n", line);
}

/* A flood of datagrams must not become one of log lines: of each kind some a second, then a word on how many more. */
static bool may_log(struct event_hub *hub, const char *line)
{
	size_t length = strcspn(line, ":");
	time_t now = time(NULL);
	struct log_kind *k = NULL;
	char more[120];
	unsigned int i;

	if (length >= sizeof(k->name))
		length = sizeof(k->name) - 1;
	for (i = 0; i < LOG_KINDS; i++) {
		k = &hub->kinds[i];
		if (!k->name[0] || (!strncmp(k->name, line, length) && !k->name[length]))
			break;
	}
	if (k->second != now) {
		if (k->lines > LOG_RATE) {
			snprintf(more, sizeof(more), "%s: %u more in one second", k->name, k->lines - LOG_RATE);
			log_line(hub, LOG_NOTICE, more);
		}
		memcpy(k->name, line, length);
		k->name[length] = '\0';
		k->second = now;
		k->lines = 0;
	}
	return k->lines++ < LOG_RATE;
}

/* "%CRYPTO-4-IKMP_NO_SA: ..." has severity 4 */
static int severity_of(const char *line)
{
	const char *dash = strchr(line, '-');

	return dash && dash[1] >= '0' && dash[1] <= '7' ? dash[1] - '0' : LOG_INFO;
}

static int severity_level(const char *level)
{
	if (!strcmp(level, "error"))
		return LOG_ERR;
	return strcmp(level, "warning") ? LOG_INFO : LOG_WARNING;
}

/* JSON is for those who listen: nearly always nobody does, and it would be most of a handshake's work. */
static void publish(struct event_hub *hub, const struct event *ev, double now)
{
	struct event_subscription *s;
	json_t *json;

	if (TAILQ_EMPTY(&hub->subscribers))
		return;
	json = event_to_json(ev, now);
	if (!json)
		return;
	hub->emitting++;
	TAILQ_FOREACH(s, &hub->subscribers, link) {
		if (!s->gone)
			s->fn(s->arg, ev, json);
	}
	if (!--hub->emitting)
		sweep(hub);
	json_decref(json);
}

void event_emit(struct event_hub *hub, struct event *ev)
{
	struct timespec now;
	double seconds;

	if (!hub)
		return;
	if (ev->type == EV_SYSLOG && may_log(hub, ev->syslog.text))
		log_line(hub, severity_of(ev->syslog.text), ev->syslog.text);
	else if (ev->type == EV_DAEMON)
		log_line(hub, severity_level(ev->daemon.level), ev->daemon.text);
	clock_gettime(CLOCK_REALTIME, &now);
	seconds = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	event_records_add(hub->records, ev, seconds);
	publish(hub, ev, seconds);
}

void event_syslog(struct event_hub *hub, const char *fmt, ...)
{
	struct event ev = { .type = EV_SYSLOG };
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	ev.syslog.text = line;
	event_emit(hub, &ev);
}

void event_daemon(struct event_hub *hub, const char *level, const char *fmt, ...)
{
	struct event ev = { .type = EV_DAEMON };
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	ev.daemon.level = level;
	ev.daemon.text = line;
	event_emit(hub, &ev);
}
