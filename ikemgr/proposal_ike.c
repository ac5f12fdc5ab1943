/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Phase 1: our policies and the peer's SA payload enter; the offer, the choice
 * and one record for every comparison leave. See proposal.h.
 */
#include <stdio.h>
#include <string.h>

#include "proposal.h"

/* One walk over an SA payload. */
struct walk {
	bool have_key;
	proposal_ike_report *report;
	void *arg;
	struct proposal_ike_compare *why;	/* the closest miss so far */
};

/* ---- the offer ---- */

void proposal_ike_offer(struct wire_buf *b, const struct proposal_policy *own, size_t n)
{
	build_sa(b);
	build_proposal(b, 1, IPSEC_PROTO_ISAKMP, NULL, 0);
	for (size_t i = 0; i < n && i < PROPOSAL_POLICIES_MAX; i++) {
		const struct proposal_ike *v = &own[i].values;

		build_transform(b, (uint8_t)(i + 1), ISAKMP_KEY_IKE);
		build_attribute(b, IKE_ATTR_ENCRYPTION, v->encryption);
		if (v->key_bits)
			build_attribute(b, IKE_ATTR_KEY_LENGTH, v->key_bits);
		build_attribute(b, IKE_ATTR_HASH, v->hash);
		build_attribute(b, IKE_ATTR_GROUP, v->group);
		build_attribute(b, IKE_ATTR_AUTH, v->auth);
		build_attribute(b, IKE_ATTR_LIFE_TYPE, IKE_LIFE_SECONDS);
		build_attribute(b, IKE_ATTR_LIFE_DURATION, v->life_seconds);
	}
	build_sa_end(b);
}

void proposal_ike_reply(struct wire_buf *b, const struct proposal_ike_choice *c)
{
	const struct proposal_ike_offer *o = &c->offer;

	build_sa(b);
	build_proposal(b, o->proposal, o->protocol, c->spi, c->spi_size);
	build_transform(b, o->transform, o->id);
	for (unsigned int i = 0; i < o->attrs; i++)
		build_attribute_raw(b, o->attr[i].type, o->attr[i].basic, o->attr[i].value,
				    o->attr[i].len);
	build_sa_end(b);
}

/* ---- reading an offer ---- */

/* Set a value that may be given once; false if it was there already or does not fit. */
static bool set_once(uint16_t *slot, uint32_t *seen, const struct parse_attribute *a)
{
	if (*seen & 1u << a->type || a->number > UINT16_MAX)
		return false;
	*seen |= 1u << a->type;
	*slot = (uint16_t)a->number;
	return true;
}

static bool set_lifetime(struct proposal_ike_offer *o, uint64_t unit, const struct parse_attribute *a)
{
	uint32_t value = a->number > UINT32_MAX ? UINT32_MAX : (uint32_t)a->number;

	if (unit == IKE_LIFE_SECONDS) {
		o->values.life_seconds = value;
		o->life_basic = a->basic;
	} else if (unit == IKE_LIFE_KILOBYTES) {
		o->values.life_kilobytes = value;
	}
	return unit == IKE_LIFE_SECONDS || unit == IKE_LIFE_KILOBYTES;
}

static bool take_attribute(struct proposal_ike_offer *o, uint32_t *seen, uint64_t *unit,
			   uint64_t *type, const struct parse_attribute *a)
{
	struct proposal_ike *v = &o->values;

	switch (a->type) {
	case IKE_ATTR_ENCRYPTION:
		return set_once(&v->encryption, seen, a);
	case IKE_ATTR_KEY_LENGTH:
		return set_once(&v->key_bits, seen, a);
	case IKE_ATTR_HASH:
		return set_once(&v->hash, seen, a);
	case IKE_ATTR_GROUP:
		return set_once(&v->group, seen, a);
	case IKE_ATTR_AUTH:
		return set_once(&v->auth, seen, a);
	case IKE_ATTR_GROUP_TYPE:
		*type = a->number;
		return *type == IKE_GROUP_TYPE_MODP || *type == IKE_GROUP_TYPE_ECP;
	case IKE_ATTR_LIFE_TYPE:
		*unit = a->number;
		return true;
	case IKE_ATTR_LIFE_DURATION:
		return set_lifetime(o, *unit, a);
	default:
		return false;
	}
}

/* What the group says anyway. */
static uint64_t group_type(uint16_t group)
{
	return group >= IKE_GROUP_ECP256 && group <= IKE_GROUP_ECP521 ? IKE_GROUP_TYPE_ECP : IKE_GROUP_TYPE_MODP;
}

static enum proposal_reason decode(const struct parse_proposal *p, const struct parse_transform *t,
				   struct proposal_ike_offer *o)
{
	struct parse_attribute a = { 0 };
	uint64_t unit = 0, type = 0;
	uint32_t seen = 0;
	bool bad = false;

	memset(o, 0, sizeof(*o));
	o->proposal = p->number;
	o->protocol = p->protocol;
	o->transform = t->number;
	o->id = t->id;
	o->next = t->next;
	while (parse_attribute_next(t, &a)) {
		o->attr[o->attrs++] = a;
		if (!bad && !take_attribute(o, &seen, &unit, &type, &a)) {
			bad = true;
			o->bad_attr = a.type;
		}
	}
	if (!bad && type && type != group_type(o->values.group)) {
		bad = true;
		o->bad_attr = IKE_ATTR_GROUP_TYPE;
	}
	if (p->protocol != IPSEC_PROTO_ISAKMP)
		return PROPOSAL_PROTOCOL;
	if (t->id != ISAKMP_KEY_IKE)
		return PROPOSAL_TRANSFORM_ID;
	return bad ? PROPOSAL_ATTRIBUTE : PROPOSAL_OK;
}

/* ---- comparing ---- */

static enum proposal_reason compare(const struct proposal_ike *offer,
				    const struct proposal_ike *own, bool have_key)
{
	if (offer->encryption != own->encryption)
		return PROPOSAL_ENCRYPTION;
	if (offer->key_bits != own->key_bits)
		return PROPOSAL_KEY_LENGTH;
	if (offer->hash != own->hash)
		return PROPOSAL_HASH;
	if (offer->group != own->group)
		return PROPOSAL_GROUP;
	if (offer->auth != own->auth)
		return PROPOSAL_AUTH;
	if (own->auth == IKE_AUTH_PSK && !have_key)
		return PROPOSAL_NO_KEY;
	return PROPOSAL_OK;
}

static void explain_mismatch(struct proposal_ike_compare *c)
{
	const struct proposal_ike *o = &c->offer->values, *p = &c->policy->values;
	unsigned int prio = c->policy->priority;
	char a[PROPOSAL_WORDS], b[PROPOSAL_WORDS];

	switch (c->reason) {
	case PROPOSAL_ENCRYPTION:
	case PROPOSAL_KEY_LENGTH:
		snprintf(c->text, sizeof(c->text), "encryption %s offered, policy %u has %s",
			 proposal_encryption_words(o->encryption, o->key_bits, a), prio,
			 proposal_encryption_words(p->encryption, p->key_bits, b));
		if (o->encryption == IKE_ENC_AES && !o->key_bits)
			snprintf(c->text, sizeof(c->text), "aes offered without a key length, policy %u has %s",
				 prio, b);
		break;
	case PROPOSAL_HASH:
		snprintf(c->text, sizeof(c->text), "hash %s offered, policy %u has %s",
			 proposal_hash_words(o->hash, a), prio, proposal_hash_words(p->hash, b));
		break;
	case PROPOSAL_GROUP:
		snprintf(c->text, sizeof(c->text), "group %u offered, policy %u has %u",
			 o->group, prio, p->group);
		break;
	case PROPOSAL_AUTH:
		snprintf(c->text, sizeof(c->text), "authentication %s offered, policy %u has %s",
			 proposal_auth_words(o->auth, a), prio, proposal_auth_words(p->auth, b));
		break;
	case PROPOSAL_NO_KEY:
		snprintf(c->text, sizeof(c->text),
			 "policy %u suits, but there is no pre-shared key for this peer", prio);
		break;
	default:
		c->text[0] = '\0';
	}
}

static void explain_unusable(struct proposal_ike_compare *c)
{
	switch (c->reason) {
	case PROPOSAL_PROTOCOL:
		snprintf(c->text, sizeof(c->text), "proposal %u is for protocol %u, must be 1 (ISAKMP)",
			 c->offer->proposal, c->offer->protocol);
		break;
	case PROPOSAL_TRANSFORM_ID:
		snprintf(c->text, sizeof(c->text), "transform %u has id %u, must be 1 (KEY_IKE)",
			 c->offer->transform, c->offer->id);
		break;
	default:
		snprintf(c->text, sizeof(c->text),
			 "transform %u: attribute %u is not known, has an impossible value, or is given twice",
			 c->offer->transform, c->offer->bad_attr);
	}
}

/* Tell about one comparison, and remember it if it came closer than those before. */
static void tell(struct walk *w, const struct proposal_ike_offer *offer,
		 const struct proposal_policy *policy, enum proposal_reason reason)
{
	struct proposal_ike_compare c = { offer, policy, reason, "" };

	if (policy)
		explain_mismatch(&c);
	else
		explain_unusable(&c);
	if (w->report)
		w->report(w->arg, &c);
	/* The offer is on the caller's stack: the record of a miss does without it. */
	if (w->why && reason != PROPOSAL_OK && reason > w->why->reason) {
		*w->why = c;
		w->why->offer = NULL;
	}
}

static void choose(struct proposal_ike_choice *out, const struct parse_proposal *p,
		   const struct proposal_ike_offer *o, const struct proposal_policy *policy)
{
	uint32_t own = policy->values.life_seconds, theirs = o->values.life_seconds;

	memset(out, 0, sizeof(*out));
	out->policy = policy;
	out->offer = *o;
	out->values = o->values;
	out->values.life_seconds = !theirs || (own && own < theirs) ? own : theirs;
	out->offered_seconds = theirs;
	out->life_basic = o->life_basic;
	out->spi = p->spi;
	out->spi_size = p->spi_size;
}

/* One policy against all offers. Offers that no policy could suit are told once, with the first policy. */
static bool try_policy(struct walk *w, const struct parse_payload *sa,
		       const struct proposal_policy *policy, bool first,
		       struct proposal_ike_choice *out)
{
	struct parse_proposal p = { 0 };

	while (parse_proposal_next(sa, &p)) {
		struct parse_transform t = { 0 };

		while (parse_transform_next(&p, &t)) {
			struct proposal_ike_offer o;
			enum proposal_reason r = decode(&p, &t, &o);

			if (r != PROPOSAL_OK) {
				if (first)
					tell(w, &o, NULL, r);
				continue;
			}
			r = compare(&o.values, &policy->values, w->have_key);
			tell(w, &o, policy, r);
			if (r == PROPOSAL_OK) {
				choose(out, &p, &o, policy);
				return true;
			}
		}
	}
	return false;
}

static int walk_policies(struct walk *w, const struct parse_payload *sa,
			 const struct proposal_policy *own, size_t n,
			 struct proposal_ike_choice *out)
{
	if (w->why)
		memset(w->why, 0, sizeof(*w->why));
	for (size_t i = 0; i < n; i++)
		if (try_policy(w, sa, &own[i], !i, out))
			return 0;
	if (!n && w->why) {
		w->why->reason = PROPOSAL_EMPTY;
		snprintf(w->why->text, sizeof(w->why->text), "no isakmp policy is configured here");
	}
	return -1;
}

int proposal_ike_choose(const struct parse_payload *sa,
			const struct proposal_policy *own, size_t n, bool have_key,
			proposal_ike_report *report, void *arg,
			struct proposal_ike_choice *out, struct proposal_ike_compare *why)
{
	struct walk w = { have_key, report, arg, why };

	return walk_policies(&w, sa, own, n, out);
}

/* The word for "responded with attribute %s not offered or changed". */
static const char *attribute_word(enum proposal_reason r)
{
	switch (r) {
	case PROPOSAL_ENCRYPTION:
		return "encryption";
	case PROPOSAL_KEY_LENGTH:
		return "key length";
	case PROPOSAL_HASH:
		return "hash";
	case PROPOSAL_GROUP:
		return "group";
	case PROPOSAL_AUTH:
		return "authentication";
	case PROPOSAL_COUNT:
		return "transform count";
	case PROPOSAL_PROTOCOL:
		return "protocol";
	case PROPOSAL_TRANSFORM_ID:
		return "transform";
	default:
		return "unknown";
	}
}

int proposal_ike_check(const struct parse_payload *sa,
		       const struct proposal_policy *own, size_t n,
		       proposal_ike_report *report, void *arg,
		       struct proposal_ike_choice *out, struct proposal_ike_compare *why,
		       const char **attribute)
{
	struct proposal_ike_compare miss;
	struct walk w = { true, report, arg, why ? why : &miss };
	struct parse_proposal p = { 0 };

	*attribute = NULL;
	parse_proposal_next(sa, &p);
	if (!p.last || p.transforms != 1) {
		memset(w.why, 0, sizeof(*w.why));
		w.why->reason = PROPOSAL_COUNT;
		snprintf(w.why->text, sizeof(w.why->text),
			 "the answer must hold one proposal with one transform, it has %s",
			 p.last ? "several transforms" : "several proposals");
	} else if (!walk_policies(&w, sa, own, n, out)) {
		return 0;
	}
	*attribute = attribute_word(w.why->reason);
	return -1;
}
