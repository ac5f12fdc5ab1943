/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel as the daemon sees it: maps, entries, bindings and security
 * associations, in the daemon's own types. kernel.c is the only file that
 * knows the genetlink family; everybody else calls through struct kernel_ops,
 * which lets a unit test stand in for the kernel.
 *
 * Requests are synchronous (the module answers within the system call); events
 * arrive from the loop through struct kernel_events.
 */
#ifndef IKEMGR_KERNEL_H
#define IKEMGR_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>
#include <linux/cryptomap.h>

#include "addr.h"

#define KERNEL_ERROR 256

/**
 * struct proxy - one side of a proxy identity or of an access-list line
 * @addr: network, host bits zero
 * @protocol: 0: any
 * @port_lo, @port_hi: both 0: any
 */
struct proxy {
	struct addr addr;
	uint8_t prefix;
	uint8_t protocol;
	uint16_t port_lo, port_hi;
};

/** struct kernel_rule - one line of an entry's access list, outbound view */
struct kernel_rule {
	bool permit;
	struct proxy local, remote;
};

/** struct kernel_entry - CMAP_CMD_ENTRY_SET; @local.length 0: the interface's own address */
struct kernel_entry {
	const char *map;
	uint32_t seq;
	const struct addr *peers;
	unsigned int peer_count;
	struct addr local;
	const struct kernel_rule *rules;
	unsigned int rule_count;
	uint32_t hold;
	bool per_host;
};

/**
 * struct kernel_sa - CMAP_CMD_SA_NEW; SPIs in host byte order, 0 lifetimes: none
 * @proto: IPPROTO_ESP or IPPROTO_AH, which has no cipher
 * @ah_spi: ESP: each packet is also in that AH SA; 0: none
 * @bundled: AH: used by that ESP SA alone
 * @df, @fragment_after: outbound
 * @esn: extended sequence numbers
 */
struct kernel_sa {
	bool inbound;
	uint8_t proto;
	uint32_t spi;
	struct addr src, dst;
	const char *map;
	uint32_t seq;
	struct proxy local, remote;
	enum cmap_cipher cipher;
	const uint8_t *cipher_key;
	size_t cipher_key_len;
	enum cmap_auth auth;
	const uint8_t *auth_key;
	size_t auth_key_len;
	uint32_t replay_window;		/* UINT32_MAX: the kernel's default */
	bool standby;
	enum cmap_mode mode;
	uint32_t ah_spi;
	bool bundled;
	enum cmap_df df;
	bool fragment_after;
	bool parallel;
	bool esn;
	uint16_t encap_sport, encap_dport; /* ESP in UDP, as on the wire; 0: not */
	uint32_t idle_seconds;
	uint32_t conn_id;
	uint32_t soft_seconds, hard_seconds;
	uint64_t soft_bytes, hard_bytes;
};

/** struct kernel_stats - counters of an SA or a rule */
struct kernel_stats {
	uint64_t out_packets, out_bytes, in_packets, in_bytes;
	uint64_t out_errors, in_errors, held, out_sequence, in_sequence;
};

#define KERNEL_DROPS 32

/** struct kernel_drops - non-zero drop counters */
struct kernel_drops {
	struct {
		uint32_t reason;	/* enum cmap_drop */
		char name[32];
		uint64_t packets;
	} drop[KERNEL_DROPS];
	unsigned int count;
};

/** struct kernel_sa_info - CMAP_CMD_SA_GET's reply, and what SA events carry */
struct kernel_sa_info {
	bool inbound;
	uint8_t proto;
	uint32_t spi;
	struct addr src, dst;
	char map[CMAP_NAME_MAX + 1];
	uint32_t seq;
	struct proxy local, remote;
	uint32_t conn_id;
	bool standby, bundled, esn;
	enum cmap_cipher cipher;
	enum cmap_auth auth;
	enum cmap_mode mode;
	uint32_t ah_spi;		/* ESP: of the AH around it; 0: none */
	uint16_t encap_sport, encap_dport;	/* 0: not in UDP */
	uint32_t soft_seconds, hard_seconds;	/* 0: none, as of bytes */
	uint64_t soft_bytes, hard_bytes;
	uint32_t replay_window;
	char driver[128];
	struct kernel_stats stats;
	struct kernel_drops drops;
	uint32_t age_seconds;
	bool has_left_seconds, has_left_bytes;
	uint32_t left_seconds;
	uint64_t left_bytes;
	uint32_t path_mtu, inner_mtu;	/* outbound; 0: not known */
	char reason[64];		/* events only: "seconds", "bytes", ... */
};

/** struct kernel_flow - a packet's 5-tuple */
struct kernel_flow {
	struct addr src, dst;
	uint8_t protocol;
	uint16_t sport, dport;
};

/** struct kernel_acquire - CMAP_CMD_EV_ACQUIRE */
struct kernel_acquire {
	char map[CMAP_NAME_MAX + 1];
	uint32_t seq;
	uint32_t rule_index;
	uint32_t ifindex;
	struct proxy local, remote;
	struct kernel_flow flow;
};

/** struct kernel_rule_info - one permit or deny line of ENTRY_GET's reply, with its counters */
struct kernel_rule_info {
	char map[CMAP_NAME_MAX + 1];
	uint32_t seq;
	uint32_t index;			/* from 0, denies counted */
	bool permit;
	struct proxy local, remote;
	struct kernel_stats stats;	/* permit: of all SAs this rule has had */
	struct kernel_drops out_drops, in_drops; /* the errors of stats by their reasons */
	uint64_t matches;
};

/** struct kernel_link - LINK_GET's reply */
struct kernel_link {
	uint32_t ifindex;
	char ifname[32];
	char map[CMAP_NAME_MAX + 1];
	uint16_t mss, mss6;		/* 0: none */
	struct kernel_drops drops;
};

/** struct kernel_events - called from the loop; any may be NULL */
struct kernel_events {
	void (*acquire)(void *arg, const struct kernel_acquire *acq);
	void (*soft_expire)(void *arg, const struct kernel_sa_info *sa);
	void (*hard_expire)(void *arg, const struct kernel_sa_info *sa);
	void (*sa_deleted)(void *arg, const struct kernel_sa_info *sa);
	/* no packet for the SA's idle_seconds */
	void (*idle)(void *arg, const struct kernel_sa_info *sa);
	/* first packet authenticated on inbound @spi */
	void (*used)(void *arg, uint8_t proto, uint32_t spi, const struct addr *dst);
	/* an authentic packet of the UDP-encapsulated inbound @spi came from @src, @sport: not where the SA says */
	void (*moved)(void *arg, uint8_t proto, uint32_t spi, const struct addr *src, uint16_t sport);
	void (*invalid_spi)(void *arg, uint8_t proto, uint32_t spi, const struct addr *src, const struct addr *dst, uint32_t ifindex);
	void (*not_ipsec)(void *arg, const char *map, uint32_t seq, uint32_t ifindex, const struct kernel_flow *flow);
	void (*drop)(void *arg, uint32_t spi, const struct addr *src, const struct addr *dst, uint32_t conn_id,
		     const char *reason, uint64_t sequence, const struct kernel_flow *flow);
	/* a binding changed; map "" when unbound */
	void (*link)(void *arg, uint32_t ifindex, const char *ifname, const char *map);
};

/**
 * struct kernel_ops - requests to the kernel
 *
 * Each returns 0 or a negative errno; then @error(ctx) is the kernel's own
 * text for it (extack), valid until the next request. uapi/linux/cryptomap.h
 * tells the errors of each command.
 */
struct kernel_ops {
	int (*entry_set)(void *ctx, const struct kernel_entry *entry, bool replace);
	int (*entry_del)(void *ctx, const char *map, uint32_t seq);
	int (*map_del)(void *ctx, const char *map);
	/* @mss, @mss6: "ip tcp adjust-mss", "ipv6 tcp adjust-mss"; 0: none */
	int (*link_set)(void *ctx, uint32_t ifindex, const char *map, uint16_t mss, uint16_t mss6);
	int (*link_del)(void *ctx, uint32_t ifindex);
	int (*link_dump)(void *ctx, void (*fn)(void *arg, const struct kernel_link *link), void *arg);
	/* every rule of every entry (@map NULL) or of one map, in order */
	int (*rule_dump)(void *ctx, const char *map,
			 void (*fn)(void *arg, const struct kernel_rule_info *rule), void *arg);
	int (*spi_alloc)(void *ctx, uint8_t proto, const struct addr *dst, uint32_t *spi);
	int (*sa_new)(void *ctx, const struct kernel_sa *sa);
	int (*sa_enable)(void *ctx, uint8_t proto, uint32_t spi, const struct addr *dst);
	/* other ports for a UDP-encapsulated SA */
	int (*sa_move)(void *ctx, uint8_t proto, uint32_t spi, const struct addr *dst, uint16_t sport, uint16_t dport);
	int (*sa_del)(void *ctx, uint8_t proto, uint32_t spi, const struct addr *dst);
	int (*sa_get)(void *ctx, uint8_t proto, uint32_t spi, const struct addr *dst, struct kernel_sa_info *info);
	/* @map, @peer may be NULL */
	int (*sa_dump)(void *ctx, const char *map, const struct addr *peer,
		       void (*fn)(void *arg, const struct kernel_sa_info *sa), void *arg);
	int (*sa_flush)(void *ctx, const char *map, const struct addr *peer, uint32_t *count);
	const char *(*error)(void *ctx);
};

/** struct kernel - a connection to the module of this network namespace */
struct kernel;

/** kernel_ops_genl - the ops of a struct kernel (ctx) */
extern const struct kernel_ops kernel_ops_genl;

/**
 * kernel_open() - connect to the module and subscribe to its events
 * @error: KERNEL_ERROR bytes: on failure one line that says what is missing
 *	(module not loaded, no CAP_NET_ADMIN, ...) and what to do
 *
 * Returns NULL on failure.
 */
struct kernel *kernel_open(uv_loop_t *loop, const struct kernel_events *events, void *arg, char *error);

/** kernel_close() - the loop must still run once for the handle to go. */
void kernel_close(struct kernel *k);

#endif
