/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: the lines that say who a peer may be and who we are: "crypto isakmp
 * profile", "crypto isakmp peer", "ip host". Out: the same in the model, names
 * resolved when all is read.
 */
#include <string.h>
#include <strings.h>

#include "config/match.h"

#define RETRY 2			/* IOS: seconds between repeated keepalives */

static const char *word_text(struct reader *r, size_t i)
{
	return reader_string(r, &r->line->word[i]);
}

/* Exactly one word from @i on. */
static bool one_word(struct reader *r, size_t i, const char *expected)
{
	if (i >= r->line->words) {
		reader_error(r, i, "incomplete command; expected %s", expected);
		return false;
	}
	if (r->line->word[i].length > CONFIG_ID_MAX) {
		reader_error(r, i, "name too long; expected at most %d characters", CONFIG_ID_MAX);
		return false;
	}
	return match_end(r, i + 1);
}

/* ---- names of hosts ---- */

void identity_host(struct reader *r, const struct match_args *a, int data)
{
	const struct lexer_line *line = r->line;
	struct config_host *h = arena_alloc(r->c->arena, sizeof(*h));

	(void)data;
	if (a->tail == line->words || (!reader_address(&line->word[a->tail], &h->addr) && !reader_address6(&line->word[a->tail], &h->addr))) {
		reader_ignore(r);
		return;
	}
	h->name = reader_string(r, a->arg[0].word);
	for (size_t i = 0; i < r->c->hosts; i++)
		if (!strcasecmp(r->c->host[i]->name, h->name) && r->c->host[i]->addr.length == h->addr.length)
			arena_remove(&r->c->host, &r->c->hosts, i--);
	if (!a->negate)
		arena_append(r->c->arena, &r->c->host, &r->c->hosts, h);
}

void identity_domain(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->c->domain = a->negate ? NULL : reader_string(r, a->arg[0].word);
}

const struct config_host *identity_resolve(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->hosts; i++)
		if (!strcasecmp(c->host[i]->name, name))
			return c->host[i];
	return NULL;
}

/* ---- where something is valid ---- */

/* "local-address A.B.C.D | X:X::X | INTERFACE" */
static void local_address(struct reader *r, const struct match_args *a, struct config_local *l)
{
	*l = (struct config_local){ 0 };
	if (a->negate)
		return;
	if (a->tail == r->line->words) {
		reader_error(r, a->tail, "incomplete command; expected A.B.C.D, X:X::X or an interface's name");
		return;
	}
	if (reader_address(&r->line->word[a->tail], &l->address) || reader_address6(&r->line->word[a->tail], &l->address6)) {
		match_end(r, a->tail + 1);
		return;
	}
	l->interface = interface_name(r, a->tail);
}

static void check_local(struct reader *r, struct config_local *l)
{
	const struct reader_interface *f;

	if (!l->interface)
		return;
	f = interface_find(r, l->interface);
	if (f) {
		l->address = f->interface.address;
		l->address6 = f->interface.address6;
	}
	l->ask = !l->address.length && !l->address6.length;
}

/* ---- crypto isakmp profile ---- */

void identity_profile(struct reader *r, const struct match_args *a, int data)
{
	const char *name = reader_string(r, a->arg[0].word);
	struct reader_isakmp_profile *p;

	(void)data;
	for (size_t i = 0; i < r->isakmp_profile_count; i++) {
		if (strcmp(r->isakmp_profiles[i]->profile.name, name))
			continue;
		r->isakmp_profile = r->isakmp_profiles[i];
		if (a->negate)
			arena_remove(&r->isakmp_profiles, &r->isakmp_profile_count, i);
		return;
	}
	if (a->negate) {
		reader_warn(r, a->arg[0].index, "there is no such ISAKMP profile");
		return;
	}
	p = arena_alloc(r->c->arena, sizeof(*p));
	p->profile = (struct config_isakmp_profile){ .at = reader_here(r), .name = name };
	arena_append(r->c->arena, &r->isakmp_profiles, &r->isakmp_profile_count, p);
	r->isakmp_profile = p;
}

void identity_description(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->isakmp_profile->profile.description = a->negate ? NULL : reader_rest(r, a->tail);
}

void identity_keyring(struct reader *r, const struct match_args *a, int data)
{
	struct reader_isakmp_profile *p = r->isakmp_profile;

	(void)data;
	p->keyring = NULL;
	p->keyrings = 0;
	for (size_t i = a->tail; !a->negate && i < r->line->words; i++) {
		struct reader_name *n = arena_alloc(r->c->arena, sizeof(*n));

		n->name = word_text(r, i);
		n->mark = reader_mark(r, i);
		arena_append(r->c->arena, &p->keyring, &p->keyrings, n);
	}
	if (!a->negate && !p->keyrings)
		reader_error(r, a->tail, "incomplete command; expected default, or the name of a crypto keyring");
}

static const struct match_choice self_kinds[] = {
	{ "address", IPSEC_ID_IPV4_ADDR, "our address" },
	{ "fqdn", IPSEC_ID_FQDN, "a host name, ours if none is given" },
	{ "user-fqdn", IPSEC_ID_USER_FQDN, "user@domain" },
	{ NULL, 0, NULL },
};

void identity_self(struct reader *r, const struct match_args *a, int data)
{
	struct config_self *self = &r->isakmp_profile->profile.self;
	const struct match_choice *kind;
	size_t i = a->tail;

	(void)data;
	*self = (struct config_self){ 0 };
	if (a->negate)
		return;
	kind = match_choose(r, i++, self_kinds, NULL, false);
	if (!kind)
		return;
	self->at = reader_here(r);
	self->type = (uint8_t)kind->value;
	if (kind->value == IPSEC_ID_IPV4_ADDR || (kind->value == IPSEC_ID_FQDN && i == r->line->words)) {
		match_end(r, i);
		return;
	}
	if (one_word(r, i, kind->value == IPSEC_ID_FQDN ? "a host name" : "user@domain"))
		self->text = word_text(r, i);
}

static const struct match_choice match_kinds[] = {
	{ "address", IPSEC_ID_IPV4_ADDR, "by address" },
	{ "host", IPSEC_ID_FQDN, "by host name" },
	{ "user", IPSEC_ID_USER_FQDN, "by user@domain" },
	{ "group", IPSEC_ID_KEY_ID, "by group name: key id" },
	{ NULL, 0, NULL },
};
static const struct match_choice match_domain[] = {
	{ "domain", 1, "all names of a domain" },
	{ "fqdn", 0, "the whole name" },
	{ NULL, 0, NULL },
};

/* "A.B.C.D [MASK]", "ipv6 X:X::X/N" */
static bool match_address(struct reader *r, size_t i, struct config_match *m)
{
	const struct lexer_line *line = r->line;
	struct addr mask;

	if (i < line->words && lexer_is(&line->word[i], "ipv6")) {
		m->type = IPSEC_ID_IPV6_ADDR;
		m->prefix = 128;
		i++;
		if (i == line->words || (!reader_address6(&line->word[i], &m->addr) && !reader_prefix6(&line->word[i], &m->addr, &m->prefix))) {
			reader_error(r, i, "no IPv6 prefix; expected X:X::X/N");
			return false;
		}
	} else {
		if (i == line->words || !reader_address(&line->word[i], &m->addr)) {
			reader_error(r, i, "%s; expected A.B.C.D or ipv6 X:X::X/N", i < line->words ? "no address" : "incomplete command");
			return false;
		}
		m->prefix = addr_in(&m->addr).s_addr ? 32 : 0;
		if (i + 1 < line->words && reader_address(&line->word[i + 1], &mask) && !reader_netmask(&line->word[++i], &m->prefix)) {
			reader_error(r, i, "no netmask; expected one such as 255.255.255.0: ones, then zeros");
			return false;
		}
	}
	reader_mask_addr(&m->addr, m->prefix);
	if (i + 1 < line->words) {
		reader_error(r, i + 1, "VRFs are not supported; expected the end of the line");
		return false;
	}
	return true;
}

static bool match_equal(const struct config_match *a, const struct config_match *b)
{
	return a->type == b->type && a->domain == b->domain && a->prefix == b->prefix && addr_equal(&a->addr, &b->addr) &&
	       !a->text == !b->text && (!a->text || !strcmp(a->text, b->text));
}

void identity_match(struct reader *r, const struct match_args *a, int data)
{
	struct config_isakmp_profile *p = &r->isakmp_profile->profile;
	const struct match_choice *kind = match_choose(r, a->tail, match_kinds, NULL, false), *form;
	struct config_match *m = arena_alloc(r->c->arena, sizeof(*m));
	size_t i = a->tail + 1;

	(void)data;
	if (!kind)
		return;
	*m = (struct config_match){ .at = reader_here(r), .type = (uint8_t)kind->value };
	if (m->type == IPSEC_ID_IPV4_ADDR) {
		if (!match_address(r, i, m))
			return;
	} else {
		form = m->type != IPSEC_ID_KEY_ID && i + 1 < r->line->words ? match_choose(r, i, match_domain, NULL, false) : NULL;
		if (i + 1 < r->line->words && m->type != IPSEC_ID_KEY_ID && !form)
			return;
		m->domain = form && form->value;
		i += form != NULL;
		if (!one_word(r, i, "a name"))
			return;
		m->text = word_text(r, i);
	}
	for (i = 0; i < p->matches; i++) {
		if (!match_equal(p->match[i], m))
			continue;
		if (a->negate)
			arena_remove(&p->match, &p->matches, i);
		return;
	}
	if (!a->negate)
		arena_append(r->c->arena, &p->match, &p->matches, m);
}

void identity_keepalive(struct reader *r, const struct match_args *a, int data)
{
	struct config_isakmp_profile *p = &r->isakmp_profile->profile;

	(void)data;
	p->keepalive = a->negate ? 0 : a->arg[0].number;
	p->keepalive_retry = a->negate ? 0 : a->count > 1 ? a->arg[1].number : RETRY;
}

void identity_initiate(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->isakmp_profile->profile.aggressive = !a->negate;
	r->isakmp_profile->profile.aggressive_at = reader_here(r);
}

void identity_local(struct reader *r, const struct match_args *a, int keyring)
{
	local_address(r, a, keyring ? &r->keyring->keyring.local : &r->isakmp_profile->profile.local);
}

/* ---- crypto isakmp peer ---- */

static const struct match_choice peer_kinds[] = {
	{ "address", 4, "by address" },
	{ "ipv6", 16, "by IPv6 address" },
	{ "hostname", 0, "by host name" },
	{ NULL, 0, NULL },
};

static bool same_peer(const struct config_peer_policy *a, const struct config_peer_policy *b)
{
	if (a->hostname || b->hostname)
		return a->hostname && b->hostname && !strcasecmp(a->hostname, b->hostname);
	return addr_equal(&a->addr, &b->addr);
}

void identity_peer(struct reader *r, const struct match_args *a, int data)
{
	const struct match_choice *kind = match_choose(r, a->tail, peer_kinds, NULL, false);
	struct config_peer_policy *p = arena_alloc(r->c->arena, sizeof(*p));
	struct config *c = r->c;
	size_t i = a->tail + 1;

	(void)data;
	r->peer_policy = p;
	p->at = reader_here(r);
	if (!kind || !one_word(r, i, kind->value ? "the peer's address" : "the peer's name"))
		return;
	if (!kind->value) {
		p->hostname = word_text(r, i);
	} else if (!reader_address(&r->line->word[i], &p->addr) && !reader_address6(&r->line->word[i], &p->addr)) {
		reader_error(r, i, "no address; expected A.B.C.D or X:X::X");
		return;
	}
	for (i = 0; i < c->peer_policies; i++) {
		if (!same_peer(c->peer_policy[i], p))
			continue;
		r->peer_policy = c->peer_policy[i];
		if (a->negate)
			arena_remove(&c->peer_policy, &c->peer_policies, i);
		return;
	}
	if (!a->negate)
		arena_append(c->arena, &c->peer_policy, &c->peer_policies, p);
}

void identity_peer_description(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->peer_policy->description = a->negate ? NULL : reader_rest(r, a->tail);
}

void identity_password(struct reader *r, const struct match_args *a, int data)
{
	struct config_peer_policy *p = r->peer_policy;
	const struct lexer_word *key;
	size_t i = a->tail;

	(void)data;
	r->secret = true;
	p->password = NULL;
	if (a->negate)
		return;
	if (i + 2 == r->line->words && r->line->word[i].length == 1 && r->line->word[i].text[0] == '0')
		i++;
	if (i >= r->line->words) {
		reader_error(r, i, "incomplete command; expected the key");
		return;
	}
	key = &r->line->word[i];
	if (!match_end(r, i + 1))
		return;
	if (key->length > CONFIG_KEY_MAX) {
		reader_error(r, i, "key too long; expected at most %d characters", CONFIG_KEY_MAX);
		return;
	}
	p->password = arena_alloc(r->c->arena, sizeof(*p->password));
	*p->password = (struct config_psk){ .at = reader_here(r), .addr = p->addr, .prefix = (uint8_t)(p->addr.length * 8),
					    .hostname = p->hostname, .length = key->length,
					    .key = arena_secret(r->c->arena, key->text, key->length) };
}

static const struct match_choice endpoint_kinds[] = {
	{ "ipv4-address", IPSEC_ID_IPV4_ADDR, "an IPv4 address" },
	{ "fqdn", IPSEC_ID_FQDN, "a host name" },
	{ "user-fqdn", IPSEC_ID_USER_FQDN, "user@domain" },
	{ NULL, 0, NULL },
};

void identity_endpoint(struct reader *r, const struct match_args *a, int data)
{
	struct config_self *self = &r->peer_policy->self;
	const struct match_choice *kind;
	size_t i = a->tail;

	(void)data;
	*self = (struct config_self){ 0 };
	if (a->negate)
		return;
	kind = match_choose(r, i++, endpoint_kinds, NULL, false);
	if (!kind || !one_word(r, i, kind->value == IPSEC_ID_IPV4_ADDR ? "A.B.C.D" : kind->value == IPSEC_ID_FQDN ? "a host name" : "user@domain"))
		return;
	if (kind->value == IPSEC_ID_IPV4_ADDR && !reader_address(&r->line->word[i], &self->addr)) {
		reader_error(r, i, "no address; expected A.B.C.D");
		return;
	}
	self->at = reader_here(r);
	self->type = (uint8_t)kind->value;
	if (kind->value != IPSEC_ID_IPV4_ADDR)
		self->text = word_text(r, i);
}

/* ---- aggressive mode ---- */

void identity_aggressive(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->c->aggressive = a->negate ? CONFIG_AGGRESSIVE_ENABLED : CONFIG_AGGRESSIVE_DISABLED;
	r->c->aggressive_at = reader_here(r);
}

/* ---- when all is read ---- */

static void resolve_keyrings(struct reader *r, struct reader_isakmp_profile *p)
{
	for (size_t i = 0; i < p->keyrings; i++) {
		struct config_keyring *k = NULL;

		if (!strcmp(p->keyring[i]->name, "default")) {
			p->profile.default_keyring = true;
			continue;
		}
		for (size_t j = 0; j < r->keyring_count; j++)
			if (!strcmp(r->keyrings[j]->keyring.name, p->keyring[i]->name))
				k = &r->keyrings[j]->keyring;
		if (k)
			arena_append(r->c->arena, &p->profile.keyring, &p->profile.keyrings, k);
		else
			reader_error_at(r, &p->keyring[i]->mark, "there is no such keyring; expected default, or the name of a crypto keyring");
	}
	if (!p->keyrings)
		p->profile.default_keyring = true;
}

const struct config_isakmp_profile *identity_of(struct reader *r, const struct reader_name *n)
{
	const struct config_isakmp_profile *p = n->name ? config_isakmp_profile_find(r->c, n->name) : NULL;

	if (n->name && !p)
		reader_error_at(r, &n->mark, "there is no such ISAKMP profile; expected the name of a crypto isakmp profile");
	return p;
}

static const char risk_answer[] = "aggressive mode is answered: whoever sends its first message gets a hash made with the pre-shared key, and may try keys "
	"on it offline; expected long random keys, or crypto isakmp aggressive-mode disable";
static const char risk_initiate[] = "aggressive mode: identities go in clear, and the peer gives whoever asks a hash made with the pre-shared key, to try "
	"keys on offline; expected a long random key, or main mode";

static void check_risks(struct reader *r)
{
	const struct config *c = r->c;

	if (c->aggressive == CONFIG_AGGRESSIVE_ENABLED)
		reader_warn_at(r, &(struct reader_mark){ .line = c->aggressive_at.line }, "%s", risk_answer);
	for (size_t i = 0; i < c->isakmp_profiles; i++) {
		const struct config_isakmp_profile *p = c->isakmp_profile[i];

		if (p->aggressive && c->aggressive == CONFIG_AGGRESSIVE_DISABLED)
			reader_warn_at(r, &(struct reader_mark){ .line = p->aggressive_at.line },
				       "aggressive mode is disabled (line %u): main mode is used", c->aggressive_at.line);
		else if (p->aggressive)
			reader_warn_at(r, &(struct reader_mark){ .line = p->aggressive_at.line }, "%s", risk_initiate);
	}
	for (size_t i = 0; i < c->peer_policies; i++) {
		const struct config_peer_policy *p = c->peer_policy[i];

		if ((p->self.type || p->password) && c->aggressive != CONFIG_AGGRESSIVE_DISABLED)
			reader_warn_at(r, &(struct reader_mark){ .line = p->at.line }, "%s", risk_initiate);
	}
}

static void check_names(struct reader *r)
{
	const struct config *c = r->c;
	bool own = c->identity == CONFIG_IDENTITY_HOSTNAME;

	for (size_t i = 0; i < c->psks; i++) {
		const struct config_psk *k = c->psk[i];

		if (k->hostname && !identity_resolve(c, k->hostname) && c->aggressive != CONFIG_AGGRESSIVE_ENABLED)
			reader_warn_at(r, &(struct reader_mark){ .line = k->at.line },
				       "main mode cannot use this key: it needs the key before it knows the peer's name; expected ip host %s and its address, or a key for its address",
				       k->hostname);
	}
	for (size_t i = 0; i < c->isakmp_profiles; i++)
		own = own || (c->isakmp_profile[i]->self.type == IPSEC_ID_FQDN && !c->isakmp_profile[i]->self.text);
	if (own && !c->hostname)
		reader_warn_at(r, &(struct reader_mark){ 0 }, "our host name is to be our identity, and there is none: our address is sent; expected hostname NAME");
}

void identity_finish(struct reader *r)
{
	struct config *c = r->c;

	for (size_t i = 0; i < r->keyring_count; i++) {
		struct reader_keyring *k = r->keyrings[i];

		check_local(r, &k->keyring.local);
		arena_append(c->arena, &c->keyring, &c->keyrings, &k->keyring);
	}
	for (size_t i = 0; i < r->isakmp_profile_count; i++) {
		struct reader_isakmp_profile *p = r->isakmp_profiles[i];

		resolve_keyrings(r, p);
		check_local(r, &p->profile.local);
		if (!p->profile.matches)
			reader_warn_at(r, &(struct reader_mark){ .line = p->profile.at.line, .word = p->profile.name },
				       "this profile is incomplete: no peer fits it; expected match identity below it");
		arena_append(c->arena, &c->isakmp_profile, &c->isakmp_profiles, &p->profile);
	}
	check_risks(r);
	check_names(r);
}
