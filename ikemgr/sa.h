/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Security associations and what they serve: peers, IKE SAs, flows and their
 * child SA pairs. These are the long-lived objects; negotiation is exchange.h.
 *
 * Ownership: struct ike owns peers and flows; a peer owns its IKE SAs; a flow
 * owns its child pairs. Children do not belong to an IKE SA: they outlive it.
 * Everything runs on the loop's thread, so pointers stay good until the loop
 * is entered again. Lookups return borrowed pointers.
 */
#ifndef IKEMGR_SA_H
#define IKEMGR_SA_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "addr.h"
#include "event.h"
#include "kernel.h"
#include "natt.h"
#include "timer.h"
#include "wire.h"

struct crypto_dh;
struct dynamic;
struct exchange;
struct fragments;
struct ike;
struct ike_keys;

/** enum ike_state - IOS; sa_state_set() is the one setter. Up to IKE_R_MM2 a peer that began has not shown that it receives. */
enum ike_state {
	IKE_READY,
	IKE_I_MM1, IKE_I_MM2, IKE_I_MM3, IKE_I_MM4, IKE_I_MM5, IKE_I_MM6,
	IKE_I_AM1, IKE_R_AM_AAA_AWAIT, IKE_R_AM2,
	IKE_R_MM1, IKE_R_MM2, IKE_R_MM3, IKE_R_MM4, IKE_R_MM5,
	IKE_P1_COMPLETE,
	IKE_DEST_SA,
	IKE_STATE_MAX
};

/** enum sa_word - the state column of show crypto isakmp sa, IOS */
enum sa_word {
	SA_MM_NO_STATE,
	SA_MM_SA_SETUP,
	SA_MM_KEY_EXCH,
	SA_AG_NO_STATE,
	SA_AG_INIT_EXCH,
	SA_QM_IDLE,
};

#define PARTNER_LEN 32
#define IKE_ID_MAX	255	/* bytes of an identity */
#define IKE_PROFILE_MAX	63	/* CONFIG_NAME_MAX */

/** struct ike_id - an identity: enum ipsec_id and the data of an ID payload; type 0: none */
struct ike_id {
	uint8_t type, length;
	uint8_t data[IKE_ID_MAX];
};

/**
 * struct ike_sa - one phase 1 SA
 * @conn_id: 0 until the keys exist, then from 1001 on
 * @number: what events print where a router prints a pointer
 * @word: the state column; deleted SAs show MM_NO_STATE or AG_NO_STATE
 * @aggressive: it came of aggressive mode
 * @profile: the ISAKMP profile of the request that made it, or that the peer's identity fits; "": none
 * @peer_id: what the peer calls itself
 * @confirmed: something under its keys has come from the peer since phase 1
 * @deleted: dead, waits 60 s for its purge ("ACTIVE (deleted)")
 * @encryption ... @lifetime: the agreed transform (enum ike_*), lifetime in s
 * @configured_life: the policy's own lifetime
 * @created, @established: uv_now() milliseconds; established 0: not yet
 * @used_ids: message ids seen or used, so that none is ever used again
 */
struct ike_sa {
	TAILQ_ENTRY(ike_sa) link;
	LIST_ENTRY(ike_sa) by_cookie;	/* the initiator's */
	struct peer *peer;
	uint32_t number;
	uint32_t conn_id;
	bool initiator;
	uint16_t local_port;		/* ours: 500; 4500 once a NAT was found */
	uint16_t remote_port;		/* the peer's, of this SA alone: a forged first message must not move another's */
	enum natt natt;			/* the form of NAT traversal that both speak */
	bool nat_here, nat_there;	/* a NAT is in front of us, of the peer */
	uint8_t partner[PARTNER_LEN];	/* who it is of those behind the peer's NAT, see natt_partner(); else zero */
	struct timer nat_keepalive;
	bool peer_fragments;		/* takes messages in pieces */
	uint16_t fragment_id;		/* of the last message that we sent in pieces */
	struct fragments *fragments;	/* pieces of the peer's, NULL: none yet */
	uint8_t icookie[ISAKMP_COOKIE_LEN], rcookie[ISAKMP_COOKIE_LEN];
	enum ike_state state;
	enum sa_word word;
	bool deleted;
	bool aggressive, confirmed;
	char profile[IKE_PROFILE_MAX + 1];
	struct ike_id peer_id;

	uint32_t encryption, key_bits, hash, auth, group;
	uint32_t lifetime, configured_life;
	struct event_line policy_line;
	struct ike_keys *keys;
	bool peer_dpd;			/* answers R-U-THERE */
	bool peer_router;		/* says that it is Cisco's: IOS, or Unity */
	bool peer_prompt;		/* installs its inbound SA before it answers quick mode: ours, and routers */
	bool send_initial_contact;
	uint8_t lost_proto;		/* the peer sends to an SA that we have lost (recovery.h): tell it when */
	uint32_t lost_spi;		/* this SA is established; 0: nothing to tell */
	bool proven;			/* responder: the peer has sent our cookie: it receives what we send */
	size_t bytes_in, bytes_out;	/* responder: until then */
	struct ike_sa *replaces;	/* this one is made to take over from it */
	bool shortened;			/* as responder we took less lifetime than was offered */
	unsigned int errors;		/* "incrementing error counter on sa" */
	uint64_t created, established;

	struct timer life;		/* renewal, then the end */
	struct timer dpd;		/* the next look at the peer, or its answer's deadline */
	unsigned int dpd_asked;		/* questions not answered */
	uint32_t dpd_sequence;
	uint64_t dpd_in, dpd_out;	/* packets when the peer was last known to be there */
	unsigned int dpd_quiet;		/* looks since then */
	struct timer purge;

	struct exchange *main;		/* the main or aggressive mode; NULL once purged */
	TAILQ_HEAD(, exchange) exchanges;	/* quick modes and informationals under this SA */
	unsigned int nodes;		/* how many */
	TAILQ_HEAD(, flow) waiting;	/* flows that want a quick mode when phase 1 is done */

	uint32_t *used_ids;
	size_t used_count, used_room;
};

/**
 * struct peer - one address pair that we speak IKE with
 * @handle: what events print as peer_handle
 */
struct peer {
	TAILQ_ENTRY(peer) link;
	LIST_ENTRY(peer) by_remote;
	struct ike *ike;
	struct addr local, remote;
	uint32_t handle;
	TAILQ_HEAD(ike_sa_list, ike_sa) sas;	/* newest first, deleted ones too */
};

/**
 * enum child_state
 * @CHILD_STANDBY: installed, outbound still disabled (initiator: see child_add())
 * @CHILD_ACTIVE: both directions carry traffic
 * @CHILD_OLD: a newer pair took over outbound; inbound stays for a while
 */
enum child_state {
	CHILD_STANDBY,
	CHILD_ACTIVE,
	CHILD_OLD,
};

/**
 * struct child_sa - a pair of IPsec SAs
 * @proto: IPPROTO_ESP, or IPPROTO_AH where that is alone
 * @spi_in, @spi_out: of that protocol, host byte order
 * @ah_in, @ah_out: of the AH around it; 0: none
 * @mode: IPSEC_ENCAPS_TUNNEL or _TRANSPORT; @udp: in UDP, to @udp_port of the peer
 * @partner: as the IKE SA's that made it
 * @transform: "esp-aes 256 esp-sha-hmac"; names as in the configuration
 * @transform_show: "esp-256-aes esp-sha-hmac", as show crypto ipsec sa prints it
 * @conn_in, @conn_out: flow ids; also CMAP_A_CONN_ID
 * @life_seconds, @life_kilobytes: agreed; 0 kilobytes: disabled
 * @block_length, @icv_length, @iv_length: bytes, for the MTU arithmetic; @ah_length: all that AH adds
 * @pfs_group: 0: none
 * @esn: extended sequence numbers
 * @initiator: we started the quick mode
 * @begun: when its quick mode began; @created: when it came to its flow; uv_now()
 * @old_packets: that the inbound half had, when a replaced pair was last looked at
 * @renew: adopted from an ended daemon, and waits for its turn (adopt.c); @used: it carried packets
 */
struct child_sa {
	TAILQ_ENTRY(child_sa) link;
	LIST_ENTRY(child_sa) by_remote, by_spi_in, by_spi_out;
	struct flow *flow;
	struct addr local, remote;
	uint8_t proto;
	uint32_t spi_in, spi_out, ah_in, ah_out;
	uint16_t mode;
	bool udp;
	uint16_t udp_port;
	uint8_t partner[PARTNER_LEN];
	char transform[96], transform_show[96];
	uint32_t conn_in, conn_out;
	uint32_t life_seconds;
	uint64_t life_kilobytes;
	unsigned int block_length, icv_length, iv_length, ah_length;
	unsigned int pfs_group;
	bool esn;
	bool initiator;
	enum child_state state;
	bool rekeying;
	bool renew, used;
	bool manual;			/* of an ipsec-manual entry: no lifetime, no peer to tell */
	bool idle_in, idle_out;		/* unused for the entry's idle time; with how many packets it was then: */
	uint64_t idle_in_packets, idle_out_packets;
	bool in_gone, out_gone;		/* the kernel no longer has it */
	uint32_t enable_ms;		/* standby: the delay of @enable */
	bool ask;
	unsigned int asked;		/* standby: R-U-THERE sent to learn that the peer has the pair */
	uint32_t ask_sequence;
	uint64_t begun, created;
	uint64_t old_packets;
	struct timer enable;		/* standby: when to switch at the latest */
	struct timer shortened;		/* the end of a lifetime that the peer has shortened, which the kernel does not know */
	struct timer old;		/* when to delete the old pair, or its inbound half */
};

/**
 * struct flow - a permit rule of a map entry, or a part of it that a peer asked for
 * @dynamic: the temporary entry that it is the flow of; NULL: an entry of the configuration
 * @rule_index: line of the ACL (denies counted), UINT32_MAX: a subset made by a peer
 * @local_proxy, @remote_proxy: what quick mode's IDs carry
 * @peer_index: which "set peer" is in use
 * @peer_seconds, @peer_kilobytes: that peer's own lifetimes, as far as it has said so; 0: not known, or none
 * @children: newest first
 * @rekeys: changes to another pair so far; @rekeying: one goes on; @lost_before, @lost, @ended_spi: see rekey.c
 */
struct flow {
	TAILQ_ENTRY(flow) link;		/* in ike->flows */
	TAILQ_ENTRY(flow) wait;		/* in ike_sa->waiting */
	LIST_ENTRY(flow) by_proxies;
	struct ike *ike;
	char map[CMAP_NAME_MAX + 1];
	uint32_t seq;
	struct dynamic *dynamic;
	uint32_t rule_index;
	struct event_line line;		/* of the ACL */
	struct proxy local_proxy, remote_proxy;
	unsigned int peer_index;
	unsigned int peers_failed;	/* one after the other, since the last pair or request */
	uint32_t peer_seconds, peer_kilobytes;
	struct addr local;		/* address of the interface the last request came from */
	uint32_t ifindex;		/* that interface, 0: none yet */
	TAILQ_HEAD(child_list, child_sa) children;

	unsigned int rekeys;
	bool rekeying;
	uint64_t lost_before, lost;
	uint32_t ended_spi;

	uint64_t rate;			/* bytes per second of the last pair, when its soft lifetime came; 0: not known */

	struct ike_sa *waiting_for;	/* phase 1 under way for us */
	struct exchange *quick;		/* our quick mode under way */
	unsigned int requests;		/* "request timer fired: count" */
	struct timer request;
};

/* --- what control.c asks for --- */

/** sa_peers() - first peer; go on with TAILQ_NEXT(peer, link), and over peer->sas. */
struct peer *sa_peers(struct ike *ike);

/** sa_flows() - first flow, in map, sequence and rule order; go on with TAILQ_NEXT(flow, link), and over flow->children. */
struct flow *sa_flows(struct ike *ike);

/** sa_word_name() - "MM_NO_STATE", "QM_IDLE". */
const char *sa_word_name(enum sa_word word);

/** sa_state_name() - "IKE_I_MM1". */
const char *sa_state_name(enum ike_state state);

/** sa_encryption_name() - "des", "3des", "aes", "aes 192", "aes 256" (the configuration's words). */
const char *sa_encryption_name(const struct ike_sa *sa);

/** sa_hash_name() - "md5", "sha", "sha256"... */
const char *sa_hash_name(const struct ike_sa *sa);

/** sa_life_left() - seconds until the IKE SA's end; 0: not established or deleted. */
uint32_t sa_life_left(const struct ike_sa *sa);

/** child_life_left() - seconds until the pair's end. Kilobytes left: kernel sa_get of spi_in/spi_out. */
uint32_t child_life_left(const struct child_sa *child);

/** flow_peer() - the "set peer" address in use; length 0: the entry has none. */
struct addr flow_peer(const struct flow *flow);

/**
 * sa_clear_ipsec() - clear crypto sa [peer A | map NAME]
 * @peer, @map: NULL: all
 *
 * Deletes child pairs (DELETE to the peer where an IKE SA is up). Returns how many pairs went.
 */
unsigned int sa_clear_ipsec(struct ike *ike, const struct addr *peer, const char *map);

/** sa_clear_ike() - clear crypto isakmp [CONN-ID]; @conn_id 0: all. IPsec SAs stay. Returns how many went; 0 with a conn_id: no such SA. */
unsigned int sa_clear_ike(struct ike *ike, uint32_t conn_id);

/** sa_clear_session() - clear crypto session [remote A] [local A]; both kinds. Returns how many of either went. */
unsigned int sa_clear_session(struct ike *ike, const struct addr *local, const struct addr *remote);

/* --- what the exchanges use --- */

/** sa_event() - fill @ev's head in for @sa: addresses, conn-id, role, state. */
void sa_event(const struct ike_sa *sa, struct event *ev, enum event_type type);

/** peer_get() - the peer of that pair of addresses, made if needed; *@created tells. NULL without memory. */
struct peer *peer_get(struct ike *ike, const struct addr *local, const struct addr *remote, bool *created);

/** sa_new() - an SA in IKE_READY; sends EV_SA_CREATED. A responder passes the peer's @icookie. NULL without memory. */
struct ike_sa *sa_new(struct ike *ike, const struct addr *local, const struct addr *remote, const uint8_t *icookie);

/** sa_request() - the same, on our own account; @profile: the ISAKMP profile, NULL: none */
struct ike_sa *sa_request(struct ike *ike, const struct addr *local, const struct addr *remote, const char *profile,
			  bool aggressive);

/** sa_no_state() - the word of a dead or new SA */
static inline enum sa_word sa_no_state(const struct ike_sa *sa)
{
	return sa->aggressive ? SA_AG_NO_STATE : SA_MM_NO_STATE;
}

/** sa_discard() - free an SA at once, and silently: as if it had never been. */
void sa_discard(struct ike_sa *sa);

/** sa_find() - by both cookies; a zero @rcookie finds by the initiator's alone, for MM1 and its duplicates. */
struct ike_sa *sa_find(struct ike *ike, const uint8_t *icookie, const uint8_t *rcookie, const struct addr *remote);

/** sa_established() - the newest usable IKE SA between these addresses (@local.length 0: any), or NULL. */
struct ike_sa *sa_established(struct ike *ike, const struct addr *local, const struct addr *remote);

/** sa_same_partner() - are these two of one peer? Behind a NAT many peers have one address. */
bool sa_same_partner(const struct ike_sa *a, const struct ike_sa *b);

/** sa_owns() - is @child one of that peer's? */
bool sa_owns(const struct ike_sa *sa, const struct child_sa *child);

/** sa_newest() - the newest usable IKE SA with the peer of @sa, or NULL. */
struct ike_sa *sa_newest(const struct ike_sa *sa);

/** sa_of_child() - the newest usable IKE SA with the peer of @child, or NULL. */
struct ike_sa *sa_of_child(const struct child_sa *child);

/** sa_state_set() - the one setter: reports the step with its input; an illegal one is reported and refused (false). */
bool sa_state_set(struct ike_sa *sa, enum ike_state state, const char *input);

/** sa_message_id() - a message id never used under @sa. */
uint32_t sa_message_id(struct ike_sa *sa);

/** sa_message_id_used() - was @msgid seen or used before? */
bool sa_message_id_used(const struct ike_sa *sa, uint32_t msgid);

/** sa_message_id_take() - mark @msgid used; false: it was used before. */
bool sa_message_id_take(struct ike_sa *sa, uint32_t msgid);

/** sa_lifetime_set() - the peer has a shorter lifetime than was agreed (RESPONDER_LIFETIME). */
void sa_lifetime_set(struct ike_sa *sa, uint32_t seconds);

/** sa_complete() - phase 1 is done: lifetime, waiting flows start their quick modes. */
void sa_complete(struct ike_sa *sa);

/**
 * sa_delete() - end an SA: state IKE_DEST_SA, exchanges and waiting flows are
 * told, purge after 60 s. The objects live until then.
 * @reason: the router's words ("Death by retransmission P1")
 * @notify: send a DELETE to the peer
 */
void sa_delete(struct ike_sa *sa, const char *reason, bool notify);

/** sa_dead() - the same for a peer that answers no more (IOS). */
void sa_dead(struct ike_sa *sa);

/** sa_refuse() - the same for a main mode that we answer with a refusal (IOS). */
void sa_refuse(struct ike_sa *sa, const char *reason);

/** sa_half_open() - main modes begun by peers that are not authenticated yet. */
unsigned int sa_half_open(const struct ike *ike);

/** sa_wait() - start a quick mode for @flow when phase 1 of @sa is done. */
void sa_wait(struct ike_sa *sa, struct flow *flow);

/** sa_wait_end() - @flow no longer waits. */
void sa_wait_end(struct flow *flow);

/** sa_initial_contact() - the peer has started anew: end what was established with it before @since. Returns how many. */
unsigned int sa_initial_contact(struct ike_sa *sa, uint64_t since);

/** child_find() - by our inbound or outbound SPI of @proto; NULL: unknown. */
struct child_sa *child_find(struct ike *ike, uint8_t proto, uint32_t spi, bool inbound, const struct addr *remote);

/** flow_find() - the flow of an entry with exactly these proxies. NULL: there is none. */
struct flow *flow_find(struct ike *ike, const char *map, uint32_t seq, const struct proxy *local,
		       const struct proxy *remote);

/** flow_get() - the flow of an entry with exactly these proxies, made if needed. NULL without memory. */
struct flow *flow_get(struct ike *ike, const char *map, uint32_t seq, const struct proxy *local,
		      const struct proxy *remote);

/** flow_want() - traffic of @flow leaves by @ifindex: make an SA pair, unless there is one, or one is being made. */
void flow_want(struct flow *flow, uint32_t ifindex);

/** flow_negotiate() - make an SA pair for @flow: quick mode at once, or main mode first. */
void flow_negotiate(struct flow *flow);

/** flow_phase1_failed() - the main mode that @flow waited for died: the entry's next peer is tried, if it has one. */
void flow_phase1_failed(struct flow *flow);

/** flow_quick_died() - the peer did not answer our quick mode: the entry's next peer is tried, or a new phase 1 with the only one. */
void flow_quick_died(struct flow *flow);

/** flow_quick_done() - our quick mode ended; @ok: a pair was made. Else the request timer asks again. */
void flow_quick_done(struct flow *flow, bool ok);

/** flow_free() - with its pairs, which are taken out of the kernel (DELETE to the peer). */
void flow_free(struct flow *flow, const char *reason);

/**
 * child_add() - put an installed pair into the flow; takes ownership of @child.
 * @ms: CHILD_STANDBY: how long the peer needs at least to have its side
 * @ask: CHILD_STANDBY: then ask it (R-U-THERE): its answer shows that it has
 *	worked off quick mode's last message. Else outbound is enabled after @ms
 *
 * CHILD_ACTIVE: outbound is enabled already. In any case the peer's first
 * packet on the new inbound SA enables outbound at once.
 */
void child_add(struct flow *flow, struct child_sa *child, uint32_t ms, bool ask);

/**
 * child_adopt() - put a pair that the kernel has already into the flow; takes ownership of @child, which has its age
 * @standby: its outbound half was never enabled: it serves inbound packets only, and not for long
 * @used: it has carried packets
 */
void child_adopt(struct flow *flow, struct child_sa *child, bool standby, bool used);

/** child_lifetime_set() - the peer has a shorter lifetime, in seconds, than was agreed (RESPONDER-LIFETIME behind quick mode). */
void child_lifetime_set(struct child_sa *child, uint32_t seconds);

/** child_rekey() - make the pair after @child; @reason: what EV_REKEY tells. */
void child_rekey(struct child_sa *child, const char *reason);

/** child_answered() - the peer answered R-U-THERE number @sequence. */
void child_answered(struct ike *ike, const struct addr *remote, uint32_t sequence);

/** child_report() - EV_CHILD_CREATED for both halves; child->flow must be set. */
void child_report(const struct child_sa *child);

/** child_peer_deleted() - the peer has deleted its inbound half (our outbound one). */
void child_peer_deleted(struct child_sa *child);

/** child_resent() - quick mode's last message was sent again: the switch must wait for it. */
void child_resent(struct child_sa *child);

/**
 * child_end_all() - child_end() for all pairs between @local and @remote (NULL: any), of @map (NULL: any),
 * created up to @since. Returns how many.
 */
unsigned int child_end_all(struct ike *ike, const struct addr *local, const struct addr *remote, const char *map,
			   uint64_t since, const char *reason, bool notify);

/** child_end_partner() - the same for the pairs of @sa's peer. */
unsigned int child_end_partner(struct ike_sa *sa, uint64_t since, const char *reason, bool notify);

/** child_claim() - pairs that were there before us, and are @sa's peer's by their port, are its from now on. */
void child_claim(const struct ike_sa *sa);

/** child_follow() - the peer of @sa is now at @sa->remote_port: its pairs in UDP go there. */
void child_follow(const struct ike_sa *sa);

/** child_end() - remove a pair from the kernel and the flow; @notify: DELETE to the peer. @reason as EV_CHILD_DELETED. */
void child_end(struct child_sa *child, const char *reason, bool notify);

#endif
