/* SPDX-License-Identifier: GPL-2.0-only */
/* Original addresses of transport mode through a NAT: see natt_oa.h. */
#include <string.h>

#include "exchange.h"
#include "lookup.h"
#include "natt_oa.h"

#define HEAD_LEN 4u	/* type of address, reserved (RFC 3947 5.2) */

static uint8_t payload_type(const struct exchange *x)
{
	return natt_payload(x->sa->natt, true);
}

static void put(const struct exchange *x, struct wire_buf *b, const struct addr *addr)
{
	build_begin(b, payload_type(x));
	build_u32(b, (uint32_t)(addr->length == 4 ? IPSEC_ID_IPV4_ADDR : IPSEC_ID_IPV6_ADDR) << 24);
	build_bytes(b, addr->bytes, addr->length);
	build_end(b);
}

void natt_oa_put(const struct exchange *x, struct wire_buf *b, uint16_t encaps)
{
	const struct peer *peer = x->sa->peer;

	if (!natt_found(x->sa) || encaps != IPSEC_ENCAPS_TRANSPORT)
		return;
	put(x, b, x->initiator ? &peer->local : &peer->remote);
	put(x, b, x->initiator ? &peer->remote : &peer->local);
}

static bool get(const struct parse_payload *p, struct addr *addr)
{
	uint8_t len = !p || !p->body_len ? 0 : p->body[0] == IPSEC_ID_IPV4_ADDR ? 4 : p->body[0] == IPSEC_ID_IPV6_ADDR ? 16 : 0;

	if (!len || p->body_len != HEAD_LEN + len)
		return false;
	memset(addr, 0, sizeof(*addr));
	addr->length = len;
	memcpy(addr->bytes, p->body + HEAD_LEN, len);
	return true;
}

static bool is_host(const struct proxy *p)
{
	return p->prefix == p->addr.length * 8;
}

bool natt_oa_take(const struct exchange *x, const struct message *m, struct proxy *local, struct proxy *remote)
{
	const struct parse_payload *i = parse_find(&m->index, payload_type(x));
	const struct parse_payload *r = i ? parse_find_next(&m->index, i) : NULL;
	const struct peer *peer = x->sa->peer;
	struct proxy was_local = *local, was_remote = *remote;
	struct addr initiator, responder;

	if (!natt_found(x->sa) || !get(i, &initiator) || !get(r, &responder))
		return false;
	if (is_host(remote) && addr_equal(&remote->addr, &initiator) && initiator.length == peer->remote.length)
		remote->addr = peer->remote;
	if (is_host(local) && addr_equal(&local->addr, &responder) && responder.length == peer->local.length)
		local->addr = peer->local;
	return !proxy_equal(local, &was_local) || !proxy_equal(remote, &was_remote);
}

bool natt_oa_same(const struct exchange *x, uint16_t encaps, const struct proxy *own, const struct proxy *got)
{
	struct proxy seen = *got;

	if (natt_found(x->sa) && encaps == IPSEC_ENCAPS_TRANSPORT && is_host(own) && is_host(got) &&
	    own->addr.length == got->addr.length)
		seen.addr = own->addr;
	return proxy_equal(own, &seen);
}
