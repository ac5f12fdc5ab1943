/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events to bytes and back: see event_pack.h. Numbers have 7 bits in a byte,
 * the lowest first; a text is a word's number, or its own bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "event_member.h"
#include "event_pack.h"

#define WORDS		1024	/* more than the daemon's own; what peers make up must not grow it */
#define SLOTS		2048	/* a power of 2 */
#define SEEN		256
#define WORD_LEN	96
#define BYTES_MAX	128	/* of a byte string: what its JSON shows */

/* the number of a text */
enum { TEXT_NONE, TEXT_HERE, TEXT_WORD };

/* the first byte behind the time */
enum { HAS_PEER = 1, SAME_LOCAL = 2, HAS_ROLE = 4, LINES_SHIFT = 4 };

struct event_words {
	char *word[WORDS];
	uint16_t slot[SLOTS];	/* number + 1; 0: free */
	unsigned int count;
	struct { const char *text; unsigned int number; } seen[SEEN];	/* by where a text stood: most are constants */
};

struct event_words *event_words_new(void)
{
	return calloc(1, sizeof(struct event_words));
}

void event_words_free(struct event_words *words)
{
	for (unsigned int i = 0; words && i < words->count; i++)
		free(words->word[i]);
	free(words);
}

static unsigned int slot_of(const struct event_words *w, const char *s)
{
	uint32_t hash = 2166136261u;	/* FNV-1a */
	unsigned int i;

	for (const char *p = s; *p; p++)
		hash = (hash ^ (uint8_t)*p) * 16777619u;
	for (i = (hash ^ hash >> 16) % SLOTS; w->slot[i] && strcmp(w->word[w->slot[i] - 1], s); i = (i + 1) % SLOTS)
		;
	return i;
}

/* The number of @s + 1, which it gets if there is room; 0: it has none. */
static unsigned int find_word(struct event_words *w, const char *s)
{
	unsigned int slot = slot_of(w, s);

	if (w->slot[slot] || w->count == WORDS || strlen(s) > WORD_LEN)
		return w->slot[slot];
	w->word[w->count] = strdup(s);
	if (!w->word[w->count])
		return 0;
	w->slot[slot] = (uint16_t)++w->count;
	return w->slot[slot];
}

static unsigned int word_number(struct event_words *w, const char *s)
{
	unsigned int i = (unsigned int)((uintptr_t)s ^ (uintptr_t)s >> 8) % SEEN, number = w->seen[i].number;

	if (w->seen[i].text == s && !strcmp(w->word[number - 1], s))
		return number;
	number = find_word(w, s);
	if (number) {
		w->seen[i].text = s;
		w->seen[i].number = number;
	}
	return number;
}

/* --- out --- */

struct out {
	struct event_words *words;
	uint8_t *at, *end;
	bool full;
};

static void put_bytes(struct out *o, const void *data, size_t len)
{
	if (o->full || (size_t)(o->end - o->at) < len) {
		o->full = true;
		return;
	}
	if (len)
		memcpy(o->at, data, len);
	o->at += len;
}

static void put_number(struct out *o, uint64_t n)
{
	uint8_t bytes[10];
	size_t len = 0;

	do {
		bytes[len++] = (uint8_t)((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
		n >>= 7;
	} while (n);
	put_bytes(o, bytes, len);
}

/* With its end: what is read back points here. */
static void put_chars(struct out *o, const char *s)
{
	put_bytes(o, s, strlen(s) + 1);
}

static void put_text(struct out *o, const char *s)
{
	unsigned int number = s ? word_number(o->words, s) : 0;

	put_number(o, !s ? TEXT_NONE : number ? TEXT_WORD + number - 1 : TEXT_HERE);
	if (s && !number)
		put_chars(o, s);
}

static void put_proxy(struct out *o, const struct event_proxy *p)
{
	put_chars(o, p->addr);
	put_text(o, p->mask);
	put_number(o, p->prefix);
	put_number(o, p->protocol);
	put_number(o, p->port);
}

static void put_attrs(struct out *o, const struct event_attr *a, unsigned int count)
{
	put_number(o, count);
	for (unsigned int i = 0; i < count; i++) {
		put_number(o, a[i].type);
		put_number(o, a[i].basic);
		put_number(o, a[i].value);
		put_number(o, a[i].raw_length);
		put_bytes(o, a[i].raw, a[i].raw_length);
		put_text(o, a[i].name);
		put_text(o, a[i].text);
	}
}

static unsigned int at_most(unsigned int n, unsigned int max)
{
	return n < max ? n : max;
}

static void put_member(struct out *o, const struct event *ev, const struct event_member *m)
{
	const char *at = (const char *)ev + m->offset, *count = (const char *)ev + m->count;
	size_t len;

	switch (m->kind) {
	case STRING:
		put_text(o, *(const char *const *)at);
		break;
	case CHARS:
		put_chars(o, at);
		break;
	case BOOL:
		put_number(o, *(const bool *)at);
		break;
	case UINT:
		put_number(o, *(const unsigned int *)at);
		break;
	case U32:
		put_number(o, *(const uint32_t *)at);
		break;
	case U64:
		put_number(o, *(const uint64_t *)at);
		break;
	case DROP:
		put_number(o, *(const enum event_drop *)at);
		break;
	case PROXY:
		put_proxy(o, (const struct event_proxy *)at);
		break;
	case ATTRS:
		put_attrs(o, (const struct event_attr *)at, at_most(*(const unsigned int *)count, EVENT_ATTRS));
		break;
	case BYTES:
		len = *(const uint8_t *const *)at ? *(const size_t *)count : 0;
		len = len < BYTES_MAX ? len : BYTES_MAX;
		put_number(o, len);
		put_bytes(o, *(const uint8_t *const *)at, len);
		break;
	case PAYLOADS:
		len = at_most(*(const unsigned int *)count, EVENT_PAYLOADS);
		put_number(o, len);
		for (size_t i = 0; i < len; i++)
			put_text(o, ((const char *const *)at)[i]);
		break;
	case SPIS:
		len = at_most(*(const unsigned int *)count, EVENT_SPIS);
		put_number(o, len);
		for (size_t i = 0; i < len; i++)
			put_number(o, ((const uint32_t *)at)[i]);
		break;
	}
}

static void put_head(struct out *o, const struct event *ev, const char *local)
{
	unsigned int lines = at_most(ev->line_count, EVENT_LINES), i;
	bool same = !strcmp(ev->local, local);

	put_number(o, (ev->peer[0] ? HAS_PEER : 0) | (same ? SAME_LOCAL : 0) | (ev->role ? HAS_ROLE : 0) |
			      lines << LINES_SHIFT);
	for (i = 0; i < lines; i++) {
		put_text(o, ev->lines[i].file);
		put_number(o, ev->lines[i].line);
	}
	if (!ev->peer[0])
		return;
	if (!same)
		put_chars(o, ev->local);
	if (ev->role)
		put_bytes(o, &ev->role, 1);
	put_number(o, ev->local_port);
	put_number(o, ev->peer_port);
	put_number(o, ev->conn_id);
	put_number(o, ev->msgid);
	put_number(o, ev->sa);
	put_number(o, ev->peer_handle);
	put_text(o, ev->state);
}

size_t event_pack(struct event_words *words, const struct event *ev, double time, const char *local,
		  uint8_t out[EVENT_PACK_MAX])
{
	struct out o = { .words = words, .at = out, .end = out + EVENT_PACK_MAX };
	const struct event_member *m;

	if (!event_type_name(ev->type))
		return 0;
	put_number(&o, ev->type);
	put_bytes(&o, &time, sizeof(time));
	put_head(&o, ev, local);
	for (m = event_members(ev->type); m->name; m++)
		put_member(&o, ev, m);
	return o.full ? 0 : (size_t)(o.at - out);
}

/* --- back: only what event_pack() made is read --- */

struct in {
	const struct event_words *words;
	const uint8_t *at;
};

static const void *get_bytes(struct in *i, size_t len)
{
	const uint8_t *at = i->at;

	i->at += len;
	return at;
}

static uint64_t get_number(struct in *i)
{
	unsigned int shift = 0;
	uint64_t n = 0;

	do
		n |= (uint64_t)(*i->at & 0x7f) << shift;
	while (shift += 7, *i->at++ & 0x80);
	return n;
}

static const char *get_chars(struct in *i)
{
	const char *s = (const char *)i->at;

	i->at += strlen(s) + 1;
	return s;
}

static const char *get_text(struct in *i)
{
	uint64_t number = get_number(i);

	if (number == TEXT_HERE)
		return get_chars(i);
	return number == TEXT_NONE ? NULL : i->words->word[number - TEXT_WORD];
}

static void get_proxy(struct in *i, struct event_proxy *p)
{
	strcpy(p->addr, get_chars(i));
	strcpy(p->mask, get_text(i));
	p->prefix = (unsigned int)get_number(i);
	p->protocol = (unsigned int)get_number(i);
	p->port = (unsigned int)get_number(i);
}

static unsigned int get_attrs(struct in *i, struct event_attr *a)
{
	unsigned int count = (unsigned int)get_number(i);

	for (unsigned int k = 0; k < count; k++) {
		a[k].type = (uint16_t)get_number(i);
		a[k].basic = get_number(i);
		a[k].value = get_number(i);
		a[k].raw_length = (unsigned int)get_number(i);
		memcpy(a[k].raw, get_bytes(i, a[k].raw_length), a[k].raw_length);
		a[k].name = get_text(i);
		a[k].text = get_text(i);
	}
	return count;
}

static void get_member(struct in *i, struct event *ev, const struct event_member *m)
{
	char *at = (char *)ev + m->offset, *count = (char *)ev + m->count;
	unsigned int n;

	switch (m->kind) {
	case STRING:
		*(const char **)at = get_text(i);
		break;
	case CHARS:
		strcpy(at, get_chars(i));
		break;
	case BOOL:
		*(bool *)at = get_number(i);
		break;
	case UINT:
		*(unsigned int *)at = (unsigned int)get_number(i);
		break;
	case U32:
		*(uint32_t *)at = (uint32_t)get_number(i);
		break;
	case U64:
		*(uint64_t *)at = get_number(i);
		break;
	case DROP:
		*(enum event_drop *)at = (enum event_drop)get_number(i);
		break;
	case PROXY:
		get_proxy(i, (struct event_proxy *)at);
		break;
	case ATTRS:
		*(unsigned int *)count = get_attrs(i, (struct event_attr *)at);
		break;
	case BYTES:
		*(size_t *)count = get_number(i);
		*(const uint8_t **)at = get_bytes(i, *(size_t *)count);
		break;
	case PAYLOADS:
		n = (unsigned int)get_number(i);
		for (unsigned int k = 0; k < n; k++)
			((const char **)at)[k] = get_text(i);
		*(unsigned int *)count = n;
		break;
	case SPIS:
		n = (unsigned int)get_number(i);
		for (unsigned int k = 0; k < n; k++)
			((uint32_t *)at)[k] = (uint32_t)get_number(i);
		*(unsigned int *)count = n;
		break;
	}
}

static void get_head(struct in *i, struct event *ev, const char *local, const char *peer)
{
	unsigned int flags = (unsigned int)get_number(i);

	ev->line_count = flags >> LINES_SHIFT;
	for (unsigned int k = 0; k < ev->line_count; k++) {
		ev->lines[k].file = get_text(i);
		ev->lines[k].line = (uint32_t)get_number(i);
	}
	if (!(flags & HAS_PEER))
		return;
	strcpy(ev->peer, peer);
	strcpy(ev->local, flags & SAME_LOCAL ? local : get_chars(i));
	if (flags & HAS_ROLE)
		ev->role = *(const char *)get_bytes(i, 1);
	ev->local_port = (uint16_t)get_number(i);
	ev->peer_port = (uint16_t)get_number(i);
	ev->conn_id = (uint32_t)get_number(i);
	ev->msgid = (uint32_t)get_number(i);
	ev->sa = (uint32_t)get_number(i);
	ev->peer_handle = (uint32_t)get_number(i);
	ev->state = get_text(i);
}

double event_unpack(const struct event_words *words, const uint8_t *in, const char *local, const char *peer,
		    struct event *ev)
{
	struct in i = { .words = words, .at = in };
	const struct event_member *m;
	double time;

	memset(ev, 0, sizeof(*ev));
	ev->type = (enum event_type)get_number(&i);
	memcpy(&time, get_bytes(&i, sizeof(time)), sizeof(time));
	get_head(&i, ev, local, peer);
	for (m = event_members(ev->type); m->name; m++)
		get_member(&i, ev, m);
	return time;
}
