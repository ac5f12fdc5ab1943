/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Manual SAs: see manual.h. The first permit rule of the entry has one pair,
 * which stays until the configuration changes. There is no replay protection:
 * whoever starts anew with the same keys counts from 1 again (RFC 4303 3.3.3).
 */
#include <stdlib.h>
#include <string.h>

#include "config/model.h"
#include "ike.h"
#include "install.h"
#include "lookup.h"
#include "manual.h"
#include "sa.h"

/* struct pair - what one entry needs on one interface */
struct pair {
	struct ike *ike;
	const struct config_entry *entry;
	struct proposal_esp values;
	struct lookup_options options;
	struct child_sa *child;
	const struct flow *flow;
};

static int add(const struct pair *p, bool inbound, uint8_t proto, uint32_t spi, uint32_t ah_spi,
	       const struct config_session_key *key)
{
	const struct child_sa *child = p->child;
	struct kernel_sa sa = {
		.inbound = inbound, .proto = proto, .spi = spi, .ah_spi = ah_spi,
		.src = inbound ? child->remote : child->local, .dst = inbound ? child->local : child->remote,
		.map = p->flow->map, .seq = p->flow->seq, .local = p->flow->local_proxy, .remote = p->flow->remote_proxy,
		.mode = child->mode == IPSEC_ENCAPS_TRANSPORT ? CMAP_MODE_TRANSPORT : CMAP_MODE_TUNNEL,
		.bundled = proto == IPPROTO_AH && child->proto != IPPROTO_AH,
		.cipher_key = key->cipher, .cipher_key_len = key->cipher_length,
		.auth_key = key->authenticator, .auth_key_len = key->authenticator_length,
	};
	const struct kernel_ops *kernel = p->ike->world.kernel;
	int err;

	install_algorithms(&p->values, proto, &sa);
	if (!sa.bundled) {
		sa.df = p->options.df;
		sa.fragment_after = p->options.fragment_after;
		sa.parallel = p->options.parallel;
	}
	err = kernel->sa_new(p->ike->world.kernel_ctx, &sa);
	if (err)
		event_daemon(p->ike->hub, "error", "%s:%u: crypto map %s %u: the kernel refuses the manual %s SA %u: %s", key->at.file,
			     key->at.line, p->entry->map, p->entry->seq, inbound ? "inbound" : "outbound", spi,
			     kernel->error(p->ike->world.kernel_ctx));
	return err;
}

static int add_half(const struct pair *p, unsigned int direction)
{
	const struct config_session_key *esp = &p->entry->esp[direction], *ah = &p->entry->ah[direction];
	bool inbound = direction == CONFIG_INBOUND;
	const struct child_sa *child = p->child;
	uint32_t around = inbound ? child->ah_in : child->ah_out;

	if (child->proto == IPPROTO_AH)
		return add(p, inbound, IPPROTO_AH, ah->spi, 0, ah);
	if (around && add(p, inbound, IPPROTO_AH, around, 0, ah))
		return -1;
	if (!add(p, inbound, IPPROTO_ESP, esp->spi, around, esp))
		return 0;
	if (around)
		p->ike->world.kernel->sa_del(p->ike->world.kernel_ctx, IPPROTO_AH, around,
					     inbound ? &child->local : &child->remote);
	return -1;
}

static struct child_sa *child_new(struct pair *p, const struct addr *local)
{
	const struct config_entry *e = p->entry;
	struct child_sa *child = calloc(1, sizeof(*child));
	bool ah = p->values.ah != IPSEC_AUTH_NONE, esp = p->values.transform != ESP_ABSENT;

	if (!child)
		return NULL;
	child->manual = true;
	child->local = *local;
	child->remote = e->peer[0]->addr;
	child->proto = esp ? IPPROTO_ESP : IPPROTO_AH;
	child->spi_in = esp ? e->esp[CONFIG_INBOUND].spi : e->ah[CONFIG_INBOUND].spi;
	child->spi_out = esp ? e->esp[CONFIG_OUTBOUND].spi : e->ah[CONFIG_OUTBOUND].spi;
	child->ah_in = esp && ah ? e->ah[CONFIG_INBOUND].spi : 0;
	child->ah_out = esp && ah ? e->ah[CONFIG_OUTBOUND].spi : 0;
	child->conn_in = p->ike->next_child_id++;
	child->conn_out = p->ike->next_child_id++;
	child->state = CHILD_ACTIVE;
	install_describe(child, &p->values);
	return child;
}

static void install(struct ike *ike, const struct config_entry *e, struct flow *flow, const struct addr *local)
{
	struct pair p = { .ike = ike, .entry = e, .flow = flow };
	struct lookup_entry entry;

	if (!lookup_entry(ike, e->map, e->seq, &entry))
		return;
	lookup_mode(&entry, local, &entry.peers[0], NATT_NONE, &flow->local_proxy, &flow->remote_proxy);
	if (!entry.proposal.sets)
		return;
	p.values = entry.sets[0].values;
	p.options = lookup_options(ike, &entry, local);
	p.child = child_new(&p, local);
	if (!p.child)
		return;
	flow->local = *local;
	if (add_half(&p, CONFIG_INBOUND)) {
		free(p.child);
		return;
	}
	if (add_half(&p, CONFIG_OUTBOUND)) {
		install_remove(ike, p.child, true);
		free(p.child);
		return;
	}
	child_add(flow, p.child, 0, false);
	child_report(p.child);
}

/* The flow of the entry's first permit rule: the only one that is served. */
static struct flow *first_flow(struct ike *ike, const struct config_entry *e)
{
	struct proxy local, remote;
	size_t i;

	for (i = 0; i < e->acl->rules && !e->acl->rule[i]->permit; i++)
		;
	if (i == e->acl->rules)
		return NULL;
	lookup_proxies(e->acl->rule[i], &local, &remote);
	return flow_get(ike, e->map, e->seq, &local, &remote);
}

static bool installed(const struct flow *flow, const struct addr *local)
{
	const struct child_sa *child;

	TAILQ_FOREACH(child, &flow->children, link) {
		if (child->manual && addr_equal(&child->local, local))
			return true;
	}
	return false;
}

void manual_install(struct ike *ike)
{
	unsigned int i;
	size_t n;

	for (i = 0; i < ike->binding_count && !ike->stopping; i++) {
		const struct ike_binding *b = &ike->bindings[i];
		const struct config_map *map = config_map_find(ike->config, b->map);

		for (n = 0; map && b->ifindex && n < map->entries; n++) {
			const struct config_entry *e = map->entry[n];
			struct flow *flow = e->manual && !e->incomplete ? first_flow(ike, e) : NULL;

			const struct addr *local = flow ? ike_binding_address(b, &e->peer[0]->addr) : NULL;

			if (local && local->length && !installed(flow, local))
				install(ike, e, flow, local);
		}
	}
}

bool manual_changed(const struct flow *flow, const struct config *old)
{
	const struct config_entry *before = config_entry_find(old, flow->map, flow->seq);
	const struct config_entry *now = config_entry_find(flow->ike->config, flow->map, flow->seq);

	return !before || !now || !config_entry_equal(before, now);
}
