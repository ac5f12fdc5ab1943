/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The questions that negotiation asks of the configuration: which key, which
 * policies, which map entry. Pure reading; answers borrow from the
 * configuration and are good until it is replaced.
 */
#ifndef IKEMGR_LOOKUP_H
#define IKEMGR_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "crypto.h"
#include "event.h"
#include "kernel.h"
#include "proposal.h"

struct config;
struct config_entry;
struct config_psk_query;
struct config_rule;
struct ike;
struct ike_sa;

/**
 * struct lookup_entry - what a crypto map entry says
 * @default_peer: which of @peers is the preferred one ("set peer ... default"), else the first
 * @has_default: one is
 * @template: of a dynamic map; then @seq is that of the temporary entry, in lookup_responder() not known yet
 */
struct lookup_entry {
	const char *map;
	uint32_t seq;
	const struct config_entry *template;
	struct proposal_entry proposal;
	struct proposal_set sets[PROPOSAL_SETS_MAX];
	struct addr peers[CMAP_PEERS_MAX];
	unsigned int peer_count, default_peer;
	bool has_default;
	uint32_t replay_window;		/* 0: off */
	uint32_t idle_seconds;		/* 0: off */
	bool idle_default;
	bool per_host;
	bool parallel;
	bool manual;
	bool responder_only;
	const char *isakmp;		/* the ISAKMP profile that its peers must fit; NULL: any */
	bool keep_up;			/* SAs are made without being asked for, and made again */
	struct event_line line;
};

/** struct lookup_options - what SAs of an entry have besides algorithms and lifetimes */
struct lookup_options {
	uint32_t replay_window, idle_seconds;
	enum cmap_df df;
	bool fragment_after;
	bool parallel;
};

/** enum lookup_verdict - why no entry serves a peer's quick mode, in the order of the tests (IOS) */
enum lookup_verdict {
	LOOKUP_OK,
	LOOKUP_NO_MAP,		/* no crypto map on the interface with our address (error 8) */
	LOOKUP_PEER,		/* peer in no entry (64) */
	LOOKUP_PROFILE,		/* the entry is for another ISAKMP profile's peers (32) */
	LOOKUP_PROXY,		/* no permit rule holds the proxies (32) */
	LOOKUP_TRANSFORM,	/* no transform set fits (256) */
	LOOKUP_PFS,		/* we demand PFS, none was offered (1024) */
};

/**
 * struct lookup_psk - a pre-shared key
 * @keyring: NULL: the default one
 * @host: the name that it is for, NULL: addresses
 */
struct lookup_psk {
	struct crypto_bytes key;
	struct event_line line;
	const char *keyring, *host;
};

/** lookup_key() - the pre-shared key of the peer of @sa, as far as it is known now: the most specific one. false: none. */
bool lookup_key(const struct ike_sa *sa, struct lookup_psk *out);

/** lookup_psk_query() - what the choice of the key of @sa goes by, in configuration @c */
void lookup_psk_query(const struct ike_sa *sa, const struct config *c, struct config_psk_query *q);

/** lookup_profiles() - names of all ISAKMP profiles, each with a blank behind it. NULL: there is none. */
const char *lookup_profiles(const struct ike *ike, char *buf, size_t room);

/** lookup_policies() - pre-share policies, best first, into @out (PROPOSAL_POLICIES_MAX). Returns how many. */
size_t lookup_policies(const struct ike *ike, struct proposal_policy *out);

/** lookup_entry() - the entry @map @seq, with modes as configured: see lookup_mode(). false: there is none. */
bool lookup_entry(const struct ike *ike, const char *map, uint32_t seq, struct lookup_entry *out);

/**
 * lookup_options() - of SAs of @entry with our address @local
 *
 * DF and fragmentation are the entry's, else those of the interface with that
 * address, else the global ones.
 */
struct lookup_options lookup_options(const struct ike *ike, const struct lookup_entry *entry, const struct addr *local);

/**
 * lookup_mode() - which mode the sets of @entry ask for, between these peers and for these proxies
 *
 * Transport mode is for traffic between the peers themselves; all else is in
 * tunnel mode whatever is configured (IOS). A set that requires
 * transport mode where it cannot be is left out. @natt: as natt_form() says.
 */
void lookup_mode(struct lookup_entry *entry, const struct addr *local, const struct addr *remote, enum natt natt,
		 const struct proxy *local_proxy, const struct proxy *remote_proxy);

/** lookup_rule() - does a permit rule of that entry hold the proxies? @line, @index: which. */
bool lookup_rule(const struct ike *ike, const char *map, uint32_t seq, const struct proxy *local,
		 const struct proxy *remote, uint32_t *index, struct event_line *line);

/** lookup_each_rule() - make the flow of every permit rule of the configuration. */
void lookup_each_rule(struct ike *ike);

/**
 * lookup_responder() - the entry that answers a quick mode under @ike_sa
 * @local_proxy, @remote_proxy: our side, the peer's side; narrowed to the rule's where that has a range of ports, which
 *	the peer cannot say
 * @sa: the offer
 * @entry, @choice: filled in when LOOKUP_OK; @entry also with LOOKUP_TRANSFORM and LOOKUP_PFS: what did not suit
 *
 * The last test that failed, in the entry that came furthest, is the verdict.
 */
enum lookup_verdict lookup_responder(const struct ike_sa *ike_sa, struct proxy *local_proxy, struct proxy *remote_proxy,
				     const struct parse_payload *sa, struct lookup_entry *entry,
				     struct proposal_esp_choice *choice);

/** lookup_proxies() - both sides of an access-list rule. */
void lookup_proxies(const struct config_rule *rule, struct proxy *local, struct proxy *remote);

/** proxy_inside() - does @outer hold all of @inner? Ports and protocol included. */
bool proxy_inside(const struct proxy *inner, const struct proxy *outer);

/** proxy_on_wire() - what an ID payload says of @p: of a range of ports, all ports (0) */
struct proxy proxy_on_wire(const struct proxy *p);

/** proxy_equal() - the same proxy? */
bool proxy_equal(const struct proxy *a, const struct proxy *b);

/** proxy_event() - as events print it. */
void proxy_event(const struct proxy *p, struct event_proxy *out);

#endif
