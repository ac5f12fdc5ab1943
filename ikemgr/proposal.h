/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What we offer, what we accept, and exactly why not.
 *
 * In: our policies (phase 1) or transform sets (phase 2) as plain values, and
 * the peer's SA payload, already checked by parse_payloads(). Out: the SA
 * payload to send; or the choice, and for every single comparison a record of
 * the transform offered against the policy configured, with the verdict. No
 * state, no I/O, no allocation.
 *
 * The values are those of wire.h throughout. The configuration model is
 * turned into them by its reader, so that matching can be tested by
 * tables and fuzzed without a configuration.
 */
#ifndef IKEMGR_PROPOSAL_H
#define IKEMGR_PROPOSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "build.h"
#include "natt.h"
#include "parse.h"
#include "wire.h"

#define PROPOSAL_POLICIES_MAX	64	/* ours: phase 1 policies or transform sets offered at once */
#define PROPOSAL_SETS_MAX	16	/* "set transform-set" names of one map entry (IOS: 6 or 11) */

/** enum proposal_reason - why an offered transform does not suit an own policy, in the order of the tests */
enum proposal_reason {
	PROPOSAL_OK,
	PROPOSAL_PROTOCOL,		/* phase 1: not ISAKMP; phase 2: neither ESP nor AH, or not those of our set */
	PROPOSAL_BUNDLE,		/* phase 2: joined under one number is what is not AH and ESP, once each */
	PROPOSAL_SPI,			/* phase 2: SPI is not 4 bytes, or below 256 */
	PROPOSAL_TRANSFORM_ID,		/* phase 1: not KEY_IKE */
	PROPOSAL_ATTRIBUTE,		/* an attribute that we do not know, or that is given twice */
	PROPOSAL_ENCRYPTION,		/* cipher */
	PROPOSAL_KEY_LENGTH,
	PROPOSAL_HASH,			/* phase 1: hash */
	PROPOSAL_GROUP,			/* phase 1: Diffie-Hellman group */
	PROPOSAL_AUTH,			/* phase 1: authentication method */
	PROPOSAL_NO_KEY,		/* phase 1: pre-shared key fits the policy, but there is none for this peer */
	PROPOSAL_AUTHENTICATOR,		/* phase 2: HMAC */
	PROPOSAL_MODE,			/* phase 2: tunnel or transport */
	PROPOSAL_ESN,			/* phase 2: extended sequence numbers, or not */
	PROPOSAL_PFS_MISSING,		/* phase 2: we demand PFS, none offered */
	PROPOSAL_PFS_GROUP,		/* phase 2: another group than ours, or one we don't have */
	PROPOSAL_NOT_OFFERED,		/* initiator: the peer chose what we did not offer */
	PROPOSAL_COUNT,			/* initiator: the answer must hold one proposal with one transform */
	PROPOSAL_EMPTY,			/* nothing to compare with: no policy or transform set of ours */
	__PROPOSAL_REASON_LAST,
};

/** proposal_reason_name() - fixed word for JSON: "encryption", "key-length", "pfs-missing", ... */
const char *proposal_reason_name(enum proposal_reason r);

/**
 * proposal_reason_router() - the router's line for a phase 1 reason, e.g.
 * "Hash algorithm offered does not match policy!"; NULL where IOS prints none
 */
const char *proposal_reason_router(enum proposal_reason r);

/* ---- phase 1 ---- */

/**
 * struct proposal_ike - the values of one phase 1 transform or policy
 * @key_bits: AES: 128, 192, 256; else 0
 * @life_seconds, @life_kilobytes: 0: not stated
 */
struct proposal_ike {
	uint16_t encryption;		/* enum ike_encryption */
	uint16_t key_bits;
	uint16_t hash;			/* enum ike_hash */
	uint16_t group;			/* enum ike_group */
	uint16_t auth;			/* enum ike_auth */
	uint32_t life_seconds;
	uint32_t life_kilobytes;
};

/**
 * struct proposal_policy - one "crypto isakmp policy"
 * @priority: its number; the array is sorted by it, best first
 * @values: as configured, defaults filled in
 * @file, @line: where it stands; NULL, 0: built in
 */
struct proposal_policy {
	unsigned int priority;
	struct proposal_ike values;
	const char *file;
	unsigned int line;
};

/**
 * struct proposal_ike_offer - one transform as offered
 * @attr, @attrs: its attributes in packet order (they point into the datagram)
 * @next: 3 or 0: "Next payload is %d"
 * @life_basic: the duration in seconds came as TV
 * @bad_attr: with reason PROPOSAL_ATTRIBUTE: type of the attribute at fault
 */
struct proposal_ike_offer {
	uint8_t proposal;
	uint8_t protocol;
	uint8_t transform;
	uint8_t id;
	uint8_t next;
	struct proposal_ike values;
	bool life_basic;
	uint16_t bad_attr;
	struct parse_attribute attr[ISAKMP_ATTRIBUTES_MAX];
	unsigned int attrs;
};

/**
 * struct proposal_ike_compare - one comparison
 * @policy: NULL where the offer fails before any policy is looked at
 * @text: a sentence: offered what, configured what; empty with PROPOSAL_OK
 */
struct proposal_ike_compare {
	const struct proposal_ike_offer *offer;
	const struct proposal_policy *policy;
	enum proposal_reason reason;
	char text[160];
};

/** proposal_ike_report - called for every comparison, in the router's order; everything in @c is good during the call only */
typedef void proposal_ike_report(void *arg, const struct proposal_ike_compare *c);

/**
 * struct proposal_ike_choice - what phase 1 will use
 * @policy: the own policy
 * @values: cipher, hash ... agreed; life_seconds: the smaller of the two;
 *	life_kilobytes: the offered one, 0: none
 * @offered_seconds: what the peer stated, 0: nothing
 * @life_basic: and how
 * @offer: the chosen transform, for the reply (points into the datagram)
 * @spi, @spi_size: of the chosen proposal (phase 1: 0, or up to 16 bytes)
 */
struct proposal_ike_choice {
	const struct proposal_policy *policy;
	struct proposal_ike values;
	uint32_t offered_seconds;
	bool life_basic;
	struct proposal_ike_offer offer;
	const uint8_t *spi;
	uint8_t spi_size;
};

/**
 * proposal_ike_offer() - MM1's SA payload: all policies, in order, as
 * transforms 1..n of one proposal
 *
 * Attributes in IOS's order: encryption, key length, hash, group,
 * authentication, life type, life duration.
 */
void proposal_ike_offer(struct wire_buf *b, const struct proposal_policy *own, size_t n);

/**
 * proposal_ike_choose() - the responder's choice
 * @sa: the SA payload of MM1
 * @own, @n: our policies, best first
 * @have_key: there is a pre-shared key for this peer
 * @report: called for each comparison, may be NULL
 * @out: filled in on success
 * @why: on failure the reason of the closest miss (the one whose test came
 *	last), with its policy and text; its offer is NULL. May be NULL
 *
 * Own policies are walked best first, and for each the offered transforms in
 * order; the first that suits ends it (IOS: the responder's priority rules).
 * A lifetime never prevents a match.
 *
 * Returns 0, or -1.
 */
int proposal_ike_choose(const struct parse_payload *sa,
			const struct proposal_policy *own, size_t n, bool have_key,
			proposal_ike_report *report, void *arg,
			struct proposal_ike_choice *out, struct proposal_ike_compare *why);

/** proposal_ike_reply() - MM2's SA payload: the chosen proposal and transform unchanged (RFC 2409 5) */
void proposal_ike_reply(struct wire_buf *b, const struct proposal_ike_choice *c);

/**
 * proposal_ike_check() - the initiator's look at MM2's SA payload
 *
 * It must hold one proposal with one transform, and that must be one that we
 * offered (@own), unchanged but for the lifetime, which is taken as the
 * smaller. The transform number is not compared: several peers renumber.
 * @attribute: on failure the word for %CRYPTO-6-IKMP_SA_NOT_OFFERED
 *	("encryption", "hash", ...)
 *
 * Else as proposal_ike_choose().
 */
int proposal_ike_check(const struct parse_payload *sa,
		       const struct proposal_policy *own, size_t n,
		       proposal_ike_report *report, void *arg,
		       struct proposal_ike_choice *out, struct proposal_ike_compare *why,
		       const char **attribute);

/* ---- phase 2 ---- */

/**
 * struct proposal_esp - the values of one transform or transform set: ESP, AH, or both for the same packets
 * @transform: enum esp_transform; ESP_ABSENT: AH alone
 * @key_bits: AES: 128, 192, 256; else 0
 * @auth: enum ipsec_auth, IPSEC_AUTH_NONE: no HMAC
 * @encaps: enum ipsec_encaps
 * @group: PFS group, 0: none
 * @life_seconds, @life_kilobytes: 0: not stated; configured 0: no such limit
 * @ah: enum ipsec_auth of AH; IPSEC_AUTH_NONE: no AH
 * @esn: extended sequence numbers (RFC 4304); of both, if there are both, as far as they are authenticated
 */
struct proposal_esp {
	uint16_t transform;
	uint16_t key_bits;
	uint16_t auth;
	uint16_t encaps;
	uint16_t group;
	uint32_t life_seconds;
	uint32_t life_kilobytes;
	uint16_t ah;
	bool esn;
};

/**
 * struct proposal_set - one transform set of a map entry
 * @name: its name
 * @values: transform, key_bits, auth, encaps, ah and esn; the rest comes from the entry
 * @tunnel_too: transport mode is asked for, but a peer's tunnel mode is taken (no "require")
 * @file, @line: where it stands
 */
struct proposal_set {
	const char *name;
	struct proposal_esp values;
	const char *file;
	unsigned int line;
	bool tunnel_too;
};

/**
 * struct proposal_entry - what a crypto map entry says about its SAs
 * @set, @sets: its transform sets, in order of preference
 * @group: "set pfs", 0: not configured
 * @life_seconds, @life_kilobytes: the entry's or the global ones; 0: disabled
 * @pfs_file, @pfs_line: where "set pfs" stands
 * @natt: ESP must be in UDP of that form, as there is a NAT on the way
 */
struct proposal_entry {
	const struct proposal_set *set;
	size_t sets;
	uint16_t group;
	uint32_t life_seconds;
	uint32_t life_kilobytes;
	const char *pfs_file;
	unsigned int pfs_line;
	enum natt natt;
};

/**
 * struct proposal_esp_offer - one transform as offered
 * @first: the first transform of its proposal ("Checking IPSec proposal %d")
 * @spi: of the proposal, 4 bytes, if spi_size is 4
 * @compressed: joined to it is an IPCOMP proposal
 */
struct proposal_esp_offer {
	uint8_t proposal;
	uint8_t protocol;
	uint8_t transform;
	uint8_t id;
	uint8_t next;
	bool first;
	const uint8_t *spi;
	uint8_t spi_size;
	struct proposal_esp values;
	bool compressed;
	uint16_t bad_attr;
	struct parse_attribute attr[ISAKMP_ATTRIBUTES_MAX];
	unsigned int attrs;
};

/**
 * struct proposal_esp_compare - one offered transform against all sets of the entry
 * @set: the set that suits, or the closest miss; NULL where the offer fails
 *	before any set is looked at
 */
struct proposal_esp_compare {
	const struct proposal_esp_offer *offer;
	const struct proposal_set *set;
	enum proposal_reason reason;
	char text[160];
};

/** proposal_esp_report - called once per offered transform, in packet order; good during the call only */
typedef void proposal_esp_report(void *arg, const struct proposal_esp_compare *c);

/**
 * struct proposal_esp_choice - what the SA pair will use
 * @offer: the chosen transform: ESP's, or AH's where that is alone
 * @spi: the peer's of that protocol, wire order: our outbound SA
 * @bundled: packets are in AH, too: @ah is that transform, its SPI is the peer's
 * @ah_first: AH's proposal stood before ESP's
 * @values: agreed; group: the offer's (0: no PFS); lifetimes: the smaller of
 *	both per dimension, 0: unlimited
 * @offered_seconds, @offered_kilobytes: as stated, 0: not
 */
struct proposal_esp_choice {
	const struct proposal_set *set;
	struct proposal_esp values;
	uint32_t offered_seconds;
	uint32_t offered_kilobytes;
	uint8_t spi[IPSEC_SPI_LEN];
	struct proposal_esp_offer offer;
	bool bundled, ah_first;
	struct proposal_esp_offer ah;
};

/**
 * proposal_esp_offer() - QM1's SA payload: each transform set one proposal 1..n
 * with one transform; AH and ESP are two proposals of the same number (RFC 2408 4.2)
 * @spi, @ah_spi: our inbound SPIs of ESP and AH, wire order, the same in all
 *
 * Attributes in IOS's order: encapsulation, life seconds, life kilobytes,
 * authenticator, key length, group; last ESN.
 */
void proposal_esp_offer(struct wire_buf *b, const struct proposal_entry *own,
			const uint8_t spi[IPSEC_SPI_LEN], const uint8_t ah_spi[IPSEC_SPI_LEN]);

/**
 * proposal_esp_choose() - the responder's choice
 * @sa: the SA payload of QM1
 * @own: the map entry that peer and proxies chose
 *
 * The peer's order rules; each offered transform is compared with the sets of
 * the entry. PFS offered where we ask for none is accepted with the offer's
 * group. Rest as proposal_ike_choose().
 */
int proposal_esp_choose(const struct parse_payload *sa, const struct proposal_entry *own,
			proposal_esp_report *report, void *arg,
			struct proposal_esp_choice *out, struct proposal_esp_compare *why);

/** proposal_esp_reply() - QM2's SA payload: what was chosen unchanged, with our inbound SPIs; @ah_spi: of a bundled AH */
void proposal_esp_reply(struct wire_buf *b, const struct proposal_esp_choice *c,
			const uint8_t spi[IPSEC_SPI_LEN], const uint8_t ah_spi[IPSEC_SPI_LEN]);

/** proposal_esp_check() - the initiator's look at QM2's SA payload; as proposal_ike_check(). PFS must be exactly ours. */
int proposal_esp_check(const struct parse_payload *sa, const struct proposal_entry *own,
		       proposal_esp_report *report, void *arg,
		       struct proposal_esp_choice *out, struct proposal_esp_compare *why);

/** proposal_life_smaller() - of two lifetimes, of which 0 is none */
static inline uint32_t proposal_life_smaller(uint32_t a, uint32_t b)
{
	return !a || (b && b < a) ? b : a;
}

/**
 * proposal_lifetimes() - data of a RESPONDER_LIFETIME notify (RFC 2407 4.6.3.1)
 * @protocol: of the notify: ISAKMP or ESP (the attribute numbers differ)
 * @seconds, @kilobytes: set to what is stated, else 0
 *
 * Returns 0, or -1 if the data is no list of lifetime attributes.
 */
int proposal_lifetimes(uint8_t protocol, const uint8_t *data, size_t len,
		       uint32_t *seconds, uint32_t *kilobytes);

/**
 * proposal_lifetimes_body() - the same, written: append lifetime attributes
 * @seconds, @kilobytes: 0: leave out
 *
 * @buf must hold 24 bytes. Returns the length.
 */
size_t proposal_lifetimes_body(uint8_t protocol, uint32_t seconds, uint32_t kilobytes,
			       uint8_t *buf);

/* ---- words ---- */

#define PROPOSAL_WORDS	64	/* buffer for the words below */

/** proposal_encryption_words() - as in a policy: "des", "3des", "aes", "aes 256"; else "cipher 9" */
const char *proposal_encryption_words(uint16_t encryption, uint16_t key_bits, char *buf);

/** proposal_hash_words() - "sha", "md5", "sha256", ...; else "hash 9" */
const char *proposal_hash_words(uint16_t hash, char *buf);

/** proposal_auth_words() - "pre-share", "rsa-sig", ...; else "method 9" */
const char *proposal_auth_words(uint16_t auth, char *buf);

/** proposal_encaps_words() - "tunnel", "transport", "tunnel over udp", ...; else "encapsulation 9" */
const char *proposal_encaps_words(uint16_t encaps, char *buf);

/** proposal_esp_words() - as in a transform set: "ah-sha-hmac esp-aes 256 esp-sha-hmac" */
const char *proposal_esp_words(const struct proposal_esp *v, char *buf);

/**
 * proposal_ike_attr() - an attribute of phase 1 in the words of the router's debug
 * @name: set to "encryption", "hash", "default group", "auth", "life type",
 *	"life duration", "keylength"; "attribute" if unknown
 *
 * Returns the value's word ("AES-CBC", "SHA", "pre-share", "seconds"), NULL if
 * it is to be shown as a number.
 */
const char *proposal_ike_attr(uint16_t type, uint64_t value, const char **name);

/** proposal_esp_attr() - the same of phase 2: "encaps" "Tunnel", "SA life type" "seconds", "authenticator" "HMAC-SHA", "key length", "group" */
const char *proposal_esp_attr(uint16_t type, uint64_t value, const char **name);

/** proposal_esp_id_name() - "ESP_3DES", "AH_SHA", ... for a transform of @protocol (enum ipsec_protocol); NULL if unknown */
const char *proposal_esp_id_name(uint8_t protocol, uint8_t id);

/** proposal_ah_id() - AH's transform for an HMAC (enum ipsec_auth); 0: none */
uint8_t proposal_ah_id(uint16_t auth);

#endif
