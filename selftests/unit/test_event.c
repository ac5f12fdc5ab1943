/* SPDX-License-Identifier: GPL-2.0-only */
/* The event stream: every type has a name and a JSON form; subscribers; the ring of a peer. */
#include <string.h>

#include "event.h"
#include "event_member.h"
#include "event_pack.h"
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

	ev.id.address = "ab\xff\xfe" "cd";
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
	size_t n, i, wrong = 0;
	json_t *list;

	event_emit(hub, &ev);
	ok(!event_record(hub, "203.0.113.9"), "a stray datagram starts no record");
	ev.type = EV_SA_CREATED;
	event_emit(hub, &ev);
	ev.type = EV_PACKET_IN;
	for (i = 0; i < 5000; i++) {
		ev.packet.length = i;
		event_emit(hub, &ev);
	}
	list = event_record(hub, "203.0.113.9");
	n = json_array_size(list);
	for (i = 0; i < n; i++)
		wrong += json_integer_value(json_object_get(json_array_get(list, i), "length")) != (json_int_t)(5000 - n + i);
	ok(n > 300 && n < 1000 && !wrong, "the record holds the last %zu events, in order", n);
	json_decref(list);
	ev.type = EV_SA_CREATED;
	memset(&ev.sa_created, 0, sizeof(ev.sa_created));
	event_emit(hub, &ev);
	list = event_record(hub, "203.0.113.9");
	ok(json_array_size(list) == 1, "a new negotiation starts it anew");
	json_decref(list);
	ev.role = 'I';
	event_emit(hub, &ev);
	ev.role = 'R';
	for (i = 0; i < 1000; i++) {
		snprintf(ev.peer, sizeof(ev.peer), "10.1.%zu.%zu", i / 256, i % 256);
		event_emit(hub, &ev);
	}
	list = event_record(hub, "203.0.113.9");
	ok(list != NULL, "1000 senders who have shown nothing push nobody out");
	json_decref(list);
	ev.role = 'I';
	for (i = 0; i < 256; i++) {
		snprintf(ev.peer, sizeof(ev.peer), "10.0.%zu.%zu", i / 256, i % 256);
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
	memset(&ev.packet, 0, sizeof(ev.packet));
	ev.type = EV_STATE;
	ev.conn_id = 1001;
	event_emit(hub, &ev);
	list = event_record(hub, "203.0.113.9");
	ok(list != NULL, "until it has shown itself");
	json_decref(list);
}

/* What a member of that kind can hold, filled with @seed. */
static void fill(struct event *ev, const struct event_member *m, unsigned int seed)
{
	static const char *const text[] = { "ikemgr.conf", NULL, "", "a text that no event has yet" };
	static const uint8_t bytes[200] = { 1, 2, 0xff };
	char *at = (char *)ev + m->offset, *count = (char *)ev + m->count;
	struct event_proxy proxy = { "10.1.0.0", "255.255.0.0", 16, 17, seed };
	unsigned int i;

	switch (m->kind) {
	case STRING:
		*(const char **)at = text[seed % 4];
		break;
	case CHARS:
		strcpy(at, seed & 1 ? "2001:db8::1" : "");
		break;
	case BOOL:
		*(bool *)at = seed & 1;
		break;
	case UINT:
	case U32:
		*(unsigned int *)at = seed * 0x01010101u;
		break;
	case U64:
		*(uint64_t *)at = UINT64_MAX / 2 - seed;
		break;
	case DROP:
		*(enum event_drop *)at = (enum event_drop)(seed % DROP_REASON_MAX);
		break;
	case PROXY:
		*(struct event_proxy *)at = proxy;
		break;
	case ATTRS:
		*(unsigned int *)count = seed % (EVENT_ATTRS + 1);
		for (i = 0; i < EVENT_ATTRS; i++)
			((struct event_attr *)at)[i] = (struct event_attr){ .type = (uint16_t)(seed + i), .basic = i & 1, .value = i,
				.raw = { 1, 2, 3 }, .raw_length = i % 9, .name = "encryption", .text = text[i % 2] };
		break;
	case BYTES:
		*(const uint8_t **)at = seed % 5 ? bytes : NULL;
		*(size_t *)count = seed % 201;
		break;
	case PAYLOADS:
		*(unsigned int *)count = seed % (EVENT_PAYLOADS + 1);
		for (i = 0; i < EVENT_PAYLOADS; i++)
			((const char **)at)[i] = i & 1 ? "SA" : "KE";
		break;
	case SPIS:
		*(unsigned int *)count = seed % (EVENT_SPIS + 1);
		for (i = 0; i < EVENT_SPIS; i++)
			((uint32_t *)at)[i] = seed << i;
		break;
	}
}

/* Packed and unpacked, each type says the same as before, whatever its members are. */
static void packed(void)
{
	struct event_words *words = event_words_new();
	unsigned int type, seed, bad = 0;
	uint8_t bytes[EVENT_PACK_MAX];

	for (type = EV_NONE + 1; type < EV_MAX; type++) {
		for (seed = 0; seed < 60; seed++) {
			struct event ev = { .type = (enum event_type)type, .line_count = seed % (EVENT_LINES + 1), .role = seed & 1 ? 'R' : 0,
					    .conn_id = seed, .msgid = seed << 26, .state = seed & 2 ? "QM_IDLE" : NULL }, back;
			const struct event_member *m;
			json_t *before, *after;
			unsigned int i;

			strcpy(ev.peer, seed % 7 ? "192.0.2.9" : "");
			strcpy(ev.local, seed % 3 ? "192.0.2.1" : "198.51.100.1");
			for (i = 0; i < EVENT_LINES; i++)
				ev.lines[i] = (struct event_line){ "ikemgr.conf", seed * 100 };
			for (m = event_members(ev.type); m->name; m++)
				fill(&ev, m, seed + (unsigned int)(m - event_members(ev.type)));
			before = event_to_json(&ev, 1.5);
			if (event_pack(words, &ev, 1.5, "192.0.2.1", bytes)) {
				after = event_to_json(&back, event_unpack(words, bytes, "192.0.2.1", "192.0.2.9", &back));
				bad += !json_equal(before, after);
				json_decref(after);
			} else {
				bad++;
			}
			json_decref(before);
		}
	}
	ok(!bad, "each of %u types is the same, packed and unpacked", EV_MAX - 1);
	event_words_free(words);
}

/* More texts than there are words: the others are kept where they stand. */
static void many_words(void)
{
	struct event_words *words = event_words_new();
	struct event ev = { .type = EV_DAEMON, .daemon = { .level = "info" } }, back;
	uint8_t bytes[EVENT_PACK_MAX];
	char text[5000] = "";
	unsigned int i, bad = 0;

	ev.daemon.text = text;
	for (i = 0; i < 3000; i++) {
		snprintf(text, sizeof(text), "text %u", i);
		bad += !event_pack(words, &ev, i, "", bytes) || event_unpack(words, bytes, "", "", &back) != i ||
		       strcmp(back.daemon.text, text);
	}
	ok(!bad, "3000 texts come back");
	memset(text, 'x', sizeof(text) - 1);
	ok(!event_pack(words, &ev, 0, "", bytes), "what is too long is not packed");
	event_words_free(words);
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
	packed();
	many_words();
	event_hub_free(hub);
	return done_testing();
}
