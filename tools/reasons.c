/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of drop reasons; reasons.h tells its form.
 */
#include <linux/cryptomap.h>
#include <stddef.h>
#include <string.h>

#include "reasons.h"

const struct reason reasons[] = {
	[CMAP_DROP_UNSPEC] = { "unspecified", "no reason was given", "report it" },
	[CMAP_DROP_NO_SA] = { "no-sa", "out: a permit line wants it protected, there is no SA, and no more packets may wait",
		"show crypto isakmp sa: does the peer answer? Is ikemgr running? 'hold' of the entry" },
	[CMAP_DROP_HOLD_TIMEOUT] = { "hold-timeout", "out: it waited 30 s for an SA and none came",
		"show crypto isakmp sa; debug crypto isakmp: where does the negotiation end?" },
	[CMAP_DROP_SA_EXPIRED] = { "sa-expired", "the SA's hard lifetime in bytes is reached",
		"was no new SA negotiated at the soft lifetime? show crypto ipsec sa" },
	[CMAP_DROP_SEQ_OVERFLOW] = { "sequence-overflow", "out: the SA's sequence numbers are used up (RFC 4303 3.3.3)",
		"was no new SA negotiated in time? Shorter lifetime, or 64-bit numbers (ESN)" },
	[CMAP_DROP_NO_ROUTE] = { "no-route", "out: there is no route to the peer",
		"ip route get PEER; is the interface towards the peer up?" },
	[CMAP_DROP_FRAG_NEEDED] = { "fragmentation-needed",
		"out: too big once it is encrypted, and it says: don't fragment. The sender was told by ICMP",
		"does the sender get the ICMP? cmap trace ... len N df; df-bit clear; MSS clamping" },
	[CMAP_DROP_TTL] = { "ttl", "out: its TTL ran out", "a loop in the routes in front of the tunnel?" },
	[CMAP_DROP_LOOP] = { "loop", "out: it would be encrypted again and again",
		"the peer's own address is covered by the access list: deny it" },
	[CMAP_DROP_NOMEM] = { "no-memory", "the kernel had no memory for it, or could not cut it up", "free; dmesg" },
	[CMAP_DROP_CRYPTO] = { "crypto", "the kernel's crypto failed on it", "cmap -d sa show: the driver; dmesg" },
	[CMAP_DROP_INVALID_SPI] = { "invalid-spi", "in: this end has no SA with its SPI",
		"the peer kept SAs that this end has lost (restart?): clear crypto sa there, or invalid-spi-recovery" },
	[CMAP_DROP_WRONG_SOURCE] = { "wrong-source", "in: it does not come from the SA's peer",
		"NAT on the way, without NAT-T? A forged packet?" },
	[CMAP_DROP_TRUNCATED] = { "truncated", "in: shorter than its own headers and ICV",
		"do both ends have the same transform set? Something on the way that cuts?" },
	[CMAP_DROP_BAD_LENGTH] = { "bad-length", "in: not a whole number of the cipher's blocks",
		"do both ends have the same cipher and hash?" },
	[CMAP_DROP_REPLAY_DUPLICATE] = { "replay-duplicate", "in: its sequence number was received before",
		"a network that duplicates, or an attacker who repeats" },
	[CMAP_DROP_REPLAY_OLD] = { "replay-old", "in: its sequence number is left of the replay window",
		"the network reorders (QoS behind encryption?): a larger replay window-size" },
	[CMAP_DROP_REPLAY_ZERO] = { "replay-zero", "in: sequence number 0, which no sender uses (RFC 4303 3.4.3)",
		"the peer's implementation, or a forged packet" },
	[CMAP_DROP_BAD_ICV] = { "bad-icv", "in: not authentic: the key or the packet is another than the sender's",
		"are the keys and the hash the same at both ends? Does something on the way change packets?" },
	[CMAP_DROP_BAD_PADDING] = { "bad-padding", "in: authentic, but its padding is not 1, 2, 3, ...",
		"without authentication: another key or cipher at the other end" },
	[CMAP_DROP_BAD_NEXT_HEADER] = { "bad-next-header", "in: what is inside is not what the SA's mode carries",
		"do both ends agree on tunnel or transport mode?" },
	[CMAP_DROP_BAD_INNER] = { "bad-inner", "in: the packet inside has no good IP header",
		"without authentication: another key or cipher at the other end" },
	[CMAP_DROP_IDENTITY] = { "identity", "in: the packet inside is not one that the SA may carry",
		"are the access lists of both ends mirror images?" },
	[CMAP_DROP_NOT_IPSEC] = { "not-ipsec", "in: it came in clear, and a permit line demands protection",
		"does the peer have the map on its interface, with a mirrored access list?" },
	[CMAP_DROP_TEARDOWN] = { "teardown", "its map, entry or namespace was being taken away", "nothing is wrong" },
	[CMAP_DROP_ECN] = { "ecn", "in: congestion was marked on a packet whose inner header can't say so (RFC 6040 4.2)",
		"does the peer copy ECN on encapsulation? Something on the way that marks Not-ECT packets?" },
	[CMAP_DROP_WRONG_ENCAP] = { "wrong-encapsulation", "in: UDP-encapsulated and the SA is not, or the reverse",
		"show crypto isakmp sa detail: did both ends find the same NAT?" },
	[CMAP_DROP_NOT_BUNDLED] = { "not-bundled", "in: ESP without the AH that its SA demands, or the reverse",
		"do both ends have the same transform set, with AH?" },
	[CMAP_DROP_NO_LOCAL] = { "not-between-peers", "out: transport mode, but it is not between the SA's two addresses",
		"tunnel mode for what this router forwards" },
	[CMAP_DROP_NOT_PERMITTED] = { "not-permitted", "out: routed to a tunnel device, and no map permits it there",
		"is a map bound to the device, with a permit line for this family?" },
	[CMAP_DROP_BAD_FRAGMENT] = { "bad-fragment",
		"in: a fragment of IPv6 that does not fit to the others of its packet, or that there was no room to wait for",
		"something on the way that cuts wrongly, or a flood of fragments" },
	{ NULL, NULL, NULL }
};

const struct reason *reasons_find(const char *name)
{
	for (const struct reason *r = reasons; r->name; r++)
		if (!strcmp(r->name, name))
			return r;
	return NULL;
}
