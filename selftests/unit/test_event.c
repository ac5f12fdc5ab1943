/* SPDX-License-Identifier: GPL-2.0-only */
/* The event stream: every type has a name and a JSON form; subscribers; the ring of a peer. */
#include <string.h>

#include "event.h"
#include "tap.h"

static unsigned int heard;
static struct event_subscription *self;
static struct event_hub *hub;

static void count(void *arg, const struct event *ev, json_t *json)
{
	(void)arg;
	(void)ev;
	(void)json;
	heard++;
}

static void leave(void *arg, const struct event *ev, json_t *json)
{
	count(arg, ev, json);
	event_unsubscribe(hub, self);
}

static const char *text(json_t *json, const char *key)
{
	const char *s = json_string_value(json_object_get(json, key));

	return s ? s : "";
}

static void every_type(void)
{
	unsigned int type, bad = 0, unnamed = 0;

	for (type = EV_NONE + 1; type < EV_MAX; type++) {
		struct event ev = { .type = (enum event_type)type };
		json_t *json = event_to_json(&ev, 1.0);

		bad += !json || !event_type_name(ev.type) || strcmp(text(json, "type"), event_type_name(ev.type));
		json_decref(json);
	}
	ok(!bad, "each of %u types makes a JSON object with its name", EV_MAX - 1);
	ok(!event_type_name(EV_NONE) && !event_type_name(EV_MAX), "no other number has a name");
	for (type = 0; type < DROP_REASON_MAX; type++)
		unnamed += !event_drop_name((enum event_drop)type);
	ok(!unnamed, "each of %u drop reasons has a name", DROP_REASON_MAX);
}

static void members(void)
{
	struct event ev = { .type = EV_POLICY_CHECK, .conn_id = 1001, .role = 'I', .state = "MM_NO_STATE",
			    .peer = "198.51.100.1", .local = "192.0.2.1", .line_count = 1 };
	json_t *json, *attr;

	ev.lines[0].file = "ikemgr.conf";
	ev.lines[0].line = 12;
	ev.policy_check.transform = 2;
	ev.policy_check.reason = "Hash algorithm offered does not match policy!";
	ev.policy_check.attr_count = 1;
	ev.policy_check.attrs[0] = (struct event_attr){ .type = 12, .value = 86400, .raw = { 0, 1, 0x51, 0x80 },
							.raw_length = 4, .name = "life duration" };
	json = event_to_json(&ev, 5.5);
	ok(!strcmp(text(json, "peer"), "198.51.100.1") && !strcmp(text(json, "role"), "I"), "head: peer and role");
	ok(json_integer_value(json_object_get(json, "conn_id")) == 1001, "head: conn_id");
	ok(!strcmp(json_string_value(json_array_get(json_object_get(json, "lines"), 0)), "ikemgr.conf:12"),
	   "configuration lines as file:line");
	attr = json_array_get(json_object_get(json, "attrs"), 0);
	ok(!strcmp(text(attr, "raw"), "00015180") && !json_is_true(json_object_get(attr, "basic")), "a TLV keeps its bytes");
	ok(json_is_false(json_object_get(json, "acceptable")), "booleans are booleans");
	json_decref(json);
}

static void foreign_bytes(void)
{
	struct event ev = { .type = EV_ID, .peer = "198.51.100.1", .local = "192.0.2.1" };
	json_t *json;

	memcpy(ev.id.address, "ab\xff\xfe" "cd", 7);
	json = event_to_json(&ev, 1.0);
	ok(!strcmp(text(json, "address"), "ab??cd"), "bytes that are no UTF-8 become '?'");
	json_decref(json);
}

static void subscribers(void)
{
	struct event_subscription *other;

	other = event_subscribe(hub, count, NULL);
	self = event_subscribe(hub, leave, NULL);
	event_daemon(hub, "info", "one");
	ok(heard == 2, "both hear the first event");
	event_daemon(hub, "info", "two");
	ok(heard == 3, "who unsubscribed while it was called is called no more");
	event_unsubscribe(hub, other);
	event_syslog(hub, "%%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is %s", "ON");
	ok(heard == 3, "nobody is left");
}

static void recorder(void)
{
	struct event ev = { .type = EV_PACKET_IN, .peer = "203.0.113.9", .local = "192.0.2.1" };
	unsigned int i;
	json_t *list;

	event_emit(hub, &ev);
	ok(!event_record(hub, "203.0.113.9"), "a stray datagram starts no record");
	ev.type = EV_SA_CREATED;
	event_emit(hub, &ev);
	ev.type = EV_PACKET_IN;
	for (i = 0; i < 600; i++)
		event_emit(hub, &ev);
	list = event_record(hub, "203.0.113.9");
	ok(json_array_size(list) == 512, "the ring holds the last 512 events");
	json_decref(list);
	ev.type = EV_SA_CREATED;
	event_emit(hub, &ev);
	list = event_record(hub, "203.0.113.9");
	ok(json_array_size(list) == 1, "a new negotiation starts it anew");
	json_decref(list);
	ev.role = 'I';
	event_emit(hub, &ev);
	ev.role = 'R';
	for (i = 0; i < 1000; i++) {
		snprintf(ev.peer, sizeof(ev.peer), "10.1.%u.%u", i / 256, i % 256);
		event_emit(hub, &ev);
	}
	list = event_record(hub, "203.0.113.9");
	ok(list != NULL, "1000 senders who have shown nothing push nobody out");
	json_decref(list);
	ev.role = 'I';
	for (i = 0; i < 256; i++) {
		snprintf(ev.peer, sizeof(ev.peer), "10.0.%u.%u", i / 256, i % 256);
		event_emit(hub, &ev);
	}
	ok(!event_record(hub, "203.0.113.9"), "the peer heard of longest ago makes room");
	list = event_record(hub, "10.0.0.0");
	ok(list != NULL, "and none before it");
	json_decref(list);
	ev.role = 'R';
	snprintf(ev.peer, sizeof(ev.peer), "203.0.113.9");
	event_emit(hub, &ev);
	ok(!event_record(hub, "203.0.113.9"), "a stranger has to do without");
	ev.type = EV_STATE;
	ev.conn_id = 1001;
	event_emit(hub, &ev);
	list = event_record(hub, "203.0.113.9");
	ok(list != NULL, "until it has shown itself");
	json_decref(list);
}

int main(void)
{
	hub = event_hub_new();
	event_hub_syslog(hub, false, false);
	every_type();
	members();
	foreign_bytes();
	subscribers();
	recorder();
	event_hub_free(hub);
	return done_testing();
}
