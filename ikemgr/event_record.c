/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A store of packed events for each peer, the oldest first; found by the
 * peer's text. The peer heard of longest ago makes room for a new one.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "event_pack.h"
#include "event_record.h"

#define RECORD_BYTES	16384	/* of one peer: some 500 events */
#define RECORD_FIRST	1024
#define RECORD_PEERS	256
#define STRANGERS	20	/* records a second for senders who have shown nothing yet */
#define BUCKETS		256

/* struct record - each event behind its length, a uint16_t */
struct record {
	TAILQ_ENTRY(record) link;	/* the peer heard of last is first */
	LIST_ENTRY(record) bucket;
	char peer[EVENT_ADDR], local[EVENT_ADDR];
	uint8_t *data;
	size_t used, room;
	bool stranger;			/* see shown() */
};

struct event_records {
	TAILQ_HEAD(record_list, record) all;
	LIST_HEAD(, record) buckets[BUCKETS];
	unsigned int count;
	unsigned int strangers;		/* records made for such in this @second */
	time_t second;
	struct event_words *words;
};

struct event_records *event_records_new(void)
{
	struct event_records *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	TAILQ_INIT(&r->all);
	r->words = event_words_new();
	if (!r->words) {
		free(r);
		return NULL;
	}
	return r;
}

static void forget(struct event_records *records, struct record *r)
{
	TAILQ_REMOVE(&records->all, r, link);
	LIST_REMOVE(r, bucket);
	records->count--;
	free(r->data);
	free(r);
}

void event_records_free(struct event_records *records)
{
	if (!records)
		return;
	while (!TAILQ_EMPTY(&records->all))
		forget(records, TAILQ_FIRST(&records->all));
	event_words_free(records->words);
	free(records);
}

static unsigned int bucket_of(const char *peer)
{
	unsigned int hash = 5381;

	while (*peer)
		hash = hash * 33 ^ (unsigned char)*peer++;
	return (hash ^ hash >> 8) % BUCKETS;
}

static struct record *find(const struct event_records *records, const char *peer)
{
	struct record *r;

	LIST_FOREACH(r, &records->buckets[bucket_of(peer)], bucket) {
		if (!strcmp(r->peer, peer))
			return r;
	}
	return NULL;
}

/* We called it, or it has received what we sent: the address is its own. */
static bool shown(const struct event *ev)
{
	return ev->role == 'I' || ev->conn_id;
}

/* The one of which nothing was heard for longest; strangers' first. NULL: a stranger has to do without. */
static struct record *least(const struct event_records *records, bool stranger)
{
	struct record *r;

	TAILQ_FOREACH_REVERSE(r, &records->all, record_list, link) {
		if (r->stranger)
			return r;
	}
	return stranger ? NULL : TAILQ_LAST(&records->all, record_list);
}

/* Strangers get so many a second, and none that is not theirs. */
static bool make_place(struct event_records *records, bool stranger, time_t now)
{
	struct record *r;

	if (now != records->second) {
		records->second = now;
		records->strangers = 0;
	}
	if (stranger && records->strangers++ >= STRANGERS)
		return false;
	if (records->count < RECORD_PEERS)
		return true;
	r = least(records, stranger);
	if (r)
		forget(records, r);
	return r;
}

static struct record *begin(struct event_records *records, const struct event *ev, time_t now)
{
	bool stranger = !shown(ev);
	struct record *r = make_place(records, stranger, now) ? calloc(1, sizeof(*r)) : NULL;

	if (!r)
		return NULL;
	r->stranger = stranger;
	memcpy(r->peer, ev->peer, sizeof(r->peer));
	TAILQ_INSERT_HEAD(&records->all, r, link);
	LIST_INSERT_HEAD(&records->buckets[bucket_of(r->peer)], r, bucket);
	records->count++;
	return r;
}

/* Does @ev begin a record? Only peers that have an SA get one; a stranger's may come late, when it has shown itself. */
static bool begins(const struct event *ev)
{
	return ev->type == EV_SA_CREATED || (ev->type == EV_STATE && shown(ev));
}

static size_t step(const struct record *r, size_t at)
{
	uint16_t len;

	memcpy(&len, r->data + at, sizeof(len));
	return at + sizeof(len) + len;
}

/* Room for @len bytes more: the store grows, or its older half goes. */
static bool make_room(struct record *r, size_t len)
{
	size_t room = r->room ? r->room : RECORD_FIRST, from = 0;
	uint8_t *data;

	while (room < r->used + len && room < RECORD_BYTES)
		room *= 2;
	if (room > r->room) {
		data = realloc(r->data, room);
		if (data) {
			r->data = data;
			r->room = room;
		}
	}
	if (r->used + len <= r->room)
		return true;
	while (from < r->used / 2)
		from = step(r, from);
	memmove(r->data, r->data + from, r->used - from);
	r->used -= from;
	return r->used + len <= r->room;
}

/*
 * Whoever sends stray datagrams, or begins exchanges with forged addresses,
 * must not push out the records that matter.
 */
void event_records_add(struct event_records *records, const struct event *ev, double time)
{
	struct record *r = ev->peer[0] ? find(records, ev->peer) : NULL;
	uint8_t packed[EVENT_PACK_MAX];
	uint16_t len;

	if (!r && ev->peer[0] && begins(ev))
		r = begin(records, ev, (time_t)time);
	if (!r)
		return;
	if (!r->used || (ev->type == EV_SA_CREATED && (r->stranger || shown(ev)))) {
		memcpy(r->local, ev->local, sizeof(r->local));
		r->used = 0;
	}
	r->stranger = r->stranger && !shown(ev);
	if (r != TAILQ_FIRST(&records->all)) {
		TAILQ_REMOVE(&records->all, r, link);
		TAILQ_INSERT_HEAD(&records->all, r, link);
	}
	len = (uint16_t)event_pack(records->words, ev, time, r->local, packed);
	if (!len || !make_room(r, sizeof(len) + len))
		return;
	memcpy(r->data + r->used, &len, sizeof(len));
	memcpy(r->data + r->used + sizeof(len), packed, len);
	r->used += sizeof(len) + len;
}

json_t *event_records_json(const struct event_records *records, const char *peer)
{
	const struct record *r = find(records, peer);
	json_t *list = r ? json_array() : NULL;
	struct event ev;
	double time;
	size_t at;

	for (at = 0; list && at < r->used; at = step(r, at)) {
		time = event_unpack(records->words, r->data + at + sizeof(uint16_t), r->local, r->peer, &ev);
		json_array_append_new(list, event_to_json(&ev, time));
	}
	return list;
}
