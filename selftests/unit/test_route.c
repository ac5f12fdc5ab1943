/* SPDX-License-Identifier: GPL-2.0-only */
/* Reverse routes: that they come and go with SAs, stay where they are static, and leave others' routes alone. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pair.h"
#include "pair.c.inc"
#include "route.h"
#include "tap.h"

#define LIMIT 20000
#define ROUTES 16

static struct pair p;

/* The kernel's table; what has metric @others is somebody else's. */
static struct table {
	struct route route[ROUTES];
	bool others[ROUTES];
	unsigned int count, added, deleted;
	bool unreachable;
} table;

static int find(const struct route *r)
{
	unsigned int i;

	for (i = 0; i < table.count; i++) {
		if (addr_equal(&table.route[i].net, &r->net) && table.route[i].prefix == r->prefix && table.route[i].metric == r->metric)
			return (int)i;
	}
	return -1;
}

static int add(void *ctx, const struct route *r)
{
	(void)ctx;
	if (find(r) >= 0)
		return -EEXIST;
	table.others[table.count] = false;
	table.route[table.count++] = *r;
	table.added++;
	return 0;
}

static int del(void *ctx, const struct route *r)
{
	int i = find(r);

	(void)ctx;
	if (i < 0 || table.others[i])
		return -ESRCH;
	table.count--;
	table.route[i] = table.route[table.count];
	table.others[i] = table.others[table.count];
	table.deleted++;
	return 0;
}

/* The way to everything is 198.51.100.254 out of interface 2. */
static bool via(void *ctx, const struct addr *to, uint32_t ifindex, struct addr *gateway)
{
	(void)ctx;
	(void)to;
	addr_parse("198.51.100.254", gateway);
	return ifindex == 2 && !table.unreachable;
}

static void dump(void *ctx, void (*fn)(void *arg, const struct route *route), void *arg)
{
	unsigned int i;

	(void)ctx;
	for (i = 0; i < table.count; i++) {
		if (!table.others[i])
			fn(arg, &table.route[i]);
	}
}

static const struct route_ops ops = { .add = add, .del = del, .via = via, .dump = dump };

static bool has(const char *net, uint8_t prefix, const char *gateway, uint32_t metric)
{
	struct route r = { .prefix = prefix, .metric = metric };
	struct addr g;
	int i;

	addr_parse(net, &r.net);
	addr_parse(gateway, &g);
	i = find(&r);
	return i >= 0 && addr_equal(&table.route[i].gateway, &g) && table.route[i].ifindex == 2;
}

static void foreign(const char *net, uint8_t prefix, uint32_t metric, bool others)
{
	struct route *r = &table.route[table.count];

	*r = (struct route){ .prefix = prefix, .metric = metric, .ifindex = 2 };
	addr_parse(net, &r->net);
	addr_parse("198.51.100.254", &r->gateway);
	table.others[table.count++] = others;
}

static void start(const char *extra)
{
	char *a = pair_config('a', " encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	char *b = pair_config('b', " encr aes\n group 2", "esp-aes esp-sha-hmac", extra);

	pair_start(&p, a, b);
	p.a.ike.schedule.retransmit[0] = p.b.ike.schedule.retransmit[0] = LIMIT;
	p.b.ike.world.route = &ops;
	route_refresh(&p.b.ike);
	free(a);
	free(b);
}

static void stop(const char *what)
{
	ok(!pair_stop(&p), "%s: nothing stays in a kernel", what);
}

static bool one_route(struct pair *q)
{
	(void)q;
	return table.count == 1;
}

static bool no_route(struct pair *q)
{
	(void)q;
	return !table.count;
}

static bool rekeyed(struct pair *q)
{
	return pair_events(&q->b, "outbound-current", NULL, NULL) > 0 && pair_up(q);
}

/* b's fourth datagram is quick mode's answer: from then on the peer may send. */
static unsigned int sent_by_b, routes_then;

static bool look(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	(void)data;
	(void)len;
	if (from == &q->b && ++sent_by_b == 4)
		routes_then = table.count;
	return true;
}

static void with_the_sas(void)
{
	struct kernel_sa_info info = { .proto = IPPROTO_ESP, .reason = "seconds" };
	struct child_sa *child;

	memset(&table, 0, sizeof(table));
	start(" reverse-route");
	ok(!table.count, "no SA, no route");
	p.pass = look;
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && pair_run(&p, one_route, LIMIT) && has("10.1.0.0", 24, "198.51.100.254", ROUTE_METRIC),
	   "it comes with the SA: to the peer's network, the way that leads to the peer");
	ok(routes_then == 1, "it is there before the peer can send");
	ok(pair_events(&p.b, "route", "via", "192.0.2.1") == 1, "and is told, with the peer");
	child = TAILQ_FIRST(&sa_flows(&p.b.ike)->children);
	sa_of(&p.b, IPPROTO_ESP, child->spi_out, &child->remote)->packets = 1;
	info.spi = child->spi_out;
	ike_kernel_events.soft_expire(&p.b.ike, &info);
	ok(pair_run(&p, rekeyed, LIMIT) && table.added == 1 && !table.deleted, "a new pair leaves it alone");
	sa_clear_ipsec(&p.a.ike, NULL, NULL);
	ok(pair_run(&p, no_route, LIMIT), "it goes with the last SA");
	pair_acquire(&p.a);
	ok(pair_run(&p, one_route, LIMIT), "and comes again");
	stop("with the SAs");
	ok(!table.count, "the end takes it away");
}

static void options(void)
{
	memset(&table, 0, sizeof(table));
	start(" reverse-route static\n set reverse-route distance 20\n set reverse-route tag 7");
	ok(table.count == 1 && has("10.1.0.0", 24, "198.51.100.254", 20), "static: it is there at once; distance is its metric");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && table.added == 1, "an SA adds none");
	sa_clear_ipsec(&p.a.ike, NULL, NULL);
	pair_sleep(&p, 100);
	ok(table.count == 1, "nor does its end take it away");
	stop("static");
	ok(!table.count, "the end does");
	foreign("10.1.0.0", 24, 20, true);
	start(" reverse-route static\n set reverse-route distance 20");
	ok(table.count == 1 && table.others[0] && pair_events(&p.b, "daemon", "level", "warning") == 1, "a user's route is left alone, and that is told");
	route_refresh(&p.b.ike);
	ok(pair_events(&p.b, "daemon", "level", "warning") == 1, "once");
	table.count = 0;
	route_refresh(&p.b.ike);
	ok(table.count == 1 && !table.others[0], "when it is gone ours comes");
	stop("a user's route");
}

static void leftovers(void)
{
	memset(&table, 0, sizeof(table));
	foreign("10.9.0.0", 24, ROUTE_METRIC, false);
	foreign("10.1.0.0", 24, ROUTE_METRIC, false);
	foreign("10.9.0.0", 16, 0, true);
	start(" reverse-route static");
	ok(table.count == 2 && !table.added && table.deleted == 1 && has("10.1.0.0", 24, "198.51.100.254", ROUTE_METRIC),
	   "what an ended daemon left behind is taken over, or away");
	table.unreachable = true;
	route_refresh(&p.b.ike);
	ok(table.count == 1 && table.others[0], "no way to the peer: no route");
	table.unreachable = false;
	route_refresh(&p.b.ike);
	ok(table.count == 2, "a way again: the route again");
	stop("leftovers");
	ok(table.count == 1 && table.others[0], "others' routes stay");
}

int main(void)
{
	with_the_sas();
	options();
	leftovers();
	crypto_fini();
	return done_testing();
}
