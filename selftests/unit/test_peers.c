/* SPDX-License-Identifier: GPL-2.0-only */
/* Several peers in an entry, dead peers, SAs that one side has lost, entries that only answer. */
#include <stdlib.h>
#include <string.h>

#include "config/model.h"
#include "pair.h"
#include "pair.c.inc"
#include "tap.h"

#define LIMIT 20000
#define DEAD "203.0.113.9"
#define KEY "crypto isakmp key ciscokey address " DEAD "\ncrypto map VPN 10\n"

static struct pair p;

/* pair_config() puts 198.51.100.1 first; @peers go in its place */
static void start(const char *global, const char *peers, const char *extra)
{
	static const struct ike_schedule quick = {
		.retransmit = { 40, 40, 40, 40, 40 }, .death = 40, .half_open = 300, .request = 5000,
		.node_purge = 1000, .sa_purge = 500, .old_pair = 100,
	};
	char *a, *b = pair_config('b', " encr aes\n group 2", "esp-aes esp-sha-hmac", "crypto isakmp invalid-spi-recovery\ncrypto map VPN 10");
	char lines[1024];

	snprintf(lines, sizeof(lines), "%s" KEY " no set peer\n%s%s", global, peers, extra);
	a = pair_config('a', " encr aes\n group 2", "esp-aes esp-sha-hmac", lines);
	pair_start(&p, a, b);
	p.a.ike.schedule = p.b.ike.schedule = quick;
	free(a);
	free(b);
}

static void stop(const char *what)
{
	unsigned int left = pair_stop(&p);

	ok(!left, "%s: no SA and no reserved SPI stays in a kernel", what);
}

static struct flow *flow(void)
{
	return sa_flows(&p.a.ike);
}

static const char *current(void)
{
	static char text[ADDR_TEXT];
	struct addr peer = flow_peer(flow());

	return addr_text(&peer, text);
}

static bool uses(const char *peer)
{
	return !strcmp(current(), peer);
}

static bool gave_up(struct pair *q)
{
	(void)q;
	return !flow()->waiting_for && !flow()->quick && !timer_running(&flow()->request);
}

static bool a_is_empty(struct pair *q)
{
	return !pair_sas(&q->a);
}

static bool deaf(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	(void)q;
	(void)from;
	(void)data;
	(void)len;
	return false;
}

static bool main_mode_died(struct pair *q)
{
	return pair_events(&q->a, "sa-delete", NULL, NULL) > 0;
}

static bool main_mode_again(struct pair *q)
{
	return pair_events(&q->a, "begin", "mode", "main") == 2;
}

static void dead_at_start(void)
{
	start("", " set peer " DEAD "\n set peer 198.51.100.1\n", "");
	ok(uses(DEAD), "the first peer is tried first");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && uses("198.51.100.1"), "it does not answer: the second");
	sa_clear_session(&p.a.ike, NULL, NULL);
	ok(pair_run(&p, a_is_empty, LIMIT) && uses("198.51.100.1"), "which stays the one in use");
	stop("dead at start");

	start("", " set peer " DEAD "\n set peer 203.0.113.10\n", "");
	pair_acquire(&p.a);
	p.a.ike.schedule.request = 600;
	ok(pair_run(&p, main_mode_died, LIMIT) && uses(DEAD) && pair_events(&p.a, "request-failed", "why", "no-key") == 1,
	   "a second peer without a key fails at once: all have failed");
	ok(pair_run(&p, main_mode_again, LIMIT) && uses(DEAD), "the next request begins with the first again");
	stop("all dead");

	start("", " set peer 198.51.100.1\n set peer " DEAD " default\n", "");
	ok(uses(DEAD), "the default one is tried first, where it stands last");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && uses("198.51.100.1"), "then the next, from the top");
	sa_clear_session(&p.a.ike, NULL, NULL);
	ok(pair_run(&p, a_is_empty, LIMIT) && uses(DEAD), "its SAs gone, the default one is next");
	stop("default");
}

static void tell_idle(const char *what)
{
	struct child_sa *child = TAILQ_FIRST(&flow()->children);
	struct kernel_sa_info in = { .inbound = true, .proto = IPPROTO_ESP, .spi = child->spi_in };
	struct kernel_sa_info out = { .proto = IPPROTO_ESP, .spi = child->spi_out };

	ike_kernel_events.idle(&p.a.ike, &in);
	ike_kernel_events.idle(&p.a.ike, &out);
	ok(!pair_sas(&p.a), "%s: idle, so it ends", what);
}

static void idle(void)
{
	start("", " set peer " DEAD " default\n set peer 198.51.100.1\n", " set security-association idle-time 60\n");
	pair_acquire(&p.a);
	pair_run(&p, pair_up, LIMIT);
	tell_idle("idle-time");
	ok(uses("198.51.100.1"), "the peer in use stays");
	stop("idle-time");
	start("", " set peer " DEAD " default\n set peer 198.51.100.1\n", " set security-association idle-time 60 default\n");
	pair_acquire(&p.a);
	pair_run(&p, pair_up, LIMIT);
	tell_idle("idle-time default");
	ok(uses(DEAD), "the default peer is next");
	stop("idle-time default");
}

static void watch(unsigned int keepalive, unsigned int retry)
{
	((struct config *)p.a.config)->keepalive = keepalive;
	((struct config *)p.a.config)->keepalive_retry = retry;
}

static void dies(void)
{
	static const char *const preferred[] = { "", " default" };
	char peers[128];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		snprintf(peers, sizeof(peers), " set peer 198.51.100.1%s\n set peer " DEAD "\n", preferred[i]);
		start("crypto isakmp keepalive 10 2 periodic\n", peers, "");
		watch(1, 0);
		pair_acquire(&p.a);
		pair_run(&p, pair_up, LIMIT);
		p.pass = deaf;
		ok(pair_run(&p, a_is_empty, LIMIT) && uses(DEAD), "a peer dies%s: the next one is in use", preferred[i]);
		ok(pair_events(&p.a, "dpd", "what", "enabled") == 1 && pair_events(&p.a, "dpd", "what", "missed") == 5 &&
		   pair_events(&p.a, "dpd", "what", "dead") == 1, "after five questions, each told");
		p.pass = NULL;
		stop("a peer dies");
	}
	start("crypto isakmp keepalive 10 2\n", " set peer 198.51.100.1\n", "");
	watch(1, 1);
	pair_acquire(&p.a);
	pair_run(&p, pair_up, LIMIT);
	pair_sleep(&p, 1500);
	ok(!pair_events(&p.a, "notify-out", "name", "DPD/R_U_THERE"), "on demand: nothing is sent, so nothing is asked");
	p.pass = deaf;
	sa_of(&p.a, IPPROTO_ESP, TAILQ_FIRST(&flow()->children)->spi_out, &p.b.addr)->packets = 7;
	pair_sleep(&p, 1000);
	ok(pair_events(&p.a, "notify-out", "name", "DPD/R_U_THERE") >= 1, "packets go out, none comes in: the peer is asked");
	sa_of(&p.a, IPPROTO_ESP, TAILQ_FIRST(&flow()->children)->spi_in, &p.a.addr)->packets = 1;
	pair_sleep(&p, 1500);
	ok(pair_events(&p.a, "dpd", "what", "missed") <= 1 && pair_sas(&p.a) == 2, "a packet that comes in is an answer");
	p.pass = NULL;
	stop("on demand");
}

static void quick_mode_dies(void)
{
	struct kernel_sa_info info = { .proto = IPPROTO_ESP, .reason = "seconds" };

	start("", " set peer 198.51.100.1\n", "");
	pair_acquire(&p.a);
	pair_run(&p, pair_up, LIMIT);
	sa_of(&p.a, IPPROTO_ESP, TAILQ_FIRST(&flow()->children)->spi_out, &p.b.addr)->packets = 1;
	info.spi = TAILQ_FIRST(&flow()->children)->spi_out;
	p.pass = deaf;
	ike_kernel_events.soft_expire(&p.a.ike, &info);
	ok(pair_run(&p, main_mode_again, LIMIT), "nobody answers quick mode: a new main mode, without waiting for the next request");
	p.pass = NULL;
	ok(pair_run(&p, pair_up, LIMIT), "that brings it up again");
	stop("quick mode dies");
}

static bool told(struct pair *q)
{
	return pair_events(&q->b, "notify-out", "name", "INVALID_SPI") > 0 && !pair_sas(&q->a);
}

/* b's kernel knows nothing of the SA that a sends to. */
static void lost(uint32_t spi, const struct addr *from)
{
	ike_kernel_events.invalid_spi(&p.b.ike, IPPROTO_ESP, spi, from, &p.b.addr, 2);
}

static void invalid_spi(void)
{
	struct addr stranger;
	uint32_t spi;

	addr_parse("192.0.2.99", &stranger);
	start("", " set peer 198.51.100.1\n", "");
	pair_acquire(&p.a);
	pair_run(&p, pair_up, LIMIT);
	spi = TAILQ_FIRST(&flow()->children)->spi_out;
	/* as after a crash: b has neither kind of SA, and nothing was told */
	p.pass = deaf;
	sa_clear_session(&p.b.ike, NULL, NULL);
	memset(&p.b.ike.recovery, 0, sizeof(p.b.ike.recovery));
	p.pass = NULL;
	pair_sleep(&p, 50);
	ok(pair_sas(&p.a) == 2 && !pair_sas(&p.b), "a peer has lost its SAs, we have not");
	lost(spi, &stranger);
	ok(!pair_events(&p.b, "begin", NULL, NULL), "packets of a stranger begin nothing");
	lost(spi, &p.a.addr);
	ok(pair_events(&p.b, "begin", "mode", "main") == 1, "ours let it begin a phase 1");
	lost(spi + 1, &p.a.addr);
	ok(pair_events(&p.b, "begin", "mode", "main") == 1, "one");
	ok(pair_run(&p, told, LIMIT) && pair_events(&p.b, "notify-out", "name", "INVALID_SPI") == 1, "and tell us: our pair ends");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "the next packet makes a new one");
	stop("INVALID-SPI without an IKE SA");

	start("", " set peer 198.51.100.1\n", "");
	pair_acquire(&p.a);
	pair_run(&p, pair_up, LIMIT);
	spi = TAILQ_FIRST(&flow()->children)->spi_out;
	p.pass = deaf;
	sa_clear_ipsec(&p.b.ike, NULL, NULL);
	p.pass = NULL;
	lost(spi, &p.a.addr);
	pair_sleep(&p, 50);
	ok(!pair_events(&p.b, "notify-out", NULL, NULL), "an SA that ended just now: packets were under way, nothing is told");
	memset(&p.b.ike.recovery, 0, sizeof(p.b.ike.recovery));
	lost(spi, &p.a.addr);
	lost(spi, &p.a.addr);
	ok(pair_run(&p, told, LIMIT) && pair_events(&p.b, "notify-out", "name", "INVALID_SPI") == 1 &&
	   pair_events(&p.b, "begin", "mode", "main") == 0, "later it is, once, under the IKE SA that is there");
	ok(pair_events(&p.a, "child-deleted", "reason", "invalid-spi") == 2, "INVALID-SPI ended our pair");
	stop("INVALID-SPI under an IKE SA");
}

static void responder_only(void)
{
	struct kernel_sa_info info = { .proto = IPPROTO_ESP, .reason = "seconds" };

	start("", " set peer 198.51.100.1\n", "");
	((struct config_entry *)config_entry_find(p.a.config, "VPN", 10))->responder_only = true;
	pair_acquire(&p.a);
	ok(gave_up(&p) && !pair_events(&p.a, "begin", NULL, NULL), "responder-only: traffic begins nothing");
	pair_acquire(&p.b);
	ok(pair_run(&p, pair_up, LIMIT), "the peer does");
	sa_of(&p.a, IPPROTO_ESP, TAILQ_FIRST(&flow()->children)->spi_out, &p.b.addr)->packets = 1;
	info.spi = TAILQ_FIRST(&flow()->children)->spi_out;
	ike_kernel_events.soft_expire(&p.a.ike, &info);
	ok(pair_events(&p.a, "rekey", "why", "responder only") == 1 && !pair_events(&p.a, "begin", NULL, NULL), "and renews");
	stop("responder-only");
}

int main(void)
{
	dead_at_start();
	idle();
	dies();
	quick_mode_dies();
	invalid_spi();
	responder_only();
	crypto_fini();
	return done_testing();
}
