/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pair of SAs that a quick mode makes: its SPIs are reserved, its halves
 * installed, and given back if nothing comes of it; and how long outbound waits
 * for the peer to have its side.
 */
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "dynamic.h"
#include "install.h"
#include "qm_report.h"
#include "quick_mode.h"
#include "route.h"

#define ENABLE_MIN_MS	30u
#define ENABLE_MAX_MS	500u
#define ENABLE_OLD_MS	1000u
#define COMMIT_MS	3000u

void qm_pair_release_entry(struct quick_mode *q)
{
	dynamic_put(q->dynamic);
	q->dynamic = NULL;
}

uint32_t quick_mode_spi(const struct exchange *x, uint8_t proto)
{
	const struct quick_mode *q = x->qmode;

	if (!q)
		return 0;
	return proto == q->proto ? q->spi_in : q->ah_in;
}

struct child_sa *quick_mode_child(const struct exchange *x)
{
	const struct quick_mode *q = x->qmode;

	return q ? child_find(ike_of(x), q->proto, q->spi_in, true, NULL) : NULL;
}

bool quick_mode_pending(const struct exchange *x, struct flow *shown)
{
	const struct quick_mode *q = x->qmode;

	if (!q || x->initiator || !q->out_installed || q->handed_over)
		return false;
	*shown = (struct flow){ .ike = x->sa->peer->ike, .seq = q->seq, .dynamic = q->dynamic, .local = x->sa->peer->local,
				.local_proxy = q->local, .remote_proxy = q->remote };
	memcpy(shown->map, q->map, sizeof(shown->map));
	return true;
}

struct flow *quick_mode_flow(const struct exchange *x)
{
	return x->qmode ? x->qmode->flow : NULL;
}

/* --- SPIs --- */

/* Deletes the SA, or the reservation of its SPI. */
static void release_spi(const struct exchange *x, uint8_t proto, uint32_t *spi)
{
	if (*spi)
		kernel_of(x)->sa_del(ike_of(x)->world.kernel_ctx, proto, *spi, &x->sa->peer->local);
	*spi = 0;
}

int qm_pair_reserve(const struct exchange *x, uint8_t proto, uint32_t *spi)
{
	struct ike *ike = ike_of(x);

	if (!kernel_of(x)->spi_alloc(ike->world.kernel_ctx, proto, &x->sa->peer->local, spi))
		return 0;
	event_daemon(ike->hub, "error", "no SPI from the kernel: %s", kernel_of(x)->error(ike->world.kernel_ctx));
	return -1;
}

int qm_pair_reserve_offered(struct exchange *x, const struct proposal_entry *own)
{
	struct quick_mode *q = x->qmode;
	bool esp = false, ah = false;
	size_t i;

	for (i = 0; i < own->sets; i++) {
		esp = esp || own->set[i].values.transform != ESP_ABSENT;
		ah = ah || own->set[i].values.ah != IPSEC_AUTH_NONE;
	}
	if ((esp && qm_pair_reserve(x, IPPROTO_ESP, &q->spi_in)) || (ah && qm_pair_reserve(x, IPPROTO_AH, &q->ah_in)))
		return -1;
	if (q->spi_in)
		qm_report_spi(x, q->spi_in);
	if (q->ah_in)
		qm_report_spi(x, q->ah_in);
	return 0;
}

void qm_pair_keep_chosen(struct exchange *x)
{
	struct quick_mode *q = x->qmode;

	if (q->proto == IPPROTO_AH) {
		release_spi(x, IPPROTO_ESP, &q->spi_in);
		q->spi_in = q->ah_in;
		q->ah_in = 0;
	} else if (!q->ah_out) {
		release_spi(x, IPPROTO_AH, &q->ah_in);
	}
}

/* Give back to the kernel what was not handed over to the flow. */
void quick_mode_failed(struct exchange *x)
{
	struct quick_mode *q = x->qmode;
	struct flow *flow;

	if (x->type != ISAKMP_XCHG_QUICK || (q && q->handed_over))
		return;
	if (!x->finished)
		exchange_finish(x, true, "QM rejected");
	if (!q)
		return;
	if (q->child && q->out_installed)
		install_remove(ike_of(x), q->child, false);
	release_spi(x, q->proto, &q->spi_in);
	release_spi(x, IPPROTO_AH, &q->ah_in);
	if (q->out_installed)
		route_changed(x->sa->peer->ike);
	q->out_installed = false;
	qm_pair_release_entry(q);
	flow = q->flow;
	q->flow = NULL;
	if (flow && flow->quick == x)
		flow_quick_done(flow, false);
}

/* --- SAs --- */

static struct child_sa *child_new(struct exchange *x)
{
	struct quick_mode *q = x->qmode;
	struct ike *ike = ike_of(x);
	struct child_sa *child = calloc(1, sizeof(*child));

	if (!child)
		return NULL;
	child->local = x->sa->peer->local;
	child->remote = x->sa->peer->remote;
	child->proto = q->proto;
	child->spi_in = q->spi_in;
	child->spi_out = q->spi_out;
	child->ah_in = q->ah_in;
	child->ah_out = q->ah_out;
	child->conn_in = ike->next_child_id++;
	child->conn_out = ike->next_child_id++;
	child->life_seconds = q->values.life_seconds;
	child->life_kilobytes = q->values.life_kilobytes;
	child->initiator = x->initiator;
	child->state = CHILD_STANDBY;
	child->created = uv_now(ike->loop);
	child->begun = x->created;
	install_describe(child, &q->values);
	child->udp_port = x->sa->remote_port;
	memcpy(child->partner, x->sa->partner, PARTNER_LEN);
	q->child = child;
	return child;
}

int qm_pair_install(struct exchange *x)
{
	struct quick_mode *q = x->qmode;
	struct install in = { .x = x, .map = q->map, .seq = q->seq, .local = &q->local, .remote = &q->remote,
			      .values = &q->values, .options = q->options, .pfs = q->pfs,
			      .rate = q->flow ? q->flow->rate : 0 };

	in.child = child_new(x);
	if (!in.child || install_half(&in, true, false))
		return -1;
	if (install_half(&in, false, true))
		return -1;
	q->out_installed = true;
	return 0;
}

/* --- when the peer has its side --- */

uint32_t qm_pair_switch_after(const struct exchange *x)
{
	const struct quick_mode *q = x->qmode;

	if (q->commit)
		return COMMIT_MS;
	if (x->sa->peer_prompt)
		return ENABLE_MIN_MS;
	if (!x->sa->peer_dpd && !TAILQ_EMPTY(&q->flow->children))
		return ENABLE_OLD_MS;
	if (q->waited < ENABLE_MIN_MS)
		return ENABLE_MIN_MS;
	return q->waited < ENABLE_MAX_MS ? q->waited : ENABLE_MAX_MS;
}

bool quick_mode_commits(const struct exchange *x)
{
	return x->type == ISAKMP_XCHG_QUICK && x->qmode && x->awaits == 4;
}

void quick_mode_connected(struct ike_sa *sa, uint32_t msgid, uint32_t spi)
{
	struct exchange *x, *found = NULL;
	struct child_sa *child;

	TAILQ_FOREACH(x, &sa->exchanges, link) {
		if (!quick_mode_commits(x))
			continue;
		if (x->msgid == msgid || (spi && (x->qmode->spi_in == spi || x->qmode->spi_out == spi)))
			found = x;
	}
	child = found ? quick_mode_child(found) : NULL;
	if (found)
		found->awaits = 0;
	if (child)
		child_enable(child);
}
