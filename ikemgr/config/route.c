/* SPDX-License-Identifier: GPL-2.0-only */
/* In: "reverse-route" and "set reverse-route". Out: the routes that an entry asks for, in its model. */
#include "config/match.h"

static bool gateway(struct reader *r, size_t i)
{
	struct addr addr;

	if (!reader_address(&r->line->word[i], &addr) && !reader_address6(&r->line->word[i], &addr))
		return false;
	r->entry->entry.routes.gateway = addr;
	return true;
}

/*
 * "reverse-route remote-peer [A [gateway]] [static]": through the peer, which is
 * also what it is without these words, or through A.
 */
static void remote_peer(struct reader *r, size_t i)
{
	static const struct match_choice word[] = {
		{ "gateway", 0, "the next hop is a gateway" }, { "static", 1, "create routes based on static ACLs permanently" }, { NULL, 0, NULL },
	};
	const struct match_choice *c;
	size_t from = i;

	if (i < r->line->words && gateway(r, i))
		i++;
	for (; i < r->line->words; i++) {
		c = match_choose(r, i, word, i == from ? "A.B.C.D or X:X::X (the next hop)" : NULL, false);
		if (!c)
			return;
		r->entry->entry.routes.always |= c->value;
	}
}

void route_line(struct reader *r, const struct match_args *a, int kind)
{
	struct config_routes *routes = &r->entry->entry.routes;

	if (a->negate) {
		*routes = (struct config_routes){ .tag = routes->tag, .distance = routes->distance };
		return;
	}
	*routes = (struct config_routes){ .wanted = true, .at = reader_here(r), .tag = routes->tag, .distance = routes->distance,
					  .gateway = routes->gateway, .always = kind == ROUTE_STATIC };
	if (a->count)
		routes->tag = a->arg[0].number;
	if (kind == ROUTE_PEER)
		remote_peer(r, a->tail);
}

void route_set(struct reader *r, const struct match_args *a, int what)
{
	struct config_routes *routes = &r->entry->entry.routes;

	if (what == ROUTE_DISTANCE)
		routes->distance = a->negate ? 0 : (uint8_t)a->arg[0].number;
	else if (what == ROUTE_TAG)
		routes->tag = a->negate ? 0 : a->arg[0].number;
	else if (a->negate)
		routes->gateway.length = 0;
	else if (!gateway(r, a->arg[0].index))
		reader_error(r, a->arg[0].index, "no address; expected A.B.C.D or X:X::X (the next hop)");
}
