/* SPDX-License-Identifier: GPL-2.0-only */
/* Proxy identities as values: compared, and turned into what events print. See lookup.h. */
#include <stdio.h>
#include <string.h>

#include "lookup.h"

bool proxy_inside(const struct proxy *inner, const struct proxy *outer)
{
	if (inner->prefix < outer->prefix || !addr_inside(&inner->addr, &outer->addr, outer->prefix))
		return false;
	if (outer->protocol && inner->protocol != outer->protocol)
		return false;
	if (!outer->port_lo && !outer->port_hi)
		return true;
	return inner->port_lo >= outer->port_lo && inner->port_hi <= outer->port_hi && inner->port_hi;
}

struct proxy proxy_on_wire(const struct proxy *p)
{
	struct proxy out = *p;

	if (out.port_lo != out.port_hi)
		out.port_lo = out.port_hi = 0;
	return out;
}

bool proxy_equal(const struct proxy *a, const struct proxy *b)
{
	return a->prefix == b->prefix && a->protocol == b->protocol && a->port_lo == b->port_lo &&
	       a->port_hi == b->port_hi && addr_equal(&a->addr, &b->addr);
}

void proxy_event(const struct proxy *p, struct event_proxy *out)
{
	struct addr mask = { .length = p->addr.length };
	unsigned int i;

	memset(out, 0, sizeof(*out));
	addr_text(&p->addr, out->addr);
	for (i = 0; i < p->prefix && i < 128; i++)
		mask.bytes[i / 8] |= (uint8_t)(0x80 >> (i % 8));
	addr_text(&mask, out->mask);
	out->prefix = p->prefix;
	out->protocol = p->protocol;
	out->port = p->port_lo == p->port_hi ? p->port_lo : 0;
}
