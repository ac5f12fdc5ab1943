/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door for what peers send. A datagram comes in; it goes to the one step
 * function that its exchange and the state wait for, or it is dropped with an
 * event that says why. Nothing is answered to cookies that we don't know.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gcrypt.h>

#include "config/model.h"
#include "exchange.h"
#include "fragment.h"
#include "ike.h"

#define ECHOES_MAX	10	/* answers to repetitions of one message */
#define ECHO_MIN_MS	200	/* initiator: a fresher own copy is still on its way; else two of us would echo each other */
#define LENGTH_MAX	FRAGMENT_MESSAGE_MAX	/* what is longer is refused before it is looked at */
#define PRIVATE_PAYLOAD	128	/* RFC 2408 3.1: private use from here on */

/* struct arrival - a message and where it came from, while it is looked at */
struct arrival {
	struct ike *ike;
	const struct addr *local, *remote;
	const uint8_t *data;
	size_t length;
	struct message m;
	uint8_t digest[32];	/* of the datagram; see digest() */
	bool digested;
};

static const struct exchange_row *row_of(const struct exchange *x)
{
	const struct exchange_row *rows = quick_mode_rows;
	unsigned int i, count = quick_mode_row_count;

	if (x->type == ISAKMP_XCHG_MAIN) {
		rows = main_mode_rows;
		count = main_mode_row_count;
	} else if (x->type == ISAKMP_XCHG_AGGRESSIVE) {
		rows = aggressive_mode_rows;
		count = aggressive_mode_row_count;
	}

	for (i = 0; i < count; i++) {
		if (rows[i].initiator == x->initiator && rows[i].message == x->awaits)
			return &rows[i];
	}
	return NULL;
}

static void head(const struct arrival *a, struct event *ev, enum event_type type, const struct ike_sa *sa)
{
	if (sa) {
		sa_event(sa, ev, type);
	} else {
		memset(ev, 0, sizeof(*ev));
		ev->type = type;
		addr_text(a->local, ev->local);
		addr_text(a->remote, ev->peer);
		ev->local_port = a->m.local_port;
		ev->peer_port = a->m.remote_port;
		ev->role = 'N';
		ev->state = "NEW SA";
	}
	ev->msgid = a->m.header.message_id;
}

__attribute__((format(printf, 4, 5)))
static void drop(const struct arrival *a, const struct ike_sa *sa, enum event_drop reason, const char *fmt, ...)
{
	char text[200];
	struct event ev;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	head(a, &ev, EV_PACKET_DROPPED, sa);
	ev.packet_dropped.reason = reason;
	ev.packet_dropped.detail = text;
	ev.packet_dropped.length = (unsigned int)a->length;
	event_emit(a->ike->hub, &ev);
}

__attribute__((format(printf, 3, 4)))
static void syslog_for(const struct arrival *a, const struct ike_sa *sa, const char *fmt, ...)
{
	char text[256];
	struct event ev;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	head(a, &ev, EV_SYSLOG, sa);
	ev.syslog.text = text;
	event_emit(a->ike->hub, &ev);
}

static void report_received(const struct arrival *a, const struct ike_sa *sa)
{
	unsigned int i;
	struct event ev;

	head(a, &ev, EV_PACKET_IN, sa);
	ev.local_port = a->m.local_port;
	ev.peer_port = a->m.remote_port;
	ev.packet.exchange = a->m.header.exchange == ISAKMP_XCHG_MAIN ? "main" :
			     a->m.header.exchange == ISAKMP_XCHG_AGGRESSIVE ? "aggressive" :
			     a->m.header.exchange == ISAKMP_XCHG_QUICK ? "quick" :
			     a->m.header.exchange == ISAKMP_XCHG_INFO ? "informational" : "other";
	ev.packet.length = (unsigned int)a->length;
	ev.packet.encrypted = a->m.encrypted;
	for (i = 0; i < a->m.index.count && i < EVENT_PAYLOADS; i++)
		ev.packet.payloads[ev.packet.payload_count++] = parse_payload_name(a->m.index.payload[i].type);
	event_emit(a->ike->hub, &ev);
}

/* Garbage names no payload: then it is the one that stands first. */
static const char *payload_at_fault(const struct ike_sa *sa, const struct parse_failure *f)
{
	const char *name = f->payload ? parse_payload_name(f->payload) : "unknown";

	if (strcmp(name, "unknown"))
		return name;
	return sa->state < IKE_P1_COMPLETE && !sa->aggressive ? "ID" : "HASH";
}

/*
 * What does not decode under the keys is what a wrong pre-shared key looks
 * like (IOS); the SA's counter is only shown, it ends by its own timer.
 */
static void malformed(const struct arrival *a, struct ike_sa *sa, const struct parse_failure *f)
{
	char peer[ADDR_TEXT];
	struct event ev;

	report_received(a, sa);
	if (sa && a->m.encrypted) {
		head(a, &ev, EV_MALFORMED, sa);
		ev.malformed.payload = payload_at_fault(sa, f);
		ev.malformed.reason = f->text;
		/* a router counts to five; ours ends by its own timer */
		if (++sa->errors <= IKE_RETRANSMITS)
			ev.malformed.attempt = sa->errors;
		ev.malformed.of = IKE_RETRANSMITS;
		event_emit(a->ike->hub, &ev);
	}
	syslog_for(a, sa, "%%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from %s failed its sanity check or is malformed",
		   addr_text(a->remote, peer));
	drop(a, sa, DROP_MALFORMED, "%s: %s", parse_error_name(f->error), f->text);
}

/* Decrypt (a copy, under a copy of @iv) and index the payloads. */
static bool decode(struct arrival *a, struct ike_sa *sa, const struct crypto_iv *iv)
{
	size_t body = a->length - ISAKMP_HEADER_LEN;
	struct parse_failure failure = { .error = PARSE_NOT_BLOCKS };

	if (a->m.encrypted) {
		if (!body || body % sa->keys->block_len) {
			snprintf(failure.text, sizeof(failure.text),
				 "%zu encrypted bytes are not a whole number of %zu-byte blocks", body,
				 sa->keys->block_len);
			malformed(a, sa, &failure);
			return false;
		}
		a->m.iv = *iv;
		if (crypto_decrypt(sa->keys, &a->m.iv, a->m.data + ISAKMP_HEADER_LEN, body))
			return false;
	}
	if (parse_payloads(&a->m.header, a->m.data, &a->m.index, &failure)) {
		malformed(a, sa, &failure);
		return false;
	}
	return true;
}

/* Is every payload wanted, and every required one there? */
static bool payloads_fit(const struct arrival *a, const struct exchange *x, const struct exchange_row *row)
{
	uint32_t seen = 0, allowed = row->required | row->optional | EXCHANGE_PL(ISAKMP_PL_VID);
	unsigned int i, type;

	for (type = 0; type < 32; type++) {
		if (!(row->required & EXCHANGE_PL(type)) || parse_find(&a->m.index, (uint8_t)type))
			continue;
		drop(a, x->sa, DROP_MISSING_PAYLOAD, "%s payload is missing in message %u",
		     parse_payload_name((uint8_t)type), row->message);
		return false;
	}
	for (i = 0; i < a->m.index.count; i++) {
		type = a->m.index.payload[i].type;
		if (type >= PRIVATE_PAYLOAD)
			continue;
		if (type >= 32 || !(allowed & EXCHANGE_PL(type))) {
			drop(a, x->sa, DROP_EXTRA_PAYLOAD, "%s payload has no place in message %u",
			     parse_payload_name((uint8_t)type), row->message);
			return false;
		}
		if (seen & EXCHANGE_PL(type) && !((row->many | EXCHANGE_PL(ISAKMP_PL_VID)) & EXCHANGE_PL(type))) {
			drop(a, x->sa, DROP_EXTRA_PAYLOAD, "%s payload twice in message %u",
			     parse_payload_name((uint8_t)type), row->message);
			return false;
		}
		seen |= EXCHANGE_PL(type);
	}
	return true;
}

/* By what a repetition is known; garbage is not hashed. */
static const uint8_t *digest(struct arrival *a)
{
	if (!a->digested)
		gcry_md_hash_buffer(GCRY_MD_SHA256, a->digest, a->data, a->length);
	a->digested = true;
	return a->digest;
}

static void commit(struct arrival *a, struct exchange *x)
{
	if (x->seen_count == EXCHANGE_MESSAGES) {
		memmove(x->seen[0], x->seen[1], sizeof(x->seen[0]) * (EXCHANGE_MESSAGES - 1));
		x->seen_count--;
	}
	memcpy(x->seen[x->seen_count++], digest(a), sizeof(a->digest));
	if (a->m.encrypted) {
		x->iv = a->m.iv;
		x->sa->confirmed = true;
		natt_follow(x->sa, a->m.local_port, a->m.remote_port);
	}
	if (x->finished)
		return;		/* the timer is the purge's now */
	timer_stop(&x->timer);
	x->repeats = false;
}

/*
 * The same bytes again: the peer did not get our answer, it gets the stored
 * one. An older message of the exchange is a replay or a stray.
 */
static void echo(struct exchange *x)
{
	struct child_sa *child;

	x->echoes++;
	exchange_echo(x);
	if (x->type != ISAKMP_XCHG_QUICK || !x->initiator)
		return;
	child = quick_mode_child(x);
	if (child)
		child_resent(child);
}

static bool duplicate(struct arrival *a, struct exchange *x)
{
	uint64_t age = uv_now(a->ike->loop) - x->sent_at;
	struct event ev;
	unsigned int i;

	for (i = 0; i < x->seen_count; i++) {
		if (memcmp(x->seen[i], digest(a), sizeof(a->digest)))
			continue;
		report_received(a, x->sa);
		if (i + 1 < x->seen_count || !x->sent_len || x->busy) {
			drop(a, x->sa, x->busy ? DROP_BUSY : DROP_REPLAY, "an earlier message of this exchange again");
			return true;
		}
		exchange_event(x, &ev, EV_DUPLICATE);
		ev.duplicate.phase = exchange_is_phase1(x->type) ? 1 : 2;
		ev.duplicate.resent = x->echoes < ECHOES_MAX && (!x->initiator || age >= ECHO_MIN_MS);
		ev.duplicate.ms = (unsigned int)age;
		exchange_emit(x, &ev);
		if (ev.duplicate.resent)
			echo(x);
		return true;
	}
	return false;
}

static void answer(struct arrival *a, struct exchange *x)
{
	const struct exchange_row *row = row_of(x);
	struct wire_buf reply;
	char peer[ADDR_TEXT];
	enum step step;

	if (!row) {
		drop(a, x->sa, DROP_UNEXPECTED, "the exchange waits for nothing more");
		return;
	}
	if (row->encrypted != EXCHANGE_EITHER && (row->encrypted == EXCHANGE_ENCRYPTED) != a->m.encrypted) {
		if (row->encrypted == EXCHANGE_ENCRYPTED)
			syslog_for(a, x->sa,
				   "%%CRYPTO-6-IKMP_NOT_ENCRYPTED: IKE packet from %s was not encrypted and it should've been.",
				   addr_text(a->remote, peer));
		drop(a, x->sa, a->m.encrypted ? DROP_ENCRYPTED : DROP_NOT_ENCRYPTED, "message %u must%s be encrypted",
		     row->message, a->m.encrypted ? " not" : "");
		return;
	}
	if (!payloads_fit(a, x, row))
		return;
	build_init(&reply);
	x->row = row;
	step = row->step(x, &a->m, &reply);
	if (step == STEP_DROP) {
		build_free(&reply);
		return;
	}
	commit(a, x);
	exchange_proceed(x, step, &reply);
}

static void known_phase1(struct arrival *a, struct ike_sa *sa)
{
	struct exchange *x = sa->main;

	if (x && x->type != a->m.header.exchange) {
		drop(a, sa, DROP_UNEXPECTED, "%s on an SA that began in %s", parse_exchange_name(a->m.header.exchange),
		     parse_exchange_name(x->type));
		return;
	}
	if (!x || sa->deleted) {
		if (!x || !duplicate(a, x))
			drop(a, sa, DROP_UNEXPECTED, "the SA is %s", sa->deleted ? "deleted" : "established");
		return;
	}
	if (duplicate(a, x))
		return;
	if (x->busy) {
		drop(a, sa, DROP_BUSY, "Diffie-Hellman is still being computed");
		return;
	}
	if (a->m.encrypted && !sa->keys) {
		drop(a, sa, DROP_ENCRYPTED, "encrypted, but there are no keys yet");
		return;
	}
	if (decode(a, sa, &x->iv)) {
		report_received(a, sa);
		answer(a, x);
	}
}

/* Aggressive mode is off unless the configuration says otherwise; who has a key here is told so. */
static bool aggressive_refused(struct arrival *a)
{
	if (a->ike->config->aggressive == CONFIG_AGGRESSIVE_ENABLED)
		return false;
	syslog_for(a, NULL, "%%CRYPTO-5-IKMP_AG_MODE_DISABLED: Unable to initiate or respond to Aggressive Mode while disabled");
	drop(a, NULL, DROP_UNSUPPORTED, "aggressive mode is refused: it gives whoever asks a hash to try pre-shared keys on; no crypto isakmp aggressive-mode disable allows it");
	if (config_psk_find(a->ike->config, a->remote))
		aggressive_mode_refuse(a->ike, a->local, a->remote, &a->m);
	return true;
}

static void phase1_message(struct arrival *a, struct ike_sa *sa)
{
	bool aggressive = a->m.header.exchange == ISAKMP_XCHG_AGGRESSIVE;
	char why[ADMISSION_WHY];
	struct exchange *x;

	if (sa) {
		known_phase1(a, sa);
		return;
	}
	if (a->m.encrypted) {
		drop(a, NULL, DROP_ENCRYPTED, "first message of %s is encrypted", parse_exchange_name(a->m.header.exchange));
		return;
	}
	if (!decode(a, NULL, NULL))
		return;
	report_received(a, NULL);
	if (aggressive && aggressive_refused(a))
		return;
	x = (aggressive ? aggressive_mode_respond : main_mode_respond)(a->ike, a->local, a->remote, &a->m, why);
	if (!x) {
		drop(a, NULL, DROP_LIMIT, "%s", why);
		return;
	}
	answer(a, x);
	/* nothing remains of a first message that was no offer */
	if (!x->seen_count)
		sa_discard(x->sa);
}

static bool may_use_sa(struct arrival *a, const struct ike_sa *sa, const char *what)
{
	char peer[ADDR_TEXT];

	addr_text(a->remote, peer);
	if (!a->m.encrypted) {
		report_received(a, sa);
		syslog_for(a, sa, "%%CRYPTO-6-IKMP_NOT_ENCRYPTED: IKE packet from %s was not encrypted and it should've been.",
			   peer);
		drop(a, sa, DROP_NOT_ENCRYPTED, "%s in clear", what);
		return false;
	}
	if (sa->state != IKE_P1_COMPLETE) {
		report_received(a, sa);
		if (a->m.header.exchange == ISAKMP_XCHG_QUICK)
			syslog_for(a, sa,
				   "%%CRYPTO-6-IKMP_SA_NOT_AUTH: Cannot accept Quick Mode exchange from %s if SA is not authenticated!",
				   peer);
		drop(a, sa, DROP_NOT_AUTHENTICATED, "%s before phase 1 is complete", what);
		return false;
	}
	return true;
}

static struct exchange *find_exchange(const struct ike_sa *sa, uint32_t msgid)
{
	struct exchange *x;

	TAILQ_FOREACH(x, &sa->exchanges, link) {
		if (x->msgid == msgid)
			return x;
	}
	return NULL;
}

/* One more exchange under an SA: what is remembered of those before is bounded. */
static bool may_begin(struct arrival *a, struct ike_sa *sa)
{
	admission_trim(sa);
	if (sa->used_count < IKE_IDS_MAX)
		return true;
	drop(a, sa, DROP_LIMIT, "%u message ids were used under this SA", IKE_IDS_MAX);
	sa_delete(sa, "message ids used up", true);
	return false;
}

static void quick_mode_message(struct arrival *a, struct ike_sa *sa)
{
	uint32_t msgid = a->m.header.message_id;
	struct exchange *x = find_exchange(sa, msgid);
	struct crypto_iv iv;
	bool fresh = !x;

	if (!may_use_sa(a, sa, "quick mode"))
		return;
	if (x && (x->type != ISAKMP_XCHG_QUICK || duplicate(a, x))) {
		if (x->type != ISAKMP_XCHG_QUICK)
			drop(a, sa, DROP_REPLAY, "message id 0x%08x belongs to another exchange", msgid);
		return;
	}
	if (x && x->busy) {
		drop(a, sa, DROP_BUSY, "Diffie-Hellman is still being computed");
		return;
	}
	if (fresh && (!msgid || sa_message_id_used(sa, msgid))) {
		report_received(a, sa);
		drop(a, sa, DROP_REPLAY, "message id 0x%08x was used before", msgid);
		return;
	}
	if (fresh && (!may_begin(a, sa) || crypto_phase2_iv(sa->keys, msgid, &iv)))
		return;
	if (!decode(a, sa, fresh ? &iv : &x->iv))
		return;
	if (fresh)
		x = exchange_new(sa, ISAKMP_XCHG_QUICK, msgid, false);
	if (!x)
		return;
	report_received(a, sa);
	answer(a, x);
	/* a forged first message leaves nothing behind */
	if (fresh && (x = find_exchange(sa, msgid)) && !x->seen_count)
		exchange_free(x);
}

static void info_message(struct arrival *a, struct ike_sa *sa)
{
	uint32_t msgid = a->m.header.message_id;
	const struct exchange *x;
	struct crypto_iv iv;

	if (!a->m.encrypted && sa->state != IKE_P1_COMPLETE) {
		if (!decode(a, sa, NULL))
			return;
		report_received(a, sa);
		info_clear(sa, &a->m);
		return;
	}
	if (!may_use_sa(a, sa, "informational"))
		return;
	x = find_exchange(sa, msgid);
	/* CONNECTED has the message id of its quick mode (RFC 2408 3.1) */
	if (!msgid || (sa_message_id_used(sa, msgid) && !(x && quick_mode_commits(x)))) {
		report_received(a, sa);
		drop(a, sa, DROP_REPLAY, "message id 0x%08x was used before", msgid);
		return;
	}
	if (!may_begin(a, sa) || crypto_phase2_iv(sa->keys, msgid, &iv) || !decode(a, sa, &iv))
		return;
	report_received(a, sa);
	info_input(sa, &a->m);
}

static void no_sa(struct arrival *a)
{
	char peer[ADDR_TEXT];

	syslog_for(a, NULL, "%%CRYPTO-4-IKMP_NO_SA: IKE message from %s has no SA and is not an initialization offer",
		   addr_text(a->remote, peer));
	drop(a, NULL, DROP_UNKNOWN_COOKIES, "no SA with these cookies");
}

static bool zero_cookie(const uint8_t *cookie)
{
	static const uint8_t zero[ISAKMP_COOKIE_LEN];

	return !memcmp(cookie, zero, sizeof(zero));
}

/* The SA of these cookies, or NULL; false: it is another peer's. */
static bool find_sa(const struct arrival *a, struct ike_sa **sa)
{
	const struct parse_header *h = &a->m.header;

	*sa = sa_find(a->ike, h->icookie, h->rcookie, a->remote);
	if (!*sa || (addr_equal(&(*sa)->peer->remote, a->remote) && addr_equal(&(*sa)->peer->local, a->local)))
		return true;
	drop(a, NULL, DROP_WRONG_PEER, "cookies of the SA with another address");
	return false;
}

static void route(struct arrival *a)
{
	const struct parse_header *h = &a->m.header;
	struct ike_sa *sa;

	if (!find_sa(a, &sa))
		return;
	if (sa && !sa->proven) {
		sa->bytes_in += a->length;
		/* only who receives what we send knows our cookie */
		sa->proven = !sa->initiator && !zero_cookie(h->rcookie);
	}
	if (sa && sa->deleted && !exchange_is_phase1(h->exchange))
		sa = NULL;
	switch (h->exchange) {
	case ISAKMP_XCHG_MAIN:
	case ISAKMP_XCHG_AGGRESSIVE:
		if (h->message_id)
			drop(a, sa, DROP_UNEXPECTED, "%s with message id 0x%08x", parse_exchange_name(h->exchange), h->message_id);
		else if (sa || zero_cookie(h->rcookie))
			phase1_message(a, sa);
		else
			no_sa(a);
		return;
	case ISAKMP_XCHG_QUICK:
	case ISAKMP_XCHG_INFO:
		if (!sa)
			no_sa(a);
		else if (h->exchange == ISAKMP_XCHG_QUICK)
			quick_mode_message(a, sa);
		else
			info_message(a, sa);
		return;
	default:
		drop(a, sa, DROP_UNSUPPORTED, "exchange type %u (%s) is not served", h->exchange,
		     parse_exchange_name(h->exchange));
	}
}

static bool header(struct arrival *a)
{
	struct parse_failure failure;
	enum event_drop reason;

	if (!parse_header(a->data, a->length, &a->m.header, &failure))
		return true;
	switch (failure.error) {
	case PARSE_SHORT_HEADER:
		reason = DROP_SHORT;
		break;
	case PARSE_VERSION:
		reason = DROP_VERSION;
		break;
	case PARSE_INITIATOR_COOKIE:
		reason = DROP_ZERO_COOKIE;
		break;
	default:
		reason = DROP_MALFORMED;
	}
	drop(a, NULL, reason, "%s", failure.text);
	return false;
}

/* A whole message, with a header that makes sense. */
static void message(struct arrival *a)
{
	/* bytes after the message are no part of it: parse_header() has refused them */
	a->m.encrypted = a->m.header.flags & ISAKMP_FLAG_ENCRYPTION;
	a->m.data = malloc(a->length);
	if (!a->m.data)
		return;
	memcpy(a->m.data, a->data, a->length);
	a->m.length = a->length;
	route(a);
	crypto_wipe(a->m.data, a->length);
	free(a->m.data);
}

static void report_piece(const struct arrival *a, const struct ike_sa *sa)
{
	const uint8_t *piece = a->data + ISAKMP_HEADER_LEN;
	struct event ev;

	head(a, &ev, EV_FRAGMENT_IN, sa);
	ev.local_port = a->m.local_port;
	ev.peer_port = a->m.remote_port;
	ev.fragment.id = parse_be16(piece + 4);
	ev.fragment.number = piece[6];
	ev.fragment.last = piece[7];
	ev.fragment.length = (unsigned int)a->length;
	event_emit(a->ike->hub, &ev);
}

/* Pieces need an SA; the last one brings the message, which is then looked at as if it had come whole. */
static void piece(struct arrival *a)
{
	struct arrival whole = { .ike = a->ike, .local = a->local, .remote = a->remote,
				 .m.local_port = a->m.local_port, .m.remote_port = a->m.remote_port };
	enum event_drop reason;
	char why[FRAGMENT_WHY];
	struct ike_sa *sa;
	uint8_t *joined = NULL;
	int complete;

	if (!find_sa(a, &sa))
		return;
	if (!sa || sa->deleted) {
		drop(a, NULL, DROP_UNKNOWN_COOKIES, "a fragment for no SA");
		return;
	}
	complete = fragment_take(sa, a->data, a->length, &joined, &whole.length, &reason, why);
	if (complete < 0) {
		drop(a, sa, reason, "%s", why);
		return;
	}
	report_piece(a, sa);
	whole.data = joined;
	if (complete && header(&whole)) {
		if (whole.m.header.next_payload == ISAKMP_PL_FRAGMENT)
			drop(&whole, sa, DROP_FRAGMENT, "fragments in fragments");
		else
			message(&whole);
	}
	free(joined);
}

void ike_input(struct ike *ike, const struct addr *local, uint16_t local_port, const struct addr *remote,
	       uint16_t remote_port, const uint8_t *data, size_t len)
{
	struct arrival a = { .ike = ike, .local = local, .remote = remote, .data = data, .length = len,
			     .m.local_port = local_port, .m.remote_port = remote_port };

	if (!header(&a))
		return;
	if (len > LENGTH_MAX)
		drop(&a, NULL, DROP_MALFORMED, "oversized: %zu bytes, more than %u", len, LENGTH_MAX);
	else if (!ike_binding_local(ike, local))
		drop(&a, NULL, DROP_NO_CONFIG, "no interface with a crypto map has this local address");
	else if (a.m.header.next_payload == ISAKMP_PL_FRAGMENT)
		piece(&a);
	else
		message(&a);
}
