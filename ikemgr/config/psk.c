/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pre-shared keys and keyrings. In: "crypto isakmp key" and "crypto keyring"
 * lines. Out: keys in the model.
 */
#include <string.h>
#include <strings.h>

#include "config/match.h"

/* ---- reading ---- */

static const struct match_choice key_for[] = {
	{ "address", 0, "define shared key with IP address" },
	{ "hostname", 1, "define shared key with hostname" },
	{ NULL, 0, NULL },
};

static const struct match_choice no_xauth[] = {
	{ "no-xauth", 0, "bypasses XAuth for this peer" },
	{ NULL, 0, NULL },
};

/* "2001:db8::/32", or a host without a prefix */
static bool ipv6_prefix(struct reader *r, size_t i, struct config_psk *psk)
{
	if (i >= r->line->words) {
		reader_error(r, i, "incomplete command; expected X:X::X/N");
		return false;
	}
	psk->prefix = 128;
	if (reader_address6(&r->line->word[i], &psk->addr) || reader_prefix6(&r->line->word[i], &psk->addr, &psk->prefix))
		return true;
	reader_error(r, i, "no IPv6 prefix; expected X:X::X/N");
	return false;
}

/* "A.B.C.D [MASK]": @i moves behind it. No mask is a host, but 0.0.0.0 alone is everybody. */
static bool ipv4_peers(struct reader *r, size_t *i, struct config_psk *psk)
{
	const struct lexer_line *line = r->line;
	struct addr any;

	if (*i >= line->words || !reader_address(&line->word[*i], &psk->addr)) {
		reader_error(r, *i, "%s; expected A.B.C.D (the peer's address) or ipv6 X:X::X/N",
			     *i < line->words ? "no address" : "incomplete command");
		return false;
	}
	psk->prefix = addr_in(&psk->addr).s_addr ? 32 : 0;
	(*i)++;
	if (*i >= line->words || !reader_address(&line->word[*i], &any))
		return true;
	if (!reader_netmask(&line->word[*i], &psk->prefix)) {
		reader_error(r, *i, "no netmask; expected one such as 255.255.255.0: ones, then zeros");
		return false;
	}
	(*i)++;
	return true;
}

static bool peer_name(struct reader *r, size_t i, struct config_psk *psk)
{
	if (i >= r->line->words) {
		reader_error(r, i, "incomplete command; expected the peer's name");
		return false;
	}
	if (r->line->word[i].length > CONFIG_ID_MAX) {
		reader_error(r, i, "name too long; expected at most %d characters", CONFIG_ID_MAX);
		return false;
	}
	psk->hostname = reader_string(r, &r->line->word[i]);
	return true;
}

/* "address PEERS" or "hostname NAME": @i moves behind it. */
static bool key_peers(struct reader *r, size_t *i, struct config_psk *psk)
{
	const struct match_choice *kind = match_choose(r, (*i)++, key_for, NULL, false);

	if (!kind)
		return false;
	if (kind->value) {
		if (!peer_name(r, (*i)++, psk))
			return false;
	} else if (*i < r->line->words && lexer_is(&r->line->word[*i], "ipv6")) {
		if (!ipv6_prefix(r, ++*i, psk))
			return false;
		(*i)++;
	} else if (!ipv4_peers(r, i, psk)) {
		return false;
	}
	reader_mask_addr(&psk->addr, psk->prefix);
	return true;
}

/* The key itself: @i moves behind it. @typed: what stands at @i says how it is written: 0 or 6 */
static const struct lexer_word *key_text(struct reader *r, size_t *i, bool typed)
{
	const struct lexer_line *line = r->line;

	if (typed && line->word[*i].text[0] == '6') {
		reader_error(r, *i, "encrypted keys (type 6) are not supported; expected the key in plain text");
		return NULL;
	}
	*i += typed;
	if (*i >= line->words) {
		reader_error(r, *i, "incomplete command; expected the key");
		return NULL;
	}
	if (line->word[*i].length > CONFIG_KEY_MAX) {
		reader_error(r, *i, "key too long; expected at most %d characters", CONFIG_KEY_MAX);
		return NULL;
	}
	return &line->word[(*i)++];
}

static bool is_type(const struct lexer_word *w)
{
	return w->length == 1 && (w->text[0] == '0' || w->text[0] == '6');
}

/*
 * "[0|6] KEY address PEERS [no-xauth]". A key may itself be "0": it is one if
 * what follows the next word does not read like the end of the command.
 */
static bool key_line(struct reader *r, size_t i, struct config_psk *psk, const struct lexer_word **key)
{
	const struct lexer_line *line = r->line;
	bool typed = i + 2 < line->words && is_type(&line->word[i]) &&
		     (lexer_starts(&line->word[i + 2], "address") || lexer_starts(&line->word[i + 2], "hostname"));

	*key = key_text(r, &i, typed);
	if (!*key || !key_peers(r, &i, psk))
		return false;
	if (i < line->words) {
		if (!match_choose(r, i, no_xauth, psk->hostname ? NULL : "A.B.C.D (netmask)", false))
			return false;
		psk->no_xauth = true;
		i++;
	}
	return match_end(r, i);
}

static bool same_peers(const struct config_psk *a, const struct config_psk *b)
{
	if (a->keyring != b->keyring)
		return false;
	if (a->hostname || b->hostname)
		return a->hostname && b->hostname && !strcasecmp(a->hostname, b->hostname);
	return a->prefix == b->prefix && addr_equal(&a->addr, &b->addr);
}

static void take_key(struct reader *r, const struct match_args *a, struct config_psk *psk, const struct lexer_word *key)
{
	struct config *c = r->c;

	for (size_t i = 0; i < c->psks; i++) {
		struct config_psk *have = c->psk[i];

		if (!same_peers(have, psk))
			continue;
		if (a->negate)
			arena_remove(&c->psk, &c->psks, i);
		else if (have->length != key->length || memcmp(have->key, key->text, key->length))
			reader_error(r, r->line->words + 1,
				     "another key for this %s stands on line %u; expected one key (take the other back with no %s)",
				     psk->hostname ? "name" : "address", have->at.line, psk->keyring ? "pre-shared-key" : "crypto isakmp key");
		return;
	}
	if (a->negate) {
		reader_warn(r, r->line->words + 1, "there is no key for this %s", psk->hostname ? "name" : "address");
		return;
	}
	psk->key = arena_secret(c->arena, key->text, key->length);
	psk->length = key->length;
	arena_append(c->arena, &c->psk, &c->psks, psk);
}

void psk_key(struct reader *r, const struct match_args *a, int data)
{
	struct config_psk *psk = arena_alloc(r->c->arena, sizeof(*psk));
	const struct lexer_word *key;

	(void)data;
	r->secret = true;
	psk->at = reader_here(r);
	if (key_line(r, a->tail, psk, &key))
		take_key(r, a, psk, key);
}

/* ---- crypto keyring ---- */

void psk_keyring(struct reader *r, const struct match_args *a, int data)
{
	const char *name = reader_string(r, a->arg[0].word);
	struct reader_keyring *k;
	struct config *c = r->c;

	(void)data;
	for (size_t i = 0; i < r->keyring_count; i++) {
		if (strcmp(r->keyrings[i]->keyring.name, name))
			continue;
		r->keyring = r->keyrings[i];
		if (!a->negate)
			return;
		arena_remove(&r->keyrings, &r->keyring_count, i);
		for (size_t j = 0; j < c->psks; j++)
			if (c->psk[j]->keyring == &r->keyring->keyring)
				arena_remove(&c->psk, &c->psks, j--);
		return;
	}
	if (a->negate) {
		reader_warn(r, a->arg[0].index, "there is no such keyring");
		return;
	}
	k = arena_alloc(c->arena, sizeof(*k));
	k->keyring = (struct config_keyring){ .at = reader_here(r), .name = name };
	arena_append(c->arena, &r->keyrings, &r->keyring_count, k);
	r->keyring = k;
	if (!strcmp(name, "default"))
		reader_error(r, a->arg[0].index, "the keyring of this name holds the keys of crypto isakmp key; expected another name");
}

void psk_description(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->keyring->keyring.description = a->negate ? NULL : reader_rest(r, a->tail);
}

/* "address PEERS key [0|6] KEY" */
void psk_keyring_key(struct reader *r, const struct match_args *a, int data)
{
	static const struct match_choice key_word[] = { { "key", 0, "the pre-shared key" }, { NULL, 0, NULL } };
	struct config_psk *psk = arena_alloc(r->c->arena, sizeof(*psk));
	const struct lexer_word *key;
	size_t i = a->tail;

	(void)data;
	r->secret = true;
	psk->at = reader_here(r);
	psk->keyring = &r->keyring->keyring;
	if (!key_peers(r, &i, psk) || !match_choose(r, i++, key_word, psk->hostname ? NULL : "A.B.C.D (netmask)", false))
		return;
	key = key_text(r, &i, i + 1 < r->line->words && is_type(&r->line->word[i]));
	if (key && match_end(r, i))
		take_key(r, a, psk, key);
}
