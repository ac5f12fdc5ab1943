/* SPDX-License-Identifier: GPL-2.0-only */
/* Pre-shared key authentication: see auth_psk.h. */
#include <string.h>

#include "auth_psk.h"
#include "ike.h"
#include "lookup.h"
#include "phase1.h"

bool auth_psk_found(struct ike_sa *sa, const char *context)
{
	char profiles[256];
	struct lookup_psk psk;
	struct event ev;
	bool found = lookup_key(sa, &psk);

	sa_event(sa, &ev, EV_PSK);
	ev.psk.found = found;
	ev.psk.context = context;
	ev.psk.keyring = found ? psk.keyring : NULL;
	ev.psk.host = found ? psk.host : NULL;
	ev.psk.profiles = lookup_profiles(sa->peer->ike, profiles, sizeof(profiles));
	if (found && psk.line.file && ev.line_count < EVENT_LINES)
		ev.lines[ev.line_count++] = psk.line;
	event_emit(sa->peer->ike->hub, &ev);
	return found;
}

/* g^xi and g^xr: which of our two public values is whose */
static void publics(const struct exchange *x, struct crypto_bytes *gxi, struct crypto_bytes *gxr)
{
	struct crypto_bytes own, peer;

	own.data = crypto_dh_public(x->dh, &own.len);
	peer.data = crypto_dh_peer(x->dh, &peer.len);
	*gxi = x->initiator ? own : peer;
	*gxr = x->initiator ? peer : own;
}

int auth_psk_keys(struct exchange *x)
{
	struct ike_sa *sa = x->sa;
	struct crypto_phase1 in = {
		.cipher = (uint16_t)sa->encryption, .key_bits = (uint16_t)sa->key_bits, .hash = (uint16_t)sa->hash,
		.ni = x->nonce_i, .nr = x->nonce_r,
		.icookie = sa->icookie, .rcookie = sa->rcookie,
	};
	const char *why = "no pre-shared key";
	struct lookup_psk psk;

	publics(x, &in.gxi, &in.gxr);
	in.gxy.data = crypto_dh_secret(x->dh, &in.gxy.len);
	if (lookup_key(sa, &psk)) {
		in.psk = psk.key;
		sa->keys = crypto_keys_psk(&in, &why);
	}
	if (!sa->keys) {
		event_daemon(sa->peer->ike->hub, "error", "phase 1 keys cannot be made: %s", why);
		return -1;
	}
	x->iv = sa->keys->iv;
	return 0;
}

int auth_psk_hash(const struct exchange *x, bool initiator, const uint8_t *id, size_t id_len, uint8_t *out)
{
	struct crypto_auth in = {
		.icookie = x->sa->icookie, .rcookie = x->sa->rcookie,
		.sai_b = { x->p1->sai_b, x->p1->sai_len },
		.id_b = { id, id_len },
	};

	publics(x, &in.gxi, &in.gxr);
	return initiator ? crypto_hash_i(x->sa->keys, &in, out) : crypto_hash_r(x->sa->keys, &in, out);
}

bool auth_psk_verify(const struct exchange *x, const uint8_t *id, size_t id_len, const uint8_t *hash, size_t hash_len)
{
	uint8_t expected[ISAKMP_HASH_MAX];

	if (hash_len != x->sa->keys->hash_len || auth_psk_hash(x, !x->initiator, id, id_len, expected))
		return false;
	return crypto_equal(expected, hash, hash_len);
}
