/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Phase 2: a map entry's transform sets and the peer's SA payload enter; the
 * offer, the choice and one record for every offered transform leave. See
 * proposal.h.
 */
#include <stdio.h>
#include <string.h>

#include "crypto.h"
#include "proposal.h"

/* One walk over an SA payload. */
struct walk {
	const struct proposal_entry *own;
	bool initiator;		/* we offered: PFS must be exactly ours */
	proposal_esp_report *report;
	void *arg;
	struct proposal_esp_compare *why;	/* the closest miss so far */
	bool compressed;	/* joined to what is looked at now is IPCOMP */
};

/* ---- the offer ---- */

/* Does ESP by itself tell what is authentic? If not, the AH around it has the sequence numbers that count. */
static bool authenticates(const struct proposal_esp *v)
{
	return v->auth != IPSEC_AUTH_NONE || v->transform == ESP_AES_GCM_16 || v->transform == ESP_AES_GMAC;
}

static void put_transform(struct wire_buf *b, const struct proposal_entry *own, uint8_t id, uint16_t encaps,
			  uint16_t auth, uint16_t key_bits, bool esn)
{
	build_transform(b, 1, id);
	build_attribute(b, IPSEC_ATTR_ENCAPS, natt_encaps(own->natt, encaps));
	if (own->life_seconds) {
		build_attribute(b, IPSEC_ATTR_LIFE_TYPE, IPSEC_LIFE_SECONDS);
		build_attribute(b, IPSEC_ATTR_LIFE_DURATION, own->life_seconds);
	}
	if (own->life_kilobytes) {
		build_attribute(b, IPSEC_ATTR_LIFE_TYPE, IPSEC_LIFE_KILOBYTES);
		build_attribute(b, IPSEC_ATTR_LIFE_DURATION, own->life_kilobytes);
	}
	if (auth != IPSEC_AUTH_NONE)
		build_attribute(b, IPSEC_ATTR_AUTH, auth);
	if (key_bits)
		build_attribute(b, IPSEC_ATTR_KEY_LENGTH, key_bits);
	if (own->group)
		build_attribute(b, IPSEC_ATTR_GROUP, own->group);
	if (esn)
		build_attribute(b, IPSEC_ATTR_ESN, IPSEC_ESN_64);
}

void proposal_esp_offer(struct wire_buf *b, const struct proposal_entry *own,
			const uint8_t spi[IPSEC_SPI_LEN], const uint8_t ah_spi[IPSEC_SPI_LEN])
{
	build_sa(b);
	for (size_t i = 0; i < own->sets && i < PROPOSAL_SETS_MAX; i++) {
		const struct proposal_esp *v = &own->set[i].values;

		if (v->ah != IPSEC_AUTH_NONE) {
			build_proposal(b, (uint8_t)(i + 1), IPSEC_PROTO_AH, ah_spi, IPSEC_SPI_LEN);
			put_transform(b, own, proposal_ah_id(v->ah), v->encaps, v->ah, 0, v->esn);
		}
		if (v->transform != ESP_ABSENT) {
			build_proposal(b, (uint8_t)(i + 1), IPSEC_PROTO_ESP, spi, IPSEC_SPI_LEN);
			put_transform(b, own, (uint8_t)v->transform, v->encaps, v->auth, v->key_bits,
				      v->esn && authenticates(v));
		}
	}
	build_sa_end(b);
}

static void put_reply(struct wire_buf *b, const struct proposal_esp_offer *o, const uint8_t spi[IPSEC_SPI_LEN])
{
	build_proposal(b, o->proposal, o->protocol, spi, IPSEC_SPI_LEN);
	build_transform(b, o->transform, o->id);
	for (unsigned int i = 0; i < o->attrs; i++)
		build_attribute_raw(b, o->attr[i].type, o->attr[i].basic, o->attr[i].value,
				    o->attr[i].len);
}

void proposal_esp_reply(struct wire_buf *b, const struct proposal_esp_choice *c,
			const uint8_t spi[IPSEC_SPI_LEN], const uint8_t ah_spi[IPSEC_SPI_LEN])
{
	build_sa(b);
	if (c->bundled && c->ah_first)
		put_reply(b, &c->ah, ah_spi);
	put_reply(b, &c->offer, spi);
	if (c->bundled && !c->ah_first)
		put_reply(b, &c->ah, ah_spi);
	build_sa_end(b);
}

/* ---- reading an offer ---- */

static bool set_once(uint16_t *slot, uint32_t *seen, const struct parse_attribute *a)
{
	if (*seen & 1u << a->type || a->number > UINT16_MAX)
		return false;
	*seen |= 1u << a->type;
	*slot = (uint16_t)a->number;
	return true;
}

static bool set_lifetime(struct proposal_esp *v, uint64_t unit, const struct parse_attribute *a)
{
	uint32_t value = a->number > UINT32_MAX ? UINT32_MAX : (uint32_t)a->number;

	if (unit == IPSEC_LIFE_SECONDS)
		v->life_seconds = value;
	else if (unit == IPSEC_LIFE_KILOBYTES)
		v->life_kilobytes = value;
	else
		return false;
	return true;
}

static bool set_esn(bool *slot, uint32_t *seen, const struct parse_attribute *a)
{
	uint16_t value = 0;

	*slot = set_once(&value, seen, a) && value == IPSEC_ESN_64;
	return *slot;
}

static bool take_attribute(struct proposal_esp *v, uint32_t *seen, uint64_t *unit,
			   const struct parse_attribute *a)
{
	switch (a->type) {
	case IPSEC_ATTR_ENCAPS:
		return set_once(&v->encaps, seen, a);
	case IPSEC_ATTR_AUTH:
		return set_once(&v->auth, seen, a);
	case IPSEC_ATTR_KEY_LENGTH:
		return set_once(&v->key_bits, seen, a);
	case IPSEC_ATTR_GROUP:
		return set_once(&v->group, seen, a);
	case IPSEC_ATTR_ESN:
		return set_esn(&v->esn, seen, a);
	case IPSEC_ATTR_LIFE_TYPE:
		*unit = a->number;
		return true;
	case IPSEC_ATTR_LIFE_DURATION:
		return set_lifetime(v, *unit, a);
	default:
		return false;
	}
}

/* AH's transform and its HMAC must be the same (RFC 2407 4.4.3); here it is one value. */
static bool take_ah(struct proposal_esp_offer *o)
{
	o->values.ah = o->values.auth;
	o->values.auth = IPSEC_AUTH_NONE;
	o->values.transform = ESP_ABSENT;
	if (o->values.ah != IPSEC_AUTH_NONE && proposal_ah_id(o->values.ah) == o->id && !o->values.key_bits)
		return true;
	o->bad_attr = IPSEC_ATTR_AUTH;
	return false;
}

static enum proposal_reason decode(const struct parse_proposal *p, const struct parse_transform *t,
				   struct proposal_esp_offer *o)
{
	struct parse_attribute a = { 0 };
	uint64_t unit = 0;
	uint32_t seen = 0;
	bool bad = false;

	memset(o, 0, sizeof(*o));
	o->proposal = p->number;
	o->protocol = p->protocol;
	o->transform = t->number;
	o->id = t->id;
	o->next = t->next;
	o->spi = p->spi;
	o->spi_size = p->spi_size;
	o->values.transform = p->protocol == IPSEC_PROTO_ESP ? t->id : ESP_ABSENT;
	while (parse_attribute_next(t, &a)) {
		o->attr[o->attrs++] = a;
		if (!bad && !take_attribute(&o->values, &seen, &unit, &a)) {
			bad = true;
			o->bad_attr = a.type;
		}
	}
	/* RFC 2407 4.5 leaves an absent encapsulation to us: the usual one. */
	if (!(seen & 1u << IPSEC_ATTR_ENCAPS))
		o->values.encaps = IPSEC_ENCAPS_TUNNEL;
	if (p->protocol != IPSEC_PROTO_ESP && p->protocol != IPSEC_PROTO_AH)
		return PROPOSAL_PROTOCOL;
	if (p->spi_size != IPSEC_SPI_LEN || parse_be32(p->spi) <= IPSEC_SPI_RESERVED)
		return PROPOSAL_SPI;
	if (!bad && p->protocol == IPSEC_PROTO_AH)
		bad = !take_ah(o);
	return bad ? PROPOSAL_ATTRIBUTE : PROPOSAL_OK;
}

/* AH and ESP for the same packets: what both state must be the same, but for lifetimes. */
static enum proposal_reason join(struct proposal_esp_offer *o, const struct proposal_esp_offer *ah)
{
	struct proposal_esp *v = &o->values;

	if (v->encaps != ah->values.encaps) {
		o->bad_attr = IPSEC_ATTR_ENCAPS;
		return PROPOSAL_ATTRIBUTE;
	}
	if (v->group && ah->values.group && v->group != ah->values.group) {
		o->bad_attr = IPSEC_ATTR_GROUP;
		return PROPOSAL_ATTRIBUTE;
	}
	if (v->esn != ah->values.esn && authenticates(v)) {
		o->bad_attr = IPSEC_ATTR_ESN;
		return PROPOSAL_ATTRIBUTE;
	}
	v->esn = ah->values.esn;
	v->ah = ah->values.ah;
	v->group = v->group ? v->group : ah->values.group;
	v->life_seconds = proposal_life_smaller(v->life_seconds, ah->values.life_seconds);
	v->life_kilobytes = proposal_life_smaller(v->life_kilobytes, ah->values.life_kilobytes);
	return PROPOSAL_OK;
}

/* ---- comparing ---- */

static bool mode_suits(const struct walk *w, uint16_t offered, const struct proposal_set *set)
{
	if (offered == natt_encaps(w->own->natt, set->values.encaps))
		return true;
	return !w->initiator && set->tunnel_too && offered == natt_encaps(w->own->natt, IPSEC_ENCAPS_TUNNEL);
}

static enum proposal_reason compare(const struct walk *w, const struct proposal_esp *offer,
				    const struct proposal_set *own)
{
	const struct proposal_esp *set = &own->values;
	uint16_t group = w->own->group;

	if (!offer->transform != !set->transform || !offer->ah != !set->ah)
		return PROPOSAL_PROTOCOL;
	if (offer->transform != set->transform)
		return PROPOSAL_ENCRYPTION;
	if (offer->key_bits != set->key_bits)
		return PROPOSAL_KEY_LENGTH;
	if (offer->auth != set->auth || offer->ah != set->ah)
		return PROPOSAL_AUTHENTICATOR;
	if (!mode_suits(w, offer->encaps, own))
		return PROPOSAL_MODE;
	if (offer->esn != set->esn)
		return PROPOSAL_ESN;
	if (group && !offer->group)
		return PROPOSAL_PFS_MISSING;
	if ((group || w->initiator) && offer->group != group)
		return PROPOSAL_PFS_GROUP;
	if (offer->group && !crypto_group_len(offer->group))
		return PROPOSAL_PFS_GROUP;
	return PROPOSAL_OK;
}

static void explain_mismatch(const struct walk *w, struct proposal_esp_compare *c)
{
	const struct proposal_esp *o = &c->offer->values, *s = &c->set->values;
	char a[PROPOSAL_WORDS], b[PROPOSAL_WORDS];

	switch (c->reason) {
	case PROPOSAL_PROTOCOL:
	case PROPOSAL_ENCRYPTION:
	case PROPOSAL_KEY_LENGTH:
	case PROPOSAL_AUTHENTICATOR:
		snprintf(c->text, sizeof(c->text), "%s offered, transform-set %.32s has %s",
			 proposal_esp_words(o, a), c->set->name, proposal_esp_words(s, b));
		if (c->reason == PROPOSAL_KEY_LENGTH && !o->key_bits)
			snprintf(c->text, sizeof(c->text), "%s offered without a key length, transform-set %.32s has %s",
				 proposal_esp_words(&(struct proposal_esp){ .transform = o->transform }, a), c->set->name, b);
		break;
	case PROPOSAL_MODE:
		snprintf(c->text, sizeof(c->text), "mode %s offered, transform-set %.32s has %s",
			 proposal_encaps_words(o->encaps, a), c->set->name,
			 proposal_encaps_words(s->encaps, b));
		break;
	case PROPOSAL_ESN:
		snprintf(c->text, sizeof(c->text), "%s offered, transform-set %.32s has %s",
			 o->esn ? "extended sequence numbers (esn)" : "no extended sequence numbers", c->set->name,
			 s->esn ? "esn" : "no esn");
		break;
	case PROPOSAL_PFS_MISSING:
		snprintf(c->text, sizeof(c->text), "no PFS offered, set pfs group%u is configured",
			 w->own->group);
		break;
	case PROPOSAL_PFS_GROUP:
		if (w->own->group)
			snprintf(c->text, sizeof(c->text), "PFS group %u offered, set pfs group%u is configured",
				 o->group, w->own->group);
		else
			snprintf(c->text, sizeof(c->text), "PFS group %u offered, %s", o->group,
				 w->initiator ? "none is configured" : "which is not known here");
		break;
	default:
		c->text[0] = '\0';
	}
}

static void explain_unusable(struct proposal_esp_compare *c)
{
	const struct proposal_esp_offer *o = c->offer;

	switch (c->reason) {
	case PROPOSAL_BUNDLE:
		snprintf(c->text, sizeof(c->text), o->compressed ?
			 "proposal %u joins compression (IPCOMP) to others: comp-lzs and its like are not supported" :
			 "proposal %u joins several protocols that are not AH and ESP, once each", o->proposal);
		break;
	case PROPOSAL_PROTOCOL:
		snprintf(c->text, sizeof(c->text), o->protocol == IPSEC_PROTO_IPCOMP ?
			 "proposal %u is for protocol %u (IPCOMP): compression is not supported" :
			 "proposal %u is for protocol %u, must be 2 (AH) or 3 (ESP)", o->proposal, o->protocol);
		break;
	case PROPOSAL_SPI:
		snprintf(c->text, sizeof(c->text), "proposal %u: the SPI must be 4 bytes and above 255",
			 o->proposal);
		break;
	case PROPOSAL_EMPTY:
		snprintf(c->text, sizeof(c->text), "the map entry has no transform-set");
		break;
	default:
		snprintf(c->text, sizeof(c->text),
			 "transform %u: attribute %u is not known, has an impossible value, or is given twice",
			 o->transform, o->bad_attr);
	}
}

/* Tell about one offered transform, and remember it if it came closer than those before. */
static void tell(struct walk *w, struct proposal_esp_compare *c)
{
	if (c->set)
		explain_mismatch(w, c);
	else
		explain_unusable(c);
	if (w->report)
		w->report(w->arg, c);
	/* The offer is on the caller's stack: the record of a miss does without it. */
	if (w->why && c->reason != PROPOSAL_OK && c->reason > w->why->reason) {
		*w->why = *c;
		w->why->offer = NULL;
	}
}

/* The set of ours that suits @o, or the closest miss. */
static void best_set(const struct walk *w, const struct proposal_esp_offer *o,
		     struct proposal_esp_compare *c)
{
	c->reason = PROPOSAL_EMPTY;
	c->set = NULL;
	for (size_t i = 0; i < w->own->sets; i++) {
		const struct proposal_set *set = &w->own->set[i];
		enum proposal_reason r = compare(w, &o->values, set);

		if (r != PROPOSAL_OK && c->set && r <= c->reason)
			continue;
		c->set = set;
		c->reason = r;
		if (r == PROPOSAL_OK)
			return;
	}
}

static void choose(struct walk *w, struct proposal_esp_choice *out,
		   const struct proposal_esp_offer *o, const struct proposal_set *set)
{
	uint32_t seconds = o->values.life_seconds;

	memset(out, 0, sizeof(*out));
	out->set = set;
	out->offer = *o;
	out->values = o->values;
	out->offered_seconds = seconds;
	out->offered_kilobytes = o->values.life_kilobytes;
	/* RFC 2407 4.5: whoever states no lifetime means 8 hours. */
	if (!seconds && !o->values.life_kilobytes)
		seconds = IPSEC_LIFE_DEFAULT_SECONDS;
	out->values.life_seconds = proposal_life_smaller(w->own->life_seconds, seconds);
	out->values.life_kilobytes = proposal_life_smaller(w->own->life_kilobytes, o->values.life_kilobytes);
	memcpy(out->spi, o->spi, IPSEC_SPI_LEN);
}

/* The proposals of one number, which RFC 2408 4.2 means together: ESP's and AH's, as far as they are there. */
struct group {
	struct parse_proposal esp, ah;
	bool has_esp, has_ah, odd, compressed;
};

/* false: @p is not the first of its number */
static bool gather(const struct parse_payload *sa, const struct parse_proposal *p, struct group *g)
{
	struct parse_proposal q = { 0 };
	unsigned int count = 0;

	memset(g, 0, sizeof(*g));
	while (parse_proposal_next(sa, &q)) {
		if (q.number != p->number)
			continue;
		if (!count++ && q.raw != p->raw)
			return false;
		if (q.protocol == IPSEC_PROTO_ESP && !g->has_esp) {
			g->esp = q;
			g->has_esp = true;
		} else if (q.protocol == IPSEC_PROTO_AH && !g->has_ah) {
			g->ah = q;
			g->has_ah = true;
		} else {
			g->odd = true;
			g->compressed = g->compressed || q.protocol == IPSEC_PROTO_IPCOMP;
		}
	}
	g->odd = g->odd && count > 1;
	return true;
}

/* One transform, with AH's for the same packets if @ah is not NULL. */
static bool try_transform(struct walk *w, struct proposal_esp_offer *o, const struct proposal_esp_offer *ah,
			  enum proposal_reason reason, struct proposal_esp_choice *out)
{
	struct proposal_esp_compare c = { o, NULL, reason, "" };

	if (c.reason == PROPOSAL_OK && ah)
		c.reason = join(o, ah);
	if (c.reason == PROPOSAL_OK)
		best_set(w, o, &c);
	tell(w, &c);
	if (c.reason != PROPOSAL_OK)
		return false;
	choose(w, out, o, c.set);
	if (ah) {
		out->bundled = true;
		out->ah = *ah;
	}
	return true;
}

/* The transforms of @p; @ah: each together with this one. @reason: PROPOSAL_OK, or why none can be taken */
static bool try_proposal(struct walk *w, const struct parse_proposal *p, const struct proposal_esp_offer *ah,
			 enum proposal_reason reason, struct proposal_esp_choice *out)
{
	struct parse_transform t = { 0 };
	bool first = true;

	while (parse_transform_next(p, &t)) {
		struct proposal_esp_offer o;
		enum proposal_reason r = decode(p, &t, &o);

		o.first = first;
		o.compressed = w->compressed;
		first = false;
		if (try_transform(w, &o, ah, reason != PROPOSAL_OK ? reason : r, out))
			return true;
	}
	return false;
}

/* AH and ESP: each of AH's transforms with each of ESP's. */
static bool try_bundle(struct walk *w, const struct group *g, struct proposal_esp_choice *out)
{
	struct parse_transform t = { 0 };

	while (parse_transform_next(&g->ah, &t)) {
		struct proposal_esp_offer ah;
		enum proposal_reason r = decode(&g->ah, &t, &ah);

		if (r != PROPOSAL_OK)
			try_transform(w, &ah, NULL, r, out);
		else if (try_proposal(w, &g->esp, &ah, PROPOSAL_OK, out)) {
			out->ah_first = g->ah.raw < g->esp.raw;
			return true;
		}
	}
	return false;
}

static bool try_group(struct walk *w, const struct parse_payload *sa, const struct parse_proposal *p,
		      struct proposal_esp_choice *out)
{
	struct parse_proposal q = { 0 };
	struct group g;

	if (!gather(sa, p, &g))
		return false;
	if (!g.odd)
		return g.has_esp && g.has_ah ? try_bundle(w, &g, out) : try_proposal(w, p, NULL, PROPOSAL_OK, out);
	w->compressed = g.compressed;
	while (parse_proposal_next(sa, &q))
		if (q.number == p->number)
			try_proposal(w, &q, NULL, PROPOSAL_BUNDLE, out);
	w->compressed = false;
	return false;
}

static int walk_proposals(struct walk *w, const struct parse_payload *sa,
			  struct proposal_esp_choice *out)
{
	struct parse_proposal p = { 0 };

	if (w->why)
		memset(w->why, 0, sizeof(*w->why));
	while (parse_proposal_next(sa, &p))
		if (try_group(w, sa, &p, out))
			return 0;
	return -1;
}

/* May @sa be an answer: one proposal, or AH's and ESP's of one number, and one transform each? */
static bool one_choice(const struct parse_payload *sa)
{
	struct parse_proposal p = { 0 };
	unsigned int count = 0;
	uint8_t number = 0;

	while (parse_proposal_next(sa, &p)) {
		if (p.transforms != 1 || (count && p.number != number))
			return false;
		number = p.number;
		count++;
	}
	return count == 1 || count == 2;
}

int proposal_esp_choose(const struct parse_payload *sa, const struct proposal_entry *own,
			proposal_esp_report *report, void *arg,
			struct proposal_esp_choice *out, struct proposal_esp_compare *why)
{
	struct walk w = { .own = own, .report = report, .arg = arg, .why = why };

	return walk_proposals(&w, sa, out);
}

int proposal_esp_check(const struct parse_payload *sa, const struct proposal_entry *own,
		       proposal_esp_report *report, void *arg,
		       struct proposal_esp_choice *out, struct proposal_esp_compare *why)
{
	struct walk w = { .own = own, .initiator = true, .report = report, .arg = arg, .why = why };

	if (one_choice(sa))
		return walk_proposals(&w, sa, out);
	if (why) {
		memset(why, 0, sizeof(*why));
		why->reason = PROPOSAL_COUNT;
		snprintf(why->text, sizeof(why->text),
			 "the answer must hold one proposal with one transform, or one each of AH and ESP");
	}
	return -1;
}
