/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must lose nothing: pairs made anew with messages lost, late and
 * repeated, both ends at once, a peer that deletes early or never, a daemon
 * that takes over what another one left. At no time may a side be without an
 * outbound SA that the other side can read.
 */
#include <stdlib.h>
#include <string.h>

#include "adopt.h"
#include "dynamic.h"
#include "exchange.h"
#include "pair.h"
#include "phase1.h"
#include "pair.c.inc"
#include "proposal.h"
#include "rekey.h"
#include "tap.h"

#define LIMIT 20000
#define POLICY " encr aes\n group 2"
#define SET "esp-aes esp-sha-hmac"

static struct pair p;
static bool gap;		/* seen: no way from one side to the other */

static void start(const char *extra)
{
	static const struct ike_schedule quick = {
		.retransmit = { 250, 250, 500, 1000, 2000 }, .death = 5000, .half_open = 10000, .request = 300,
		.node_purge = 400, .sa_purge = 500, .old_pair = 500, .linger = 100,
	};
	char *a = pair_config('a', POLICY, SET, extra), *b = pair_config('b', POLICY, SET, extra);

	pair_start(&p, a, b);
	p.a.ike.schedule = p.b.ike.schedule = quick;
	free(a);
	free(b);
}

static void stop(const char *what)
{
	unsigned int left;

	p.pass = NULL;
	left = pair_stop(&p);
	ok(!left, "%s: no SA and no reserved SPI stays in a kernel", what);
}

/* The SA that a packet of @s would take now: the enabled one that came last, as in the kernel. */
static const struct pair_sa *outbound(const struct pair_side *s)
{
	const struct pair_sa *last = NULL;
	unsigned int i;

	for (i = 0; i < PAIR_SAS; i++) {
		const struct pair_sa *sa = &s->sas[i];

		if (sa->used && !sa->inbound && !sa->standby && (!last || sa->enabled > last->enabled))
			last = sa;
	}
	return last;
}

static bool readable_by(const struct pair_sa *out, struct pair_side *other)
{
	const struct pair_sa *in = out ? sa_of(other, out->proto, out->spi, &out->dst) : NULL;

	return in && in->inbound;
}

/* Looks at each turn of the loop: traffic is possible both ways. */
static void watch(void)
{
	if (!readable_by(outbound(&p.a), &p.b) || !readable_by(outbound(&p.b), &p.a))
		gap = true;
}

static bool (*condition)(struct pair *q);

static bool watched(struct pair *q)
{
	watch();
	return condition(q);
}

static bool run(bool (*done)(struct pair *q), unsigned int ms)
{
	condition = done;
	return pair_run(&p, watched, ms);
}

static bool never(struct pair *q)
{
	(void)q;
	return false;
}

static bool one_pair(struct pair *q)
{
	return pair_up(q) && pair_sas(&q->a) == 2 && pair_sas(&q->b) == 2;
}

static void use(struct pair_side *s)
{
	unsigned int i;

	for (i = 0; i < PAIR_SAS; i++)
		s->sas[i].packets++;
}

static bool one_pair_kept(void)
{
	return pair_sas(&p.a) == 2 && pair_sas(&p.b) == 2;
}

static struct child_sa *newest(struct pair_side *s)
{
	return TAILQ_FIRST(&sa_flows(&s->ike)->children);
}

static void soft(struct pair_side *s, const char *reason)
{
	struct kernel_sa_info info = { .proto = IPPROTO_ESP, .inbound = true, .spi = newest(s)->spi_in };

	snprintf(info.reason, sizeof(info.reason), "%s", reason);
	use(s);
	ike_kernel_events.soft_expire(&s->ike, &info);
}

static uint32_t first_in;

static bool up(const char *what, const char *extra)
{
	start(extra);
	pair_acquire(&p.a);
	gap = false;
	if (!ok(pair_run(&p, pair_up, LIMIT), "%s: a tunnel is up", what))
		return false;
	pair_sleep(&p, 100);
	first_in = newest(&p.a)->spi_in;
	p.count = 0;
	return true;
}

static bool replaced(struct pair *q)
{
	return one_pair(q) && newest(&q->a)->spi_in != first_in;
}

/* --- lost, late, repeated --- */

enum mischief { LOST, LATE, AGAIN };
static const char *const mischiefs[] = { "lost", "late", "repeated, at once and later" };
static enum mischief mischief;
static unsigned int victim;

struct late {
	struct timer timer;
	struct pair_side *from;
	size_t len;
	uint8_t data[2048];
};

static void late_lands(void *arg)
{
	struct late *l = arg;

	fly(l->from, 500, 500, l->data, l->len);
	free(l);
}

static void later(struct pair_side *from, const uint8_t *data, size_t len, unsigned int ms)
{
	struct late *l = calloc(1, sizeof(*l));

	l->from = from;
	l->len = len;
	memcpy(l->data, data, len);
	timer_start(&l->timer, &p.loop, ms, late_lands, l);
}

/* The victim only once: what is sent because of it gets through. */
static bool harm(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	if (q->count != victim)
		return true;
	switch (mischief) {
	case LOST:
		return false;
	case LATE:
		later(from, data, *len, 100);
		return false;
	case AGAIN:
		fly(from, 500, 500, data, *len);
		later(from, data, *len, 100);
	}
	return true;
}

/* All nine messages of a tunnel's beginning */
static void beginnings(void)
{
	for (mischief = LOST; mischief <= AGAIN; mischief++) {
		for (victim = 0; victim < 9; victim++) {
			start("");
			p.pass = harm;
			pair_acquire(&p.a);
			ok(pair_run(&p, one_pair, LIMIT), "message %u %s: up", victim + 1, mischiefs[mischief]);
			pair_sleep(&p, 250);
			ok(one_pair(&p) && pair_events(&p.a, "child-created", NULL, NULL) == 2, "message %u %s: one pair, made once", victim + 1,
			   mischiefs[mischief]);
			stop(mischiefs[mischief]);
		}
	}
}

/* The three messages of a rekeying, and the DELETE that ends the old pair: by the initiator and by the responder of the first one */
static void rekeyings(const char *extra, enum mischief last)
{
	unsigned int side;

	for (mischief = LOST; mischief <= last; mischief++) {
		for (victim = 0; victim < 4; victim++) {
			for (side = 0; side < (mischief == LOST ? 2 : 1); side++) {
				if (!up("rekeying", extra))
					return;
				p.pass = harm;
				soft(side ? &p.b : &p.a, victim & 1 ? "bytes" : "seconds");
				ok(run(replaced, LIMIT), "rekeying by %s%s, message %u %s: the new pair alone", side ? "the responder" : "the initiator", extra,
				   victim + 1, mischiefs[mischief]);
				run(never, 150);
				ok(!gap && replaced(&p), "rekeying, message %u %s: never a gap", victim + 1, mischiefs[mischief]);
				stop(mischiefs[mischief]);
			}
		}
	}
}

static void reasons(void)
{
	static const char *const reason[] = { "seconds", "bytes", "sequence number" };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (!up(reason[i], ""))
			return;
		soft(&p.a, reason[i]);
		ok(rekey_lost(sa_flows(&p.a.ike)) == -1, "nothing was lost before the first change");
		p.a.drops = 10 * i;
		ok(run(replaced, LIMIT) && !gap && pair_events(&p.a, "rekey", "reason", reason[i]) == 1, "a pair is made anew by %s", reason[i]);
		p.a.drops++;
		ok(sa_flows(&p.a.ike)->rekeys == 1 && rekey_lost(sa_flows(&p.a.ike)) == 10 * i && sa_flows(&p.b.ike)->rekeys == 1 &&
		   !rekey_lost(sa_flows(&p.b.ike)), "packets lost in it are counted: %u", 10 * i);
		ike_kernel_events.invalid_spi(&p.a.ike, IPPROTO_ESP, first_in, &p.b.addr, &p.a.addr, 2);
		ok(rekey_lost(sa_flows(&p.a.ike)) == 10 * i + 1, "so is what comes by the old pair afterwards");
		stop(reason[i]);
	}
}

/* --- both ends at once --- */

static bool two_pairs(struct pair *q)
{
	return pair_up(q) && pair_sas(&q->a) == 4 && pair_sas(&q->b) == 4 && newest(&q->a)->spi_in != first_in;
}

static void crossing(void)
{
	if (!up("crossing", ""))
		return;
	soft(&p.a, "seconds");
	soft(&p.b, "seconds");
	ok(run(two_pairs, LIMIT), "both ends rekey at once: there are two new pairs, the old one goes");
	run(never, 900);
	ok(!gap && two_pairs(&p), "none takes the other's for an old one");
	first_in = newest(&p.a)->spi_in;
	soft(&p.a, "seconds");
	ok(run(replaced, LIMIT) && !gap, "the next rekeying ends both");
	stop("crossing");
}

static unsigned int ike_sas(const struct pair_side *s)
{
	const struct ike_sa *sa;
	const struct peer *peer;
	unsigned int count = 0;

	TAILQ_FOREACH(peer, &s->ike.peers, link) {
		TAILQ_FOREACH(sa, &peer->sas, link)
			count += !sa->deleted && sa->state == IKE_P1_COMPLETE;
	}
	return count;
}

static struct ike_sa *old_a, *old_b;

static bool two_ike_sas(struct pair *q)
{
	return ike_sas(&q->a) == 2 && ike_sas(&q->b) == 2 && old_a->deleted && old_b->deleted;
}

static void phase1_crossing(void)
{
	struct ike_sa *fresh;

	if (!up("two main modes crossing", ""))
		return;
	old_a = sa_established(&p.a.ike, &p.a.addr, &p.b.addr);
	old_b = sa_established(&p.b.ike, &p.b.addr, &p.a.addr);
	fresh = phase1_start(&p.a.ike, &p.a.addr, &p.b.addr, NULL);
	fresh->replaces = old_a;
	fresh = phase1_start(&p.b.ike, &p.b.addr, &p.a.addr, NULL);
	fresh->replaces = old_b;
	p.a.ike.schedule.sa_purge = p.b.ike.schedule.sa_purge = LIMIT;
	ok(run(two_ike_sas, LIMIT), "two main modes crossing: two IKE SAs, the old one goes");
	run(never, 400);
	ok(!gap && one_pair(&p) && newest(&p.a)->spi_in == first_in, "the pair stays");
	soft(&p.a, "seconds");
	ok(run(replaced, LIMIT) && !gap, "and is made anew under one of them");
	stop("two main modes crossing");
}

/* --- peers --- */

static bool no_delete(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	(void)q;
	(void)len;
	return from != &p.a || data[18] != ISAKMP_XCHG_INFO;
}

static bool a_has_one(struct pair *q)
{
	return pair_sas(&q->a) == 2 && newest(&q->a)->spi_in != first_in;
}

static void never_deletes(void)
{
	if (!up("a peer that never deletes", ""))
		return;
	p.pass = no_delete;
	soft(&p.a, "seconds");
	ok(run(a_has_one, LIMIT) && pair_sas(&p.b) == 4, "a peer that never deletes: its old pair stays with us");
	p.pass = NULL;
	ok(run(one_pair, LIMIT) && !gap, "until nothing comes by it any more");
	stop("a peer that never deletes");
}

/* The peer takes the old pair away before we use the new one, and while our quick mode is under way. */
static void deletes_early(void)
{
	unsigned int when;

	for (when = 0; when < 2; when++) {
		const struct pair_sa *in;

		if (!up("a peer that deletes early", ""))
			return;
		soft(&p.a, "seconds");
		while (when && pair_sas(&p.b) < 4)
			uv_run(&p.loop, UV_RUN_ONCE);
		info_delete_child(sa_established(&p.b.ike, &p.b.addr, &p.a.addr), IPSEC_PROTO_ESP, newest(&p.b)->spi_in);
		pair_sleep(&p, 20);
		in = sa_of(&p.a, IPPROTO_ESP, first_in, &p.a.addr);
		ok(in && in->used, "a peer that deletes %s: what it has sent before is still read", when ? "before we switch" : "while we ask");
		ok(pair_run(&p, replaced, LIMIT), "and the new pair comes");
		stop("a peer that deletes early");
	}
}

/* RESPONDER-LIFETIME that comes after quick mode */
static void shortened(void)
{
	uint32_t spi;
	uint8_t data[24];
	size_t len = proposal_lifetimes_body(IPSEC_PROTO_ESP, 2, 0, data);

	if (!up("a lifetime is shortened", ""))
		return;
	use(&p.a);
	use(&p.b);
	spi = htonl(newest(&p.b)->spi_in);
	info_notify(sa_established(&p.b.ike, &p.b.addr, &p.a.addr), IPSEC_PROTO_ESP, ISAKMP_N_RESPONDER_LIFETIME, (const uint8_t *)&spi, sizeof(spi), data,
		    len);
	ok(run(replaced, LIMIT) && !gap && pair_events(&p.a, "rekey", "reason", "seconds") == 1,
	   "the peer shortens the pair's lifetime later: it is made anew in time");
	stop("a lifetime is shortened");
}

/* --- a daemon that takes over --- */

/* @s loses its manager without a word; the kernel goes on, and another one begins. */
static void again(struct pair_side *s)
{
	struct ike_binding binding = { .name = "eth0", .ifname = "eth0", .ifindex = 2, .map = "VPN", .local = s->addr, .mtu = 1500 };
	struct ike old = s->ike;

	ike_fini(&s->ike);
	ike_init(&s->ike, &p.loop, s->hub, &old.world);
	s->ike.schedule = old.schedule;
	ike_configure(&s->ike, s->config);
	adopt_pairs(&s->ike);
	ike_bindings(&s->ike, &binding, 1);
	adopt_renew(&s->ike);
}

static bool dynamic_replaced(struct pair *q)
{
	return pair_up(q) && pair_sas(&q->a) == 2 && pair_sas(&q->b) == 2 && newest(&q->a)->spi_in != first_in;
}

static void takeover(void)
{
	unsigned int side;

	for (side = 0; side < 2; side++) {
		struct pair_side *s = side ? &p.b : &p.a;
		struct child_sa *child;
		uint32_t id;

		if (!up("a daemon that crashes", ""))
			return;
		use(&p.a);
		use(&p.b);
		again(s);
		child = newest(s);
		id = child ? child->conn_in : 0;
		ok(child && child->state == CHILD_ACTIVE && child->life_seconds == 3600 && child->life_kilobytes == 4608000 &&
		   !strcmp(child->transform, SET) && child->icv_length == 12 && child->block_length == 16 && child_life_left(child) == 3599,
		   "a daemon that crashes: the next one has its pair");
		ok(run(replaced, LIMIT) && !gap, "it is made anew without a gap, and the peer keeps no dead one");
		ok(!pair_events(&p.a, "initial-contact", NULL, NULL) || pair_events(s->other, "child-deleted", "reason", "initial-contact") == 0,
		   "the peer is not told to forget it");
		ok(newest(s)->conn_in > id, "flow ids go on");
		stop("a daemon that crashes");
	}
}

/* What a template of a dynamic map has answered */
static void takeover_dynamic(void)
{
	char *a = pair_config('a', POLICY, SET, "");
	char *b = pair_config('b', POLICY, SET, "crypto dynamic-map D 10\n set transform-set T\ncrypto map VPN 20 ipsec-isakmp dynamic D\n"
		"no crypto map VPN 10\ncrypto map OTHER 10 ipsec-isakmp\n set peer 192.0.2.99\n set transform-set T\n");
	struct flow *flow;

	pair_start(&p, a, b);
	free(a);
	free(b);
	p.a.ike.schedule.old_pair = p.b.ike.schedule.old_pair = 500;
	p.a.ike.schedule.linger = p.b.ike.schedule.linger = 100;
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a dynamic map has answered");
	first_in = newest(&p.a)->spi_in;
	use(&p.a);
	use(&p.b);
	gap = false;
	again(&p.b);
	flow = sa_flows(&p.b.ike);
	while (flow && !flow->dynamic)
		flow = TAILQ_NEXT(flow, link);
	ok(flow && flow->seq == 65536 && TAILQ_FIRST(&flow->children) && flow->dynamic->users == 1,
	   "a daemon that crashes: the next one has its pair, and the temporary entry");
	ok(run(dynamic_replaced, LIMIT) && !gap, "it is made anew without a gap");
	stop("a dynamic map");
}

static bool quiet_again(struct pair *q)
{
	return ike_sas(&q->a) == 1;
}

static void takeover_idle(void)
{
	if (!up("an idle pair", ""))
		return;
	again(&p.a);
	ok(run(quiet_again, LIMIT) && !gap, "an idle pair is taken over, too: there is an IKE SA with its peer");
	run(never, 400);
	ok(one_pair(&p) && newest(&p.a)->spi_in == first_in && !gap, "the pair stays as it is");
	stop("an idle pair");
}

static bool nothing_passes(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	(void)q;
	(void)from;
	(void)data;
	(void)len;
	return false;
}

static bool gave_up(struct pair *q)
{
	return pair_events(&q->a, "sa-delete", "reason", "Death by retransmission P1") > 0;
}

/* The peer cannot be reached just then: the pair stays, and its own end is another occasion. */
static void takeover_later(void)
{
	static const struct ike_schedule hasty = {
		.retransmit = { 20, 20, 20, 20, 20 }, .death = 50, .half_open = 10000, .request = LIMIT,
		.node_purge = 400, .sa_purge = 500, .old_pair = 500, .linger = 100,
	};

	if (!up("a peer that cannot be reached", ""))
		return;
	use(&p.a);
	p.pass = nothing_passes;
	p.a.ike.schedule = hasty;
	again(&p.a);
	ok(run(gave_up, LIMIT) && one_pair_kept() && !gap, "taken over, and the peer cannot be reached: the pair stays");
	p.pass = NULL;
	p.a.ike.schedule.retransmit[0] = LIMIT;
	soft(&p.a, "seconds");
	ok(run(replaced, LIMIT) && !gap, "and is made anew when its end comes");
	stop("a peer that cannot be reached");
}

/* Halves, SAs of nothing configured, an outbound half that was never enabled */
static void takeover_rest(void)
{
	struct pair_sa *sa;

	if (!up("half a pair", ""))
		return;
	sa = (struct pair_sa *)outbound(&p.a);
	sa->used = false;
	again(&p.a);
	ok(!pair_sas(&p.a), "half a pair is not taken over");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "the next packet makes a new one");
	stop("half a pair");

	if (!up("another entry's", ""))
		return;
	sa = (struct pair_sa *)outbound(&p.a);
	sa->seq = sa_of(&p.a, IPPROTO_ESP, first_in, &p.a.addr)->seq = 77;
	again(&p.a);
	ok(pair_sas(&p.a) == 2 && !newest(&p.a), "SAs of an entry that nobody here has are somebody else's");
	sa->seq = sa_of(&p.a, IPPROTO_ESP, first_in, &p.a.addr)->seq = 10;
	sa->local.addr.bytes[1] = sa_of(&p.a, IPPROTO_ESP, first_in, &p.a.addr)->local.addr.bytes[1] = 77;
	again(&p.a);
	ok(!pair_sas(&p.a), "those for other networks go");
	stop("another entry's");

	if (!up("a half that stands by", ""))
		return;
	((struct pair_sa *)outbound(&p.a))->standby = true;
	again(&p.a);
	ok(newest(&p.a)->state == CHILD_OLD && pair_sas(&p.a) == 1, "of a pair whose outbound half was never enabled the inbound one stays for a while");
	pair_acquire(&p.a);
	ok(pair_run(&p, replaced, LIMIT), "and a new pair is made");
	stop("a half that stands by");
}

int main(void)
{
	beginnings();
	reasons();
	rekeyings("", AGAIN);
	rekeyings(" set pfs group2", LOST);
	crossing();
	phase1_crossing();
	never_deletes();
	deletes_early();
	shortened();
	takeover();
	takeover_dynamic();
	takeover_idle();
	takeover_later();
	takeover_rest();
	crypto_fini();
	return done_testing();
}
