/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Invalid SPI recovery: see recovery.h. The peer gets INVALID-SPI (RFC 2408
 * 3.14.1), which routers understand, and a DELETE of that SPI, which everybody
 * does. A new IKE SA also brings INITIAL-CONTACT with it.
 *
 * Whoever knows a peer's address can forge such packets: a phase 1 is begun at
 * most once a minute with each peer, and only with peers of a map on the
 * interface that they came to.
 */
#include <string.h>

#include "config/model.h"
#include "exchange.h"
#include "ike.h"
#include "phase1.h"
#include "recovery.h"
#include "sa.h"

static bool names(const struct config_entry *e, const struct addr *peer)
{
	size_t i;

	for (i = 0; i < e->peers; i++) {
		if (addr_equal(&e->peer[i]->addr, peer))
			return true;
	}
	return e->template && !e->peers;
}

/* The entry by which we would have SAs with @peer, or NULL */
static const struct config_entry *entry_of(const struct ike *ike, const struct addr *local, const struct addr *peer)
{
	const struct ike_binding *b = ike_binding_local(ike, local);
	const struct config_map *m = b ? config_map_find(ike->config, b->map) : NULL;
	size_t i, j;

	for (i = 0; m && i < m->entries; i++) {
		const struct config_entry *e = m->entry[i];

		if (e->incomplete || e->manual)
			continue;
		if (!e->dynamic && names(e, peer))
			return e;
		for (j = 0; e->dynamic && j < e->dynamic->entries; j++) {
			if (!e->dynamic->entry[j]->incomplete && names(e->dynamic->entry[j], peer))
				return e->dynamic->entry[j];
		}
	}
	return NULL;
}

static bool ended_lately(const struct ike *ike, uint32_t spi)
{
	const struct recovery *r = &ike->recovery;
	unsigned int i;

	for (i = 0; i < RECOVERY_SPIS; i++) {
		if (r->ended[i].spi == spi && uv_now(ike->loop) - r->ended[i].when < RECOVERY_SPI_MS)
			return true;
	}
	return false;
}

/* Each SPI is told once in a while; with @any: each peer. */
static bool told_lately(const struct ike *ike, const struct addr *peer, uint32_t spi, bool any)
{
	const struct recovery *r = &ike->recovery;
	unsigned int i;

	for (i = 0; i < RECOVERY_PEERS; i++) {
		if (addr_equal(&r->told[i].peer, peer) && (any || r->told[i].spi == spi) && uv_now(ike->loop) - r->told[i].when < RECOVERY_MS)
			return true;
	}
	return false;
}

static void remember(struct ike *ike, const struct addr *peer, uint32_t spi)
{
	struct recovery *r = &ike->recovery;

	r->told[r->next_told].peer = *peer;
	r->told[r->next_told].spi = spi;
	r->told[r->next_told].when = uv_now(ike->loop);
	r->next_told = (r->next_told + 1) % RECOVERY_PEERS;
}

static void tell(struct ike_sa *sa, uint8_t proto, uint32_t spi)
{
	uint8_t protocol = proto == IPPROTO_AH ? IPSEC_PROTO_AH : IPSEC_PROTO_ESP;
	uint32_t wire = htonl(spi);

	info_notify(sa, protocol, ISAKMP_N_INVALID_SPI, (const uint8_t *)&wire, sizeof(wire), NULL, 0);
	info_delete_child(sa, protocol, spi);
}

void recovery_invalid_spi(struct ike *ike, uint8_t proto, uint32_t spi, const struct addr *src, const struct addr *dst)
{
	const struct config_entry *e;
	struct ike_sa *sa;

	if (!ike->config || !ike->config->invalid_spi_recovery || ike->stopping || ended_lately(ike, spi) ||
	    told_lately(ike, src, spi, false))
		return;
	e = entry_of(ike, dst, src);
	if (!e)
		return;
	sa = sa_established(ike, dst, src);
	if (sa) {
		remember(ike, src, spi);
		tell(sa, proto, spi);
		return;
	}
	/* a profile may have a keyring of its own */
	if (told_lately(ike, src, spi, true) || (!e->isakmp && !config_psk_find(ike->config, src)))
		return;
	remember(ike, src, spi);
	sa = phase1_start(ike, dst, src, e->isakmp ? e->isakmp->name : NULL);
	if (sa) {
		sa->lost_proto = proto;
		sa->lost_spi = spi;
	}
}

void recovery_established(struct ike_sa *sa)
{
	if (sa->lost_spi)
		tell(sa, sa->lost_proto, sa->lost_spi);
	sa->lost_spi = 0;
}

void recovery_ended(const struct child_sa *child)
{
	struct recovery *r = &child->flow->ike->recovery;

	r->ended[r->next_ended].spi = child->spi_in;
	r->ended[r->next_ended].when = uv_now(child->flow->ike->loop);
	r->next_ended = (r->next_ended + 1) % RECOVERY_SPIS;
}
