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
};

/* ---- the offer ---- */

void proposal_esp_offer(struct wire_buf *b, const struct proposal_entry *own,
			const uint8_t spi[IPSEC_SPI_LEN])
{
	build_sa(b);
	for (size_t i = 0; i < own->sets && i < PROPOSAL_SETS_MAX; i++) {
		const struct proposal_esp *v = &own->set[i].values;

		build_proposal(b, (uint8_t)(i + 1), IPSEC_PROTO_ESP, spi, IPSEC_SPI_LEN);
		build_transform(b, 1, (uint8_t)v->transform);
		build_attribute(b, IPSEC_ATTR_ENCAPS, v->encaps);
		if (own->life_seconds) {
			build_attribute(b, IPSEC_ATTR_LIFE_TYPE, IPSEC_LIFE_SECONDS);
			build_attribute(b, IPSEC_ATTR_LIFE_DURATION, own->life_seconds);
		}
		if (own->life_kilobytes) {
			build_attribute(b, IPSEC_ATTR_LIFE_TYPE, IPSEC_LIFE_KILOBYTES);
			build_attribute(b, IPSEC_ATTR_LIFE_DURATION, own->life_kilobytes);
		}
		if (v->auth != IPSEC_AUTH_NONE)
			build_attribute(b, IPSEC_ATTR_AUTH, v->auth);
		if (v->key_bits)
			build_attribute(b, IPSEC_ATTR_KEY_LENGTH, v->key_bits);
		if (own->group)
			build_attribute(b, IPSEC_ATTR_GROUP, own->group);
	}
	build_sa_end(b);
}

void proposal_esp_reply(struct wire_buf *b, const struct proposal_esp_choice *c,
			const uint8_t spi[IPSEC_SPI_LEN])
{
	const struct proposal_esp_offer *o = &c->offer;

	build_sa(b);
	build_proposal(b, o->proposal, o->protocol, spi, IPSEC_SPI_LEN);
	build_transform(b, o->transform, o->id);
	for (unsigned int i = 0; i < o->attrs; i++)
		build_attribute_raw(b, o->attr[i].type, o->attr[i].basic, o->attr[i].value,
				    o->attr[i].len);
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
	case IPSEC_ATTR_LIFE_TYPE:
		*unit = a->number;
		return true;
	case IPSEC_ATTR_LIFE_DURATION:
		return set_lifetime(v, *unit, a);
	default:
		return false;
	}
}

static enum proposal_reason check_protocol(const struct parse_proposal *p, bool joined)
{
	if (joined)
		return PROPOSAL_BUNDLE;
	if (p->protocol != IPSEC_PROTO_ESP)
		return PROPOSAL_PROTOCOL;
	if (p->spi_size != IPSEC_SPI_LEN || parse_be32(p->spi) <= IPSEC_SPI_RESERVED)
		return PROPOSAL_SPI;
	return PROPOSAL_OK;
}

static enum proposal_reason decode(const struct parse_proposal *p, const struct parse_transform *t,
				   bool joined, struct proposal_esp_offer *o)
{
	struct parse_attribute a = { 0 };
	uint64_t unit = 0;
	uint32_t seen = 0;
	bool bad = false;
	enum proposal_reason r;

	memset(o, 0, sizeof(*o));
	o->proposal = p->number;
	o->protocol = p->protocol;
	o->transform = t->number;
	o->id = t->id;
	o->next = t->next;
	o->spi = p->spi;
	o->spi_size = p->spi_size;
	o->values.transform = t->id;
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
	r = check_protocol(p, joined);
	if (r == PROPOSAL_OK && bad)
		r = PROPOSAL_ATTRIBUTE;
	return r;
}

/* ---- comparing ---- */

static enum proposal_reason compare(const struct walk *w, const struct proposal_esp *offer,
				    const struct proposal_esp *set)
{
	uint16_t group = w->own->group;

	if (offer->transform != set->transform)
		return PROPOSAL_ENCRYPTION;
	if (offer->key_bits != set->key_bits)
		return PROPOSAL_KEY_LENGTH;
	if (offer->auth != set->auth)
		return PROPOSAL_AUTHENTICATOR;
	if (offer->encaps != set->encaps)
		return PROPOSAL_MODE;
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
	case PROPOSAL_ENCRYPTION:
	case PROPOSAL_KEY_LENGTH:
	case PROPOSAL_AUTHENTICATOR:
		snprintf(c->text, sizeof(c->text), "%s offered, transform-set %.32s has %s",
			 proposal_esp_words(o, a), c->set->name, proposal_esp_words(s, b));
		if (o->transform == ESP_AES && !o->key_bits)
			snprintf(c->text, sizeof(c->text), "esp-aes offered without a key length, transform-set %.32s has %s",
				 c->set->name, b);
		break;
	case PROPOSAL_MODE:
		snprintf(c->text, sizeof(c->text), "mode %s offered, transform-set %.32s has %s",
			 proposal_encaps_words(o->encaps, a), c->set->name,
			 proposal_encaps_words(s->encaps, b));
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
		snprintf(c->text, sizeof(c->text), "proposal %u joins several protocols, only ESP alone is supported",
			 o->proposal);
		break;
	case PROPOSAL_PROTOCOL:
		snprintf(c->text, sizeof(c->text), "proposal %u is for protocol %u, must be 3 (ESP)",
			 o->proposal, o->protocol);
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
		enum proposal_reason r = compare(w, &o->values, &set->values);

		if (r != PROPOSAL_OK && c->set && r <= c->reason)
			continue;
		c->set = set;
		c->reason = r;
		if (r == PROPOSAL_OK)
			return;
	}
}

/* The smaller of two lifetimes, of which 0 is none. */
static uint32_t smaller(uint32_t a, uint32_t b)
{
	return !a || (b && b < a) ? b : a;
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
	out->values.life_seconds = smaller(w->own->life_seconds, seconds);
	out->values.life_kilobytes = smaller(w->own->life_kilobytes, o->values.life_kilobytes);
	memcpy(out->spi, o->spi, IPSEC_SPI_LEN);
}

/* Is proposal @p one of several of the same number? RFC 2408 4.2: then all of them are meant together. */
static bool is_joined(const struct parse_payload *sa, const struct parse_proposal *p)
{
	struct parse_proposal q = { 0 };

	while (parse_proposal_next(sa, &q))
		if (q.raw != p->raw && q.number == p->number)
			return true;
	return false;
}

static bool try_proposal(struct walk *w, const struct parse_proposal *p, bool joined,
			 struct proposal_esp_choice *out)
{
	struct parse_transform t = { 0 };
	bool first = true;

	while (parse_transform_next(p, &t)) {
		struct proposal_esp_offer o;
		struct proposal_esp_compare c = { &o, NULL, decode(p, &t, joined, &o), "" };

		o.first = first;
		first = false;
		if (c.reason == PROPOSAL_OK)
			best_set(w, &o, &c);
		tell(w, &c);
		if (c.reason == PROPOSAL_OK) {
			choose(w, out, &o, c.set);
			return true;
		}
	}
	return false;
}

static int walk_proposals(struct walk *w, const struct parse_payload *sa,
			  struct proposal_esp_choice *out)
{
	struct parse_proposal p = { 0 };

	if (w->why)
		memset(w->why, 0, sizeof(*w->why));
	while (parse_proposal_next(sa, &p))
		if (try_proposal(w, &p, is_joined(sa, &p), out))
			return 0;
	return -1;
}

int proposal_esp_choose(const struct parse_payload *sa, const struct proposal_entry *own,
			proposal_esp_report *report, void *arg,
			struct proposal_esp_choice *out, struct proposal_esp_compare *why)
{
	struct walk w = { own, false, report, arg, why };

	return walk_proposals(&w, sa, out);
}

int proposal_esp_check(const struct parse_payload *sa, const struct proposal_entry *own,
		       proposal_esp_report *report, void *arg,
		       struct proposal_esp_choice *out, struct proposal_esp_compare *why)
{
	struct walk w = { own, true, report, arg, why };
	struct parse_proposal p = { 0 };

	parse_proposal_next(sa, &p);
	if (p.last && p.transforms == 1)
		return walk_proposals(&w, sa, out);
	if (why) {
		memset(why, 0, sizeof(*why));
		why->reason = PROPOSAL_COUNT;
		snprintf(why->text, sizeof(why->text),
			 "the answer must hold one proposal with one transform, it has %s",
			 p.last ? "several transforms" : "several proposals");
	}
	return -1;
}
