/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NAT traversal: see natt.h.
 *
 * Each end sends hashes of the addresses and ports that it sees; where one of
 * them is not what the other sees, a NAT has changed it:
 *
 *	first payload		the receiver's: differs: a NAT is in front of the receiver
 *	all that follow		the sender's, one for each of its addresses: none fits: in front of the sender
 */
#include <arpa/inet.h>
#include <string.h>

#include <gcrypt.h>

#include "config/model.h"
#include "exchange.h"
#include "ike.h"
#include "natt.h"
#include "vendor.h"

#define SEC		1000u
#define ID_HEAD		4u
#define KEEPALIVE	20u	/* seconds, RFC 3948 4; a router has none unless it is told */

/* In the order in which they are offered, and taken */
static const struct form {
	enum vendor_kind kind;
	enum natt natt;
	const char *name;
} forms[] = {
	{ VENDOR_NATT_RFC3947, NATT_RFC3947, "rfc3947" },
	{ VENDOR_NATT_07, NATT_07, "07" },
	{ VENDOR_NATT_03, NATT_03, "03" },
	{ VENDOR_NATT_02, NATT_02, "02" },
	{ VENDOR_NATT_02_PLAIN, NATT_02, "02" },
};

const char *natt_name(const struct ike_sa *sa)
{
	for (unsigned int i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (forms[i].natt == sa->natt && sa->natt != NATT_NONE)
			return forms[i].name;
	return NULL;
}

#define OFFERED	4u	/* what a router offers: the last is the same to it as the one before */

static bool allowed(const struct exchange *x)
{
	return x->sa->peer->ike->config->nat_transparency;
}

void natt_vendors(struct exchange *x, struct wire_buf *b)
{
	unsigned int i;

	if (!allowed(x))
		return;
	for (i = 0; i < OFFERED; i++) {
		if (x->initiator) {
			exchange_put_vendor(x, b, forms[i].kind, forms[i].name);
		} else if (forms[i].natt == x->sa->natt) {
			exchange_put_vendor(x, b, forms[i].kind, forms[i].name);
			return;
		}
	}
}

void natt_spoken(struct ike_sa *sa, enum vendor_kind kind)
{
	unsigned int i;

	for (i = 0; sa->peer->ike->config->nat_transparency && i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (forms[i].kind == kind && forms[i].natt > sa->natt)
			sa->natt = forms[i].natt;
	}
}

/* HASH(CKY-I | CKY-R | IP | Port), RFC 3947 3.2. Returns its length; 0: not possible. */
static size_t hash_of(const struct ike_sa *sa, const struct addr *addr, uint16_t port, uint8_t *out)
{
	uint16_t wire = htons(port);
	struct crypto_bytes parts[] = {
		{ sa->icookie, sizeof(sa->icookie) }, { sa->rcookie, sizeof(sa->rcookie) },
		{ addr->bytes, addr->length }, { &wire, sizeof(wire) },
	};

	if (crypto_hash((uint16_t)sa->hash, parts, sizeof(parts) / sizeof(parts[0]), out))
		return 0;
	return crypto_hash_len((uint16_t)sa->hash);
}

uint8_t natt_payload(enum natt form, bool original)
{
	switch (form) {
	case NATT_RFC3947:
		return original ? ISAKMP_PL_NAT_OA : ISAKMP_PL_NAT_D;
	case NATT_07:
		return original ? ISAKMP_PL_NAT_OA_07 : ISAKMP_PL_NAT_D_07;
	default:
		return original ? ISAKMP_PL_NAT_OA_DRAFT : ISAKMP_PL_NAT_D_DRAFT;
	}
}

static uint8_t payload_type(const struct ike_sa *sa)
{
	return natt_payload(sa->natt, false);
}

static void put_hash(const struct ike_sa *sa, struct wire_buf *b, const struct addr *addr, uint16_t port)
{
	uint8_t hash[ISAKMP_HASH_MAX];
	size_t len = hash_of(sa, addr, port, hash);

	if (len)
		build_payload(b, payload_type(sa), hash, len);
}

void natt_put(struct exchange *x, struct wire_buf *b)
{
	const struct ike_sa *sa = x->sa;

	if (sa->natt == NATT_NONE)
		return;
	put_hash(sa, b, &sa->peer->remote, sa->remote_port);
	put_hash(sa, b, &sa->peer->local, sa->local_port);
}

static void report(struct exchange *x, bool mine)
{
	struct event ev;

	exchange_event(x, &ev, EV_NAT_D);
	ev.nat_d.type = payload_type(x->sa);
	ev.nat_d.mine = mine;
	ev.nat_d.here = x->sa->nat_here;
	ev.nat_d.there = x->sa->nat_there;
	exchange_emit(x, &ev);
}

void natt_take(struct exchange *x, const struct message *m)
{
	struct ike_sa *sa = x->sa;
	uint8_t mine[ISAKMP_HASH_MAX], theirs[ISAKMP_HASH_MAX];
	size_t len = hash_of(sa, &sa->peer->local, sa->local_port, mine);
	const struct parse_payload *p = parse_find(&m->index, payload_type(sa));

	if (sa->natt == NATT_NONE || !p || !len || !hash_of(sa, &sa->peer->remote, sa->remote_port, theirs))
		return;
	sa->nat_here = p->body_len != len || memcmp(p->body, mine, len);
	sa->nat_there = true;
	report(x, true);
	while ((p = parse_find_next(&m->index, p))) {
		if (p->body_len == len && !memcmp(p->body, theirs, len))
			sa->nat_there = false;
		report(x, false);
	}
}

bool natt_found(const struct ike_sa *sa)
{
	return sa->nat_here || sa->nat_there;
}

/* Pairs outlive their IKE SA: theirs is the port that the NAT has for the peer. */
static const struct child_sa *pair_in_udp(const struct ike_sa *sa)
{
	const struct ike *ike = sa->peer->ike;
	const struct child_sa *child;

	LIST_FOREACH(child, &ike->children_by_remote[bucket_addr(&sa->peer->remote, 0)], by_remote) {
		if (child->udp && addr_equal(&child->remote, &sa->peer->remote) && addr_equal(&child->local, &sa->peer->local))
			return child;
	}
	return NULL;
}

/* A NAT in front of the peer has no mapping for port 500, as long as the peer did not begin. */
void natt_begin(struct ike_sa *sa, const struct ike_sa *before)
{
	const struct child_sa *pair = before ? NULL : pair_in_udp(sa);

	if (pair) {
		sa->local_port = ISAKMP_NATT_PORT;
		sa->remote_port = pair->udp_port;
	}
	if (!before || !natt_found(before))
		return;
	sa->local_port = before->local_port;
	sa->remote_port = before->remote_port;
}

void natt_float(struct ike_sa *sa)
{
	if (natt_found(sa) && sa->local_port == ISAKMP_PORT)
		sa->local_port = sa->remote_port = ISAKMP_NATT_PORT;
}

void natt_follow(struct ike_sa *sa, uint16_t local_port, uint16_t remote_port)
{
	struct event ev;

	if (!natt_found(sa) || (sa->local_port == local_port && sa->remote_port == remote_port))
		return;
	/* once on 4500 nothing leads back: a stray repetition of an earlier message must not */
	if (sa->local_port == ISAKMP_NATT_PORT && local_port != ISAKMP_NATT_PORT)
		return;
	sa->local_port = local_port;
	sa->remote_port = remote_port;
	sa_event(sa, &ev, EV_PORT_FLOATED);
	event_emit(sa->peer->ike->hub, &ev);
	child_follow(sa);
}

void natt_authenticated(struct exchange *x, const struct message *m)
{
	struct event ev;

	natt_follow(x->sa, m->local_port, m->remote_port);
	if (!x->initiator || !natt_found(x->sa))
		return;
	exchange_event(x, &ev, EV_UDP_ENC);
	exchange_emit(x, &ev);
}

/* An ID payload's body: type, protocol and port, and the name (RFC 2407 4.6.2). Protocol and port say nothing. */
void natt_partner(struct ike_sa *sa, const struct parse_payload *id)
{
	uint8_t name[1 + 256] = { id->body[0] };
	size_t len = id->body_len - ID_HEAD < sizeof(name) - 1 ? id->body_len - ID_HEAD : sizeof(name) - 1;

	if (!sa->nat_there)
		return;
	memcpy(name + 1, id->body + ID_HEAD, len);
	gcry_md_hash_buffer(GCRY_MD_SHA256, sa->partner, name, 1 + len);
}

static void report_stray(const struct ike_sa *sa, const struct addr *from, uint16_t port)
{
	char here[ADDR_TEXT], there[ADDR_TEXT];

	event_daemon(sa->peer->ike->hub, "info",
		     "authentic ESP of peer %s comes from %s port %u: a peer is known by its address, and is not followed to another",
		     addr_text(&sa->peer->remote, here), addr_text(from, there), port);
}

void natt_moved(const struct child_sa *child, const struct addr *from, uint16_t port)
{
	struct ike_sa *sa = sa_of_child(child);

	if (!sa || !child->udp || port == sa->remote_port)
		return;
	if (!addr_equal(from, &sa->peer->remote))
		report_stray(sa, from, port);
	else if (sa->peer_dpd)
		info_find_peer(sa, port);
}

enum natt natt_form(const struct ike_sa *sa)
{
	return natt_found(sa) ? sa->natt : NATT_NONE;
}

uint16_t natt_encaps(enum natt form, uint16_t encaps)
{
	bool draft = form < NATT_07;

	if (form == NATT_NONE)
		return encaps;
	if (encaps == IPSEC_ENCAPS_TRANSPORT)
		return draft ? IPSEC_ENCAPS_UDP_TRANSPORT_DRAFT : IPSEC_ENCAPS_UDP_TRANSPORT;
	return draft ? IPSEC_ENCAPS_UDP_TUNNEL_DRAFT : IPSEC_ENCAPS_UDP_TUNNEL;
}

uint16_t natt_plain(uint16_t encaps)
{
	switch (encaps) {
	case IPSEC_ENCAPS_UDP_TUNNEL:
	case IPSEC_ENCAPS_UDP_TUNNEL_DRAFT:
		return IPSEC_ENCAPS_TUNNEL;
	case IPSEC_ENCAPS_UDP_TRANSPORT:
	case IPSEC_ENCAPS_UDP_TRANSPORT_DRAFT:
		return IPSEC_ENCAPS_TRANSPORT;
	default:
		return encaps;
	}
}

/* One byte, 0xFF: a receiver drops it (RFC 3948 2.3). It keeps the NAT's mapping, which serves all SAs with the peer. */
static void send_keepalive(void *arg)
{
	static const uint8_t byte = 0xff;
	struct ike_sa *sa = arg;
	const struct peer *peer = sa->peer;
	struct ike *ike = peer->ike;

	ike->world.send(ike->world.send_ctx, &peer->local, sa->local_port, &peer->remote, sa->remote_port, &byte, 1);
	natt_keepalive(sa);
}

void natt_keepalive(struct ike_sa *sa)
{
	struct ike *ike = sa->peer->ike;
	uint32_t seconds = ike->config->nat_keepalive ? ike->config->nat_keepalive : KEEPALIVE;

	if (sa->nat_here && sa->local_port == ISAKMP_NATT_PORT)
		timer_start(&sa->nat_keepalive, ike->loop, (uint64_t)seconds * SEC, send_keepalive, sa);
}
