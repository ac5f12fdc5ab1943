/* SPDX-License-Identifier: GPL-2.0-only */
/* Events of the step functions: see report.h. */
#include <stdio.h>
#include <string.h>

#include "identity.h"
#include "report.h"

void report_begin(const struct exchange *x, const char *mode)
{
	struct event ev;

	exchange_event(x, &ev, EV_BEGIN);
	ev.begin.mode = mode;
	exchange_emit(x, &ev);
}

void report_syslog(const struct exchange *x, const char *before, const char *after)
{
	struct event ev;
	char text[256];

	exchange_event(x, &ev, EV_SYSLOG);
	snprintf(text, sizeof(text), "%s%s%s", before, ev.peer, after);
	ev.syslog.text = text;
	exchange_emit(x, &ev);
}

static void attribute(struct event_attr *out, const struct parse_attribute *a, bool ike)
{
	out->type = a->type;
	out->basic = a->basic;
	out->value = a->number;
	out->raw_length = a->len < sizeof(out->raw) ? a->len : (unsigned int)sizeof(out->raw);
	memcpy(out->raw, a->value, out->raw_length);
	out->text = ike ? proposal_ike_attr(a->type, a->number, &out->name) :
			  proposal_esp_attr(a->type, a->number, &out->name);
}

void report_policy(void *arg, const struct proposal_ike_compare *c)
{
	const char *router = proposal_reason_router(c->reason);
	const struct exchange *x = arg;
	struct event ev;
	unsigned int i;

	exchange_event(x, &ev, EV_POLICY_CHECK);
	ev.line_count = 0;
	if (c->policy && c->policy->file) {
		ev.lines[0].file = c->policy->file;
		ev.lines[0].line = c->policy->line;
		ev.line_count = 1;
	}
	ev.policy_check.transform = c->offer->transform;
	ev.policy_check.priority = c->policy ? c->policy->priority : 0;
	for (i = 0; i < c->offer->attrs && i < EVENT_ATTRS; i++)
		attribute(&ev.policy_check.attrs[i], &c->offer->attr[i], true);
	ev.policy_check.attr_count = i;
	ev.policy_check.acceptable = c->reason == PROPOSAL_OK;
	if (c->reason != PROPOSAL_OK)
		ev.policy_check.reason = router ? router : c->text;
	ev.policy_check.next_payload = c->offer->next;
	exchange_emit(x, &ev);
}

void report_lifetime(const struct exchange *x, const struct proposal_ike_choice *c)
{
	uint32_t own = c->policy->values.life_seconds;
	struct event ev;

	exchange_event(x, &ev, EV_LIFETIME);
	/* a router prints its own lifetime here as responder, when it is not the default */
	ev.lifetime.actual_life = !x->initiator && own != 86400 ? own : 0;
	ev.lifetime.offered = c->offered_seconds;
	ev.lifetime.returned = c->values.life_seconds;
	ev.lifetime.vpi = !c->life_basic;
	exchange_emit(x, &ev);
}

void report_not_offered(const struct exchange *x, const char *name)
{
	struct event ev;
	char after[128];

	exchange_event(x, &ev, EV_NOT_OFFERED);
	ev.not_offered.attribute = name;
	exchange_emit(x, &ev);
	snprintf(after, sizeof(after), " responded with attribute %s not offered or changed", name);
	report_syslog(x, "%CRYPTO-6-IKMP_SA_NOT_OFFERED: Remote peer ", after);
}

static const char *id_name(unsigned int type)
{
	static const char *const names[] = {
		[IPSEC_ID_IPV4_ADDR] = "ID_IPV4_ADDR", [IPSEC_ID_FQDN] = "ID_FQDN",
		[IPSEC_ID_USER_FQDN] = "ID_USER_FQDN", [IPSEC_ID_IPV4_SUBNET] = "ID_IPV4_ADDR_SUBNET",
		[IPSEC_ID_IPV6_ADDR] = "ID_IPV6_ADDR", [IPSEC_ID_IPV6_SUBNET] = "ID_IPV6_ADDR_SUBNET",
		[IPSEC_ID_IPV4_RANGE] = "ID_IPV4_ADDR_RANGE", [IPSEC_ID_IPV6_RANGE] = "ID_IPV6_ADDR_RANGE",
		[IPSEC_ID_DER_ASN1_DN] = "ID_DER_ASN1_DN", [IPSEC_ID_DER_ASN1_GN] = "ID_DER_ASN1_GN",
		[IPSEC_ID_KEY_ID] = "ID_KEY_ID",
	};

	return type < sizeof(names) / sizeof(names[0]) && names[type] ? names[type] : "unknown";
}

static void report_id(const struct exchange *x, bool own, const struct parse_id *id, unsigned int next, const char *profile)
{
	char text[IDENTITY_TEXT];
	struct event ev;

	exchange_event(x, &ev, EV_ID);
	ev.id.own = own;
	ev.id.next_payload = next;
	ev.id.profile = profile;
	ev.id.id_type = id->type;
	ev.id.id_name = id_name(id->type);
	ev.id.protocol = id->protocol;
	ev.id.port = id->port;
	ev.id.length = 8u + id->len;
	ev.id.address = identity_text(id->type, id->data, id->len, text);
	exchange_emit(x, &ev);
}

void report_own_id(const struct exchange *x, const struct parse_id *id)
{
	report_id(x, true, id, x->sa->aggressive && x->initiator ? ISAKMP_PL_VID : ISAKMP_PL_HASH, NULL);
}

void report_peer_id(const struct exchange *x, const struct parse_payload *p, const char *profile)
{
	struct parse_id id;

	parse_id(p, &id);
	report_id(x, false, &id, p->next, profile);
}

void report_identity_refused(const struct exchange *x, const char *profile)
{
	const struct ike_sa *sa = x->sa;
	char text[IDENTITY_TEXT];
	struct event ev;

	exchange_event(x, &ev, EV_IDENTITY_REFUSED);
	ev.identity_refused.profile = profile ? profile : sa->profile;
	ev.identity_refused.why = profile ? "keyring" : "profile";
	ev.identity_refused.id_name = id_name(sa->peer_id.type);
	ev.identity_refused.identity = identity_text(sa->peer_id.type, sa->peer_id.data, sa->peer_id.length, text);
	exchange_emit(x, &ev);
	report_syslog(x, sa->aggressive ? "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Aggressive mode failed with peer at " :
					  "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Main mode failed with peer at ", "");
}

void report_authenticated(const struct exchange *x)
{
	struct event ev;

	exchange_event(x, &ev, EV_AUTH);
	ev.auth.ok = true;
	ev.auth.method = "pre-share";
	exchange_emit(x, &ev);
}

void report_auth_failed(const struct exchange *x)
{
	struct event ev;

	exchange_event(x, &ev, EV_AUTH);
	ev.auth.ok = false;
	ev.auth.method = "pre-share";
	exchange_emit(x, &ev);
	report_syslog(x, "%CRYPTO-6-IKMP_AUTH_FAIL: Authentication method 1 failed with host ", "");
}

void report_proposal(void *arg, const struct proposal_esp_compare *c)
{
	const struct exchange *x = arg;
	struct event ev;
	unsigned int i;

	exchange_event(x, &ev, EV_PROPOSAL);
	ev.line_count = 0;
	if (c->set && c->set->file) {
		ev.lines[0].file = c->set->file;
		ev.lines[0].line = c->set->line;
		ev.line_count = 1;
	}
	ev.proposal.number = c->offer->proposal;
	ev.proposal.transform = c->offer->transform;
	ev.proposal.name = proposal_esp_id_name(c->offer->protocol, c->offer->id);
	for (i = 0; i < c->offer->attrs && i < EVENT_ATTRS; i++)
		attribute(&ev.proposal.attrs[i], &c->offer->attr[i], false);
	ev.proposal.attr_count = i;
	ev.proposal.first = c->offer->first;
	exchange_emit(x, &ev);
}
