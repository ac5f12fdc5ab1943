/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: a finished configuration, or two. Out: what is in it, and whether two
 * objects say the same.
 */
#include <string.h>
#include <strings.h>

#include "config/model.h"

/* ---- questions ---- */

const struct config_map *config_map_find(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->maps; i++)
		if (!strcmp(c->map[i]->name, name))
			return c->map[i];
	return NULL;
}

const struct config_entry *config_entry_find(const struct config *c, const char *map, uint32_t seq)
{
	const struct config_map *m = config_map_find(c, map);
	size_t low = 0, high = m ? m->entries : 0, i;

	/* they are in order (check.c) */
	while (low < high) {
		i = low + (high - low) / 2;
		if (m->entry[i]->seq == seq)
			return m->entry[i];
		if (m->entry[i]->seq < seq)
			low = i + 1;
		else
			high = i;
	}
	return NULL;
}

const struct config_entry *config_template_find(const struct config *c, const char *dynamic, uint32_t seq)
{
	for (size_t i = 0; i < c->dynamics; i++)
		for (size_t j = 0; j < c->dynamic[i]->entries && !strcmp(c->dynamic[i]->name, dynamic); j++)
			if (c->dynamic[i]->entry[j]->seq == seq)
				return c->dynamic[i]->entry[j];
	return NULL;
}

const struct config_transform_set *config_set_find(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->sets; i++)
		if (!strcmp(c->set[i]->name, name))
			return c->set[i];
	return NULL;
}

const struct config_acl *config_acl_find(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->acls; i++)
		if (!strcmp(c->acl[i]->name, name) && !c->acl[i]->six)
			return c->acl[i];
	for (size_t i = 0; i < c->acls; i++)
		if (!strcmp(c->acl[i]->name, name))
			return c->acl[i];
	return NULL;
}

const struct config_interface *config_interface_find(const struct config *c, const char *name)
{
	char full[CONFIG_NAME_MAX + 1];

	config_interface_full(name, full);
	for (size_t i = 0; i < c->interfaces; i++)
		if (!strcasecmp(c->interface[i]->full, full))
			return c->interface[i];
	return NULL;
}

/* ---- comparison ---- */

bool config_policy_equal(const struct config_policy *a, const struct config_policy *b)
{
	return a->priority == b->priority && a->encryption == b->encryption && a->key_bits == b->key_bits &&
	       a->hash == b->hash && a->auth == b->auth && a->group == b->group && a->lifetime == b->lifetime;
}

bool config_psk_equal(const struct config_psk *a, const struct config_psk *b)
{
	unsigned char differ = 0;

	if (a->prefix != b->prefix || !addr_equal(&a->addr, &b->addr) || a->no_xauth != b->no_xauth || a->length != b->length ||
	    !a->hostname != !b->hostname || (a->hostname && strcasecmp(a->hostname, b->hostname)))
		return false;
	for (size_t i = 0; i < a->length; i++)
		differ |= (unsigned char)(a->key[i] ^ b->key[i]);
	return !differ;
}

bool config_side_equal(const struct config_side *a, const struct config_side *b)
{
	return a->prefix == b->prefix && addr_equal(&a->addr, &b->addr) && a->port_lo == b->port_lo && a->port_hi == b->port_hi;
}

bool config_acl_equal(const struct config_acl *a, const struct config_acl *b)
{
	if (!a || !b)
		return a == b;
	if (a->rules != b->rules)
		return false;
	for (size_t i = 0; i < a->rules; i++) {
		const struct config_rule *x = a->rule[i], *y = b->rule[i];

		if (x->permit != y->permit || x->protocol != y->protocol || !config_side_equal(&x->local, &y->local) ||
		    !config_side_equal(&x->remote, &y->remote))
			return false;
	}
	return true;
}

bool config_entry_kernel_equal(const struct config_entry *a, const struct config_entry *b)
{
	if (strcmp(a->map, b->map) || a->seq != b->seq || a->peers != b->peers || !a->incomplete != !b->incomplete ||
	    a->per_host != b->per_host || !a->dynamic_name != !b->dynamic_name)
		return false;
	for (size_t i = 0; i < a->peers; i++)
		if (!addr_equal(&a->peer[i]->addr, &b->peer[i]->addr))
			return false;
	return config_acl_equal(a->acl, b->acl);
}

static bool set_equal(const struct config_transform_set *a, const struct config_transform_set *b)
{
	return a->transform == b->transform && a->key_bits == b->key_bits && a->auth == b->auth && a->ah == b->ah &&
	       a->mode == b->mode && a->mode_required == b->mode_required && a->esn == b->esn;
}

static bool session_key_equal(const struct config_session_key *a, const struct config_session_key *b)
{
	unsigned char differ = 0;

	if (a->spi != b->spi || a->cipher_length != b->cipher_length || a->authenticator_length != b->authenticator_length)
		return false;
	for (size_t i = 0; i < a->cipher_length; i++)
		differ |= a->cipher[i] ^ b->cipher[i];
	for (size_t i = 0; i < a->authenticator_length; i++)
		differ |= a->authenticator[i] ^ b->authenticator[i];
	return !differ;
}

static bool session_keys_equal(const struct config_entry *a, const struct config_entry *b)
{
	for (unsigned int i = 0; i < CONFIG_DIRECTIONS; i++)
		if (!session_key_equal(&a->esp[i], &b->esp[i]) || !session_key_equal(&a->ah[i], &b->ah[i]))
			return false;
	return a->manual == b->manual;
}

static bool routes_equal(const struct config_routes *a, const struct config_routes *b)
{
	return a->wanted == b->wanted && a->always == b->always && a->tag == b->tag && a->distance == b->distance &&
	       addr_equal(&a->gateway, &b->gateway);
}

bool config_entry_equal(const struct config_entry *a, const struct config_entry *b)
{
	if (!config_entry_kernel_equal(a, b) || a->sets != b->sets || a->pfs_group != b->pfs_group ||
	    a->life_seconds != b->life_seconds || a->life_kilobytes != b->life_kilobytes || a->replay_window != b->replay_window ||
	    a->idle_seconds != b->idle_seconds || a->idle_default != b->idle_default || a->df != b->df || a->keep_up != b->keep_up || a->responder_only != b->responder_only ||
	    a->parallel != b->parallel || !routes_equal(&a->routes, &b->routes) || !session_keys_equal(a, b) ||
	    !a->isakmp != !b->isakmp || (a->isakmp && strcmp(a->isakmp->name, b->isakmp->name)))
		return false;
	for (size_t i = 0; i < a->peers; i++)
		if (a->peer[i]->preferred != b->peer[i]->preferred)
			return false;
	for (size_t i = 0; i < a->sets; i++)
		if (!set_equal(a->set[i], b->set[i]))
			return false;
	return true;
}
