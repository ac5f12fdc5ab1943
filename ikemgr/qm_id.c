/* SPDX-License-Identifier: GPL-2.0-only */
/* Proxies to ID payloads of quick mode and back: see qm_id.h. */
#include <string.h>

#include "qm_id.h"

void qm_id_put(struct wire_buf *b, const struct proxy *p)
{
	uint16_t port = p->port_lo == p->port_hi ? p->port_lo : 0;
	bool v4 = p->addr.length == 4;
	uint8_t data[32] = { 0 };
	unsigned int i;

	memcpy(data, p->addr.bytes, p->addr.length);
	if (p->prefix == p->addr.length * 8) {
		build_id(b, v4 ? IPSEC_ID_IPV4_ADDR : IPSEC_ID_IPV6_ADDR, p->protocol, port, data, p->addr.length);
		return;
	}
	for (i = 0; i < p->prefix; i++)
		data[p->addr.length + i / 8] |= (uint8_t)(0x80 >> (i % 8));
	build_id(b, v4 ? IPSEC_ID_IPV4_SUBNET : IPSEC_ID_IPV6_SUBNET, p->protocol, port, data, 2u * p->addr.length);
}

static bool mask_prefix(const uint8_t *mask, size_t len, uint8_t *prefix)
{
	unsigned int bits = 0, i;

	while (bits < len * 8 && mask[bits / 8] & 0x80 >> (bits % 8))
		bits++;
	for (i = bits; i < len * 8; i++) {
		if (mask[i / 8] & 0x80 >> (i % 8))
			return false;
	}
	*prefix = (uint8_t)bits;
	return true;
}

static void mask_host_bits(struct proxy *p)
{
	unsigned int i;

	for (i = p->prefix; i < p->addr.length * 8u; i++)
		p->addr.bytes[i / 8] &= (uint8_t)~(0x80 >> (i % 8));
}

/* A range that is a subnet: @from has the host bits clear that @to has set. */
static bool range_prefix(const uint8_t *from, const uint8_t *to, size_t len, uint8_t *prefix)
{
	uint8_t differ[16], mask[16];
	size_t i;

	for (i = 0; i < len; i++) {
		differ[i] = from[i] ^ to[i];
		mask[i] = (uint8_t)~differ[i];
		if (from[i] & differ[i])
			return false;
	}
	return mask_prefix(mask, len, prefix);
}

/* A range that is no subnet, and names, cannot be proxies. */
static bool get_id(const struct parse_payload *payload, struct proxy *p, const char **why)
{
	struct parse_id id;

	parse_id(payload, &id);
	memset(p, 0, sizeof(*p));
	p->protocol = id.protocol;
	p->port_lo = p->port_hi = id.port;
	switch (id.type) {
	case IPSEC_ID_IPV4_ADDR:
	case IPSEC_ID_IPV6_ADDR:
		p->addr.length = (uint8_t)id.len;
		p->prefix = (uint8_t)(id.len * 8);
		memcpy(p->addr.bytes, id.data, id.len);
		return true;
	case IPSEC_ID_IPV4_SUBNET:
	case IPSEC_ID_IPV6_SUBNET:
		p->addr.length = (uint8_t)(id.len / 2);
		memcpy(p->addr.bytes, id.data, p->addr.length);
		*why = "the mask of a subnet in an ID payload is not contiguous";
		if (!mask_prefix(id.data + p->addr.length, p->addr.length, &p->prefix))
			return false;
		mask_host_bits(p);
		return true;
	case IPSEC_ID_IPV4_RANGE:
	case IPSEC_ID_IPV6_RANGE:
		p->addr.length = (uint8_t)(id.len / 2);
		memcpy(p->addr.bytes, id.data, p->addr.length);
		*why = "an ID payload has a range of addresses that is no subnet: access lists have none";
		return range_prefix(id.data, id.data + p->addr.length, p->addr.length, &p->prefix);
	default:
		*why = "an ID payload of quick mode is neither an address nor a subnet nor a range";
		return false;
	}
}

static void host_proxy(const struct addr *a, struct proxy *p)
{
	memset(p, 0, sizeof(*p));
	p->addr = *a;
	p->prefix = (uint8_t)(a->length * 8);
}

bool qm_id_get(struct exchange *x, const struct message *m, struct proxy *first, struct proxy *second, const char **why)
{
	const struct parse_payload *ci = parse_find(&m->index, ISAKMP_PL_ID);
	const struct parse_payload *cr = ci ? parse_find_next(&m->index, ci) : NULL;
	const struct peer *peer = x->sa->peer;

	if (!ci) {
		host_proxy(x->initiator ? &peer->local : &peer->remote, first);
		host_proxy(x->initiator ? &peer->remote : &peer->local, second);
		return true;
	}
	*why = "quick mode has two ID payloads or none";
	if (!cr || parse_find_next(&m->index, cr) || !get_id(ci, first, why) || !get_id(cr, second, why))
		return false;
	*why = NULL;
	if (first->addr.length == second->addr.length && first->protocol == second->protocol)
		return true;
	*why = "the two ID payloads are of different families or protocols";
	return false;
}
