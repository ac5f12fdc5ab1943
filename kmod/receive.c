// SPDX-License-Identifier: GPL-2.0-only
/*
 * A packet of an inbound SA comes in; what was protected in it goes out to the
 * stack (deliver.c), or it is dropped and counted.
 *
 *	receive_ah	lengths, replay (a first look), ICV, replay (for good);
 *			then the ESP of the bundle, or what is inside
 *	receive_esp	the same up to esp.c
 *	cmap_in_done	authentic: replay (for good), trailer
 *	finish		the packet inside (inner.c), identity, deliver
 */
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include "cryptomap.h"
#include "deliver.h"
#include "flow.h"
#include "inner.h"
#include "locate.h"
#include "receive.h"
#include "trace_cmap.h"
#include "tunnel.h"

/**
 * struct in_cb - what is known of a packet, in skb->cb from cmap_receive() on
 * @number: sequence number
 * @iif: interface where it came in
 * @udp: it was in UDP
 * @outer: up to AH, ESP, or the UDP around it
 */
struct in_cb {
	u64 number;
	int iif;
	bool udp;
	struct cmap_place outer;
};

static struct in_cb *cb_of(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct in_cb) > sizeof(skb->cb));
	return (struct in_cb *)skb->cb;
}

static struct ip_esp_hdr *esp_header(const struct sk_buff *skb)
{
	return (struct ip_esp_hdr *)skb->data;
}

/* @skb: NULL if it is gone; @flow: the inner packet's, NULL if it is not known */
static void count_drop(struct cmap_sa *sa, const struct in_cb *cb, const struct sk_buff *skb,
		       enum cmap_drop reason, const struct cmap_flow *flow)
{
	cmap_drop_count(&(struct cmap_dropped){ .cn = sa->cn, .in = true, .sa = sa, .skb = skb,
						.link = cmap_map_link(sa->cn, cb->iif),
						.flow = flow, .number = cb->number }, reason);
	cmap_netlink_drop(sa, reason, cb->number, flow);
}

static void refuse(struct cmap_sa *sa, struct sk_buff *skb, enum cmap_drop reason,
		   const struct cmap_flow *flow)
{
	count_drop(sa, cb_of(skb), skb, reason, flow);
	kfree_skb(skb);
}

/* ------------------------------------------------------------------------- */
/* Authentic                                                                  */

static bool is_authentic(const struct cmap_sa *sa)
{
	return sa->esp.authentic || sa->ah.mac || sa->bundle;
}

/*
 * What was authenticated was not damaged on the way. In transport mode behind a
 * NAT the checksum is not even right: it covers the addresses that the sender
 * saw (RFC 3948 3.1.2).
 */
static bool ignore_checksum(const struct cmap_sa *sa)
{
	return is_authentic(sa) || (sa->encap && sa->mode == CMAP_MODE_TRANSPORT);
}

/* Take everything off that belongs to the outer packet. */
static void scrub(const struct cmap_sa *sa, struct sk_buff *skb)
{
	if (likely(!cmap_tunnel_enter(sa, skb)))
		skb_mac_header_rebuild(skb);
	skb_scrub_packet(skb, false);
	skb->encapsulation = 0;
	skb->csum_level = 0;
	skb->ip_summed = ignore_checksum(sa) ? CHECKSUM_UNNECESSARY : CHECKSUM_NONE;
	skb_clear_hash(skb);
	memset(skb->cb, 0, sizeof(struct in_cb));
}

static void mark_used(struct cmap_sa *sa)
{
	if (unlikely(!test_bit(CMAP_SA_USED, &sa->flags)) &&
	    !test_and_set_bit(CMAP_SA_USED, &sa->flags))
		cmap_netlink_sa_used(sa);
}

static bool account(struct cmap_sa *sa, unsigned int bytes)
{
	return cmap_expire_account(sa, bytes) &&
	       (!sa->bundle || cmap_expire_account(sa->bundle, bytes));
}

static void count(struct cmap_sa *sa, unsigned int bytes)
{
	cmap_sa_count(sa, 1, bytes);
	if (sa->bundle)
		cmap_sa_count(sa->bundle, 1, bytes);
}

/*
 * Is it what the SA is for (RFC 4301 5.2)? Where only addresses count, which is
 * the rule, IPv4's header alone tells, and nothing else need be read.
 */
static enum cmap_drop check_identity(const struct cmap_sa *sa, const struct sk_buff *skb)
{
	struct cmap_flow flow;

	if (likely(skb->protocol == htons(ETH_P_IP) &&
		   cmap_acl_match_addresses(&sa->selector, ip_hdr(skb)->daddr, ip_hdr(skb)->saddr)))
		return CMAP_DROP_UNSPEC;
	if (!cmap_flow_dissect(skb, 0, &flow))
		return CMAP_DROP_BAD_INNER;
	return cmap_acl_match_mirrored(&sa->selector, &flow, true) ? CMAP_DROP_UNSPEC :
								      CMAP_DROP_IDENTITY;
}

static void refuse_inner(struct cmap_sa *sa, struct sk_buff *skb, enum cmap_drop reason)
{
	struct cmap_flow flow;

	refuse(sa, skb, reason, cmap_flow_dissect(skb, 0, &flow) ? &flow : NULL);
}

static void trace(const struct cmap_sa *sa, const struct sk_buff *skb, u64 number)
{
	struct cmap_flow flow;

	if (trace_cmap_in_enabled() && cmap_flow_dissect(skb, 0, &flow))
		trace_cmap_in(sa, &flow, skb->len, number);
}

/* skb->data at the payload, in clear and authentic */
static void finish(struct cmap_sa *sa, struct sk_buff *skb, u8 next_header)
{
	struct in_cb cb = *cb_of(skb);
	struct net_device *dev;
	enum cmap_drop reason;
	unsigned int inner;

	reason = cmap_inner_unwrap(sa, skb, &cb.outer, next_header);
	if (unlikely(reason)) {
		refuse(sa, skb, reason, NULL);
		return;
	}
	reason = check_identity(sa, skb);
	if (likely(!reason) && unlikely(!account(sa, skb->len)))
		reason = CMAP_DROP_SA_EXPIRED;
	if (unlikely(reason)) {
		refuse_inner(sa, skb, reason);
		return;
	}
	trace(sa, skb, cb.number);
	inner = skb->len;
	scrub(sa, skb);
	dev = skb->dev;
	if (unlikely(!cmap_deliver(skb))) {
		count_drop(sa, &cb, NULL, CMAP_DROP_NOMEM, NULL);
		return;
	}
	count(sa, inner);
	cmap_tunnel_received(dev, inner);
}

/* A NAT has given the peer another address or port: the daemon decides what follows from that. */
static void note_moved(struct cmap_sa *sa, struct sk_buff *skb)
{
	const void *at = skb_network_header(skb) + cb_of(skb)->outer.offset;
	const struct udphdr *uh = at;
	union cmap_addr saddr, daddr;

	cmap_locate_addresses(skb, sa->key.family, &saddr, &daddr);
	if (unlikely(uh->source != READ_ONCE(sa->encap_sport) ||
		     memcmp(&saddr, &sa->saddr, sizeof(saddr))))
		cmap_netlink_peer_moved(sa, &saddr, uh->source, uh->dest);
}

static enum cmap_drop reason_of(int err)
{
	switch (err) {
	case 0:
		return CMAP_DROP_UNSPEC;
	case -EBADMSG:
		return CMAP_DROP_BAD_ICV;
	case -ENOMEM:
		return CMAP_DROP_NOMEM;
	default:
		return CMAP_DROP_CRYPTO;
	}
}

/* Caller: RCU, bottom halves off. skb->data at the ESP header. */
void cmap_in_done(struct cmap_sa *sa, struct sk_buff *skb, int err)
{
	enum cmap_drop reason = reason_of(err);
	u8 next_header;

	if (likely(!reason && sa->esp.authentic))
		reason = cmap_replay_advance(&sa->replay, cb_of(skb)->number);
	if (unlikely(reason)) {
		refuse(sa, skb, reason, NULL);
		return;
	}
	mark_used(sa);
	if (sa->encap)
		note_moved(sa, skb);
	reason = cmap_inner_strip(sa, skb, &next_header);
	if (unlikely(reason))
		refuse(sa, skb, reason, NULL);
	else if (unlikely(next_header == IPPROTO_NONE))
		consume_skb(skb);
	else
		finish(sa, skb, next_header);
}

/* ------------------------------------------------------------------------- */
/* ESP                                                                        */

static bool is_from_peer(const struct cmap_sa *sa, const struct sk_buff *skb)
{
	if (sa->key.family == AF_INET)
		return ip_hdr(skb)->saddr == sa->saddr.ip;
	return ipv6_addr_equal(&ipv6_hdr(skb)->saddr, &sa->saddr.ip6);
}

/* The whole sequence number (RFC 4303 2.2.1, appendix A) */
static u64 whole_number(const struct cmap_sa *sa, __be32 low)
{
	if (unlikely(sa->wire_flags & CMAP_SA_F_ESN))
		return cmap_replay_number(&sa->replay, ntohl(low));
	return ntohl(low);
}

static int open_job(struct cmap_job *job)
{
	if (likely(job->sa->key.proto == IPPROTO_ESP))
		return cmap_esp_open(job->sa, &job->skb, job->number);
	return cmap_ah_open(job->sa, job->skb, job->at, job->number);
}

/* On any CPU; @done follows */
static noinline int open_parallel(struct cmap_sa *sa, struct sk_buff *skb,
				  void (*done)(struct cmap_sa *sa, struct sk_buff *skb, int err))
{
	struct cmap_job job = { .work = open_job, .done = done, .sa = sa, .skb = skb,
				.at = cb_of(skb)->outer.offset, .number = cb_of(skb)->number };

	return cmap_parallel_submit(&job);
}

/* @ah: the AH that it was in, NULL: none */
static enum cmap_drop check_esp(const struct cmap_sa *sa, struct sk_buff *skb,
				const struct cmap_sa *ah)
{
	const struct cmap_esp *esp = &sa->esp;
	unsigned int fixed = cmap_esp_head(esp) + esp->icv_len;

	if (sa->bundle != ah)
		return CMAP_DROP_NOT_BUNDLED;
	if (sa->encap != cb_of(skb)->udp)
		return CMAP_DROP_WRONG_ENCAP;
	if (!sa->encap && !is_from_peer(sa, skb))
		return CMAP_DROP_WRONG_SOURCE;
	if (skb->len <= fixed || !pskb_may_pull(skb, cmap_esp_head(esp)))
		return CMAP_DROP_TRUNCATED;
	if ((skb->len - fixed) % esp->align)
		return CMAP_DROP_BAD_LENGTH;
	if (!esp->authentic)
		return CMAP_DROP_UNSPEC;
	return cmap_replay_check(&sa->replay, cb_of(skb)->number);
}

/* skb->data at the ESP header, which can be read */
static void receive_esp(struct cmap_sa *sa, struct sk_buff *skb, const struct cmap_sa *ah)
{
	enum cmap_drop reason;
	int err;

	cb_of(skb)->number = whole_number(sa, esp_header(skb)->seq_no);
	reason = check_esp(sa, skb, ah);
	if (unlikely(reason)) {
		refuse(sa, skb, reason, NULL);
		return;
	}
	if (unlikely(sa->parallel))
		err = open_parallel(sa, skb, cmap_in_done);
	else
		err = cmap_esp_open(sa, &skb, cb_of(skb)->number);
	if (err != -EINPROGRESS)
		cmap_in_done(sa, skb, err);
}

/* ------------------------------------------------------------------------- */
/* AH                                                                         */

static struct ip_auth_hdr *ah_header(struct sk_buff *skb)
{
	return (struct ip_auth_hdr *)(skb_network_header(skb) + cb_of(skb)->outer.offset);
}

static enum cmap_drop check_ah(const struct cmap_sa *sa, struct sk_buff *skb)
{
	unsigned int len = cmap_ah_len(&sa->ah, sa->key.family);

	if (!is_from_peer(sa, skb))
		return CMAP_DROP_WRONG_SOURCE;
	if (!pskb_may_pull(skb, cb_of(skb)->outer.offset + len))
		return CMAP_DROP_TRUNCATED;
	/* RFC 4302 2.2: in 32-bit words, minus 2 */
	if ((ah_header(skb)->hdrlen + 2) * 4 != len)
		return CMAP_DROP_BAD_LENGTH;
	return cmap_replay_check(&sa->replay, cb_of(skb)->number);
}

/* skb->data behind the AH header */
static void receive_bundled(struct cmap_sa *ah, struct sk_buff *skb, u8 next_header)
{
	struct cmap_sa *sa = NULL;
	union cmap_addr saddr, daddr;

	if (next_header == IPPROTO_ESP && pskb_may_pull(skb, sizeof(struct ip_esp_hdr))) {
		cmap_locate_addresses(skb, ah->key.family, &saddr, &daddr);
		sa = cmap_sa_lookup(ah->cn, ah->key.family, &daddr, esp_header(skb)->spi,
				    IPPROTO_ESP);
	}
	if (sa)
		receive_esp(sa, skb, ah);
	else
		refuse(ah, skb, CMAP_DROP_NOT_BUNDLED, NULL);
}

/* skb->data at the outer header */
static void ah_done(struct cmap_sa *sa, struct sk_buff *skb, int err)
{
	enum cmap_drop reason;
	u8 next_header;

	/* Options that can't be are as little authentic as a wrong ICV. */
	reason = reason_of(err == -EINVAL ? -EBADMSG : err);
	if (likely(!reason))
		reason = cmap_replay_advance(&sa->replay, cb_of(skb)->number);
	if (unlikely(reason)) {
		refuse(sa, skb, reason, NULL);
		return;
	}
	mark_used(sa);
	next_header = ah_header(skb)->nexthdr;
	__skb_pull(skb, cb_of(skb)->outer.offset + cmap_ah_len(&sa->ah, sa->key.family));
	if (sa->wire_flags & CMAP_SA_F_BUNDLE)
		receive_bundled(sa, skb, next_header);
	else if (skb_unclone(skb, GFP_ATOMIC))
		refuse(sa, skb, CMAP_DROP_NOMEM, NULL);
	else
		finish(sa, skb, next_header);
}

/* skb->data at the outer header */
static void receive_ah(struct cmap_sa *sa, struct sk_buff *skb)
{
	enum cmap_drop reason;
	int err;

	cb_of(skb)->number = whole_number(sa, ah_header(skb)->seq_no);
	reason = check_ah(sa, skb);
	if (unlikely(reason)) {
		refuse(sa, skb, reason, NULL);
		return;
	}
	if (unlikely(sa->parallel))
		err = open_parallel(sa, skb, ah_done);
	else
		err = cmap_ah_open(sa, skb, cb_of(skb)->outer.offset, cb_of(skb)->number);
	if (err != -EINPROGRESS)
		ah_done(sa, skb, err);
}

/* ------------------------------------------------------------------------- */

void cmap_receive(struct cmap_sa *sa, struct sk_buff *skb, const struct cmap_place *outer,
		  int iif)
{
	bool udp = outer->protocol == IPPROTO_UDP;

	/* Early demultiplexing may have given it to a socket. */
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	*cb_of(skb) = (struct in_cb){ .iif = iif, .udp = udp, .outer = *outer };
	if (sa->key.proto == IPPROTO_AH) {
		receive_ah(sa, skb);
		return;
	}
	__skb_pull(skb, outer->offset + (udp ? sizeof(struct udphdr) : 0));
	receive_esp(sa, skb, NULL);
}
