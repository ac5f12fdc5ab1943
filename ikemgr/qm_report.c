/* SPDX-License-Identifier: GPL-2.0-only */
/* Quick mode's events: see qm_report.h. */
#include <string.h>

#include "qm_report.h"
#include "report.h"

void qm_report_spi(const struct exchange *x, uint32_t spi)
{
	struct event ev;

	exchange_event(x, &ev, EV_SPI);
	ev.spi.spi = spi;
	ev.spi.initiator = x->initiator;
	exchange_emit(x, &ev);
}

/* One offered transform is shown in turn: the proposal, the request it makes, the proxies, and the refusal. */
struct showing {
	struct exchange *x;
	const struct proxy *local, *remote;
	const struct lookup_entry *entry;
	enum lookup_verdict verdict;
	const char *why;
};

static void show_validation(const struct showing *s, const struct proposal_esp *v)
{
	char words[PROPOSAL_WORDS];
	struct event ev;

	exchange_event(s->x, &ev, EV_VALIDATE);
	if (s->entry) {
		ev.request.map = s->entry->map;
		ev.request.seq = s->entry->seq;
	}
	proxy_event(s->local, &ev.request.local_proxy);
	proxy_event(s->remote, &ev.request.remote_proxy);
	ev.request.protocol = v->transform == ESP_ABSENT ? "AH" : "ESP";
	ev.request.transform = proposal_esp_words(v, words);
	ev.request.mode = v->encaps == IPSEC_ENCAPS_TRANSPORT ? "Transport" : "Tunnel";
	ev.request.life_seconds = v->life_seconds;
	ev.request.life_kilobytes = v->life_kilobytes;
	ev.request.keysize = v->key_bits;
	exchange_emit(s->x, &ev);
}

static void show_proxies(const struct exchange *x, const struct proxy *local, const struct proxy *remote,
			 enum lookup_verdict verdict, bool installed)
{
	struct event ev;

	exchange_event(x, &ev, EV_PROXY_MATCH);
	proxy_event(local, &ev.proxy_match.local_proxy);
	proxy_event(remote, &ev.proxy_match.remote_proxy);
	ev.proxy_match.matched = verdict == LOOKUP_OK;
	ev.proxy_match.other_profile = verdict == LOOKUP_PROFILE;
	ev.proxy_match.installed = installed;
	exchange_emit(x, &ev);
}

static void show_refusal(const struct showing *s, const struct proposal_esp *v, const char *text)
{
	static const struct { const char *reason; unsigned int error; } refusals[] = {
		[LOOKUP_NO_MAP] = { "local", 8 }, [LOOKUP_PEER] = { "peer", 64 }, [LOOKUP_PROXY] = { "proxy", 32 },
		[LOOKUP_PROFILE] = { "profile", 32 },
		[LOOKUP_TRANSFORM] = { "transform", 256 }, [LOOKUP_PFS] = { "pfs", 1024 },
	};
	char words[PROPOSAL_WORDS];
	struct event ev;

	exchange_event(s->x, &ev, EV_PROPOSAL_REFUSED);
	ev.proposal_refused.reason = refusals[s->verdict].reason;
	ev.proposal_refused.error = refusals[s->verdict].error;
	ev.proposal_refused.offered = proposal_esp_words(v, words);
	ev.proposal_refused.text = text;
	exchange_emit(s->x, &ev);
}

static void show(void *arg, const struct proposal_esp_compare *c)
{
	const struct showing *s = arg;

	report_proposal(s->x, c);
	show_validation(s, &c->offer->values);
	if (s->verdict == LOOKUP_PROXY || s->verdict == LOOKUP_PROFILE || s->verdict == LOOKUP_OK)
		show_proxies(s->x, s->local, s->remote, s->verdict, false);
	if (s->verdict != LOOKUP_OK)
		show_refusal(s, &c->offer->values, s->verdict == LOOKUP_TRANSFORM || s->verdict == LOOKUP_PFS ? c->text : s->why);
}

/* What comes before the transform that suits does not suit: that is shown as its refusal. */
static void show_until_choice(void *arg, const struct proposal_esp_compare *c)
{
	struct showing s = *(const struct showing *)arg;

	if (c->reason != PROPOSAL_OK)
		s.verdict = LOOKUP_TRANSFORM;
	show(&s, c);
}

void qm_report_choice(struct exchange *x, const struct parse_payload *offer, const struct lookup_entry *entry,
		      const struct proxy *local, const struct proxy *remote)
{
	struct showing s = { .x = x, .local = local, .remote = remote, .entry = entry, .verdict = LOOKUP_OK };
	struct proposal_esp_choice choice;

	if (x->initiator)
		proposal_esp_check(offer, &entry->proposal, show, &s, &choice, NULL);
	else
		proposal_esp_choose(offer, &entry->proposal, show_until_choice, &s, &choice, NULL);
}

void qm_report_refusal(struct exchange *x, const struct parse_payload *offer, const struct proxy *local,
		       const struct proxy *remote, enum lookup_verdict verdict, const struct proposal_entry *own,
		       const char *why)
{
	struct showing s = { .x = x, .local = local, .remote = remote, .verdict = verdict, .why = why };
	static const struct proposal_entry nothing;
	struct proposal_esp_choice choice;
	struct event ev;

	proposal_esp_choose(offer, verdict >= LOOKUP_TRANSFORM ? own : &nothing, show, &s, &choice, NULL);
	exchange_event(x, &ev, EV_PHASE2_REFUSED);
	exchange_emit(x, &ev);
}

static void key_engine(const struct exchange *x)
{
	struct event ev;

	exchange_event(x, &ev, EV_KEY_ENGINE);
	exchange_emit(x, &ev);
}

void qm_report_installed(const struct exchange *x, const char *map, uint32_t seq, const struct proxy *local,
			 const struct proxy *remote)
{
	struct event ev;

	key_engine(x);
	if (local)
		show_proxies(x, local, remote, LOOKUP_OK, true);
	exchange_event(x, &ev, EV_MAP_FOUND);
	ev.map_found.map = map;
	ev.map_found.seq = seq;
	exchange_emit(x, &ev);
}

void qm_report_enabled(const struct exchange *x, uint32_t spi)
{
	struct event ev;

	key_engine(x);
	exchange_event(x, &ev, EV_OUTBOUND_ENABLED);
	ev.spi.spi = spi;
	exchange_emit(x, &ev);
}
