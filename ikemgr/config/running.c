/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: a configuration. Out: the text of a router's "show running-config" for
 * it: what differs from a default, in the router's order and spelling. Keys
 * are never shown.
 */
#include <linux/cryptomap.h>

#include "config/model.h"

static const char *hash_word(uint16_t hash)
{
	static const char *const word[] = {
		[IKE_HASH_MD5] = "md5", [IKE_HASH_SHA] = "sha", [IKE_HASH_SHA256] = "sha256",
		[IKE_HASH_SHA384] = "sha384", [IKE_HASH_SHA512] = "sha512",
	};

	return word[hash];
}

static void print_policies(const struct config *c, FILE *out)
{
	for (size_t i = 0; i < c->policies; i++) {
		const struct config_policy *p = c->policy[i];

		if (p->built_in)
			continue;
		fprintf(out, "crypto isakmp policy %u\n", p->priority);
		if (p->encryption == IKE_ENC_3DES)
			fprintf(out, " encr 3des\n");
		else if (p->encryption == IKE_ENC_AES)
			fprintf(out, p->key_bits == 128 ? " encr aes\n" : " encr aes %u\n", p->key_bits);
		if (p->hash != IKE_HASH_SHA)
			fprintf(out, " hash %s\n", hash_word(p->hash));
		if (p->auth != IKE_AUTH_RSA_SIG)
			fprintf(out, " authentication %s\n", p->auth == IKE_AUTH_PSK ? "pre-share" : "rsa-encr");
		if (p->group != IKE_GROUP_MODP768)
			fprintf(out, " group %u\n", p->group);
		if (p->lifetime != 86400)
			fprintf(out, " lifetime %u\n", p->lifetime);
	}
}

static void print_mask(FILE *out, uint8_t prefix)
{
	struct addr mask = addr_v4((struct in_addr){ htonl(prefix ? UINT32_MAX << (32 - prefix) : 0) });
	char text[ADDR_TEXT];

	fprintf(out, "%s", addr_text(&mask, text));
}

static void print_key_peers(const struct config_psk *k, FILE *out)
{
	char text[ADDR_TEXT];

	if (k->hostname) {
		fprintf(out, "hostname %s", k->hostname);
	} else if (k->addr.length == 16) {
		fprintf(out, "address ipv6 %s/%u", addr_text(&k->addr, text), k->prefix);
	} else {
		fprintf(out, "address %s", addr_text(&k->addr, text));
		if (k->prefix < 32) {
			fprintf(out, " ");
			print_mask(out, k->prefix);
		}
	}
}

static void print_keys(const struct config *c, FILE *out)
{
	for (size_t i = 0; i < c->psks; i++) {
		const struct config_psk *k = c->psk[i];

		if (k->keyring)
			continue;
		fprintf(out, "crypto isakmp key <redacted> ");
		print_key_peers(k, out);
		fprintf(out, k->no_xauth ? " no-xauth\n" : "\n");
	}
}

static void print_local(const struct config_local *l, const char *indent, FILE *out)
{
	char text[ADDR_TEXT];

	if (l->interface)
		fprintf(out, "%slocal-address %s\n", indent, l->interface);
	else if (l->address.length || l->address6.length)
		fprintf(out, "%slocal-address %s\n", indent, addr_text(l->address.length ? &l->address : &l->address6, text));
}

static void print_keyrings(const struct config *c, FILE *out)
{
	for (size_t i = 0; i < c->keyrings; i++) {
		const struct config_keyring *k = c->keyring[i];

		fprintf(out, "crypto keyring %s \n", k->name);
		if (k->description)
			fprintf(out, "  description %s\n", k->description);
		print_local(&k->local, "  ", out);
		for (size_t j = 0; j < c->psks; j++) {
			if (c->psk[j]->keyring != k)
				continue;
			fprintf(out, "  pre-shared-key ");
			print_key_peers(c->psk[j], out);
			fprintf(out, " key <redacted>\n");
		}
	}
}

static void print_peer_policies(const struct config *c, FILE *out)
{
	char text[ADDR_TEXT];

	for (size_t i = 0; i < c->peer_policies; i++) {
		const struct config_peer_policy *p = c->peer_policy[i];

		fprintf(out, "crypto isakmp peer %s %s\n", p->hostname ? "hostname" : p->addr.length == 16 ? "ipv6" : "address",
			p->hostname ? p->hostname : addr_text(&p->addr, text));
		if (p->description)
			fprintf(out, " description %s\n", p->description);
		if (p->password)
			fprintf(out, " set aggressive-mode password <redacted>\n");
		if (p->self.type == IPSEC_ID_IPV4_ADDR)
			fprintf(out, " set aggressive-mode client-endpoint ipv4-address %s \n", addr_text(&p->self.addr, text));
		else if (p->self.type)
			fprintf(out, " set aggressive-mode client-endpoint %s %s \n",
				p->self.type == IPSEC_ID_FQDN ? "fqdn" : "user-fqdn", p->self.text);
	}
}

static void print_match(const struct config_match *m, FILE *out)
{
	char text[ADDR_TEXT];

	fprintf(out, "   match identity ");
	if (m->type == IPSEC_ID_IPV4_ADDR) {
		fprintf(out, "address %s ", addr_text(&m->addr, text));
		print_mask(out, m->prefix);
		fprintf(out, " \n");
	} else if (m->type == IPSEC_ID_IPV6_ADDR) {
		fprintf(out, "address ipv6 %s/%u \n", addr_text(&m->addr, text), m->prefix);
	} else {
		fprintf(out, "%s %s%s\n", m->type == IPSEC_ID_FQDN ? "host" : m->type == IPSEC_ID_USER_FQDN ? "user" : "group",
			m->domain ? "domain " : "", m->text);
	}
}

static void print_isakmp_profile(const struct config_isakmp_profile *p, FILE *out)
{
	fprintf(out, "crypto isakmp profile %s\n", p->name);
	if (p->description)
		fprintf(out, "   description %s\n", p->description);
	if (p->keyrings) {
		fprintf(out, "   keyring");
		for (size_t i = 0; i < p->keyrings; i++)
			fprintf(out, " %s", p->keyring[i]->name);
		fprintf(out, p->default_keyring ? " default\n" : "\n");
	}
	if (p->self.type == IPSEC_ID_IPV4_ADDR)
		fprintf(out, "   self-identity address\n");
	else if (p->self.type)
		fprintf(out, "   self-identity %s%s%s\n", p->self.type == IPSEC_ID_FQDN ? "fqdn" : "user-fqdn", p->self.text ? " " : "",
			p->self.text ? p->self.text : "");
	for (size_t i = 0; i < p->matches; i++)
		print_match(p->match[i], out);
	if (p->keepalive)
		fprintf(out, "   keepalive %u retry %u\n", p->keepalive, p->keepalive_retry);
	if (p->aggressive)
		fprintf(out, "   initiate mode aggressive\n");
	print_local(&p->local, "   ", out);
}

static void print_hosts(const struct config *c, FILE *out)
{
	char text[ADDR_TEXT];

	if (c->domain)
		fprintf(out, "ip domain name %s\n", c->domain);
	for (size_t i = 0; i < c->hosts; i++)
		fprintf(out, "%s host %s %s\n", c->host[i]->addr.length == 16 ? "ipv6" : "ip", c->host[i]->name,
			addr_text(&c->host[i]->addr, text));
	if (c->domain || c->hosts)
		fprintf(out, "!\n");
}

static void print_global(const struct config *c, FILE *out)
{
	static const char *const identity[] = { "address", "hostname", "dn" };
	static const char *const df[] = { [CONFIG_DF_CLEAR] = "clear", [CONFIG_DF_SET] = "set" };

	if (c->log_session)
		fprintf(out, "crypto logging session\n");
	if (c->admission_active)
		fprintf(out, "crypto call admission limit ike sa %u\n", c->admission_active);
	if (c->admission_negotiating)
		fprintf(out, "crypto call admission limit ike in-negotiation-sa %u\n", c->admission_negotiating);
	if (c->identity != CONFIG_IDENTITY_ADDRESS)
		fprintf(out, "crypto isakmp identity %s\n", identity[c->identity]);
	if (c->aggressive != CONFIG_AGGRESSIVE_UNSAID)
		fprintf(out, "%scrypto isakmp aggressive-mode disable\n", c->aggressive == CONFIG_AGGRESSIVE_ENABLED ? "no " : "");
	if (c->ike_fragmentation)
		fprintf(out, "crypto isakmp fragmentation\n");
	if (c->invalid_spi_recovery)
		fprintf(out, "crypto isakmp invalid-spi-recovery\n");
	if (c->keepalive) {
		fprintf(out, "crypto isakmp keepalive %u", c->keepalive);
		if (c->keepalive_retry != 2)
			fprintf(out, " %u", c->keepalive_retry);
		fprintf(out, c->keepalive_periodic ? " periodic\n" : "\n");
	}
	if (c->nat_keepalive)
		fprintf(out, "crypto isakmp nat keepalive %u\n", c->nat_keepalive);
	if (!c->nat_transparency)
		fprintf(out, "no crypto ipsec nat-transparency udp-encapsulation\n");
	if (c->life_kilobytes_at.line && !c->life_kilobytes)
		fprintf(out, "crypto ipsec security-association lifetime kilobytes disable\n");
	else if (c->life_kilobytes != CONFIG_DEFAULT_KILOBYTES)
		fprintf(out, "crypto ipsec security-association lifetime kilobytes %u\n", c->life_kilobytes);
	if (c->life_seconds != CONFIG_DEFAULT_SECONDS)
		fprintf(out, "crypto ipsec security-association lifetime seconds %u\n", c->life_seconds);
	if (c->idle_seconds)
		fprintf(out, "crypto ipsec security-association idle-time %u\n", c->idle_seconds);
	if (!c->replay_window)
		fprintf(out, "crypto ipsec security-association replay disable\n");
	else if (c->replay_window != CONFIG_DEFAULT_WINDOW)
		fprintf(out, "crypto ipsec security-association replay window-size %u\n", c->replay_window);
	if (c->df != CONFIG_DF_COPY)
		fprintf(out, "crypto ipsec df-bit %s\n", df[c->df]);
	if (c->fragmentation == CONFIG_FRAGMENT_AFTER)
		fprintf(out, "crypto ipsec fragmentation after-encryption\n");
}

static void print_sets(const struct config *c, FILE *out)
{
	for (size_t i = 0; i < c->sets; i++)
		fprintf(out, "crypto ipsec transform-set %s %s \n mode %s\n%s", c->set[i]->name, c->set[i]->words,
			c->set[i]->mode == IPSEC_ENCAPS_TUNNEL ? "tunnel" : c->set[i]->mode_required ? "transport require" : "transport",
			c->set[i]->esn ? " esn\n" : "");
}

static const char *const df_word[] = {
	[CONFIG_DF_COPY] = "copy", [CONFIG_DF_CLEAR] = "clear", [CONFIG_DF_SET] = "set",
};

static void print_session_keys(const struct config_entry *e, FILE *out)
{
	static const char *const word[] = { [CONFIG_INBOUND] = "inbound", [CONFIG_OUTBOUND] = "outbound" };

	for (unsigned int d = 0; d < CONFIG_DIRECTIONS; d++) {
		const struct config_session_key *k = &e->esp[d];

		if (k->at.line)
			fprintf(out, " set session-key %s esp %u%s%s\n", word[d], k->spi, k->cipher ? " cipher <redacted>" : "",
				k->authenticator ? " authenticator <redacted>" : "");
		if (e->ah[d].at.line)
			fprintf(out, " set session-key %s ah %u <redacted>\n", word[d], e->ah[d].spi);
	}
}

static void print_sa_lines(const struct config *c, const struct config_entry *e, FILE *out);

static void print_profiles(const struct config *c, FILE *out)
{
	for (size_t i = 0; i < c->profiles; i++) {
		fprintf(out, "crypto ipsec profile %s\n", c->profile[i]->name);
		print_sa_lines(c, c->profile[i]->entry, out);
		if (c->profile[i]->responder_only)
			fprintf(out, " responder-only\n");
	}
}

static void print_routes(const struct config_routes *routes, FILE *out)
{
	char text[ADDR_TEXT];

	if (routes->distance)
		fprintf(out, " set reverse-route distance %u\n", routes->distance);
	if (routes->tag)
		fprintf(out, " set reverse-route tag %u\n", routes->tag);
	if (!routes->wanted && routes->gateway.length)
		fprintf(out, " set reverse-route gateway %s\n", addr_text(&routes->gateway, text));
	if (routes->wanted && routes->gateway.length)
		fprintf(out, " reverse-route remote-peer %s%s\n", addr_text(&routes->gateway, text), routes->always ? " static" : "");
	else if (routes->wanted)
		fprintf(out, " reverse-route%s\n", routes->always ? " static" : "");
}

static void print_entry(const struct config *c, const struct config_entry *e, FILE *out)
{
	char text[ADDR_TEXT];

	if (e->template)
		fprintf(out, "crypto dynamic-map %s %u\n", e->map, e->seq);
	else
		fprintf(out, "crypto map %s%s %u %s%s%s \n", config_map_find(c, e->map)->six ? "ipv6 " : "", e->map, e->seq,
			e->manual ? "ipsec-manual" : "ipsec-isakmp", e->dynamic_name ? " dynamic " : "",
			e->dynamic_name ? e->dynamic_name : "");
	if (e->dynamic_name)
		return;
	if (e->description)
		fprintf(out, " description %s\n", e->description);
	for (size_t i = 0; i < e->peers; i++)
		fprintf(out, " set peer %s%s\n", e->peer[i]->name ? e->peer[i]->name : addr_text(&e->peer[i]->addr, text), e->peer[i]->preferred ? " default" : "");
	print_sa_lines(c, e, out);
	if (e->acl_name)
		fprintf(out, " match address %s\n", e->acl_name);
	print_routes(&e->routes, out);
}

/* What an entry and a profile have in common: of the SAs. */
static void print_sa_lines(const struct config *c, const struct config_entry *e, FILE *out)
{
	if (e->life_kilobytes_at.line != c->life_kilobytes_at.line && !e->life_kilobytes)
		fprintf(out, " set security-association lifetime kilobytes disable\n");
	else if (e->life_kilobytes_at.line != c->life_kilobytes_at.line)
		fprintf(out, " set security-association lifetime kilobytes %u\n", e->life_kilobytes);
	if (e->life_seconds_at.line != c->life_seconds_at.line)
		fprintf(out, " set security-association lifetime seconds %u\n", e->life_seconds);
	if (e->per_host)
		fprintf(out, " set security-association level per-host\n");
	if (e->idle_seconds != c->idle_seconds || e->idle_default)
		fprintf(out, " set security-association idle-time %u%s\n", e->idle_seconds, e->idle_default ? " default" : "");
	if (e->parallel)
		fprintf(out, " set security-association parallel\n");
	if (e->df != CONFIG_DF_INHERIT)
		fprintf(out, " set security-association dfbit %s\n", df_word[e->df]);
	if (e->replay_window != c->replay_window && !e->replay_window)
		fprintf(out, " set security-association replay disable\n");
	else if (e->replay_window != c->replay_window)
		fprintf(out, " set security-association replay window-size %u\n", e->replay_window);
	if (e->sets) {
		fprintf(out, " set transform-set ");
		for (size_t i = 0; i < e->sets; i++)
			fprintf(out, "%s ", e->set[i]->name);
		fprintf(out, "\n");
	}
	print_session_keys(e, out);
	if (e->pfs_group)
		fprintf(out, " set pfs group%u\n", e->pfs_group);
	if (e->own_isakmp)
		fprintf(out, " set isakmp-profile %s\n", e->isakmp->name);
}

static void print_maps(const struct config *c, FILE *out)
{
	for (size_t i = 0; i < c->dynamics; i++)
		for (size_t j = 0; j < c->dynamic[i]->entries; j++)
			print_entry(c, c->dynamic[i]->entry[j], out);
	if (c->dynamics)
		fprintf(out, "!\n");
	for (size_t i = 0; i < c->maps; i++) {
		const struct config_map *m = c->map[i];

		if (m->local_interface && !m->made)
			fprintf(out, "crypto map %s%s local-address %s\n", m->six ? "ipv6 " : "", m->name, m->local_interface);
		if (m->isakmp)
			fprintf(out, "crypto map %s isakmp-profile %s\n", m->name, m->isakmp->name);
		for (size_t j = 0; j < m->entries; j++)
			if (!m->entry[j]->profile)
				print_entry(c, m->entry[j], out);
	}
}

static void print_mss(FILE *out, const char *family, unsigned int mss)
{
	if (mss == CMAP_TCP_MSS_PATH)
		fprintf(out, " %s tcp adjust-mss pmtu\n", family);
	else if (mss)
		fprintf(out, " %s tcp adjust-mss %u\n", family, mss);
}

static void print_interfaces(const struct config *c, FILE *out)
{
	char text[ADDR_TEXT];

	for (size_t i = 0; i < c->interfaces; i++) {
		const struct config_interface *f = c->interface[i];

		fprintf(out, "interface %s\n", f->name);
		if (f->address.length) {
			fprintf(out, " ip address %s ", addr_text(&f->address, text));
			print_mask(out, f->prefix);
			fprintf(out, "\n");
		}
		if (f->address6.length)
			fprintf(out, " ipv6 address %s/%u\n", addr_text(&f->address6, text), f->prefix6);
		if (f->link_local.length)
			fprintf(out, " ipv6 address %s link-local\n", addr_text(&f->link_local, text));
		print_mss(out, "ip", f->mss);
		print_mss(out, "ipv6", f->mss6);
		if (f->profile)
			fprintf(out, " tunnel protection ipsec profile %s\n", f->profile);
		if (f->map_name && !(f->map && f->map->made))
			fprintf(out, " %scrypto map %s\n", f->map && f->map->six ? "ipv6 " : "", f->map_name);
		if (f->df != CONFIG_DF_INHERIT)
			fprintf(out, " crypto ipsec df-bit %s\n", df_word[f->df]);
		if (f->fragmentation != CONFIG_FRAGMENT_INHERIT)
			fprintf(out, " crypto ipsec fragmentation %s-encryption\n",
				f->fragmentation == CONFIG_FRAGMENT_AFTER ? "after" : "before");
	}
}

static void print_acls(const struct config *c, FILE *out)
{
	for (size_t i = 0; i < c->acls; i++) {
		const struct config_acl *acl = c->acl[i];
		bool numbered = acl->name[0] >= '0' && acl->name[0] <= '9';

		if (acl->made)
			continue;
		if (acl->six)
			fprintf(out, "ipv6 access-list %s\n", acl->name);
		else if (!numbered)
			fprintf(out, "ip access-list extended %s\n", acl->name);
		for (size_t j = 0; j < acl->lines; j++) {
			const char *text = acl->text[j];
			/* A router pads "deny" to the width of "permit" in numbered lists. */
			bool deny = numbered && text[0] == 'd';

			if (numbered)
				fprintf(out, "access-list %s ", acl->name);
			fprintf(out, deny ? "deny  %s\n" : numbered ? "%s\n" : " %s\n", deny ? text + 4 : text);
		}
	}
}

void config_print(const struct config *c, FILE *out)
{
	if (c->hostname)
		fprintf(out, "hostname %s\n!\n", c->hostname);
	print_hosts(c, out);
	print_keyrings(c, out);
	print_global(c, out);
	print_policies(c, out);
	print_keys(c, out);
	print_peer_policies(c, out);
	for (size_t i = 0; i < c->isakmp_profiles; i++)
		print_isakmp_profile(c->isakmp_profile[i], out);
	print_sets(c, out);
	print_profiles(c, out);
	fprintf(out, "!\n");
	print_maps(c, out);
	fprintf(out, "!\n");
	print_interfaces(c, out);
	fprintf(out, "!\n");
	print_acls(c, out);
	fprintf(out, "end\n");
}
