/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: "set session-key" of manual crypto map entries. Out: SPIs and keys in the
 * entry; and, when the file is read, whether they are what its transform set
 * needs.
 */
#include <string.h>

#include "config/match.h"

#define HEX_MAX 128	/* digits: 64 bytes, the longest key that a transform takes */

static const struct match_choice protocol_word[] = {
	{ "esp", IPSEC_PROTO_ESP, "ESP's SPI and keys" }, { "ah", IPSEC_PROTO_AH, "AH's SPI and key" }, { NULL, 0, NULL },
};
static const struct match_choice cipher_word[] = { { "cipher", 0, "the cipher's key" }, { NULL, 0, NULL } };
static const struct match_choice authenticator_word[] = {
	{ "authenticator", 0, "the authenticator's key" }, { NULL, 0, NULL },
};

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Word @i as a key; NULL: reported. */
static const uint8_t *key(struct reader *r, size_t i, size_t *length)
{
	const struct lexer_word *w = &r->line->word[i];
	uint8_t bytes[HEX_MAX / 2];
	const uint8_t *kept;
	size_t at = 0;

	if (i >= r->line->words) {
		reader_error(r, i, "incomplete command; expected a key in hexadecimal");
		return NULL;
	}
	if (w->length > 2 && w->text[0] == '0' && (w->text[1] == 'x' || w->text[1] == 'X'))
		at = 2;
	while (at < w->length && digit(w->text[at]) >= 0)
		at++;
	if (at < w->length || w->length % 2 || w->length > HEX_MAX) {
		reader_error(r, i, "no key; expected an even number of hexadecimal digits, at most %d", HEX_MAX);
		return NULL;
	}
	at = w->length > 2 && (w->text[1] == 'x' || w->text[1] == 'X') ? 2 : 0;
	for (*length = 0; at < w->length; at += 2)
		bytes[(*length)++] = (uint8_t)(digit(w->text[at]) << 4 | digit(w->text[at + 1]));
	kept = (const uint8_t *)arena_secret(r->c->arena, (const char *)bytes, *length);
	explicit_bzero(bytes, sizeof(bytes));
	return kept;
}

static bool spi(struct reader *r, size_t i, uint32_t *out)
{
	uint64_t n;

	if (i < r->line->words && reader_number(&r->line->word[i], &n) && n > IPSEC_SPI_RESERVED && n <= UINT32_MAX) {
		*out = (uint32_t)n;
		return true;
	}
	reader_error(r, i, "%s; expected <256-4294967295> (the SPI)", i < r->line->words ? "no SPI" : "incomplete command");
	return false;
}

/* "esp SPI cipher HEX [authenticator HEX]", "esp SPI authenticator HEX", or "ah SPI HEX", from word @i on. */
static bool session_key(struct reader *r, size_t i, int protocol, struct config_session_key *k)
{
	const struct lexer_line *line = r->line;

	k->at = reader_here(r);
	if (!spi(r, i++, &k->spi))
		return false;
	if (protocol == IPSEC_PROTO_AH) {
		k->authenticator = key(r, i, &k->authenticator_length);
		return k->authenticator && match_end(r, i + 1);
	}
	if (i < line->words && match_choose(r, i, authenticator_word, NULL, true)) {
		k->authenticator = key(r, i + 1, &k->authenticator_length);
		return k->authenticator && match_end(r, i + 2);
	}
	if (!match_choose(r, i, cipher_word, "authenticator", false))
		return false;
	k->cipher = key(r, i + 1, &k->cipher_length);
	if (!k->cipher || i + 2 >= line->words)
		return k->cipher;
	if (!match_choose(r, i + 2, authenticator_word, "the end of the line", false))
		return false;
	k->authenticator = key(r, i + 3, &k->authenticator_length);
	return k->authenticator && match_end(r, i + 4);
}

void map_session_key(struct reader *r, const struct match_args *a, int direction)
{
	const struct match_choice *protocol = match_choose(r, a->tail, protocol_word, NULL, false);
	struct config_entry *e = &r->entry->entry;
	struct config_session_key k = { 0 }, *slot;

	r->secret = true;
	if (!protocol)
		return;
	slot = protocol->value == IPSEC_PROTO_AH ? &e->ah[direction] : &e->esp[direction];
	if (a->negate)
		*slot = k;
	else if (!e->manual && *e->map)
		reader_error(r, r->line->words + 1, "keys belong to an entry that is ipsec-manual; this one, line %u, is ipsec-isakmp",
			     e->at.line);
	else if (session_key(r, a->tail + 1, protocol->value, &k))
		*slot = k;
}

/* ---- when all is read ---- */

static size_t cipher_need(const struct config_transform_set *s)
{
	switch (s->transform) {
	case ESP_DES:
		return 8;
	case ESP_3DES:
		return 24;
	case ESP_AES:
		return s->key_bits / 8u;
	default:
		return 0;
	}
}

static size_t authenticator_need(uint16_t auth)
{
	static const uint8_t need[] = {
		[IPSEC_AUTH_HMAC_MD5] = 16, [IPSEC_AUTH_HMAC_SHA] = 20, [IPSEC_AUTH_HMAC_SHA256] = 32,
		[IPSEC_AUTH_HMAC_SHA384] = 48, [IPSEC_AUTH_HMAC_SHA512] = 64,
	};

	return auth < sizeof(need) ? need[auth] : 0;
}

/* Like on a router a longer key is cut, a shorter one refused. */
static void fit(struct reader *r, const struct config_session_key *k, size_t *length, size_t need, const char *what)
{
	if (*length < need)
		reader_error_at(r, &(struct reader_mark){ .line = k->at.line },
				"the %s's key has %zu bytes; expected at least %zu, %zu hexadecimal digits", what, *length, need, 2 * need);
	*length = need;
}

static const char *missing(struct reader *r, const char *have, unsigned int direction, const char *protocol)
{
	return arena_format(r->c->arena, "%s%sset session-key %s %s", have ? have : "", have ? ", " : "",
			    direction == CONFIG_INBOUND ? "inbound" : "outbound", protocol);
}

static const char *check_keys(struct reader *r, struct config_entry *e, const struct config_transform_set *s)
{
	const char *lack = NULL;

	for (unsigned int d = 0; d < CONFIG_DIRECTIONS; d++) {
		if (s->transform != ESP_ABSENT && !e->esp[d].at.line) {
			lack = missing(r, lack, d, "esp");
		} else if (s->transform != ESP_ABSENT) {
			fit(r, &e->esp[d], &e->esp[d].cipher_length, cipher_need(s), "cipher");
			fit(r, &e->esp[d], &e->esp[d].authenticator_length, authenticator_need(s->auth), "authenticator");
		}
		if (s->ah != IPSEC_AUTH_NONE && !e->ah[d].at.line)
			lack = missing(r, lack, d, "ah");
		else if (s->ah != IPSEC_AUTH_NONE)
			fit(r, &e->ah[d], &e->ah[d].authenticator_length, authenticator_need(s->ah), "authenticator");
	}
	return lack;
}

const char *session_key_check(struct reader *r, struct reader_entry *b)
{
	struct config_entry *e = &b->entry;
	size_t permits = 0;

	for (size_t i = 0; e->acl && i < e->acl->rules; i++)
		permits += e->acl->rule[i]->permit;
	if (permits > 1)
		reader_warn_at(r, &b->acl_mark, "a manual entry serves one permit rule: all but the first are ignored");
	if (e->peers > 1)
		reader_error_at(r, &(struct reader_mark){ .line = e->peer[1]->at.line }, "a manual entry has one peer");
	if (e->sets > 1)
		reader_error_at(r, &b->set[1]->mark, "a manual entry has one transform set");
	if (e->sets != 1)
		return NULL;
	if (e->set[0]->transform == ESP_AES_GCM_16 || e->set[0]->transform == ESP_AES_GMAC) {
		/* RFC 4106 2, RFC 4543 6: after a restart the same nonces would come again */
		reader_error_at(r, &b->set[0]->mark, "a counter mode must not be used with manual keys; expected a set with another cipher");
		return NULL;
	}
	if (e->set[0]->esn) {
		/* RFC 4303 2.2.1: nobody agrees on it where keys are typed in */
		reader_error_at(r, &b->set[0]->mark, "extended sequence numbers are negotiated: a set with esn cannot have manual keys");
		return NULL;
	}
	return check_keys(r, e, e->set[0]);
}
