/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: lines of "crypto ipsec". Out: transform sets and global SA parameters in
 * the model.
 */
#include <string.h>

#include "config/match.h"

#define DAY 86400u

/* ---- transform sets ---- */

enum slot { SLOT_AH, SLOT_CIPHER, SLOT_AUTH, SLOT_COMPRESSION, SLOTS };

/* What a transform's name stands for; value: index into this table. */
static const struct transform {
	const char *word;
	enum slot slot;
	uint16_t value;		/* enum esp_transform or enum ipsec_auth; 0: not supported */
	bool sized;		/* 128, 192 or 256 may follow */
	const char *help;
} transform[] = {
	{ "esp-des", SLOT_CIPHER, ESP_DES, false, "ESP transform using DES cipher (56 bits)" },
	{ "esp-3des", SLOT_CIPHER, ESP_3DES, false, "ESP transform using 3DES(EDE) cipher (168 bits)" },
	{ "esp-aes", SLOT_CIPHER, ESP_AES, true, "ESP transform using AES cipher" },
	{ "esp-null", SLOT_CIPHER, ESP_NULL, false, "ESP transform w/o cipher" },
	{ "esp-md5-hmac", SLOT_AUTH, IPSEC_AUTH_HMAC_MD5, false, "ESP transform using HMAC-MD5 auth" },
	{ "esp-sha-hmac", SLOT_AUTH, IPSEC_AUTH_HMAC_SHA, false, "ESP transform using HMAC-SHA auth" },
	{ "esp-sha256-hmac", SLOT_AUTH, IPSEC_AUTH_HMAC_SHA256, false, "ESP transform using HMAC-SHA256 auth" },
	{ "esp-sha384-hmac", SLOT_AUTH, IPSEC_AUTH_HMAC_SHA384, false, "ESP transform using HMAC-SHA384 auth" },
	{ "esp-sha512-hmac", SLOT_AUTH, IPSEC_AUTH_HMAC_SHA512, false, "ESP transform using HMAC-SHA512 auth" },
	{ "esp-seal", SLOT_CIPHER, 0, false, NULL },
	{ "esp-gcm", SLOT_CIPHER, ESP_AES_GCM_16, true, "ESP transform using GCM cipher" },
	{ "esp-gmac", SLOT_CIPHER, ESP_AES_GMAC, true, "ESP transform using GMAC cipher" },
	{ "ah-md5-hmac", SLOT_AH, IPSEC_AUTH_HMAC_MD5, false, "AH-HMAC-MD5 transform" },
	{ "ah-sha-hmac", SLOT_AH, IPSEC_AUTH_HMAC_SHA, false, "AH-HMAC-SHA transform" },
	{ "ah-sha256-hmac", SLOT_AH, IPSEC_AUTH_HMAC_SHA256, false, "AH-HMAC-SHA256 transform" },
	{ "ah-sha384-hmac", SLOT_AH, IPSEC_AUTH_HMAC_SHA384, false, "AH-HMAC-SHA384 transform" },
	{ "ah-sha512-hmac", SLOT_AH, IPSEC_AUTH_HMAC_SHA512, false, "AH-HMAC-SHA512 transform" },
	{ "ah-rfc1828", SLOT_AH, 0, false, NULL },
	{ "comp-lzs", SLOT_COMPRESSION, 0, false, NULL },
};

#define TRANSFORMS (sizeof(transform) / sizeof(transform[0]))

static const struct match_choice key_size[] = {
	{ "128", 128, "128 bit keys" }, { "192", 192, "192 bit keys" }, { "256", 256, "256 bit keys" },
	{ NULL, 0, NULL },
};

/* Word @i as a transform, or NULL and reported. */
static const struct transform *choose(struct reader *r, size_t i)
{
	struct match_choice choice[TRANSFORMS + 1];
	const struct match_choice *c;

	for (size_t t = 0; t < TRANSFORMS; t++)
		choice[t] = (struct match_choice){ transform[t].word, (int)t, transform[t].help };
	choice[TRANSFORMS] = (struct match_choice){ NULL, 0, NULL };
	c = match_choose(r, i, choice, NULL, false);
	return c ? &transform[c->value] : NULL;
}

/* GCM and GMAC authenticate by themselves: ESP's authentication cannot be joined to them. */
static bool combined(const struct transform *t)
{
	return t && (t->value == ESP_AES_GCM_16 || t->value == ESP_AES_GMAC) && t->slot == SLOT_CIPHER;
}

/* Is what the line holds so far, and @t, a set? */
static bool fits(struct reader *r, size_t i, const struct transform *const have[SLOTS], const struct transform *t)
{
	const struct transform *other = t->slot == SLOT_CIPHER ? have[SLOT_AUTH] : have[SLOT_CIPHER];

	if (have[t->slot]) {
		reader_error(r, i, "a transform of this kind stands already in this line; expected the end of the line");
		return false;
	}
	if ((combined(t) && other) || (t->slot == SLOT_AUTH && combined(other))) {
		reader_error(r, i, "%s authenticates by itself, and cannot be joined to %s",
			     combined(t) ? t->word : other->word, combined(t) ? other->word : t->word);
		return false;
	}
	return true;
}

/* What a complete set still lacks, or NULL. */
static const char *lacks(const struct transform *const have[SLOTS])
{
	const struct transform *cipher = have[SLOT_CIPHER];

	if (!cipher && have[SLOT_AUTH])
		return "a set with ESP authentication and without ESP encryption (esp-null is one)";
	if (!cipher && !have[SLOT_AH])
		return "a set without ESP or AH";
	if (cipher && !have[SLOT_AUTH] && !combined(cipher) && (!have[SLOT_AH] || cipher->value == ESP_NULL))
		return "a set without ESP authentication";
	return NULL;
}

/* Words @i.. into @set, in the model as in the router's own spelling. false: reported. */
static bool transforms(struct reader *r, size_t i, struct config_transform_set *set)
{
	const struct transform *have[SLOTS] = { NULL };
	struct config_arena *a = r->c->arena;
	const struct match_choice *size;

	set->words = "";
	if (i >= r->line->words)
		return choose(r, i) != NULL;
	for (; i < r->line->words; i++) {
		const struct transform *t = choose(r, i);

		if (!t)
			return false;
		if (!fits(r, i, have, t))
			return false;
		have[t->slot] = t;
		set->words = arena_format(a, "%s%s%s", set->words, *set->words ? " " : "", t->word);
		if (!t->value && !set->unsupported)
			set->unsupported = t->word;
		if (t->slot == SLOT_CIPHER)
			set->transform = t->value;
		else if (t->slot == SLOT_AUTH)
			set->auth = t->value;
		else if (t->slot == SLOT_AH)
			set->ah = t->value;
		if (!t->sized)
			continue;
		size = i + 1 < r->line->words ? match_choose(r, i + 1, key_size, NULL, true) : NULL;
		set->key_bits = size ? (uint16_t)size->value : 128;
		if (size && i++ < r->line->words && size->value != 128)
			set->words = arena_format(a, "%s %d", set->words, size->value);
	}
	if (!set->unsupported)
		set->unsupported = lacks(have);
	return true;
}

void ipsec_transform_set(struct reader *r, const struct match_args *a, int data)
{
	struct config_transform_set *set = arena_alloc(r->c->arena, sizeof(*set));
	struct config *c = r->c;
	size_t i;

	(void)data;
	*set = (struct config_transform_set){ .at = reader_here(r), .name = reader_string(r, a->arg[0].word),
		.mode = IPSEC_ENCAPS_TUNNEL };
	r->set = set;
	for (i = 0; i < c->sets && strcmp(c->set[i]->name, set->name); i++)
		;
	if (a->negate) {
		if (i < c->sets)
			arena_remove(&c->set, &c->sets, i);
		else
			reader_warn(r, a->arg[0].index, "there is no such transform set");
		return;
	}
	set->broken = !transforms(r, a->tail, set);
	/* Like on a router, the transforms are replaced and the mode stays. */
	if (i < c->sets) {
		set->mode = c->set[i]->mode;
		set->mode_at = c->set[i]->mode_at;
		set->mode_required = c->set[i]->mode_required;
		set->esn = c->set[i]->esn;
		c->set[i] = set;
	} else {
		arena_append(c->arena, &c->set, &c->sets, set);
	}
}

void ipsec_mode(struct reader *r, const struct match_args *a, int mode)
{
	r->set->mode = a->negate || mode == MODE_WORD_TUNNEL ? IPSEC_ENCAPS_TUNNEL : IPSEC_ENCAPS_TRANSPORT;
	r->set->mode_required = !a->negate && mode == MODE_WORD_TRANSPORT_REQUIRE;
	r->set->mode_at = a->negate ? (struct config_at){ 0 } : reader_here(r);
}

void ipsec_esn(struct reader *r, const struct match_args *a, int on)
{
	(void)a;
	r->set->esn = on;
}

/* ---- global parameters ---- */

void ipsec_lifetime(struct reader *r, const struct match_args *a, int life)
{
	const struct config_at here = a->negate ? (struct config_at){ 0 } : reader_here(r);
	struct config *c = r->c;

	if (life == LIFE_SECONDS || life == LIFE_DAYS || life == LIFE_ALL) {
		c->life_seconds = a->negate ? CONFIG_DEFAULT_SECONDS : a->arg[0].number * (life == LIFE_DAYS ? DAY : 1);
		c->life_seconds_at = here;
	}
	if (life == LIFE_KILOBYTES || life == LIFE_DISABLE || life == LIFE_ALL) {
		c->life_kilobytes = a->negate ? CONFIG_DEFAULT_KILOBYTES : life == LIFE_DISABLE ? 0 : a->arg[0].number;
		c->life_kilobytes_at = here;
	}
}

void ipsec_idle(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->c->idle_seconds = a->negate ? 0 : a->arg[0].number;
}

void ipsec_window(struct reader *r, const struct match_args *a, int window)
{
	r->c->replay_window = a->negate ? CONFIG_DEFAULT_WINDOW : (uint32_t)window;
}

void ipsec_df(struct reader *r, const struct match_args *a, int df)
{
	r->c->df = a->negate ? CONFIG_DF_COPY : (enum config_df)df;
}

void ipsec_fragmentation(struct reader *r, const struct match_args *a, int fragmentation)
{
	(void)a;
	r->c->fragmentation = (enum config_fragmentation)fragmentation;
}
