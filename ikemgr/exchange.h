/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine of exchanges: which exchange a datagram belongs to, whether it is
 * a repetition, whether it is the one the state waits for, and the table of
 * step functions that answer it.
 *
 * A step works on copies and returns what is to be done; the engine commits
 * (IV, message hash, state, reply) only when the step has accepted the message.
 * Where a message can be authenticated, a step accepts it only after that: a
 * forged or garbled one leaves no trace but an event.
 *
 * Exchanges are short-lived and own nothing that outlives them.
 */
#ifndef IKEMGR_EXCHANGE_H
#define IKEMGR_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "build.h"
#include "crypto.h"
#include "event.h"
#include "parse.h"
#include "sa.h"
#include "timer.h"
#include "vendor.h"

#define EXCHANGE_MESSAGES 4		/* received ones whose hash is kept */

/** enum qm_state - IOS */
enum qm_state {
	QM_READY,
	QM_I_QM1,
	QM_SPI_STARVE,
	QM_R_QM2,
	QM_COMPLETE,
	QM_STATE_MAX
};

/** enum step - what a step function decided */
enum step {
	STEP_OK,	/* accepted; send what is in the reply buffer, if anything, and go to the row's next state */
	STEP_WAIT,	/* accepted so far; a worker computes, exchange_resume() will continue with the row's second half */
	STEP_DROP,	/* not accepted: nothing happened (the step has said why by an event) */
	STEP_FAIL,	/* accepted, and the exchange ends with it (refusal, authenticated error) */
};

struct exchange;

/**
 * struct message - a received message while a step looks at it
 * @data: decrypted copy, @length long
 * @iv: chain after this message; the engine stores it on acceptance
 * @local_port, @remote_port: where it came to, and from
 */
struct message {
	struct parse_header header;
	struct parse_message index;
	uint8_t *data;
	size_t length;
	bool encrypted;
	struct crypto_iv iv;
	uint16_t local_port, remote_port;
};

/** enum exchange_protection - of a message */
enum exchange_protection {
	EXCHANGE_CLEAR,
	EXCHANGE_ENCRYPTED,
	EXCHANGE_EITHER,
};

/**
 * struct exchange_row - one message of one exchange
 * @exchange, @initiator, @message: which one; messages count from 1
 * @required, @optional: bit per payload type; a payload in neither is reported and
 *	ignored if it is a vendor ID or of a private type, else the message is refused
 * @many: bits of types that may come more than once
 * @encrypted: must be encrypted, must not, or may be
 * @step: looks at the message; may return STEP_WAIT
 * @resume: second half after a worker, NULL if the row has none
 * @after: called when the reply is on its way, NULL: nothing to do
 * @repeat: repeat the reply until the next message comes
 * @next: number of the message awaited afterwards, 0: none
 */
struct exchange_row {
	uint8_t exchange;
	bool initiator;
	uint8_t message;
	uint32_t required, optional, many;
	enum exchange_protection encrypted;
	enum step (*step)(struct exchange *x, struct message *m, struct wire_buf *reply);
	enum step (*resume)(struct exchange *x, struct wire_buf *reply);
	void (*after)(struct exchange *x);
	bool repeat;
	uint8_t next;
};

/** exchange_is_phase1() - main or aggressive mode? */
static inline bool exchange_is_phase1(uint8_t type)
{
	return type == ISAKMP_XCHG_MAIN || type == ISAKMP_XCHG_AGGRESSIVE;
}

#define EXCHANGE_PL(type) (1u << (type))

struct phase1;
struct proposal_policy;
struct quick_mode;

/**
 * struct exchange - one main or aggressive mode, quick mode or informational ("node")
 * @type: enum isakmp_exchange; @msgid: 0 for phase 1
 * @awaits: number of the message that comes next; 0: finished, answers duplicates only
 * @iv: CBC chain after the last accepted or sent message
 * @sent: last datagram sent, for retransmission and duplicates
 * @seen: SHA-256 of the accepted messages
 * @dh, @nonce_i, @nonce_r: what the keys are made of; wiped when the exchange is finished
 */
struct exchange {
	TAILQ_ENTRY(exchange) link;
	struct ike_sa *sa;
	uint8_t type;
	uint32_t msgid;
	bool initiator;
	unsigned int awaits;
	enum qm_state qm;
	struct crypto_iv iv;
	uint64_t created;

	uint8_t *sent;
	size_t sent_len;
	uint64_t sent_at;
	size_t fragment_size;		/* of @sent's pieces, all but the last; 0: not in pieces yet */
	uint16_t fragment_id;
	unsigned int sent_count;	/* repetitions of @sent by timer */
	unsigned int echoes;		/* repetitions of @sent for duplicates */
	bool repeats;			/* @sent is repeated until an answer comes */
	uint8_t seen[EXCHANGE_MESSAGES][32];
	unsigned int seen_count;
	struct timer timer;		/* retransmission; after the end: purge */

	const struct exchange_row *row;	/* the message being answered */
	bool finished;
	bool busy;			/* a worker owns @dh */
	bool dead;			/* ended while busy: freed when the worker returns */
	struct crypto_dh *dh;
	void (*resume)(struct exchange *x);
	struct crypto_bytes nonce_i, nonce_r;

	struct phase1 *p1;		/* what only phase 1 needs */
	struct quick_mode *qmode;	/* what only quick mode needs */
};

/** exchange_new() - an exchange of @sa, with its node event (quick, informational). NULL without memory. */
struct exchange *exchange_new(struct ike_sa *sa, uint8_t type, uint32_t msgid, bool initiator);

/** exchange_event() - fill the head of @ev in for @x. */
void exchange_event(const struct exchange *x, struct event *ev, enum event_type type);

/** exchange_emit() - exchange_event() done: emit. */
void exchange_emit(const struct exchange *x, struct event *ev);

/**
 * exchange_begin() - the header of a message of @x into @b (build_init() is done here); encrypted from main mode's message 5 on
 */
void exchange_begin(const struct exchange *x, struct wire_buf *b, bool encrypted);

/**
 * exchange_send() - pad and encrypt if its header says so, send, and keep for repetition
 * @reply: a message in clear, from exchange_begin(); taken over: freed here
 * @repeat: repeat it on the schedule until the next message arrives
 *
 * Returns -1 if the buffer had failed.
 */
int exchange_send(struct exchange *x, struct wire_buf *reply, bool repeat);

/**
 * exchange_room() - how many bytes may go to the peer of @x now
 *
 * As responder, until the peer has sent our cookie, and so shown that it
 * receives what goes to its address: IKE_ANSWER_PERCENT of what came from there.
 * exchange_send() keeps to it, and repeats nothing by itself before. A message
 * that may be shorter (vendor IDs) asks.
 */
size_t exchange_room(const struct exchange *x);

/** exchange_put_vendor() - a vendor ID payload, reported as @name, if there is room for it */
void exchange_put_vendor(struct exchange *x, struct wire_buf *b, enum vendor_kind kind, const char *name);

/** exchange_put_nonce() - a new nonce of ours, kept in @nonce; without memory @b fails. */
void exchange_put_nonce(struct wire_buf *b, struct crypto_bytes *nonce);

/** exchange_take_nonce() - the nonce of @m into @nonce; false without memory. */
bool exchange_take_nonce(const struct message *m, struct crypto_bytes *nonce);

/** exchange_half_open() - as responder: the peer has so long to show that it gets what we send; else the exchange dies. */
void exchange_half_open(struct exchange *x);

/** exchange_echo() - send the stored datagram again, for a repeated request. */
void exchange_echo(struct exchange *x);

/**
 * exchange_work() - run DH generate and/or agree off the loop's thread, then @resume
 * @resume: instead of the row's (an exchange that we start has no row yet); NULL: the row's
 *
 * Returns -1 if no worker could be had.
 */
int exchange_work(struct exchange *x, bool generate, bool agree, void (*resume)(struct exchange *x));

/**
 * exchange_reopen() - the message accepted last was not the peer's: it is
 * forgotten, ours is repeated again until the true one comes
 */
void exchange_reopen(struct exchange *x);

/** exchange_proceed() - after a step was accepted: send @reply, go on to the row's next message, or end. */
void exchange_proceed(struct exchange *x, enum step step, struct wire_buf *reply);

/** exchange_died() - nobody answered to the last repetition. */
void exchange_died(struct exchange *x);

/** exchange_finish() - the exchange is over: EV_NODE_DELETE with @reason (phase 2), purge after the schedule's time. */
void exchange_finish(struct exchange *x, bool error, const char *reason);

/** exchange_abandon() - our quick mode serves no flow any more: it ends, its SPI is released. */
void exchange_abandon(struct exchange *x);

/** exchange_free() - at once and silently; waits for a worker that still uses it. */
void exchange_free(struct exchange *x);

/** qm_state_set() - the one setter of a quick mode's state; reports, refuses what is illegal. */
bool qm_state_set(struct exchange *x, enum qm_state state, const char *input);

/** qm_state_name() - "IKE_QM_READY". */
const char *qm_state_name(enum qm_state state);

/** exchange_dropped() - EV_PACKET_DROPPED for a message of @x. Returns STEP_DROP. */
__attribute__((format(printf, 3, 4)))
enum step exchange_dropped(struct exchange *x, enum event_drop reason, const char *fmt, ...);

/** exchange_payload() - EV_PAYLOAD: " processing @name payload". */
void exchange_payload(struct exchange *x, const char *name);

/** exchange_vendors() - report the vendor IDs of @m; remembers what they say about the peer. */
void exchange_vendors(struct exchange *x, const struct message *m);

/* --- the tables' owners --- */

extern const struct exchange_row main_mode_rows[], aggressive_mode_rows[], quick_mode_rows[];
extern const unsigned int main_mode_row_count, aggressive_mode_row_count, quick_mode_row_count;

/** main_mode_start(), aggressive_mode_start() - the first message of @sa with our policies, one or more. -1 without memory. */
int main_mode_start(struct ike_sa *sa, const struct proposal_policy *own, size_t count);
int aggressive_mode_start(struct ike_sa *sa, const struct proposal_policy *own);

/** quick_mode_start() - initiate a quick mode for @flow under @sa. -1: not possible (reported). */
int quick_mode_start(struct ike_sa *sa, struct flow *flow);
void quick_mode_free(struct quick_mode *q);
/** quick_mode_spi() - our inbound SPI of @proto (the AH around ESP is not meant), host byte order; 0: none, or none yet. */
uint32_t quick_mode_spi(const struct exchange *x, uint8_t proto);
/** quick_mode_child() - the pair that it made, as long as that lives. */
struct child_sa *quick_mode_child(const struct exchange *x);
/** quick_mode_pending() - what pair is installed, and waits for the peer's last message: addresses and proxies of it. false: none. */
bool quick_mode_pending(const struct exchange *x, struct flow *shown);
/** quick_mode_flow() - the flow that our quick mode is for; NULL: it has been told, or it is the peer's. */
struct flow *quick_mode_flow(const struct exchange *x);
/** quick_mode_commits() - does @x wait for the peer's CONNECTED, which the commit bit has announced? */
bool quick_mode_commits(const struct exchange *x);
/** quick_mode_connected() - CONNECTED under @sa: by the message id of the quick mode, or by an SPI of its pair (0: none) */
void quick_mode_connected(struct ike_sa *sa, uint32_t msgid, uint32_t spi);
/** quick_mode_failed() - the exchange ends without a pair: release the SPI, tell the flow. */
void quick_mode_failed(struct exchange *x);

/** main_mode_respond() - the SA and exchange for the first main mode message @m; NULL: not admitted, @why (ADMISSION_WHY bytes) says why. */
struct exchange *main_mode_respond(struct ike *ike, const struct addr *local, const struct addr *remote,
				   const struct message *m, char *why);

/** aggressive_mode_respond() - the same for aggressive mode */
struct exchange *aggressive_mode_respond(struct ike *ike, const struct addr *local, const struct addr *remote,
					 const struct message *m, char *why);

/** aggressive_mode_refuse() - tell the peer that there is no aggressive mode here; nothing remains of it */
void aggressive_mode_refuse(struct ike *ike, const struct addr *local, const struct addr *remote, const struct message *m);

/** info_input() - an informational message for @sa: authenticated here, then acted on. */
void info_input(struct ike_sa *sa, struct message *m);

/** info_clear() - an unprotected informational message: reported, never acted on. */
void info_clear(struct ike_sa *sa, const struct message *m);

/** info_notifies() - the notify payloads of an authenticated message of @x; INITIAL-CONTACT is left to main mode. */
void info_notifies(struct exchange *x, const struct message *m);

/** info_notify() - send a notify under an established SA; @spi may be NULL. */
void info_notify(struct ike_sa *sa, uint8_t protocol, uint16_t type, const uint8_t *spi, uint8_t spi_len,
		 const uint8_t *data, size_t len);

/**
 * info_notify_clear() - an unprotected notify as the last word of main mode @x, rate limited;
 * repetitions of what caused it get it again
 */
void info_notify_clear(struct exchange *x, uint16_t type);

/** info_are_you_there() - R-U-THERE (RFC 3706) with that number; the answer comes to child_answered(). */
void info_are_you_there(struct ike_sa *sa, uint32_t sequence);

/** info_find_peer() - R-U-THERE to another port of the peer: if it answers from there, natt_follow() goes there, too. */
void info_find_peer(struct ike_sa *sa, uint16_t port);

/** info_delete_sa() - DELETE for the IKE SA itself. */
void info_delete_sa(struct ike_sa *sa);

/** info_delete_child() - DELETE for our inbound SPI; @protocol: enum ipsec_protocol. */
void info_delete_child(struct ike_sa *sa, uint8_t protocol, uint32_t spi);

#endif
