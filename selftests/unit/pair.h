/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two managers in one program, joined by a wire that a test may cut, and each
 * with a kernel that keeps what it is told. Parsing, building and cryptography
 * are the real ones.
 */
#ifndef UNIT_PAIR_H
#define UNIT_PAIR_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "ike.h"
#include "sa.h"

#define PAIR_SAS	64
#define PAIR_ENTRIES	16
#define PAIR_EVENTS	4096

/** struct pair_sa - an SA that a manager put into its kernel */
struct pair_sa {
	bool used, inbound, standby, bundled;
	uint32_t conn_id;
	uint8_t proto;
	uint32_t spi, seq, ah_spi;
	enum cmap_mode mode;
	enum cmap_df df;
	bool fragment_after, parallel, esn;
	uint32_t idle_seconds, replay_window;
	struct addr src, dst;
	struct proxy local, remote;
	enum cmap_cipher cipher;
	enum cmap_auth auth;
	uint8_t cipher_key[64], auth_key[64];
	size_t cipher_key_len, auth_key_len;
	uint32_t soft_seconds, hard_seconds;
	uint64_t soft_bytes, hard_bytes;
	uint64_t packets;
	uint16_t encap_sport, encap_dport;
	unsigned int enabled;		/* outbound: counts up: the last one carries the traffic */
};

/** struct pair_side - one manager */
struct pair_side {
	struct ike ike;
	struct event_hub *hub;
	const char *name;
	struct addr addr;
	struct addr nat;		/* its address as others see it; length 0: no NAT */
	uint16_t nat_shift;		/* what the NAT adds to its ports */
	uint16_t last_port;		/* from which its last datagram went out */
	unsigned int keepalives;
	struct pair_side *other;
	struct pair *pair;
	struct pair_sa sas[PAIR_SAS];
	struct { uint32_t seq; struct addr peer; struct kernel_rule rule; } entry[PAIR_ENTRIES];	/* what it made itself; seq 0: free */
	uint32_t next_spi;
	unsigned int reserved;
	unsigned int enablings;
	unsigned int drops;		/* that its kernel counts for the rule */
	unsigned int refuse_sa_new;	/* this many SA_NEW fail */
	json_t *events;			/* all that were emitted */
	unsigned int sent;		/* datagrams */
	void *config;
};

/** struct pair - both, and the wire */
struct pair {
	uv_loop_t loop;
	struct pair_side a, b;
	/* called for each datagram; false: it is lost. It may change the bytes. */
	bool (*pass)(struct pair *p, struct pair_side *from, uint8_t *data, size_t *len);
	unsigned int count;		/* datagrams so far */
	unsigned int lose;		/* for pass functions: bit n: lose datagram n */
	uint8_t last[65536];		/* the last datagram, and from whom */
	size_t last_len;
	struct pair_side *last_from;
};

/** pair_start() - a (192.0.2.1, LAN 10.1.0.0/24) and b (198.51.100.1, LAN 10.2.0.0/24) with these configurations */
void pair_start(struct pair *p, const char *config_a, const char *config_b);

/** pair_start_at() - the same with other addresses */
void pair_start_at(struct pair *p, const char *addr_a, const char *addr_b, const char *config_a, const char *config_b);

/** pair_stop() - free everything; returns how many SAs or reservations a kernel still has */
unsigned int pair_stop(struct pair *p);

/** pair_acquire() - the kernel of @side asks for an SA pair of sequence 10's first rule */
void pair_acquire(struct pair_side *side);

/** pair_run() - run the loop until @done(p), at most @ms. Returns whether it was. */
bool pair_run(struct pair *p, bool (*done)(struct pair *p), unsigned int ms);

/** pair_sleep() - run the loop for @ms */
void pair_sleep(struct pair *p, unsigned int ms);

/** pair_inject() - a datagram as if from @from's address */
void pair_inject(struct pair_side *from, const void *data, size_t len);

/** pair_up() - both have an established IKE SA, and enabled SA pairs with equal keys */
bool pair_up(struct pair *p);

/** pair_sas() - SAs in that kernel */
unsigned int pair_sas(const struct pair_side *side);

/** pair_entries() - entries that the manager has made in that kernel */
unsigned int pair_entries(const struct pair_side *side);

/** pair_keys_match() - each outbound SA of one side is an inbound one of the other, with the same keys */
bool pair_keys_match(const struct pair *p);

/** pair_events() - how many events of @type; with @key (may be NULL) equal to string @value */
unsigned int pair_events(const struct pair_side *side, const char *type, const char *key, const char *value);

/** pair_config() - a site's configuration: @peer, @policy ("encr 3des" ...), @set ("esp-3des esp-sha-hmac"), @extra lines in the map entry */
char *pair_config(char site, const char *policy, const char *set, const char *extra);

#endif
