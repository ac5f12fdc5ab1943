/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of an exchange: made, sends, repeats, waits for a worker, ends.
 * dispatch.c brings messages in; main_mode.c, aggressive_mode.c and quick_mode.c hold the tables.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/model.h"
#include "exchange.h"
#include "fragment.h"
#include "ike.h"
#include "phase1.h"
#include "vendor.h"
#include "workers.h"

static const char *const qm_names[QM_STATE_MAX] = {
	[QM_READY] = "IKE_QM_READY", [QM_I_QM1] = "IKE_QM_I_QM1", [QM_SPI_STARVE] = "IKE_QM_SPI_STARVE",
	[QM_R_QM2] = "IKE_QM_R_QM2", [QM_COMPLETE] = "IKE_QM_PHASE2_COMPLETE",
};

/* IOS; READY to READY is a refused proposal */
static const uint32_t qm_legal[QM_STATE_MAX] = {
	[QM_READY] = 1 << QM_READY | 1 << QM_I_QM1 | 1 << QM_SPI_STARVE,
	[QM_I_QM1] = 1 << QM_COMPLETE,
	[QM_SPI_STARVE] = 1 << QM_R_QM2,
	[QM_R_QM2] = 1 << QM_COMPLETE,
};

const char *qm_state_name(enum qm_state state)
{
	return qm_names[state];
}

void exchange_event(const struct exchange *x, struct event *ev, enum event_type type)
{
	sa_event(x->sa, ev, type);
	ev->msgid = x->msgid;
}

void exchange_emit(const struct exchange *x, struct event *ev)
{
	event_emit(x->sa->peer->ike->hub, ev);
}

bool qm_state_set(struct exchange *x, enum qm_state state, const char *input)
{
	bool legal = qm_legal[x->qm] & 1u << state;
	struct event ev;

	exchange_event(x, &ev, EV_STATE);
	ev.state_change.node = true;
	ev.state_change.input = input;
	ev.state_change.old_state = qm_names[x->qm];
	ev.state_change.new_state = qm_names[state];
	ev.state_change.illegal = !legal;
	exchange_emit(x, &ev);
	if (legal)
		x->qm = state;
	return legal;
}

struct exchange *exchange_new(struct ike_sa *sa, uint8_t type, uint32_t msgid, bool initiator)
{
	struct exchange *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->sa = sa;
	x->type = type;
	x->msgid = msgid;
	x->initiator = initiator;
	x->awaits = 1;
	x->created = uv_now(sa->peer->ike->loop);
	if (exchange_is_phase1(type))
		sa->main = x;
	else
		TAILQ_INSERT_TAIL(&sa->exchanges, x, link);
	sa->nodes += !exchange_is_phase1(type);
	return x;
}

static bool keep_nonce(struct crypto_bytes *nonce, const void *data, size_t len)
{
	uint8_t *copy = len ? malloc(len) : NULL;

	if (nonce->data)
		crypto_wipe((void *)nonce->data, nonce->len);
	free((void *)nonce->data);
	if (copy)
		memcpy(copy, data, len);
	*nonce = (struct crypto_bytes){ copy, copy ? len : 0 };
	return copy;
}

void exchange_put_nonce(struct wire_buf *b, struct crypto_bytes *nonce)
{
	uint8_t bytes[ISAKMP_NONCE_LEN];

	crypto_random(bytes, sizeof(bytes));
	if (!keep_nonce(nonce, bytes, sizeof(bytes)))
		b->failed = true;
	build_payload(b, ISAKMP_PL_NONCE, bytes, sizeof(bytes));
	crypto_wipe(bytes, sizeof(bytes));
}

bool exchange_take_nonce(const struct message *m, struct crypto_bytes *nonce)
{
	const struct parse_payload *n = parse_find(&m->index, ISAKMP_PL_NONCE);

	return keep_nonce(nonce, n->body, n->body_len);
}

static void wipe_secrets(struct exchange *x)
{
	crypto_dh_free(x->dh);
	x->dh = NULL;
	keep_nonce(&x->nonce_i, NULL, 0);
	keep_nonce(&x->nonce_r, NULL, 0);
}

static void release(struct exchange *x)
{
	wipe_secrets(x);
	free(x->sent);
	free(x);
}

void exchange_free(struct exchange *x)
{
	timer_stop(&x->timer);
	if (exchange_is_phase1(x->type))
		x->sa->main = NULL;
	else
		TAILQ_REMOVE(&x->sa->exchanges, x, link);
	x->sa->nodes -= !exchange_is_phase1(x->type);
	phase1_free(x->p1);
	quick_mode_free(x->qmode);
	x->p1 = NULL;
	x->qmode = NULL;
	x->sa = NULL;
	x->dead = true;
	if (!x->busy)
		release(x);
}

enum step exchange_dropped(struct exchange *x, enum event_drop reason, const char *fmt, ...)
{
	struct event ev;
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	exchange_event(x, &ev, EV_PACKET_DROPPED);
	ev.packet_dropped.reason = reason;
	ev.packet_dropped.detail = text;
	exchange_emit(x, &ev);
	return STEP_DROP;
}

void exchange_payload(struct exchange *x, const char *name)
{
	struct event ev;

	exchange_event(x, &ev, EV_PAYLOAD);
	ev.payload.payload = name;
	exchange_emit(x, &ev);
}

static const char *vendor_kind(enum vendor_kind kind, bool fragments)
{
	switch (kind) {
	case VENDOR_NATT_RFC3947:
	case VENDOR_NATT_07:
	case VENDOR_NATT_03:
	case VENDOR_NATT_02:
		return "nat-t";
	case VENDOR_DPD:
		return "dpd";
	case VENDOR_UNITY:
		return "unity";
	case VENDOR_XAUTH:
		return "xauth";
	case VENDOR_FRAGMENTATION:
		return fragments ? "fragmentation" : "fragmentation-disabled";
	case VENDOR_IOS:
		return "ios";
	case VENDOR_UNKNOWN:
		return "unknown";
	default:
		return "known";
	}
}

void exchange_vendors(struct exchange *x, const struct message *m)
{
	const struct parse_payload *p;
	struct vendor_info info;
	struct event ev;

	for (p = parse_find(&m->index, ISAKMP_PL_VID); p; p = parse_find_next(&m->index, p)) {
		vendor_identify(p->body, p->body_len, &info);
		if (info.kind == VENDOR_DPD)
			x->sa->peer_dpd = true;
		if (info.kind == VENDOR_FRAGMENTATION && fragment_spoken(p->body, p->body_len))
			x->sa->peer_fragments = true;
		natt_spoken(x->sa, info.kind);
		if (info.kind == VENDOR_IOS || info.kind == VENDOR_UNITY)
			x->sa->peer_router = true;
		if (info.kind == VENDOR_IKEMGR || info.kind == VENDOR_IOS || info.kind == VENDOR_UNITY)
			x->sa->peer_prompt = true;
		exchange_event(x, &ev, EV_VENDOR_IN);
		ev.vendor_in.kind = vendor_kind(info.kind, x->sa->peer->ike->config->ike_fragmentation);
		ev.vendor_in.name = info.name;
		ev.vendor_in.data = p->body;
		ev.vendor_in.length = p->body_len;
		ev.vendor_in.major = info.major > 0 ? (unsigned int)info.major : 0;
		exchange_emit(x, &ev);
	}
}

/* --- sending --- */

/* As responder, before the peer has shown that its address is its own */
static bool unproven(const struct exchange *x)
{
	return !x->sa->initiator && !x->sa->proven;
}

size_t exchange_room(const struct exchange *x)
{
	size_t all = x->sa->bytes_in * IKE_ANSWER_PERCENT / 100;

	if (!unproven(x))
		return SIZE_MAX;
	return all > x->sa->bytes_out ? all - x->sa->bytes_out : 0;
}

void exchange_put_vendor(struct exchange *x, struct wire_buf *b, enum vendor_kind kind, const char *name)
{
	size_t len;
	const uint8_t *id = vendor_bytes(kind, &len);
	struct event ev;

	if (b->len + ISAKMP_GENERIC_LEN + len > exchange_room(x))
		return;
	build_payload(b, ISAKMP_PL_VID, id, len);
	exchange_event(x, &ev, EV_VENDOR_OUT);
	ev.vendor_out.name = name;
	exchange_emit(x, &ev);
}

void exchange_begin(const struct exchange *x, struct wire_buf *b, bool encrypted)
{
	build_init(b);
	build_header(b, x->sa->icookie, x->sa->rcookie, x->type, encrypted ? ISAKMP_FLAG_ENCRYPTION : 0, x->msgid);
}

static unsigned int phase(const struct exchange *x)
{
	return exchange_is_phase1(x->type) ? 1 : 2;
}

static const char *exchange_word(uint8_t type)
{
	switch (type) {
	case ISAKMP_XCHG_MAIN:
		return "main";
	case ISAKMP_XCHG_AGGRESSIVE:
		return "aggressive";
	case ISAKMP_XCHG_QUICK:
		return "quick";
	case ISAKMP_XCHG_INFO:
		return "informational";
	default:
		return "other";
	}
}

static void report_sent(struct exchange *x, const struct parse_message *index, bool again)
{
	unsigned int i;
	struct event ev;

	exchange_event(x, &ev, EV_PACKET_OUT);
	ev.packet.exchange = exchange_word(x->type);
	ev.packet.length = (unsigned int)x->sent_len;
	ev.packet.encrypted = x->sent[19] & ISAKMP_FLAG_ENCRYPTION;
	ev.packet.retransmit = again;
	for (i = 0; index && i < index->count && i < EVENT_PAYLOADS; i++)
		ev.packet.payloads[ev.packet.payload_count++] = parse_payload_name(index->payload[i].type);
	exchange_emit(x, &ev);
}

/* The one place where an exchange's messages go out. */
static void put_on_wire(struct exchange *x, const struct parse_message *index, bool again)
{
	if (x->sent_len > exchange_room(x)) {
		exchange_dropped(x, DROP_LIMIT,
				 "%zu bytes are not sent: %zu came in, %zu went out, and the peer has not shown that it receives",
				 x->sent_len, x->sa->bytes_in, x->sa->bytes_out);
		return;
	}
	if (unproven(x))
		x->sa->bytes_out += x->sent_len;
	report_sent(x, index, again);
	x->sent_at = uv_now(x->sa->peer->ike->loop);
	fragment_send(x, !unproven(x));
}

void exchange_echo(struct exchange *x)
{
	put_on_wire(x, NULL, true);
}

/*
 * Aggressive mode ends with our message, which nothing answers: where the peer
 * has not got it, it cannot answer the quick mode either. So both go again,
 * as long as nothing has shown that the peer has it.
 */
static void repeat_phase1(const struct exchange *x)
{
	struct ike_sa *sa = x->sa;

	if (sa->aggressive && sa->initiator && !sa->confirmed && !exchange_is_phase1(x->type) && sa->main && sa->main->sent_len)
		exchange_echo(sa->main);
}

static void again(void *arg)
{
	const struct ike_schedule *times;
	struct exchange *x = arg;
	struct event ev;

	times = &x->sa->peer->ike->schedule;
	if (x->sent_count == IKE_RETRANSMITS) {
		exchange_died(x);
		return;
	}
	x->sent_count++;
	exchange_event(x, &ev, EV_RETRANSMIT);
	ev.retransmit.phase = phase(x);
	ev.retransmit.attempt = x->sent_count;
	ev.retransmit.of = IKE_RETRANSMITS;
	exchange_emit(x, &ev);
	repeat_phase1(x);
	put_on_wire(x, NULL, true);
	timer_start(&x->timer, x->sa->peer->ike->loop,
		    x->sent_count < IKE_RETRANSMITS ? times->retransmit[x->sent_count] : times->death, again, x);
}

static void unanswered(void *arg)
{
	struct exchange *x = arg;
	struct ike *ike = x->sa->peer->ike;

	exchange_died(x);
	admission_bury(ike);
}

void exchange_half_open(struct exchange *x)
{
	struct ike *ike = x->sa->peer->ike;

	timer_start(&x->timer, ike->loop, ike->schedule.half_open, unanswered, x);
}

void exchange_reopen(struct exchange *x)
{
	const struct ike_schedule *times = &x->sa->peer->ike->schedule;

	if (x->seen_count)
		x->seen_count--;
	x->repeats = true;
	timer_start(&x->timer, x->sa->peer->ike->loop,
		    x->sent_count < IKE_RETRANSMITS ? times->retransmit[x->sent_count] : times->death, again, x);
}

int exchange_send(struct exchange *x, struct wire_buf *reply, bool repeat)
{
	bool encrypted = !reply->failed && reply->len > 19 && reply->data[19] & ISAKMP_FLAG_ENCRYPTION;
	struct ike *ike = x->sa->peer->ike;
	struct parse_failure failure;
	struct parse_message index = { .count = 0 };
	struct parse_header header;
	int err = -1;

	if (encrypted)
		build_pad(reply, x->sa->keys->block_len);
	if (build_finish(reply))
		goto out;
	if (!parse_header(reply->data, reply->len, &header, &failure))
		parse_payloads(&header, reply->data, &index, &failure);
	if (encrypted && crypto_encrypt(x->sa->keys, &x->iv, reply->data + ISAKMP_HEADER_LEN,
					reply->len - ISAKMP_HEADER_LEN))
		goto out;
	free(x->sent);
	x->sent = malloc(reply->len);
	if (!x->sent) {
		x->sent_len = 0;
		goto out;
	}
	memcpy(x->sent, reply->data, reply->len);
	x->sent_len = reply->len;
	x->sent_count = x->echoes = 0;
	x->fragment_size = 0;
	x->repeats = repeat && !unproven(x);
	put_on_wire(x, &index, false);
	if (x->repeats)
		timer_start(&x->timer, ike->loop, ike->schedule.retransmit[0], again, x);
	else if (repeat)
		exchange_half_open(x);
	err = 0;
out:
	if (err)
		event_daemon(ike->hub, "error", "a message to a peer could not be built or encrypted");
	build_free(reply);
	return err;
}

/* --- workers --- */

struct job {
	struct worker_job request;
	struct exchange *x;
	bool generate, agree;
	int failed;
};

static void work(struct worker_job *request)
{
	struct job *job = (struct job *)request;	/* its first member */

	if (job->generate)
		job->failed = crypto_dh_generate(job->x->dh);
	if (!job->failed && job->agree)
		job->failed = crypto_dh_agree(job->x->dh);
}

static void worked(struct worker_job *request)
{
	struct job *job = (struct job *)request;
	struct exchange *x = job->x;
	bool failed = job->failed;
	struct wire_buf reply;
	enum step step;

	free(job);
	x->busy = false;
	if (x->dead) {
		release(x);
		return;
	}
	if (x->finished) {	/* its SA was deleted meanwhile */
		wipe_secrets(x);
		return;
	}
	if (failed) {
		event_daemon(x->sa->peer->ike->hub, "error", "Diffie-Hellman could not be computed");
		exchange_died(x);
		return;
	}
	if (x->resume) {
		void (*resume)(struct exchange *x) = x->resume;

		x->resume = NULL;
		resume(x);
		return;
	}
	build_init(&reply);
	step = x->row->resume(x, &reply);
	exchange_proceed(x, step, &reply);
}

int exchange_work(struct exchange *x, bool generate, bool agree, void (*resume)(struct exchange *x))
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return -1;
	job->request.work = work;
	job->request.done = worked;
	job->x = x;
	job->generate = generate;
	job->agree = agree;
	if (workers_queue(x->sa->peer->ike->workers, &job->request)) {
		free(job);
		return -1;
	}
	x->busy = true;
	x->resume = resume;
	return 0;
}

/* --- the end of steps and of exchanges --- */

void exchange_proceed(struct exchange *x, enum step step, struct wire_buf *reply)
{
	const struct exchange_row *row = x->row;

	switch (step) {
	case STEP_OK:
		x->awaits = row->next;
		if (reply->len && exchange_send(x, reply, row->repeat)) {
			exchange_died(x);
			return;
		}
		if (row->after)
			row->after(x);
		return;
	case STEP_FAIL:
		build_free(reply);
		if (x->type == ISAKMP_XCHG_QUICK)
			quick_mode_failed(x);
		else if (!x->finished)
			sa_delete(x->sa, "No reason", false);
		return;
	case STEP_WAIT:
	case STEP_DROP:
		build_free(reply);
	}
}

void exchange_died(struct exchange *x)
{
	struct ike_sa *sa = x->sa;
	bool initiator = x->initiator;
	struct flow *flow;

	if (exchange_is_phase1(x->type)) {
		sa_delete(sa, "Death by retransmission P1", false);
		return;
	}
	exchange_finish(x, true, "Death by retransmission P2");
	flow = quick_mode_flow(x);
	quick_mode_failed(x);
	/*
	 * A peer that answers nothing under this SA has most likely lost it:
	 * the next request must not wait for its lifetime's end.
	 */
	if (initiator)
		sa_delete(sa, "Death by retransmission P2", false);
	if (flow)
		flow_quick_died(flow);
}

void exchange_abandon(struct exchange *x)
{
	exchange_finish(x, false, "IKE deleted");
	quick_mode_failed(x);
}

static void purge(void *arg)
{
	struct exchange *x = arg;
	struct event ev;

	if (!exchange_is_phase1(x->type)) {
		exchange_event(x, &ev, EV_NODE_PURGED);
		exchange_emit(x, &ev);
	}
	exchange_free(x);
}

void exchange_finish(struct exchange *x, bool error, const char *reason)
{
	struct ike *ike = x->sa->peer->ike;
	struct event ev;

	if (x->finished)
		return;
	x->finished = true;
	x->awaits = 0;
	x->repeats = false;
	if (!x->busy)
		wipe_secrets(x);
	timer_start(&x->timer, ike->loop, ike->schedule.node_purge, purge, x);
	if (exchange_is_phase1(x->type))
		return;
	exchange_event(x, &ev, EV_NODE_DELETE);
	ev.node_delete.error = error;
	ev.node_delete.reason = reason;
	exchange_emit(x, &ev);
}
